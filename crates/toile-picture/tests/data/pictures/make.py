"""Makes the pictures of this folder and what Pillow reads from them.

    pip install Pillow numpy
    python make.py

Writes one small file for each kind that the tests do not make themselves, and `expected.txt` and `expected.bin`: for
each picture a line with its name, channels, height, width and what was done, and its bytes in the same order. The
pictures are drawn here; nothing in them is anybody's. Written with Pillow 13.0.0; another version may pack other bytes,
which is no harm as long as the tests pass.
"""

import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).resolve().parent
BACKGROUND = (250, 120, 10)


def drawing(height, width):
    """Slow and sharp changes in all channels, and alpha from 0 to 255."""
    y, x = np.mgrid[0:height, 0:width]
    red = 255 * x // (width - 1)
    green = 255 * y // (height - 1)
    blue = 128 + 120 * np.sin(x * 0.9 + y * 0.5)
    alpha = np.where((x - width / 2) ** 2 + (y - height / 2) ** 2 < 12, 255, 37 * (x + 2 * y) % 256)
    drawing = np.stack([red, green, blue, alpha], 2).astype(np.uint8)
    drawing[height // 3 : height // 2, width // 4 : width // 2, :3] = (230, 20, 40)
    return Image.fromarray(drawing, "RGBA")


SMALL = drawing(7, 9)
LARGE = drawing(19, 26)


def png(name, depth, colour, rows, chunks=(), interlaced=False):
    """A PNG file of any depth; `rows` holds one number a sample."""
    rows = np.asarray(rows)
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    data = b""
    for top, left, down, right in passes if interlaced else [(0, 0, 1, 1)]:
        part = rows[top::down, left::right]
        if part.size == 0:
            continue
        for row in part.reshape(part.shape[0], -1):
            bits = "".join(f"{int(value):0{depth}b}" for value in row)
            bits += "0" * (-len(bits) % 8)
            data += b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    header = struct.pack(">IIBBBBB", rows.shape[1], rows.shape[0], depth, colour, 0, 0, int(interlaced))
    out = b"\x89PNG\r\n\x1a\n"
    for kind, content in [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(data, 9)), (b"IEND", b"")]:
        out += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    (HERE / name).write_bytes(out)


