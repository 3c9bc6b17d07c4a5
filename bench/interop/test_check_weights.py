"""Shows that check_weights.py accepts what agrees and refuses what does not: python test_check_weights.py"""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from safetensors.torch import load_file, save_file

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from toile_torch import Network

CONFIG = """
name = "small"
dataset = "fashion-mnist"
seeds = [0]

[architecture.small]
layers = [
  { Conv2d = { out_channels = 4, kernel_size = 3, stride = 2, padding = 1, bias = false } }, "BatchNorm2d", "ReLU",
  { Residual = { projection = true, layers = [
    { Conv2d = { out_channels = 6, kernel_size = [3, 3], stride = 2, padding = [1, 1] } }, { GELU = { approximate = "tanh" } },
  ] } },
  { MaxPool2d = { kernel_size = 2 } }, "Flatten", { Dropout = { p = "dropout" } },
  { Linear = { out_features = 3 } }, "LogSoftmax",
]

[model.small]
architecture = "small"
dropout = 0.25
normalization = { mean = [0.5], std = [0.25] }
optimizer = { SGD = { lr = 0.001 } }
epochs = 1
batch_size = 4
"""
LAYERS = [
    {"Conv2d": {"out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1, "bias": False}}, "BatchNorm2d", "ReLU",
    {"Residual": {"projection": True, "layers": [
        {"Conv2d": {"out_channels": 6, "kernel_size": 3, "stride": 2, "padding": 1}}, {"GELU": {"approximate": "tanh"}},
    ]}},
    {"MaxPool2d": {"kernel_size": 2}}, "Flatten", {"Dropout": {"p": 0.25}}, {"Linear": {"out_features": 3}}, "LogSoftmax",
]
NAMES = ["plain", 'with "quotes", and comma', "third"]


def write_run(folder):
    torch.manual_seed(1)
    images = np.random.default_rng(0).integers(0, 256, (50, 28, 28), dtype=np.uint8)
    labels = (np.arange(50) % 3).astype(np.uint8)
    (folder / "t10k-images-idx3-ubyte").write_bytes(bytes(16) + images.tobytes())
    (folder / "t10k-labels-idx1-ubyte").write_bytes(bytes(8) + labels.tobytes())
    network = Network(LAYERS, (1, 28, 28))
    x = (torch.from_numpy(images).float()[:, None] / 255 - 0.5) / 0.25
    with torch.no_grad():
        network.train()(x)  # moves the running statistics
        rows = network.eval()(x).exp().tolist()
    state = {k: v for k, v in network.state_dict().items() if not k.endswith("num_batches_tracked")}
    (folder / "weights").mkdir()
    save_file(state, folder / "weights/last.safetensors")
    (folder / "config.toml").write_text(CONFIG)
    ending = {"status": "finished", "evaluation": {"weights": "last"}}
    (folder / "evaluation.json").write_text(json.dumps(ending))
    with (folder / "predictions.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["index", "label", "prediction", *(f"probability {name}" for name in NAMES)])
        for index, row in enumerate(rows):
            out.writerow([index, NAMES[labels[index]], NAMES[int(np.argmax(row))], *row])


def edit_weights(change):
    def damage(folder):
        path = folder / "weights/last.safetensors"
        state = load_file(path)
        change(state)
        save_file(state, path)
    return damage


def edit_rows(change):
    def damage(folder):
        path = folder / "predictions.csv"
        with path.open(newline="") as file:
            rows = list(csv.reader(file))
        change(rows[8])
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    return damage


def set_value(key, change):
    def edit(state):
        state[key].view(-1)[0] = change(state[key].view(-1)[0])
    return edit_weights(edit)


def other(name):
    return NAMES[(NAMES.index(name) + 1) % 3]


CASES = [
    ("nothing", lambda folder: None, 0),
    ("a weight", set_value("fc1.weight", lambda x: x + 0.1), 1),
    ("a projection's weight", set_value("projection1.weight", lambda x: -x + 0.1), 1),
    ("a running variance", set_value("bn1.running_var", lambda x: x * 1.1), 1),
    ("a probability", edit_rows(lambda row: row.__setitem__(4, str(float(row[4]) + 2e-4))), 1),
    ("a probability that is none", edit_rows(lambda row: row.__setitem__(4, "NaN")), 1),
    ("a prediction", edit_rows(lambda row: row.__setitem__(2, other(row[2]))), 1),
    ("a label", edit_rows(lambda row: row.__setitem__(1, other(row[1]))), 1),
    ("a tensor's name", edit_weights(lambda state: state.update(fc9=state.pop("fc1.bias"))), 2),
    ("a missing file", lambda folder: (folder / "predictions.csv").unlink(), 2),
]


def main():
    failed = 0
    for what, damage, want in CASES:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            write_run(folder)
            damage(folder)
            done = subprocess.run([sys.executable, HERE / "check_weights.py", folder, "--data", folder],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        verdict = "ok" if done.returncode == want else f"WRONG, expected {want}"
        failed += done.returncode != want
        print(f"{what}: exit code {done.returncode} ({verdict}); {done.stdout.strip().splitlines()[0]}", flush=True)
    raise SystemExit(failed > 0)


if __name__ == "__main__":
    main()
