"""Reads the four IDX files of a data set's folder, gzipped or not."""

import gzip
import pathlib

import numpy as np


def read(folder, stem, kind, header_bytes):
    path = pathlib.Path(folder) / f"{stem}-{kind}-ubyte"
    if path.exists():
        data = path.read_bytes()
    else:
        data = gzip.decompress(path.with_name(path.name + ".gz").read_bytes())
    return np.frombuffer(data, np.uint8, offset=header_bytes).copy()


def split(folder, stem):
    """Images [n, 1, 28, 28] and labels [n] of `train` or `t10k`, as bytes."""
    images = read(folder, stem, "images-idx3", 16).reshape(-1, 1, 28, 28)
    return images, read(folder, stem, "labels-idx1", 8)
