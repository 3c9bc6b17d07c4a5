"""Numbers that need not be stored: each is a function of a name and an index, the same bits in every language.

    h(name, i) = splitmix64(fnv1a64(name) + (i + 1) * 0x9E3779B97F4A7C15), all modulo 2^64

where `splitmix64` is the output function of Steele, Lea and Flood (2014) and `fnv1a64` reads the name's bytes.
Reals come from the upper bits only and are scaled by powers of two, so they are exact in float32 too.
"""

import numpy as np

GAMMA = 0x9E3779B97F4A7C15


def fnv1a64(name):
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001B3 % 2**64
    return h


def bits(name, count):
    """64 bits for each index of 0..count."""
    with np.errstate(over="ignore"):
        z = np.uint64(fnv1a64(name)) + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(GAMMA)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def uniform(name, count):
    """In [0, 1), a multiple of 2^-20."""
    return (bits(name, count) >> np.uint64(44)).astype(np.float64) * 2.0**-20


def symmetric(name, count):
    """In (-1, 1), an odd multiple of 2^-23: never zero."""
    return (2.0 * (bits(name, count) >> np.uint64(41)).astype(np.float64) + 1.0) * 2.0**-23 - 1.0


def signs(name, count):
    return 1.0 - 2.0 * (bits(name, count) >> np.uint64(63)).astype(np.float64)


def integers(name, count, below):
    return ((bits(name, count) >> np.uint64(32)) % np.uint64(below)).astype(np.int64)


def keep(name, count, p):
    """1 where dropout keeps a value, 0 where it drops it."""
    return (uniform(name, count) >= p).astype(np.float64)


def inverse_root(fan_in):
    """The power of two near 1 / sqrt(fan_in): 2^-s for the smallest s with 4^s >= fan_in / 2."""
    s = 0
    while 2 * 4**s < fan_in:
        s += 1
    return 2.0**-s
