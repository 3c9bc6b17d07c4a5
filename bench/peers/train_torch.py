"""Training throughput of PyTorch eager on the study's network and the real training images.

    pip install torch==2.15.0 numpy
    python bench/peers/train_torch.py --model better --data DIR [--batch-size 128] [--threads 2] [--epochs 1]

DIR holds the IDX files of Fashion-MNIST. Prints a line an epoch; the last line is `images_per_second N`, over
all epochs, training alone: batches are cut from shuffled images in memory, nothing is evaluated, as in the
`images_per_second` of Toile's receipts.
"""

import argparse
import pathlib
import sys
import time

import torch
from torch import nn
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import idx

MODELS = {
    "baseline": (0.0, lambda parameters: torch.optim.SGD(parameters, lr=0.001)),
    # `fused` is the fastest of PyTorch's three Adams.
    "better": (0.5, lambda parameters: torch.optim.Adam(parameters, lr=0.0001, fused=True)),
}


def network(p):
    # PyTorch is given its faster way too: without dropout, no dropout layer at all.
    dropout = [nn.Dropout(p)] if p else []
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(2304, 256), nn.ReLU(), *dropout,
        nn.Linear(256, 128), nn.ReLU(), *dropout,
        nn.Linear(128, 10), nn.LogSoftmax(1),
    )


def main():
    arguments = argparse.ArgumentParser(description="PyTorch eager on the study's network")
    arguments.add_argument("--model", choices=MODELS, default="better")
    arguments.add_argument("--data", type=pathlib.Path, required=True)
    arguments.add_argument("--batch-size", type=int, default=128)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--epochs", type=int, default=1)
    arguments.add_argument("--seed", type=int, default=0)
    args = arguments.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    images, labels = idx.split(args.data, "train")
    images, labels = torch.from_numpy(images).float() / 255, torch.from_numpy(labels).long()
    dropout, make_optimizer = MODELS[args.model]
    net = network(dropout)
    optimizer = make_optimizer(net.parameters())
    seconds = 0.0
    for epoch in range(1, args.epochs + 1):
        start, loss_sum = time.perf_counter(), 0.0
        for picked in torch.randperm(len(images)).split(args.batch_size):
            optimizer.zero_grad(set_to_none=True)
            loss = F.nll_loss(net(images[picked]), labels[picked])
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(picked)
        seconds += time.perf_counter() - start
        print(f"epoch {epoch} train_loss {loss_sum / len(images):.4f}", flush=True)
    print(f"images_per_second {args.epochs * len(images) / seconds:.0f}")


if __name__ == "__main__":
    main()
