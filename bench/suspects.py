"""How many labels changed on purpose does `toile data suspects` find?

    python bench/suspects.py --data DIR [--toile target/release/toile] [--images 60000] [--folds 5] [--seed 1]

Takes the first images of Fashion-MNIST's training set from DIR, changes 3 % of their labels (each other class as
probable, by seed), writes them as a NumPy archive, cross-validates a small network on it, and counts how many of the
changed labels are among the first 3, 5 and 10 % of `suspects.csv`. Ends with 1 where less than 80 % are among the first
5 %.
"""

import argparse
import csv
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import idx

STUDY = """
name = "wrong-labels"
dataset = {{ npz = "wrong-labels.npz" }}
cross_validation = {{ folds = {folds} }}

[architecture.cnn]
layers = [
  {{ Conv2d = {{ out_channels = 16, kernel_size = 3 }} }}, "ReLU", {{ MaxPool2d = {{ kernel_size = 2 }} }},
  {{ Conv2d = {{ out_channels = 32, kernel_size = 3 }} }}, "ReLU", {{ MaxPool2d = {{ kernel_size = 2 }} }}, "Flatten",
  {{ Linear = {{ out_features = 64 }} }}, "ReLU", {{ Dropout = {{ p = 0.25 }} }},
  {{ Linear = {{ out_features = 10 }} }}, "LogSoftmax",
]

[model.cnn]
architecture = "cnn"
optimizer = {{ Adam = {{ lr = 0.001 }} }}
epochs = 8
batch_size = 64
"""


def wrong_labels(labels, share, seed):
    """Labels of which a share became another class, and which those are."""
    random = np.random.default_rng(seed)
    wrong = np.zeros(len(labels), dtype=bool)
    wrong[random.choice(len(labels), round(share * len(labels)), replace=False)] = True
    steps = random.integers(1, 10, len(labels))
    return np.where(wrong, (labels + steps) % 10, labels).astype(np.uint8), wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder of Fashion-MNIST's IDX files")
    parser.add_argument("--toile", default="target/release/toile")
    parser.add_argument("--images", type=int, default=60000)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    images, labels = idx.split(args.data, "train")
    images, labels = images[: args.images, 0], labels[: args.images]
    given, wrong = wrong_labels(labels, 0.03, args.seed)
    toile = str(pathlib.Path(args.toile).resolve())
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        # The test part is only there because the format asks for one; it is left aside by a cross-validation.
        np.savez(folder / "wrong-labels.npz", x_train=images, y_train=given, x_test=images[:100], y_test=labels[:100])
        (folder / "study.toml").write_text(STUDY.format(folds=args.folds))
        run = lambda *words: subprocess.run([toile, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        run("run", "study.toml", "--out", "out", "--progress", "plain")
        run("data", "suspects", "out")
        rows = list(csv.DictReader(open(folder / "out/suspects.csv", newline="")))
    ranked = np.array([int(row["index"]) for row in rows])
    called = np.array([row["called_wrong"] == "yes" for row in rows])
    print(f"{wrong.sum()} of {len(labels)} labels were changed; {len(rows)} are listed, {called.sum()} called wrong")
    print(f"of those called wrong {wrong[ranked[called]].mean():.1%} were changed")
    shares = {percent: wrong[ranked[: len(labels) * percent // 100]].sum() / wrong.sum() for percent in (3, 5, 10)}
    for percent, share in shares.items():
        print(f"first {percent} %: {share:.1%} of the changed labels")
    sys.exit(0 if shares[5] >= 0.8 else 1)


if __name__ == "__main__":
    main()
