"""Shows that the preprocessing in exported Python files makes the pixels that Toile makes.

    pip install Pillow numpy torch safetensors
    cargo build --release -p toile-bench --example pixels
    python bench/interop/check_pytorch_pictures.py [FOLDER...] [--program target/release/examples/pixels]

The pictures are those of pillow.py: real ones, and of each two files of other kinds and modes, turned by EXIF,
transparent, in CMYK, with 16 bits. They go through `prepare` as `toile export --format pytorch` writes it, and through
Toile, in several sizes and all ways of resizing. Exits with 0 if no value differs by more than one level, which JPEG and
WebP decoders differ by, with 1 if one does.
"""

import argparse
import pathlib
import random
import tempfile

import numpy as np

from pillow import BACKGROUND, PROGRAM, SIZES, found, made, toile

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "crates/toile-export/src/pytorch"
# The imports of an exported file stand in what writes its head.
IMPORTS = """
import sys
from fractions import Fraction
from pathlib import Path
import numpy as np
import torch
from PIL import Image, ImageOps
from safetensors.torch import load_file
"""


def prepare(height, width, how, channels):
    """`prepare` of an exported file with this preprocessing."""
    names = {"HEIGHT": height, "WIDTH": width, "CHANNELS": channels, "RESIZE": how, "BACKGROUND": BACKGROUND}
    names |= {"__name__": "exported", "__file__": "exported.py"}
    exec(IMPORTS + (SOURCE / "pictures.py").read_text(), names)
    return names["prepare"]


def main():
    parser = argparse.ArgumentParser(description="Exported preprocessing against Toile's")
    parser.add_argument("folders", nargs="*", default=["/usr/share"])
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--program", type=pathlib.Path, default=PROGRAM)
    arguments = parser.parse_args()
    chance = random.Random(0)
    paths = found(arguments.folders, arguments.count, chance)
    compared, others = 0, []
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(list(paths)):
            paths += made(path, pathlib.Path(folder), number, chance)
        for height, width, how in [size for size in SIZES if size[0]] + [(29, 31, "pad"), (61, 37, "crop")]:
            for channels in (1, 3):
                theirs = prepare(height, width, how, channels)
                for path, ours in zip(paths, toile(paths, height, width, how, channels, arguments.program)):
                    if ours is None:
                        continue
                    pixels = theirs(path).numpy().transpose(1, 2, 0).reshape(ours.shape)
                    apart = int(np.abs(pixels.astype(int) - ours).max())
                    compared += 1
                    if apart > 1:
                        others.append(f"{path} {how} {height}x{width}x{channels}: {apart} levels")
    print("\n".join(others[:10]))
    print(f"{compared} comparisons of {len(paths)} pictures, {len(others)} differ by more than one level")
    raise SystemExit(1 if others or not compared else 0)


if __name__ == "__main__":
    main()
