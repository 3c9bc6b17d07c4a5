#!/usr/bin/env python3
"""Do runs side by side, one thread each, get more done than one run on all threads?

    python bench/side_by_side.py [--toile target/release/toile] [--data DIR] [--model better] [--rounds 3]

In turns: as many seeds as there are threads, all at a time with one thread each, then one seed with all threads.
Compared are the training images a second of all runs together, from their receipts, and whether the weights of
the seed that both trained are the same to the bit. Ends with 1 where they are not, or where side by side is slower.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile


def run(args, out, seeds, jobs, threads):
    """Trains; gives the images a second of all runs together."""
    command = [args.toile, "run", args.study, "--models", args.model, "--epochs", str(args.epochs)]
    command += ["--seeds", ",".join(map(str, seeds)), "--jobs", str(jobs), "--threads", str(threads)]
    command += ["--out", str(out), "--progress", "plain"]
    if args.data:
        command += ["--data-dir", args.data]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}:\n{done.stderr}")
    receipts = [json.loads((out / args.model / f"seed-{seed}" / "receipt.json").read_text()) for seed in seeds]
    return sum(receipt["images_per_second"] for receipt in receipts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--toile", default="target/release/toile")
    parser.add_argument("--data", help="folder of Fashion-MNIST's IDX files")
    parser.add_argument("--study", default="baseline-vs-better")
    parser.add_argument("--model", default="better")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    seeds = list(range(args.threads))
    together, alone = [], []
    for number in range(args.rounds):
        with tempfile.TemporaryDirectory() as folder:
            many, one = pathlib.Path(folder, "many"), pathlib.Path(folder, "one")
            together.append(run(args, many, seeds, jobs=args.threads, threads=1))
            alone.append(run(args, one, seeds[:1], jobs=1, threads=args.threads))
            weights = [out / args.model / "seed-0" / "weights" / "last.safetensors" for out in (many, one)]
            if weights[0].read_bytes() != weights[1].read_bytes():
                sys.exit("the weights differ")
        print(f"round {number + 1}: {together[-1]:,.0f} images/s side by side, {alone[-1]:,.0f} alone", flush=True)
    together, alone = statistics.median(together), statistics.median(alone)
    print(f"{args.threads} runs of one thread: {together:,.0f} images/s together (median)")
    print(f"one run of {args.threads} threads: {alone:,.0f} images/s")
    print(f"side by side / alone: {together / alone:.3f}; the weights are the same")
    sys.exit(together < alone)


if __name__ == "__main__":
    main()
