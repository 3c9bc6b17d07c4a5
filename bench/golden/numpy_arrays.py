"""Writes small array files with NumPy, and what Toile has to read from them.

    python bench/golden/numpy_arrays.py crates/toile-data/tests/data/numpy

A line of expected.txt: file, part, channels, height, width, the pixels in hexadecimal, the labels.
"""

import pathlib
import sys
import zipfile

import numpy as np

folder = pathlib.Path(sys.argv[1])
rng = np.random.default_rng(12)
lines = []


def to_bytes(x):
    """The rule that Toile states: fractions or bytes, in float64, rounded half to even."""
    if x.dtype == bool:
        return np.where(x, 255, 0).astype(np.uint8)
    x = x.astype(np.float64)
    return np.rint(255 * x if x.max() <= 1 else x).astype(np.uint8)


def expect(file, part, nhwc, labels):
    _, height, width, channels = nhwc.shape
    text = ",".join(str(label) for label in np.asarray(labels).reshape(-1))
    lines.append(f"{file} {part} {channels} {height} {width} {nhwc.tobytes().hex()} {text}")


def write(name, x, y, view, save=np.savez):
    file = f"{name}.npz"
    save(folder / file, x_train=x, y_train=y, x_test=x[:2], y_test=y[:2])
    pixels = to_bytes(view(x).astype(x.dtype, order="C"))
    expect(file, "train", pixels, y)
    expect(file, "test", pixels[:2], y[:2])


def grey(x):
    return x[..., None]


def last(x):
    return x


def first(x):
    return x.transpose(0, 2, 3, 1)


integers = rng.integers(0, 256, (3, 4, 5))
fractions = rng.random((3, 4, 5))
colours = rng.integers(0, 256, (3, 4, 5, 3))
y = np.array([2, 0, 1])

write("uint8", integers.astype("u1"), y.astype("u1"), grey)
write("int16-big-endian", integers.astype(">i2"), y.astype(">i4"), grey, np.savez_compressed)
write("float16", fractions.astype("<f2"), y.reshape(-1, 1), grey)
write("float32-big-endian", fractions.astype(">f4"), y.astype(">u8"), grey)
write("float64-fortran", np.asfortranarray(fractions), y, grey, np.savez_compressed)
write("float32-bytes", (integers + 0.5).clip(0, 255).astype("<f4"), y, grey)
write("bool", integers > 127, np.array(["b", "a", "c"]), grey)
write("nhwc-fortran", np.asfortranarray(colours.astype("u1")), np.array(["zwei", "null", "grün"]), last)
write("nchw", colours.transpose(0, 3, 1, 2).astype("u1"), np.array([b"two", b"zero", b"one"]).astype("U"), first)
write("nchw-float", (colours.transpose(0, 3, 1, 2) / 255).astype("<f4"), y, first, np.savez_compressed)
write("unicode-big-endian", integers.astype("u1"), np.array(["zwei", "null", "grün"]).astype(">U6"), grey)

# Text as bytes.
x = integers.astype("u1")
np.savez(folder / "bytes.npz", images=x, labels=np.array([b"two", b"zero", b"one"]))
expect("bytes.npz", "train", grey(x), ["two", "zero", "one"])

# The versions of the format that np.save chooses by itself only for odd headers.
for version in [(1, 0), (2, 0), (3, 0)]:
    file = f"version-{version[0]}.npz"
    with zipfile.ZipFile(folder / file, "w") as archive:
        for name, array in [("images", x), ("labels", y)]:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, version=version)
    expect(file, "train", grey(x), y)

(folder / "expected.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
