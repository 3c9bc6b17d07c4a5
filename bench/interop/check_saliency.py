"""Compares the maps of `toile explain-image` with PyTorch's, in float64, by their definitions.

    pip install torch==2.15.0 numpy pillow safetensors
    cargo build --release && python bench/interop/check_saliency.py [--toile target/release/toile]

Trains the built-in study `quick`, loads the weights of its model `better`, and for the first test image of each
class computes occlusion by forward passes and Grad-CAM by autograd, for the predicted class and for the one after.
Differences have to stay below 1e-5 of a map's largest value, or 1e-6. Exits with 1 where one does not.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import idx

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "crates/toile-data/tests/data/fashion-mnist-small"
NAMES = "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot".split(",")
# Modules up to the last convolution's activation, before its pooling.
FEATURES = 5


def network(weights):
    model = nn.Sequential(collections.OrderedDict(
        conv1=nn.Conv2d(1, 8, 3, padding=1), relu1=nn.ReLU(), pool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(8, 16, 3), relu2=nn.ReLU(), pool2=nn.MaxPool2d(2), flatten=nn.Flatten(),
        fc1=nn.Linear(576, 64), relu3=nn.ReLU(), dropout=nn.Dropout(0.3), fc2=nn.Linear(64, 10)))
    model.load_state_dict(load_file(weights))
    return model.double().eval()


def starts(length, side, step):
    return sorted({*range(0, length - side + 1, step), length - side})


def occlusion(model, image, of_class):
    height, width = image.shape[2:]
    side = -(-min(height, width) // 7)
    step = max(1, side // 2)
    lost, patches = np.zeros((height, width)), np.zeros((height, width))
    with torch.no_grad():
        whole = model(image).log_softmax(1)[0, of_class].item()
        for top in starts(height, side, step):
            for left in starts(width, side, step):
                hidden = image.clone()
                hidden[..., top:top + side, left:left + side] = image.mean((2, 3), keepdim=True)
                lost[top:top + side, left:left + side] += whole - model(hidden).log_softmax(1)[0, of_class].item()
                patches[top:top + side, left:left + side] += 1
    return lost / patches


def grad_cam(model, image, of_class):
    features = model[:FEATURES](image).detach().requires_grad_()
    gradient, = torch.autograd.grad(model[FEATURES:](features)[0, of_class], features)
    summed = (gradient.mean((2, 3), keepdim=True) * features).sum(1, keepdim=True).relu()
    return nn.functional.interpolate(summed, size=image.shape[2:], mode="bilinear")[0, 0].detach().numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--toile", default=str(ROOT / "target/release/toile"))
    program = str(pathlib.Path(parser.parse_args().toile).resolve())
    images, labels = idx.split(DATA, "t10k")
    worst = {"occlusion": 0.0, "grad_cam": 0.0}
    with tempfile.TemporaryDirectory() as folder:
        def toile(*args):
            return subprocess.run([program, *args], cwd=folder, capture_output=True, text=True, check=True).stdout

        toile("run", "quick", "--models", "better", "--seeds", "0")
        model = network(f"{folder}/runs/quick/better/seed-0/weights/last.safetensors")
        for label in range(10):
            pixels = images[int(np.flatnonzero(labels == label)[0])][0]
            Image.fromarray(pixels).save(f"{folder}/image.png")
            image = torch.tensor(pixels.astype(np.float64))[None, None] / 255
            predicted = int(model(image).argmax())
            for of_class in [predicted, (predicted + 1) % 10]:
                args = ["quick/better", "image.png", "--class", NAMES[of_class], "--json"]
                found = json.loads(toile("explain-image", *args))
                for name, map_of in [("occlusion", occlusion), ("grad_cam", grad_cam)]:
                    expected = map_of(model, image, of_class)
                    far = np.abs(np.array(found[name]["values"]) - expected).max()
                    worst[name] = max(worst[name], far)
                    if far > max(1e-6, 1e-5 * np.abs(expected).max()):
                        print(f"{name} of a {NAMES[label]} for {NAMES[of_class]}: it differs by {far}")
                        raise SystemExit(1)
    print("all agree; largest differences:", worst)


if __name__ == "__main__":
    main()
