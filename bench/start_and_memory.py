#!/usr/bin/env python3
"""Does Toile start at once, and keep within 300 MB?

    python bench/start_and_memory.py [--toile target/release/toile] [--data DIR]

Prints the median time of `toile --help`; the time from the start of `toile run` to the end of the first training
step (the first event "progress"), with the full data set found, unwrapped and verified; and the peak resident set
of an epoch of the model with its evaluation, for its own batch size and for 64. Ends with 1 where a limit is passed.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HELP_MS, FIRST_STEP_MS, PEAK_MB = 10, 500, 300


def timed_help(args):
    start = time.perf_counter()
    subprocess.run([args.toile, "--help"], stdout=subprocess.DEVNULL, check=True)
    return 1e3 * (time.perf_counter() - start)


def command(args, study, model, out):
    words = [args.toile, "run", study, "--models", model, "--epochs", "1", "--out", out, "--progress", "json"]
    return words + ["--threads", str(args.threads)] + (["--data-dir", args.data] if args.data else [])


def first_step(args):
    """Milliseconds to the end of the first step; the run is then broken off."""
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        words = command(args, "baseline-vs-better", args.model, out)
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in process.stdout:
            if '"event":"progress"' in line:
                elapsed = 1e3 * (time.perf_counter() - start)
                process.kill()
                process.wait()
                return elapsed
    sys.exit(f"no training step: {' '.join(words)}")


def peak(args, study):
    """Megabytes at most resident over an epoch."""
    with tempfile.TemporaryDirectory() as out:
        words = command(args, study, args.model, out)
        null = os.open(os.devnull, os.O_WRONLY)
        redirect = [(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)]
        child = os.posix_spawnp(words[0], words, os.environ, file_actions=redirect)
        _, status, usage = os.wait4(child, 0)
        if status != 0:
            sys.exit(f"failed: {' '.join(words)}")
    return usage.ru_maxrss / 1024 * 1.048576


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--toile", default="target/release/toile")
    parser.add_argument("--data", help="folder of Fashion-MNIST's IDX files")
    parser.add_argument("--model", default="better")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    networks = str(pathlib.Path(__file__).with_name("networks.toml"))
    rows = [
        ("toile --help", statistics.median(timed_help(args) for _ in range(20)), HELP_MS, "ms"),
        ("to the end of the first step", statistics.median(first_step(args) for _ in range(5)), FIRST_STEP_MS, "ms"),
        ("peak resident set, batch 128", peak(args, "baseline-vs-better"), PEAK_MB, "MB"),
        ("peak resident set, batch 64", peak(args, networks), PEAK_MB, "MB"),
    ]
    for what, value, limit, unit in rows:
        print(f"{what:30} {value:7.1f} {unit} (at most {limit})")
    sys.exit(any(value > limit for _, value, limit, _ in rows))


if __name__ == "__main__":
    main()
