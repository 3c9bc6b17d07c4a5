"""Trains models with scikit-learn and PyTorch, and lets Toile judge what they leave.

    pip install torch==2.15.0 scikit-learn==1.9.1 numpy safetensors
    cargo build --release && python bench/interop/predictions_of_others.py [--toile target/release/toile]

On the data set that is built into Toile: three logistic regressions and three small networks, each on a bootstrap
sample of its own. Their predictions are written by the very lines that docs/predicting.md shows, and
`toile compare --predictions` must find the accuracies that NumPy finds. The networks' weights go through
`toile import`, from safetensors and by the document's two lines from a pickle, and must predict what PyTorch predicts:
every class (where PyTorch's two largest probabilities are within 1e-5 of each other, either will do) and every
probability (within 1e-5). Exits with 0 if all agree, with 1 and the first difference if not.
"""

import argparse
import collections
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import safetensors.torch
import torch
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import idx

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "crates/toile-data/tests/data/fashion-mnist-small"
DOCUMENTS = [ROOT / "docs/other-programs.md"]
NAMES = "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot".split(",")
TOLERANCE = 1e-5
SEEDS = range(3)


def fail(message):
    print(message)
    raise SystemExit(1)


def read(part):
    images, labels = idx.split(DATA, part)
    return images[:, 0].astype(np.float32) / 255, labels.astype(int)


def block(what):
    """The document's python block in which this stands."""
    for document in DOCUMENTS:
        text = document.read_text() if document.exists() else ""
        for found in re.findall(r"```python\n(.*?)```", text, re.S):
            if what in found:
                return found
    fail(f"no document has a python block with {what}")


def network():
    nn = torch.nn
    # The network of the study `quick`, under the names that Toile gives its layers.
    return nn.Sequential(collections.OrderedDict(
        conv1=nn.Conv2d(1, 8, 3, padding=1), relu1=nn.ReLU(), pool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(8, 16, 3), relu2=nn.ReLU(), pool2=nn.MaxPool2d(2), flatten=nn.Flatten(),
        fc1=nn.Linear(576, 64), relu3=nn.ReLU(), dropout=nn.Dropout(0.3), fc2=nn.Linear(64, 10)))


def trained(images, labels, seed):
    torch.manual_seed(seed)
    model, images, labels = network(), torch.tensor(images)[:, None], torch.tensor(labels)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    for _ in range(6):
        for batch in torch.randperm(len(labels)).split(16):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()
    return model


def toile(program, folder, *args, codes=(0,)):
    done = subprocess.run([program, *args], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode not in codes:
        fail(f"toile {' '.join(args)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def check_compared(program, folder, accuracies):
    arguments = [f"{name}={','.join(f'{name}-{seed}.csv' for seed in SEEDS)}" for name in accuracies]
    answer = toile(program, folder, "compare", "--predictions", *arguments, "--json", codes=(0, 1, 3))
    for model in json.loads(answer)["models"]:
        if not np.allclose(model["per_seed"], accuracies[model["name"]], atol=1e-12):
            fail(f"{model['name']}: {model['per_seed']}, not {accuracies[model['name']]}")
        print(f"{model['name']}: {model['per_seed']}")
    print(toile(program, folder, "compare", "--predictions", *arguments, "--metric", "nll", codes=(0, 1, 3)))


def check_imported(program, folder, models, images):
    for seed, model in enumerate(models):
        if seed == 0:
            torch.save(model.state_dict(), folder / "weights.pt")
            refused = subprocess.run([program, "import", "weights.pt", "--study", "quick", "--model", "better"],
                                     cwd=folder, capture_output=True, text=True, check=False)
            if refused.returncode != 2 or "weights_only=True" not in refused.stderr:
                fail(f"a pickle was not refused: {refused}")
            lines = block("weights_only=True")
        else:
            lines = 'safetensors.torch.save_file(model.state_dict(), "weights.safetensors")'
        run(lines, folder, model=model)
        toile(program, folder, "import", "weights.safetensors", "--study", "quick", "--model", "better", "--as", "torch")
        with torch.no_grad():
            expected = model.eval()(images).softmax(1).numpy()
        with open(folder / f"runs/quick/torch/seed-{seed}/predictions.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        found = np.array([[float(row[f"probability {name}"]) for name in NAMES] for row in rows])
        far = np.abs(found - expected).max()
        if far > TOLERANCE:
            fail(f"seed {seed}: a probability differs by {far}")
        ordered = np.sort(expected, 1)
        clear = ordered[:, -1] - ordered[:, -2] > TOLERANCE
        same = np.array([NAMES.index(row["prediction"]) for row in rows]) == expected.argmax(1)
        if not same[clear].all():
            fail(f"seed {seed}: image {np.flatnonzero(clear & ~same)[0]} is predicted otherwise")
        print(f"torch (seed {seed}), imported: probabilities differ by at most {far:.1e}")
    arguments = ["compare", "--predictions", "imported=quick/torch", "exported=torch-0.csv,torch-1.csv,torch-2.csv"]
    answer = json.loads(toile(program, folder, *arguments, "--json", codes=(0, 1, 3)))
    if answer["pairs"][0]["difference"]["value"] != 0:
        fail(f"the same networks differ: {answer['pairs'][0]}")


def run(lines, folder, **known):
    """Runs lines of the document in the folder."""
    for name in ["torch-0.csv", "sklearn-0.csv", "weights.pt", "weights.safetensors"]:
        path = folder / name.replace("-0.", f"-{known.get('seed', 0)}.")
        lines = lines.replace(f'"{name}"', repr(str(path)))
    exec(lines, {"csv": csv, "torch": torch, "safetensors": safetensors, **known})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--toile", default=str(ROOT / "target/release/toile"))
    program = str(pathlib.Path(parser.parse_args().toile).resolve())
    if not pathlib.Path(program).exists():
        print(f"{program} is not there; build it, or name it with --toile", file=sys.stderr)
        raise SystemExit(2)
    (train, train_labels), (test, labels) = read("train"), read("t10k")
    accuracies, networks = {"sklearn": [], "torch": []}, []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for seed in SEEDS:
            chosen = np.random.default_rng(seed).integers(len(train), size=len(train))
            images, of_images = train[chosen], train_labels[chosen]
            model = LogisticRegression(max_iter=200).fit(images.reshape(len(images), -1), of_images)
            flat = test.reshape(len(test), -1)
            run(block("predict_proba"), folder, model=model, images=flat, labels=labels, names=NAMES, seed=seed)
            accuracies["sklearn"].append((model.predict(flat) == labels).mean())
            model = trained(images, of_images, seed)
            on_test = torch.tensor(test)[:, None]
            known = {"model": model, "images": on_test, "labels": torch.tensor(labels), "names": NAMES}
            run(block(".softmax(1)"), folder, seed=seed, **known)
            with torch.no_grad():
                accuracies["torch"].append((model.eval()(on_test).argmax(1).numpy() == labels).mean())
            networks.append(model)
        check_compared(program, folder, accuracies)
        check_imported(program, folder, networks, torch.tensor(test)[:, None])
    print("all agree")


if __name__ == "__main__":
    main()