def pngs():
    rgba = np.asarray(SMALL).astype(int)
    grey = np.asarray(SMALL.convert("L")).astype(int)
    colours = bytes(np.asarray(drawing(2, 8).convert("RGB")).reshape(-1, 3).tobytes())
    plte = (b"PLTE", colours)
    indices = (grey * 7 // 100) % 16
    png("grey-1.png", 1, 0, grey >> 7)
    png("grey-2.png", 2, 0, grey >> 6)
    png("grey-4-interlaced.png", 4, 0, grey >> 4, interlaced=True)
    png("grey-8-transparent.png", 8, 0, grey & 0xF8, [(b"tRNS", b"\0\x60")])
    png("grey-16.png", 16, 0, grey * 251 + 77)
    png("grey-alpha-8.png", 8, 4, np.stack([grey, rgba[..., 3]], 2))
    png("palette-1.png", 1, 3, grey >> 7, [plte])
    png("palette-2.png", 2, 3, grey >> 6, [plte])
    png("palette-4-transparent.png", 4, 3, indices, [plte, (b"tRNS", bytes([255, 0, 128, 30]))])
    png("palette-8-interlaced.png", 8, 3, indices, [plte], interlaced=True)
    png("rgb-8-interlaced.png", 8, 2, rgba[..., :3], interlaced=True)
    png("rgb-16.png", 16, 2, rgba[..., :3] * 251 + 77)
    png("rgba-8.png", 8, 6, rgba)
    png("rgba-16-interlaced.png", 16, 6, rgba * 251 + 77, interlaced=True)
    exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0\0\0\0\0"
    png("rgb-8-exif-8.png", 8, 2, rgba[..., :3], [(b"eXIf", exif)])


def jpegs():
    rgb = Image.new("RGB", LARGE.size, (255, 255, 255))
    rgb.paste(LARGE, mask=LARGE.getchannel("A"))
    small = {"quality": 60, "optimize": True}
    rgb.save(HERE / "420.jpg", subsampling=2, **small)
    rgb.save(HERE / "422.jpg", subsampling=1, **small)
    rgb.save(HERE / "444-restart.jpg", subsampling=0, restart_marker_blocks=2, **small)
    rgb.save(HERE / "420-progressive.jpg", subsampling=2, progressive=True, **small)
    rgb.save(HERE / "444-progressive-restart.jpg", subsampling=0, progressive=True, restart_marker_blocks=3, **small)
    rgb.save(HERE / "rgb.jpg", keep_rgb=True, **small)
    rgb.convert("L").save(HERE / "grey.jpg", **small)
    rgb.convert("L").save(HERE / "grey-progressive.jpg", progressive=True, **small)
    cmyk = Image.merge("CMYK", [*ImageOps.invert(rgb).split(), LARGE.getchannel("B")])
    cmyk.save(HERE / "cmyk.jpg", **small)
    # The same samples, said to be YCCK.
    data = (HERE / "cmyk.jpg").read_bytes()
    at = data.index(b"Adobe") + 11
    (HERE / "ycck.jpg").write_bytes(data[:at] + b"\x02" + data[at + 1 :])
    exif = Image.Exif()
    exif[0x0112] = 6
    rgb.save(HERE / "exif-6.jpg", exif=exif, **small)
    rgb.resize((3, 2)).save(HERE / "tiny-420.jpg", subsampling=2, **small)
    rgb.resize((5, 5)).save(HERE / "narrow-420.jpg", subsampling=2, **small)


def webps():
    SMALL.convert("RGB").save(HERE / "lossy.webp", quality=50)
    SMALL.save(HERE / "lossy-alpha.webp", quality=50)
    SMALL.convert("RGB").save(HERE / "lossless.webp", lossless=True)
    exif = Image.Exif()
    exif[0x0112] = 3
    SMALL.save(HERE / "lossless-alpha-exif-3.webp", lossless=True, exif=exif)
    other = ImageOps.flip(SMALL)
    SMALL.save(HERE / "animated.webp", lossless=True, save_all=True, append_images=[other])


def gifs():
    palette = SMALL.convert("RGB").quantize(16)
    palette.save(HERE / "plain.gif", interlace=0)
    palette.save(HERE / "interlaced.gif", interlace=1)
    SMALL.save(HERE / "transparent.gif")
    SMALL.convert("L").quantize(8).save(HERE / "grey-animated.gif", save_all=True, append_images=[ImageOps.flip(palette)])


def bmps():
    rgb = SMALL.convert("RGB")
    rgb.save(HERE / "rgb-24.bmp")
    SMALL.save(HERE / "rgba-32.bmp")
    rgb.quantize(16).save(HERE / "palette-8.bmp")
    rgb.convert("1").save(HERE / "black-and-white-1.bmp")
    colours = np.asarray(rgb).astype(int)
    height, width = colours.shape[:2]

    def bitmap(name, bits, compression, pixels, extra=b"", top_down=False):
        header = struct.pack(
            "<IiiHHIIiiII", 40, width, -height if top_down else height, 1, bits, compression, len(pixels), 0, 0, 0, 0
        )
        at = 14 + len(header) + len(extra)
        (HERE / name).write_bytes(b"BM" + struct.pack("<IHHI", at + len(pixels), 0, 0, at) + header + extra + pixels)

    packed = (colours[..., 0] >> 3 << 11) | (colours[..., 1] >> 2 << 5) | (colours[..., 2] >> 3)
    rows = b"".join(row.astype("<u2").tobytes() + b"\0" * (-2 * width % 4) for row in packed)
    bitmap("rgb-565-top-down.bmp", 16, 3, rows, struct.pack("<III", 0xF800, 0x07E0, 0x001F), top_down=True)
    packed = (colours[..., 0] >> 3 << 10) | (colours[..., 1] >> 3 << 5) | (colours[..., 2] >> 3)
    rows = b"".join(row.astype("<u2").tobytes() + b"\0" * (-2 * width % 4) for row in packed[::-1])
    bitmap("rgb-555.bmp", 16, 0, rows)
    palette = b"".join(bytes([16 * i, 255 - 16 * i, 5 * i, 0]) for i in range(16))
    rows = b"".join(bytes([(x * y % 16) << 4 | (x + y) % 16 for x in range((width + 1) // 2)]) for y in range(height))
    rows = b"".join(rows[5 * y : 5 * y + 5] + b"\0" * 3 for y in range(height))
    bitmap("palette-4.bmp", 4, 0, rows, palette)
    palette = b"".join(bytes([i, 255 - i, 5 * i % 256, 0]) for i in range(256))
    runs = b"\x05\x07\x04\x09\x00\x00" + b"\x00\x03\x01\x02\x03\x00\x06\xc8\x00\x00"
    runs += b"\x00\x02\x02\x01" + b"\x03\x64\x00\x00" + b"\x09\x21\x00\x00" * 3 + b"\x00\x01"
    bitmap("run-lengths-8.bmp", 8, 1, runs, palette)


def tiffs():
    rgb = SMALL.convert("RGB")
    rgb.save(HERE / "rgb-lzw.tiff", compression="tiff_lzw")
    SMALL.save(HERE / "rgba-deflate.tiff", compression="tiff_adobe_deflate", tiffinfo={317: 2})
    rgb.convert("L").save(HERE / "grey-packbits.tiff", compression="packbits")
    rgb.quantize(16).save(HERE / "palette.tiff")
    rgb.convert("1").save(HERE / "black-and-white.tiff")
    rgb.convert("CMYK").save(HERE / "cmyk.tiff")
    wide = np.asarray(rgb.convert("L")).astype(np.uint16) * 251 + 77
    Image.fromarray(wide).save(HERE / "grey-16-exif-5.tiff", compression="tiff_lzw", tiffinfo={274: 5, 317: 2})


def flat(image, channels):
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image).astype(int) >> 8).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        below = Image.new("RGB", image.size, BACKGROUND)
        below.paste(image, mask=image.getchannel("A"))
        image = below
    if image.mode == "CMYK":
        image = image.convert("RGB")
    return image.convert("L" if channels == 1 else "RGB")


def expected(name, channels, how):
    """Pillow's pixels, squashed, cropped or padded to 8 x 10 where that is asked for."""
    with Image.open(HERE / name) as opened:
        opened.seek(0)
        opened.load()
        image = flat(ImageOps.exif_transpose(opened), channels)
    if how == "squash":
        image = image.resize((10, 8), Image.BILINEAR)
    if how == "pad":
        colour = Image.new("RGB", (1, 1), BACKGROUND).convert(image.mode).getpixel((0, 0))
        image = ImageOps.pad(image, (10, 8), Image.BILINEAR, color=colour)
    if how == "crop":
        # torchvision: Resize, then CenterCrop. The pictures are wider than 10 : 8.
        width = int(8 * image.width / image.height)
        left = round((width - 10) / 2)
        image = image.resize((width, 8), Image.BILINEAR).crop((left, 0, left + 10, 8))
    return image


def main():
    for make in (pngs, jpegs, webps, gifs, bmps, tiffs):
        make()
    names = sorted(p.name for p in HERE.iterdir() if p.suffix not in (".py", ".txt", ".bin", ".md"))
    cases = [(name, 3, "decode") for name in names]
    cases += [(name, 1, "decode") for name in ("rgba-8.png", "grey-alpha-8.png", "420.jpg", "cmyk.jpg")]
    cases += [(n, c, h) for n in ("444-restart.jpg", "grey.jpg") for c in (1, 3) for h in ("squash", "crop", "pad")]
    lines, data = [], b""
    for name, channels, how in cases:
        image = expected(name, channels, how)
        lines.append(f"{name} {channels} {image.height} {image.width} {how}\n")
        data += np.asarray(image).tobytes()
    (HERE / "expected.txt").write_text("".join(lines))
    (HERE / "expected.bin").write_bytes(data)
    sizes = {name: (HERE / name).stat().st_size for name in names}
    print(sizes, sum(sizes.values()), len(data), max(sizes.values()))


if __name__ == "__main__":
    main()
