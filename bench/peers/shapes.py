"""Toile and PyTorch eager on two dozen odd shapes, in turns, on this machine: is there a cliff?

    target/peers/venv/bin/python bench/peers/shapes.py [--rounds 5] [--threads 2] [--ms 60]

That is the environment of compare.py, which makes it; any other with PyTorch does as well.
The shapes are those of shapes.json; what is timed for each is said in crates/toile-bench/examples/shapes.rs:
inference, a training step, and a training step that needs the shape's input gradient. Each round times all
of them in both programs; a figure is the median over the rounds of each round's median repetition. Prints a
table and ends with 1 if Toile is slower anywhere.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import time

import torch
from torch import nn
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MODES = ["inference", "training", "behind"]


def toile(args):
    program = ["cargo", "run", "--release", "--quiet", "-p", "toile-bench", "--example", "shapes", "--"]
    done = subprocess.run([*program, str(HERE / "shapes.json"), str(args.threads), str(args.ms)],
                          cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {(line["shape"], line["mode"]): (line["min_us"], line["median_us"]) for line in lines}


def network(shape, behind):
    """The layers, and the shape of an image."""
    channels = 1 if behind else shape["in"]
    if shape["kind"] == "linear":
        first = [nn.Linear(1, shape["in"])] if behind else []
        return nn.Sequential(*first, nn.Linear(shape["in"], shape["out"]), nn.LogSoftmax(1)), [channels]
    first = [nn.Conv2d(1, shape["in"], 1)] if behind else []
    layer = nn.Conv2d(shape["in"], shape["out"], shape["kernel"], shape["stride"], shape["padding"])
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LogSoftmax(1)]
    return nn.Sequential(*first, layer, *head), [channels, shape["height"], shape["width"]]


def measure(shape, mode, ms):
    net, image = network(shape, mode == "behind")
    images = torch.rand(shape["batch"], *image)
    labels = torch.arange(shape["batch"]) % shape["out"]
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-4)

    @torch.inference_mode()
    def infer():
        return net(images)

    def train():
        optimizer.zero_grad(set_to_none=True)
        loss = F.nll_loss(net(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    step = infer if mode == "inference" else train
    for _ in range(3):
        step()
    seconds, start = [], time.perf_counter()
    while time.perf_counter() - start < ms / 1000 or len(seconds) < 5:
        before = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - before)
    return min(seconds) * 1e6, statistics.median(seconds) * 1e6


def pytorch(args, shapes):
    return {(index, mode): measure(shape, mode, args.ms)
            for index, shape in enumerate(shapes) for mode in MODES}


def name(shape):
    if shape["kind"] == "linear":
        return f"linear {shape['in']} to {shape['out']}, batch {shape['batch']}"
    stride = f" stride {shape['stride']}" if shape["stride"] > 1 else ""
    return (f"conv {shape['kernel']}x{shape['kernel']}{stride}, {shape['in']} to {shape['out']}, "
            f"{shape['height']}x{shape['width']}, batch {shape['batch']}")


def main():
    arguments = argparse.ArgumentParser(description="Toile and PyTorch eager on odd shapes")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--ms", type=int, default=60, help="for each shape and mode in a round")
    arguments.add_argument("--least", action="store_true",
                           help="compare the fastest repetitions, where the machine is busy with other things")
    args = arguments.parse_args()

    torch.set_num_threads(args.threads)
    shapes = json.loads((HERE / "shapes.json").read_text())
    rounds = []
    for number in range(args.rounds):
        peers = {"toile": lambda: toile(args), "pytorch": lambda: pytorch(args, shapes)}
        order = list(peers) if number % 2 else list(reversed(peers))
        rounds.append({peer: peers[peer]() for peer in order})

    def figure(peer, key):
        if args.least:
            return min(r[peer][key][0] for r in rounds)
        return statistics.median(r[peer][key][1] for r in rounds)

    what = "least" if args.least else "median"
    print(f"{what} microseconds, {args.threads} threads, {args.rounds} rounds: Toile, PyTorch, and how many "
          "times as long PyTorch takes\n")
    print(f"{'':50}" + "".join(f"{mode:>26}" for mode in MODES))
    slower = 0
    for index, shape in enumerate(shapes):
        line = f"{name(shape):50}"
        for mode in MODES:
            ours, theirs = (figure(peer, (index, mode)) for peer in ("toile", "pytorch"))
            slower += ours > theirs
            line += f"{ours:9.1f} {theirs:9.1f} {theirs / ours:5.1f}" + ("!" if ours > theirs else " ")
        print(line)
    if slower:
        print(f"\nToile is slower in {slower} places (!)")
    raise SystemExit(1 if slower else 0)


if __name__ == "__main__":
    main()
