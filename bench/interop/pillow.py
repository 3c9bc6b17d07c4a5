"""Compares the pixels that Toile reads from picture files with those that Pillow reads.

    pip install Pillow numpy
    cargo build --release -p toile-bench --example pixels
    python bench/interop/pillow.py [FOLDER ...]

FOLDERs are searched for pictures of any kind; without one, /usr/share is (Debian's openclipart-png puts thousands
there). From a hundred of them (--count) it takes the pictures themselves, and makes of each a JPEG of a random quality,
subsampling and scan order, and one file of another kind and mode. All of them then go through Pillow and through the
example `pixels`: decoded alone, and squashed, cropped and padded to sizes of which some are odd.

Prints the largest difference for each kind. Exits with 0 if none is above one level, with 1 if one is, or if a file that
Pillow reads is refused, with 2 if something is missing. Pixels whose alpha is 0 have no colour in some formats; only
what is seen on the background counts.
"""

import argparse
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from PIL import Image, ImageOps
except ImportError as error:
    print(f"{error}: pip install Pillow numpy", file=sys.stderr)
    raise SystemExit(2) from error

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "target/release/examples/pixels"
ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
BACKGROUND = (250, 120, 10)
PIXELS_MAX = 4_000_000
SIZES = [(0, 0, "squash"), (32, 32, "squash"), (37, 61, "squash"), (28, 28, "crop"), (45, 31, "crop"), (64, 33, "pad")]


def found(folders, count, chance):
    """Pictures that Pillow opens, `count` of them, as many kinds as there are."""
    paths = [p for folder in folders for p in sorted(pathlib.Path(folder).rglob("*")) if p.suffix.lower() in ENDINGS]
    paths = [p for p in paths if p.is_file() and 0 < p.stat().st_size < 2_000_000]
    chance.shuffle(paths)
    # The rare kinds first.
    paths.sort(key=lambda p: p.suffix.lower() == ".png")
    chosen, of_kind = [], {}
    for path in paths:
        if len(chosen) == count:
            break
        kind = path.suffix.lower()
        if kind != ".png" and of_kind.get(kind, 0) >= count // 5:
            continue
        try:
            with Image.open(path) as image:
                image.load()
                if image.width * image.height > PIXELS_MAX:
                    continue
        except (OSError, SyntaxError, ValueError):
            continue
        of_kind[kind] = of_kind.get(kind, 0) + 1
        chosen.append(path)
    return chosen


