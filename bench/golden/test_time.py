"""Writes golden values of PyTorch for test-time augmentation: python test_time.py [FILE]

    pip install torch==2.15.0

A linear network looks at two images through every view, in float64; the views are made by `flip` and by reflecting
`pad`. Pixels and weights are small multiples of powers of two, so that logits are exact in float32 too, and a pixel in
the wrong place cannot hide behind rounding. Images and weights come from a formula that the test knows.
"""

import json
import pathlib
import sys

import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parents[1] / "crates/toile-study/tests/suite/test_time.json"
IMAGES, CLASSES = 2, 3
SHAPES = [(1, 5, 6), (3, 7, 10)]


def images(channels, height, width):
    i = torch.arange(IMAGES * height * width * channels)
    values = ((i * i * 31 + i * 17) % 251).double() / 256
    return values.reshape(IMAGES, height, width, channels).permute(0, 3, 1, 2)


def weights(channels, height, width):
    i = torch.arange(CLASSES * channels * height * width)
    return (((i * i * 7 + i * 37) % 129).double() - 64).reshape(CLASSES, -1) / 64


def mirrored(net, x, flip):
    """The mean of what is made of the image and of its mirror image."""
    return (net(x) + net(x.flip(-1))) / 2 if flip else net(x)


def seen(net, x, flip, shifts):
    if shifts == 0:
        return mirrored(net, x, flip)
    height, width = x.shape[-2:]
    padded = F.pad(x, [shifts] * 4, mode="reflect")
    moved = [padded[..., :height, :width], padded[..., 2 * shifts:, 2 * shifts:]]
    moved = torch.stack([mirrored(net, view, flip) for view in moved]).mean(0)
    return (mirrored(net, x, flip) + moved) / 2


def main():
    out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    cases = []
    for shape in SHAPES:
        x, w = images(*shape), weights(*shape)

        def net(x):
            return torch.softmax(x.reshape(len(x), -1) @ w.T, dim=1)

        for flip, shifts in [(True, 0), (False, 1), (True, 1), (True, 2)]:
            values = seen(net, x, flip, shifts).log().flatten().tolist()
            cases.append({"shape": shape, "flip": flip, "shifts": shifts, "log_probabilities": values})
    out.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(f"{out.name}: {len(cases)} cases")


if __name__ == "__main__":
    main()
