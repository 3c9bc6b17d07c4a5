"""What other training images change of a difference in accuracy, beside what other test images change.

The estimator of cross-validation (crates/toile-statistics/src/cross_validation.rs) leaves room for the one in what it
adds to the other. This measures both for three small networks of PyTorch, trained on disjoint parts of Fashion-MNIST:
between training sets the covariance of two seeds' differences, between test images the variance of the difference on
one. Prints their ratio as it is for five folds of so many images.

    python bench/training_share.py FOLDER_WITH_IDX_FILES [IMAGES ...]
"""

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

FOLDS = 5
TRAINING_SETS = 25
SEEDS = 2
EPOCHS = 15
TESTED = 10_000

NETWORKS = {
    "linear": lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 10)),
    "hidden": lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10)),
    "convolution": lambda: nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 13 * 13, 10)
    ),
}
PAIRS = [("linear", "hidden"), ("linear", "convolution"), ("hidden", "convolution")]


def load(folder):
    def idx(name, header):
        return np.fromfile(Path(folder) / name, dtype=np.uint8)[header:]

    images = torch.tensor(idx("train-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28)).float() / 255
    return images, torch.tensor(idx("train-labels-idx1-ubyte", 8).astype(np.int64))


def correct(make, data, train, test, seed):
    images, labels = data
    torch.manual_seed(seed)
    network = make()
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(train)).split(16):
            optimizer.zero_grad()
            ids = train[batch]
            nn.functional.cross_entropy(network(images[ids]), labels[ids]).backward()
            optimizer.step()
    with torch.no_grad():
        return (network(images[test]).argmax(1) == labels[test]).numpy().astype(float)


def main():
    torch.set_num_threads(1)
    data = load(sys.argv[1])
    order = np.random.default_rng(0).permutation(len(data[1]))
    test, pool = torch.tensor(order[:TESTED]), torch.tensor(order[TESTED:])
    for images in [int(text) for text in sys.argv[2:]] or [200, 500]:
        size = images * (FOLDS - 1) // FOLDS
        runs = {name: [] for name in NETWORKS}
        for number in range(TRAINING_SETS):
            train = pool[number * size : (number + 1) * size]
            for name, make in NETWORKS.items():
                seeds = range(100 * number, 100 * number + SEEDS)
                runs[name].append([correct(make, data, train, test, seed) for seed in seeds])
        for first, second in PAIRS:
            change = np.array(runs[second]) - np.array(runs[first])
            means = change.mean(2)
            # The mean over the folds of what training images do has (k - 1)/k of its variance in one fold.
            by_training = np.cov(means[:, 0], means[:, 1])[0, 1] * (FOLDS - 1) / FOLDS
            by_images = change.var(axis=2).mean() / images
            print(f"{images} images, {second} less {first}: {by_training / by_images:.2f}", flush=True)


if __name__ == "__main__":
    main()
