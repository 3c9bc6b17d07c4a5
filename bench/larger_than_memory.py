#!/usr/bin/env python3
"""Does a data set that is larger than memory train as fast as one in memory, and start at once the second time?

    python bench/larger_than_memory.py [--toile target/release/toile] [--images 200000] [--folder DIR]

Makes a folder of colour PNG files of 64 x 64 in ten classes (2.5 GB decoded; kept in DIR if that is named), trains one
epoch on it, and prints: the time of decoding; the time from the second start to the first training step; the most
anonymous memory of the process; and the images a second. Ends with 1 where a limit is passed. Needs no package.
"""

import argparse
import json
import multiprocessing
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

SIDE, CLASSES = 64, 10
SECOND_START_S, ANONYMOUS_MB = 2.0, 400

STUDY = """name = "large"
dataset = { folder = "pictures", channels = 3, image_size = 64, test_share = 0.02 }
normalization = { mean = [0.5, 0.5, 0.5], std = [0.25, 0.25, 0.25] }

[architecture.cnn]
layers = [
  { Conv2d = { out_channels = 8, kernel_size = 3, stride = 2, padding = 1 } }, "ReLU",
  { MaxPool2d = { kernel_size = 2 } },
  { Conv2d = { out_channels = 16, kernel_size = 3, padding = 1 } }, "ReLU",
  { MaxPool2d = { kernel_size = 2 } },
  "Flatten", { Linear = { out_features = 10 } }, "LogSoftmax",
]

[model.cnn]
architecture = "cnn"
optimizer = { SGD = { lr = 0.05 } }
epochs = 1
batch_size = 128
"""


def png(pixels):
    """A PNG file of these bytes, [row][column][red, green, blue]."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + pixels[i * SIDE * 3 : (i + 1) * SIDE * 3] for i in range(SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def picture(number):
    """A coarse pattern whose colours tell its class, with some noise."""
    draw = random.Random(number)
    kind = number % CLASSES
    cells = [[draw.randrange(256) for _ in range(3)] for _ in range(16)]
    cells[kind] = [255 * (kind >> bit & 1) for bit in range(3)]
    rows = bytearray()
    for y in range(SIDE):
        for x in range(SIDE):
            rows += bytes(cells[y // 16 * 4 + x // 16])
    return bytes(rows)


def write(task):
    folder, first, last = task
    for number in range(first, last):
        path = folder / f"class-{number % CLASSES}" / f"{number:06}.png"
        if not path.exists():
            path.write_bytes(png(picture(number)))


def generate(folder, images):
    for kind in range(CLASSES):
        (folder / f"class-{kind}").mkdir(parents=True, exist_ok=True)
    tasks = [(folder, first, min(first + 1000, images)) for first in range(0, images, 1000)]
    with multiprocessing.Pool() as pool:
        for _ in pool.imap_unordered(write, tasks):
            pass


def anonymous_mb(pid):
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    return 0.0


def run(args, folder, out, until_first_step=False):
    """One run: seconds to the first step, most anonymous memory in MB, and the events."""
    words = [args.toile, "run", str(folder / "large.toml"), "--out", str(out), "--progress", "json", "--jobs", "1"]
    env = dict(os.environ, XDG_CACHE_HOME=str(folder / "cache"))
    start = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    # What is said there is shown where the run fails.
    said = []
    threading.Thread(target=lambda: said.extend(process.stderr), daemon=True).start()
    peak, stop = [0.0], threading.Event()

    def watch():
        while not stop.wait(0.05):
            peak[0] = max(peak[0], anonymous_mb(process.pid))

    threading.Thread(target=watch, daemon=True).start()
    first, events = None, []
    for line in process.stdout:
        event = json.loads(line)
        events.append(event)
        if first is None and event.get("event") == "progress":
            first = time.perf_counter() - start
            if until_first_step:
                process.kill()
                break
    process.wait()
    stop.set()
    if first is None or (not until_first_step and process.returncode != 0):
        sys.exit("the run failed:\n" + "".join(said))
    return first, peak[0], events


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--toile", default="target/release/toile")
    parser.add_argument("--images", type=int, default=200_000)
    parser.add_argument("--folder", type=pathlib.Path)
    args = parser.parse_args()
    args.toile = str(pathlib.Path(args.toile).resolve())
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "large.toml").write_text(STUDY)
        generate(folder / "pictures", args.images)
        with tempfile.TemporaryDirectory() as out:
            first, peak, events = run(args, folder, pathlib.Path(out) / "first")
            second, second_peak, _ = run(args, folder, pathlib.Path(out) / "second", until_first_step=True)
            receipt = json.loads((pathlib.Path(out) / "first/cnn/seed-0/receipt.json").read_text())
        trained = args.images * 0.98
        rate = trained / receipt["training_seconds"]
    peak = max(peak, second_peak)
    print(f"first start to first step   {first:8.1f} s (pictures are decoded)")
    print(f"second start to first step  {second:8.2f} s (at most {SECOND_START_S})")
    print(f"most anonymous memory       {peak:8.1f} MB (at most {ANONYMOUS_MB})")
    print(f"trained                     {rate:8.0f} images/s")
    sys.exit(second > SECOND_START_S or peak > ANONYMOUS_MB)


if __name__ == "__main__":
    main()
