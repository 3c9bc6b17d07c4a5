"""Toile and PyTorch eager on the same training, in turns, on this machine.

    pip install torch==2.15.0 numpy
    python bench/peers/compare.py --data DIR [--rounds 5] [--model better] [--threads 2] [--epochs 1]

DIR holds the IDX files of Fashion-MNIST. Each round trains both once, in alternating order, so that a slow
minute of the machine falls on both; rates compare only within one such run. Toile's rate is the
`images_per_second` of its receipt, PyTorch's the last line of train_torch.py: training alone in both.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def run(command):
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stderr or done.stdout}")
    return done.stdout


def toile(args):
    with tempfile.TemporaryDirectory() as out:
        run(["cargo", "run", "--release", "--quiet", "--", "run", args.study, "--models", args.model,
             "--seeds", "0", "--epochs", args.epochs, "--threads", args.threads, "--data-dir", args.data,
             "--out", out])
        receipts = list(pathlib.Path(out).rglob("receipt.json"))
        if len(receipts) != 1:
            raise SystemExit(f"expected one receipt.json below {out}, found {len(receipts)}")
        return json.loads(receipts[0].read_text())["images_per_second"]


def pytorch(args):
    output = run([sys.executable, HERE / "train_torch.py", "--model", args.model, "--data", args.data,
                  "--epochs", args.epochs, "--threads", args.threads])
    return float(output.split()[-1])


def main():
    arguments = argparse.ArgumentParser(description="Toile and PyTorch eager in turns")
    arguments.add_argument("--data", required=True, type=lambda p: str(pathlib.Path(p).resolve()))
    arguments.add_argument("--study", default="studies/baseline-vs-better.toml")
    arguments.add_argument("--model", choices=["baseline", "better"], default="better")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--epochs", default="1")
    arguments.add_argument("--threads", default="2")
    args = arguments.parse_args()

    run(["cargo", "build", "--release", "--quiet"])
    peers = {"toile": toile, "pytorch": pytorch}
    rates = {name: [] for name in peers}
    for number in range(1, args.rounds + 1):
        order = list(peers) if number % 2 else list(reversed(peers))
        for name in order:
            rates[name].append(peers[name](args))
        print(f"round {number}: " + ", ".join(f"{name} {rates[name][-1]:.0f}" for name in peers), flush=True)

    print(f"\n{args.model}, {args.threads} threads, images per second over {args.rounds} rounds:")
    for name, seen in rates.items():
        print(f"{name:8} median {statistics.median(seen):7.0f}   from {min(seen):.0f} to {max(seen):.0f}")
    ratios = [a / b for a, b in zip(rates["toile"], rates["pytorch"])]
    print(f"toile / pytorch within a round: median {statistics.median(ratios):.2f}, "
          f"from {min(ratios):.2f} to {max(ratios):.2f}")


if __name__ == "__main__":
    main()
