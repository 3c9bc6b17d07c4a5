"""Writes what PyTorch's initialisations make of Toile's random numbers: python initialisations.py [OUTPUT_FILE]

`torch.nn.init` and the layers' own `reset_parameters` run as they are, in float64, but `uniform_` and `normal_` take their
numbers from the stream that Toile draws a parameter from: Philox4x32-10 by the seed and the parameter's ordinal, written
down here once more. So fans, gains, bounds, the order of values, and what is made of normal numbers are PyTorch's.
"""

import json
import math
import pathlib
import sys
from unittest import mock

import numpy as np
import torch
from torch.nn import init

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from toile_torch import Network

SEED, WORD = 11, 2**32 - 1

# Wide, grouped and tall weights; one that is square but for the groups.
INPUT = [3, 8, 7]
LAYERS = [
    {"Conv2d": {"out_channels": 8, "kernel_size": [2, 3]}},
    {"Conv2d": {"out_channels": 12, "kernel_size": 3, "groups": 2}},
    {"Conv2d": {"out_channels": 24, "kernel_size": [1, 3], "groups": 12}},
    {"AdaptiveAvgPool2d": {"output_size": 1}}, "Flatten",
    {"Linear": {"out_features": 9}}, {"Linear": {"out_features": 15}}, {"Linear": {"out_features": 10}},
    "LogSoftmax",
]


def philox(block, purpose):
    """Four words: image and epoch are 0 (Salmon et al. 2011)."""
    a, b, c, d = block, 0, 0, purpose
    key, other = SEED, 0
    for _ in range(10):
        p, q = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = q >> 32 ^ b ^ key, q & WORD, p >> 32 ^ d ^ other, p & WORD
        key, other = key + 0x9E3779B9 & WORD, other + 0xBB67AE85 & WORD
    return a, b, c, d


class Stream:
    """The numbers of the parameter with this ordinal, as tensors of a shape."""

    def __init__(self, ordinal):
        self.purpose = 1 << 16 | ordinal

    def words(self, count):
        blocks = (philox(block, self.purpose) for block in range(-(-count // 4)))
        return np.array([word for block in blocks for word in block][:count], dtype=np.float64)

    def uniform(self, shape):
        return torch.from_numpy(np.floor(self.words(math.prod(shape)) / 256) * 2.0**-24).reshape(shape)

    def normal(self, shape):
        """Box and Muller's, a number from two."""
        pairs = self.uniform((math.prod(shape), 2))
        return ((-2 * (1 - pairs[:, 0]).log()).sqrt() * (2 * math.pi * pairs[:, 1]).cos()).reshape(shape)


def state(start):
    """The state dict of the layers, the weights as `start` has them; None where it is the layers' own to say."""
    net = Network(LAYERS, INPUT).double()
    streams = {id(parameter): Stream(ordinal) for ordinal, (_, parameter) in enumerate(net.named_parameters())}
    # What is drawn into a tensor that is no parameter is for this one.
    current = [None]

    def numbers(tensor):
        return streams.get(id(tensor), current[0])

    def uniform_(tensor, low=0.0, high=1.0, generator=None):
        return tensor.copy_(low + (high - low) * numbers(tensor).uniform(tensor.shape))

    def normal_(tensor, mean=0.0, std=1.0, generator=None):
        return tensor.copy_(mean + std * numbers(tensor).normal(tensor.shape))

    with mock.patch.object(torch.Tensor, "uniform_", uniform_), mock.patch.object(torch.Tensor, "normal_", normal_):
        for module in net.modules():
            if not isinstance(module, torch.nn.Conv2d | torch.nn.Linear):
                continue
            module.reset_parameters()
            current[0] = streams[id(module.weight)]
            start(module)
    return {name: tensor.detach().clone() for name, tensor in net.state_dict().items()}


def kaiming(initialise):
    """With its defaults, which are those of a ReLU's gain."""
    def start(module):
        initialise(module.weight, nonlinearity="relu")
        of_relu = module.weight.clone()
        initialise(module.weight)
        assert torch.equal(module.weight, of_relu)
    return start


@torch.no_grad()
def dirac(module):
    """In each group; filters that PyTorch leaves 0 start as without a setting, and so does a linear layer."""
    if isinstance(module, torch.nn.Conv2d):
        before = module.weight.clone()
        init.dirac_(module.weight, module.groups)
        left = module.weight.flatten(1).abs().sum(1) == 0
        module.weight[left] = before[left]


STARTS = {
    "default": lambda module: None,
    "kaiming_normal": kaiming(init.kaiming_normal_),
    "kaiming_uniform": kaiming(init.kaiming_uniform_),
    "orthogonal": lambda module: init.orthogonal_(module.weight),
    "dirac": dirac,
}


def main():
    torch.set_num_threads(1)
    path = HERE.parents[1] / "crates/toile-nn/tests/golden/initialisations.json"
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else path
    default, rows = state(STARTS["default"]), [f'"torch": "{torch.__version__.split("+")[0]}"']
    for name, start in STARTS.items():
        for tensor, values in state(start).items():
            # Biases start alike, whatever the weights do.
            if tensor.endswith("bias") and name != "default":
                assert torch.equal(values, default[tensor])
                continue
            values = [float(str(value)) for value in values.flatten().numpy().astype(np.float32)]
            rows.append(f'"{name}/{tensor}": {json.dumps(values)}')
    path.write_text("{" + ",\n".join(rows) + "}\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
