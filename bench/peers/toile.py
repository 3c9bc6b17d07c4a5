"""Toile itself, asked as the peers are."""

import json
import math
import pathlib
import subprocess
import tempfile

from environment import HANDOVER, HERE, PYTHON, ROOT, TOILE, WORK, Unavailable, run
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


def handover():
    """Nanoseconds from one core to another at this moment."""
    return int(run([HANDOVER]))


def training(network, threads, data, out):
    """The command for an epoch of training."""
    return [TOILE, "run", NETWORKS, "--models", network, "--seeds", 0, "--epochs", 1, "--jobs", 1,
            "--threads", threads, "--data-dir", data, "--out", out]


class ToileTraining:
    """A turn is an epoch with `toile run`, in a new process: its first `LIMIT_S` seconds where it is longer.
    The rate is that of the training steps, as the run itself tells it."""

    LIMIT_S = 10
    # A turn starts from new weights, whose loss is that of guessing.
    first_loss = math.log(10)

    def __init__(self, name, network, threads, batch_size, data):
        self.name, self.arguments, self.batch_size = name, (network, threads, data), batch_size
        self.images = EPOCH

    def turn(self):
        with tempfile.TemporaryDirectory() as out:
            command = [*training(*self.arguments, out), "--progress", "json"]
            with subprocess.Popen([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE) as process:
                try:
                    return self.watch(process)
                finally:
                    process.kill()

    def watch(self, process):
        """Follows a run to the end of its turn. Nothing that comes later is needed."""
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "epoch":
                return self.figures(event, EPOCH)
            if event["event"] == "progress":
                images, rate = event["step"] * self.batch_size, event["images_per_second"]
                if EPOCH > 1.2 * rate * self.LIMIT_S and images >= rate * self.LIMIT_S:
                    return self.figures(event, images)
        last_lines = process.stderr.read().strip().splitlines()[-15:]
        raise Unavailable("\n".join(["toile run did not reach the end of the epoch", *last_lines]))

    def figures(self, event, images):
        self.images = images
        return {"images_per_second": event["images_per_second"], "loss": event["train_loss"]}

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
        run(training(network, threads, data, out))
        trained = pathlib.Path(out) / network / "seed-0"
        run([PYTHON, HERE / "python/export.py", trained, unpacked, folder, COMPARED], env=variables(threads))
    return folder, largest_difference(folder / "toile.f32", folder / "expected-probabilities.f32")
