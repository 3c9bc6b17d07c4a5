"""PyTorch, training the network of a job: train_torch.py MODE JOB, a mode of MODES."""

import sys

import torch
import torch.nn.functional as F

import idx
import line
import toile_torch

MODES = {
    "eager": "eager",
    "channels-last": "channels_last",
    "channels-last-bf16": "channels_last, bf16 autocast",
    "compile": "torch.compile",
}

mode, job = sys.argv[1], line.job()
reduced = mode == "channels-last-bf16"
torch.set_num_threads(job["threads"])
torch.set_flush_denormal(True)
torch.manual_seed(0)

images, labels = idx.split(job["data"], "train")
images, labels = torch.from_numpy(images).float() / 255, torch.from_numpy(labels).long()
net = toile_torch.Network(job["layers"], images.shape[1:]).train()
if mode.startswith("channels-last"):
    # The layout PyTorch's convolutions on CPUs are made for, those of reduced precision above all.
    net = net.to(memory_format=torch.channels_last)
    images = images.contiguous(memory_format=torch.channels_last)
[(kind, settings)] = job["optimizer"].items()
# The fastest of PyTorch's implementations of an optimizer on a CPU.
optimizer = getattr(torch.optim, kind)(net.parameters(), **settings, fused=True)


def loss_of(x, y):
    with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
        out = net(x)
    return F.nll_loss(out.float(), y)


if mode == "compile":
    # One program for each size of batch: those for any size are slower.
    loss_of = torch.compile(loss_of, dynamic=False)


def step(picked):
    optimizer.zero_grad(set_to_none=True)
    loss = loss_of(images[picked], labels[picked])
    loss.backward()
    optimizer.step()
    return loss.item() * len(picked)


def train(wanted):
    done, loss_sum = 0, 0.0
    for picked in epochs.batches(wanted):
        loss_sum += step(torch.from_numpy(picked))
        done += len(picked)
    return done, loss_sum / done


epochs = line.Epochs(len(images), job["batch_size"])
# Both sizes of batch that an epoch has, so that nothing is compiled while it is measured.
for size in {job["batch_size"], len(images) % job["batch_size"] or job["batch_size"]}:
    step(torch.arange(size))
line.serve(f"PyTorch {torch.__version__.split('+')[0]}, {MODES[mode]}", train)
