"""Hands a network that Toile trained to the inference peers: export.py RUN_FOLDER DATA OUT COMPARED."""

import csv
import json
import pathlib
import sys
import tomllib

import numpy as np
import torch
from safetensors.torch import load_file

import idx
import study_file
import toile_torch

run, data, out, compared = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3]), int(sys.argv[4])
out.mkdir(parents=True, exist_ok=True)
config = tomllib.loads((run / "config.toml").read_text())
[model] = config["model"].values()
layers = study_file.layers(config, model)
net = toile_torch.Network(layers, (1, 28, 28)).eval()
net.load_state_dict(load_file(run / "weights/last.safetensors"))
torch.save({"layers": json.dumps(layers), "weights": net.state_dict()}, out / "model.pt")

images = torch.from_numpy(idx.split(data, "t10k")[0][:compared]).float() / 255
with torch.no_grad():
    expected = net(images).numpy()
expected.tofile(out / "expected.f32")
np.exp(expected).tofile(out / "expected-probabilities.f32")
with (run / "predictions.csv").open(newline="") as file:
    rows = [row[3:] for row in csv.reader(file)][1:compared + 1]
np.array(rows, np.float32).tofile(out / "toile.f32")

# Batches of a fixed size: what a runtime knows beforehand, it can prepare for.
for batch_size in [1, compared]:
    torch.onnx.export(net, (images[:batch_size],), out / f"model-{batch_size}.onnx",
                      input_names=["images"], output_names=["log_probabilities"], dynamo=False)
