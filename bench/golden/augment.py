"""Writes golden values of torchvision for `toile-data`'s augmentation: python augment.py [FILE]

    pip install torch==2.15.0 torchvision==0.29.2

A line a case: kind | channels height width | parameters | bytes of the result, hexadecimal, `[row][column][channel]`.
What a transform draws is handed to torchvision's functions, so that only what is done with it is compared. The images
come from a formula that the test knows too.
"""

import pathlib
import sys

import torch
from torchvision.transforms.v2 import functional as F

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent.parent / "crates/toile-pixels/tests/data/augment.txt"
SHAPES = [(1, 9, 8), (3, 7, 10)]


def image(channels, height, width):
    """Waves with noise on them: neighbours are alike, and no two are the same."""
    index = torch.arange(channels * height * width)
    pixel, channel = index // channels, index % channels
    row, column = pixel // width, pixel % width
    noise = (index * index * 31 + index * 17) % 41
    bytes_ = ((row * 19 + column * 13 + channel * 67) % 215 + noise) % 256
    return bytes_.to(torch.uint8).reshape(height, width, channels).permute(2, 0, 1)


def crop(x, padding, top, left, mode, fill):
    _, height, width = x.shape
    padded = F.pad(x, [padding] * 4, fill=fill, padding_mode=mode)
    return F.crop(padded, top + padding, left + padding, height, width)


def erase(x, top, left, height, width, value):
    v = torch.tensor([float(value)])[:, None, None]
    return F.erase(x, top, left, height, width, v)


def resize(x, top, left, height, width, mode):
    return F.resized_crop(x, top, left, height, width, list(x.shape[1:]), interpolation=mode, antialias=True)


INTERPOLATION = {"nearest": F.InterpolationMode.NEAREST, "bilinear": F.InterpolationMode.BILINEAR}


def cases(x):
    _, height, width = x.shape
    for mode in ["constant", "edge", "reflect", "symmetric"]:
        for padding, top, left, fill in [(2, -2, 1, 9), (3, 2, -3, 0)]:
            yield "RandomCrop", [padding, top, left, mode, fill], crop(x, padding, top, left, mode, fill)
    yield "RandomHorizontalFlip", [], F.horizontal_flip(x)
    yield "RandomVerticalFlip", [], F.vertical_flip(x)
    yield "RandomErasing", [2, 1, 3, 4, 77], erase(x, 2, 1, 3, 4, 77)
    for name, mode in INTERPOLATION.items():
        for degrees, fill in [(10.3, 0), (-33.7, 200), (88.7, 0), (171.2, 31)]:
            yield "RandomRotation", [degrees, name, fill], F.rotate(x, degrees, interpolation=mode, fill=fill)
        for angle, tx, ty, scale, shear, fill in [
            (12.1, 2, -1, 1.0, 0.0, 0),
            (-40.7, 0, 3, 0.83, 14.2, 111),
            (0.0, -3, 1, 1.31, -21.3, 5),
        ]:
            moved = F.affine(x, angle, [tx, ty], scale, [shear, 0.0], interpolation=mode, fill=fill)
            yield "RandomAffine", [angle, tx, ty, scale, shear, name, fill], moved
        for top, left, h, w in [(1, 2, 5, 4), (0, 0, height, width), (3, 1, 1, 1), (2, 0, 3, width)]:
            yield "RandomResizedCrop", [top, left, h, w, name], resize(x, top, left, h, w, mode)
    for factor in [0.0, 0.43, 1.0, 1.77]:
        yield "brightness", [factor], F.adjust_brightness(x, factor)
        yield "contrast", [factor], F.adjust_contrast(x, factor)
        yield "saturation", [factor], F.adjust_saturation(x, factor)
    for turn in [-0.5, -0.21, 0.0, 0.07, 0.4]:
        yield "hue", [turn], F.adjust_hue(x, turn)


def main():
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    lines = []
    for shape in SHAPES:
        x = image(*shape)
        for kind, parameters, result in cases(x):
            assert result.shape == x.shape and result.dtype == torch.uint8, (kind, parameters)
            data = bytes(result.permute(1, 2, 0).reshape(-1).tolist()).hex()
            lines.append(" | ".join([kind, " ".join(map(str, shape)), " ".join(map(str, parameters)), data]))
    path.write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} cases in {path}")


if __name__ == "__main__":
    main()
