"""Loads the weights of one of Toile's runs into PyTorch and compares what both predict.

    pip install torch==2.15.0 numpy safetensors
    python bench/interop/check_weights.py RUN_FOLDER --data DIR

RUN_FOLDER is a run's folder (.../better/seed-0), DIR holds the IDX files of the data set. The network is built
from the folder's config.toml, the weights go through `load_state_dict`, the test images through PyTorch, and
the result is compared with predictions.csv: every label, every prediction (where PyTorch's two largest
probabilities are within 1e-5 of each other, either will do) and every probability (within 1e-4).
Exits with 0 if all agree, with 1 and the first differences if not, with 2 if something is missing.
"""

import argparse
import csv
import json
import pathlib
import sys
import tomllib

import numpy as np
import torch
from safetensors.torch import load_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import idx
import study_file
from toile_torch import Network

TIE_MAX = 1e-5
PROBABILITY_TOLERANCE = 1e-4
SHOWN_MAX = 5


def stop(message):
    print(message, file=sys.stderr)
    raise SystemExit(2)


def read_config(path):
    """Layers and normalization (mean, std) of a resolved study file, which has one model."""
    config = tomllib.loads(path.read_text())
    if len(config["model"]) != 1:
        stop(f"{path}: expected one model, found {', '.join(config['model'])}")
    [model] = config["model"].values()
    layers = study_file.layers(config, model)
    normalization = model.get("normalization", config.get("normalization", {}))
    return layers, normalization.get("mean", [0.0]), normalization.get("std", [1.0])


def which_weights(run):
    """The weights predictions.csv was made with: `last`, or `best` where a validation split chose them."""
    path = run / "evaluation.json"
    evaluation = json.loads(path.read_text()).get("evaluation") if path.exists() else None
    return evaluation["weights"] if evaluation else "last"


def load(network, path):
    """`load_state_dict`, strict but for PyTorch's counter of batches, which its results do not depend on."""
    result = network.load_state_dict(load_file(path), strict=False)
    missing = [key for key in result.missing_keys if not key.endswith(".num_batches_tracked")]
    if missing or result.unexpected_keys:
        stop(f"{path}: missing {missing or 'nothing'}, unexpected {result.unexpected_keys or 'nothing'}")


@torch.no_grad()
def probabilities(network, images, mean, std):
    shape = (1, -1, 1, 1)
    mean, std = torch.tensor(mean).reshape(shape), torch.tensor(std).reshape(shape)
    network.eval()
    chunks = [network((chunk.float() / 255 - mean) / std).exp() for chunk in torch.from_numpy(images).split(1000)]
    return torch.cat(chunks).numpy()


def compare(path, expected, labels):
    """Differences between predictions.csv and PyTorch's probabilities, one sentence each, and the largest."""
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    prefix = "probability "
    columns = [name for name in header if name.startswith(prefix)]
    behind = header[3 + len(columns) :]
    if header[:3] != ["index", "label", "prediction"] or not set(behind) <= {"log_probability", "file"}:
        stop(f"{path}: the header is none of predictions.csv: {header}")
    classes = {name.removeprefix(prefix): number for number, name in enumerate(columns)}
    if len(classes) != expected.shape[1]:
        stop(f"{path}: {len(classes)} classes, the network has {expected.shape[1]}")
    differences = []
    if [int(row[0]) for row in rows] != list(range(len(labels))):
        differences.append(f"the indices of the {len(rows)} rows are not 0 to {len(labels) - 1}")
        return differences, np.nan
    got = np.array([[float(x) for x in row[3 : 3 + len(columns)]] for row in rows])
    for index, row in enumerate(rows):
        if classes[row[1]] != labels[index]:
            differences.append(f"image {index}: label {row[1]}, the data set has class {labels[index]}")
        first = expected[index].max()
        if first - expected[index][classes[row[2]]] > TIE_MAX:
            theirs = header[3 + int(expected[index].argmax())].removeprefix(prefix)
            differences.append(f"image {index}: prediction {row[2]}, PyTorch has {theirs} ({first:.6f})")
    apart = np.abs(got - expected)
    # Not `apart > tolerance`: NaN must fail.
    for index, number in np.argwhere(~(apart <= PROBABILITY_TOLERANCE)):
        differences.append(f"image {index}: {header[3 + number]} {got[index, number]:.7f}, "
                           f"PyTorch has {expected[index, number]:.7f}")
    return differences, apart.max()


def main():
    arguments = argparse.ArgumentParser(description="Toile's weights and predictions against PyTorch")
    arguments.add_argument("run", type=pathlib.Path)
    arguments.add_argument("--data", type=pathlib.Path, required=True)
    args = arguments.parse_args()

    try:
        layers, mean, std = read_config(args.run / "config.toml")
        images, labels = idx.split(args.data, "t10k")
        network = Network(layers, images.shape[1:])
        weights = args.run / "weights" / f"{which_weights(args.run)}.safetensors"
        load(network, weights)
        expected = probabilities(network, images, mean, std)
        differences, largest = compare(args.run / "predictions.csv", expected, labels)
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        stop(f"{type(error).__name__}: {error}")
    for line in differences[:SHOWN_MAX]:
        print(line)
    if differences:
        print(f"{len(differences)} differences between predictions.csv and {weights.name} in PyTorch")
        raise SystemExit(1)
    accuracy = (expected.argmax(1) == labels).mean()
    print(f"{len(labels)} predictions agree; the largest difference of a probability is {largest:.1e}; "
          f"PyTorch's accuracy with {weights.name} is {accuracy:.4f}")


if __name__ == "__main__":
    main()
