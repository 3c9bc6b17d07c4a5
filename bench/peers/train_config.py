"""Trains in PyTorch what a run of Toile trained: the same network, data, optimizer, batches and epochs.

    pip install torch==2.15.0 numpy
    python bench/peers/train_config.py RUN_FOLDER --data DIR [--seed 0] [--threads 2]

RUN_FOLDER holds the run's config.toml, DIR the IDX files of Fashion-MNIST. Prints a line an epoch, to be laid
beside the run's results.csv. The two draw their random numbers differently: figures agree as those of two seeds
do. Only constant learning rates and plain losses.
"""

import argparse
import pathlib
import sys
import tomllib

import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import idx
import toile_torch


def make_optimizer(parameters, table):
    [(kind, settings)] = table.items()
    fused = {} if kind == "SGD" else {"fused": True}
    return getattr(torch.optim, kind)(parameters, **settings, **fused)


def tensors(folder, stem, normalization):
    images, labels = idx.split(folder, stem)
    mean, std = normalization.get("mean", [0.0]), normalization.get("std", [1.0])
    images = (torch.from_numpy(images).float() / 255 - mean[0]) / std[0]
    return images, torch.from_numpy(labels).long()


@torch.no_grad()
def evaluate(net, images, labels):
    net.eval()
    out = torch.cat([net(chunk) for chunk in images.split(1000)])
    net.train()
    return F.nll_loss(out, labels).item(), (out.argmax(1) == labels).float().mean().item()


def main():
    arguments = argparse.ArgumentParser(description="A run's training in PyTorch eager")
    arguments.add_argument("run", type=pathlib.Path)
    arguments.add_argument("--data", type=pathlib.Path, required=True)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--threads", type=int, default=2)
    args = arguments.parse_args()

    config = tomllib.loads((args.run / "config.toml").read_text())
    [model] = config["model"].values()
    plain = model.get("schedule", "constant") == "constant" and not model.get("warmup_epochs")
    if not plain or model.get("label_smoothing") or config.get("validation"):
        raise SystemExit("this comparison knows neither schedules, nor smoothing, nor validation splits")
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    normalization = model.get("normalization", config.get("normalization", {}))
    train = tensors(args.data, "train", normalization)
    test = tensors(args.data, "t10k", normalization)
    layers = config["architecture"][model["architecture"]]["layers"]
    net = toile_torch.Network(layers, train[0].shape[1:]).train()
    optimizer = make_optimizer(net.parameters(), model["optimizer"])
    for epoch in range(1, model["epochs"] + 1):
        loss_sum = 0.0
        for picked in torch.randperm(len(train[0])).split(model["batch_size"]):
            optimizer.zero_grad(set_to_none=True)
            loss = F.nll_loss(net(train[0][picked]), train[1][picked])
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(picked)
        loss, accuracy = evaluate(net, *test)
        print(f"epoch {epoch} train_loss {loss_sum / len(train[0]):.4f} test_loss {loss:.4f} "
              f"test_accuracy {accuracy:.4f}", flush=True)


if __name__ == "__main__":
    main()
