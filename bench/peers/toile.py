"""Toile itself, asked as the peers are."""

import csv
import json
import math
import pathlib
import tempfile

from environment import HERE, PYTHON, ROOT, TOILE, WORK, Unavailable, run
from peer import EPOCH, largest_difference, variables

NETWORKS = ROOT / "bench/networks.toml"
# Test images whose log-probabilities are compared: a batch of each size measured divides them.
COMPARED = 1000


def version():
    """Its number and the commit it was built from."""
    number = run([TOILE, "--version"]).strip()
    try:
        commit = run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT).strip()
        changed = run(["git", "status", "--porcelain", "--untracked-files=no"], cwd=ROOT).strip()
    except Unavailable:
        return number
    return f"{number} ({commit}{', changed' if changed else ''})"


def train(network, threads, data, out):
    """One epoch with `toile run`; the run's folder."""
    run([TOILE, "run", NETWORKS, "--models", network, "--seeds", 0, "--epochs", 1, "--jobs", 1,
         "--threads", threads, "--data-dir", data, "--out", out])
    return pathlib.Path(out) / network / "seed-0"


class ToileTraining:
    """A turn is an epoch with `toile run`, in a new process; the rate is its receipt's."""

    name = "Toile"
    images = EPOCH
    # A turn starts from new weights, whose loss is that of guessing.
    first_loss = math.log(10)

    def __init__(self, network, threads, data):
        self.arguments = network, threads, data

    def turn(self):
        with tempfile.TemporaryDirectory() as out:
            folder = train(*self.arguments, out)
            receipt = json.loads((folder / "receipt.json").read_text())
            with (folder / "results.csv").open(newline="") as file:
                [row] = csv.DictReader(file)
        return {"images_per_second": receipt["images_per_second"], "loss": float(row["train_loss"])}

    def close(self):
        pass


class ToileInference:
    """A turn is a `toile bench --mode infer`."""

    name = "Toile"

    def __init__(self, network, threads, batch_size, difference):
        self.arguments = ["--model", network, "--threads", threads, "--batch-size", batch_size]
        self.images, self.difference = None, difference

    def turn(self):
        said = run([TOILE, "bench", "--study", NETWORKS, "--mode", "infer", "--json", *self.arguments])
        return {"images_per_second": json.loads(said)["images_per_second"]}

    def close(self):
        pass


def export(network, threads, data, unpacked):
    """Trains with Toile for an epoch and hands the weights to the peers: a folder with model-1.onnx and
    model-1000.onnx, model.pt and expected.f32, PyTorch's log-probabilities of the first test images.

    Returns the folder, and how far Toile's own predictions are from those.
    """
    folder = WORK / "model"
    with tempfile.TemporaryDirectory() as out:
        trained = train(network, threads, data, out)
        run([PYTHON, HERE / "python/export.py", trained, unpacked, folder, COMPARED], env=variables(threads))
    return folder, largest_difference(folder / "toile.f32", folder / "expected-probabilities.f32")