def flat(image, channels):
    """On the background, in grey or RGB, as a Pillow image: by Pillow's own `convert` and `paste`."""
    if image.mode.startswith("I;16") or image.mode == "I":
        wide = np.asarray(image).astype(np.int64)
        image = Image.fromarray((wide >> 8).clip(0, 255).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        below = Image.new("RGB", image.size, BACKGROUND)
        below.paste(image, mask=image.getchannel("A"))
        image = below
    # From CMYK there is no way to grey but by RGB.
    if image.mode == "CMYK":
        image = image.convert("RGB")
    return image.convert("L" if channels == 1 else "RGB")


def expected(path, height, width, how, channels):
    """Pillow's pixels, with torchvision's rule for "crop" and `ImageOps.pad` for "pad"."""
    with Image.open(path) as opened:
        opened.seek(0)
        opened.load()
        image = flat(ImageOps.exif_transpose(opened), channels)
    if height == 0 or image.size == (width, height):
        return np.asarray(image)
    if how == "squash":
        return np.asarray(image.resize((width, height), Image.BILINEAR))
    if how == "pad":
        colour = BACKGROUND if channels == 3 else Image.new("RGB", (1, 1), BACKGROUND).convert("L").getpixel((0, 0))
        try:
            return np.asarray(ImageOps.pad(image, (width, height), Image.BILINEAR, color=colour))
        except ValueError:
            return None  # A side that Pillow rounds to 0.
    scale_rows = height * image.width >= width * image.height
    if scale_rows:
        size = (int(height * image.width / image.height), height)
    else:
        size = (width, int(width * image.height / image.width))
    image = image.resize(size, Image.BILINEAR)
    left, top = round((size[0] - width) / 2), round((size[1] - height) / 2)
    return np.asarray(image.crop((left, top, left + width, top + height)))


def toile(paths, height, width, how, channels, program):
    """The pixels of each file; None where it was refused."""
    arguments = [program, height, width, channels, how, ",".join(map(str, BACKGROUND))]
    run = subprocess.run(
        [str(a) for a in arguments], input="\n".join(map(str, paths)).encode(), capture_output=True, check=True
    )
    print(run.stderr.decode(), end="")
    out, at = [], 0
    for _ in paths:
        rows, columns = struct.unpack_from("<II", run.stdout, at)
        end = at + 8 + rows * columns * channels
        pixels = np.frombuffer(run.stdout[at + 8 : end], np.uint8)
        shape = (rows, columns) if channels == 1 else (rows, columns, 3)
        out.append(pixels.reshape(shape) if rows else None)
        at = end
    return out


def made(path, folder, number, chance):
    """Two files of the same picture in other formats and modes."""
    with Image.open(path) as opened:
        image = opened.convert("RGBA")
    side = chance.randint(3, 700)
    image = image.resize((side, max(1, min(900, image.height * side // image.width))), Image.BILINEAR)
    mode = chance.choice(["RGB", "RGB", "RGB", "L", "CMYK"])
    seen = Image.new("RGB", image.size, (255, 255, 255))
    seen.paste(image, mask=image.getchannel("A"))
    exif = Image.Exif()
    exif[0x0112] = chance.randint(1, 8)
    jpeg = folder / f"{number}.jpg"
    subsampling = chance.choice([0, 1, 2])
    options = {"quality": chance.choice([20, 50, 75, 85, 95, 100]), "progressive": chance.random() < 0.5}
    options |= {"restart_marker_blocks": chance.choice([0, 0, 7]), "optimize": chance.random() < 0.5}
    seen.convert(mode).save(jpeg, subsampling=subsampling, exif=exif, **options)
    kind, mode, options = chance.choice(
        [
            ("webp", "RGBA", {"lossless": True}),
            ("webp", "RGBA", {"quality": 80}),
            ("webp", "RGB", {"quality": 60}),
            ("tiff", "RGBA", {"compression": "tiff_lzw"}),
            ("tiff", "RGB", {"compression": "tiff_adobe_deflate"}),
            ("tiff", "L", {"compression": "packbits"}),
            ("tiff", "P", {}),
            ("tiff", "1", {}),
            ("tiff", "CMYK", {}),
            ("tiff", "I;16", {"compression": "tiff_lzw"}),
            ("bmp", "RGB", {}),
            ("bmp", "RGBA", {}),
            ("bmp", "P", {}),
            ("bmp", "1", {}),
            ("gif", "P", {}),
            ("gif", "RGBA", {}),
            ("gif", "L", {"interlace": 1}),
            ("png", "P", {}),
            ("png", "LA", {}),
            ("png", "1", {}),
            ("png", "I;16", {}),
        ]
    )
    other = folder / f"{number}.{kind}"
    base = image if mode in ("RGBA", "LA") else seen
    if mode == "I;16":
        grey = np.asarray(seen.convert("L")).astype(np.uint16)
        Image.fromarray(grey * 257 ^ chance.randint(0, 255)).save(other, **options)
    else:
        base.convert(mode).save(other, **options)
    return [jpeg, other]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", default=["/usr/share"])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--program", type=pathlib.Path, default=PROGRAM)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if not arguments.program.exists():
        print(f"{arguments.program}: cargo build --release -p toile-bench --example pixels", file=sys.stderr)
        raise SystemExit(2)
    chance = random.Random(arguments.seed)
    paths = found(arguments.folders, arguments.count, chance)
    if not paths:
        print("no pictures there", file=sys.stderr)
        raise SystemExit(2)
    worst, refused, compared = {}, set(), 0
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(list(paths)):
            paths += made(path, pathlib.Path(folder), number, chance)
        for height, width, how in SIZES:
            for channels in (1, 3):
                for path, ours in zip(paths, toile(paths, height, width, how, channels, arguments.program)):
                    theirs = expected(path, height, width, how, channels)
                    if ours is None:
                        refused.add(str(path))
                        continue
                    if theirs is None:
                        continue
                    if ours.shape != theirs.shape:
                        print(f"{path}: shape {ours.shape}, Pillow's is {theirs.shape}")
                        refused.add(str(path))
                        continue
                    compared += 1
                    difference = int(np.abs(ours.astype(int) - theirs).max())
                    key = (path.suffix.lower().replace("jpeg", "jpg").replace(".tiff", ".tif"), how if height else "decoded")
                    if difference > worst.get(key, (-1, 0, ""))[0]:
                        worst[key] = (difference, float((ours != theirs).mean()), str(path))
                    if difference > 1:
                        print(f"{path} {how} {height}x{width}x{channels}: {difference} levels")
    print(f"{compared} comparisons of {len(paths)} pictures")
    for (kind, how), (difference, share, path) in sorted(worst.items()):
        print(f"{kind:6} {how:8} largest difference {difference} (in {share:.2%} of the values of {path})")
    raise SystemExit(1 if refused or any(difference > 1 for difference, _, _ in worst.values()) else 0)


if __name__ == "__main__":
    main()
