"""Muon as PyTorch has it, for any weight of two dimensions and more, in the parameters' own precision.

`torch.optim.Muon` takes matrices alone and rounds them to bfloat16 in between. Here a convolution's weight is the
matrix [out, in * kh * kw], and nothing is rounded: the iteration below is PyTorch's without its conversion, and all
else is PyTorch's own code. `normalize_weights` is airbench's.
"""

import torch
from torch.optim import _muon


def orthogonalise(grad, ns_coefficients, ns_steps, eps):
    a, b, c = ns_coefficients
    x = grad.T if grad.size(0) > grad.size(1) else grad
    x = x / x.norm().clamp(min=eps)
    for _ in range(ns_steps):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if grad.size(0) > grad.size(1) else x


_muon._zeropower_via_newtonschulz = orthogonalise


class Muon(torch.optim.Optimizer):
    def __init__(self, params, normalize_weights=False, **settings):
        self.normalize_weights = normalize_weights
        defaults = {"lr": 1e-3, "weight_decay": 0.1, "momentum": 0.95, "nesterov": True,
                    "ns_coefficients": (3.4445, -4.775, 2.0315), "eps": 1e-7, "ns_steps": 5, "adjust_lr_fn": None}
        assert settings.keys() <= defaults.keys()
        super().__init__(params, defaults | settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            settings = {key: value for key, value in group.items() if key != "params"}
            for p in group["params"]:
                buffer = self.state[p].setdefault("momentum_buffer", torch.zeros_like(p))
                if self.normalize_weights:
                    p.mul_(len(p) ** 0.5 / p.norm().clamp(min=settings["eps"]))
                matrices = [[x.view(len(x), -1)] for x in (p, p.grad, buffer)]
                _muon.muon(*matrices, has_complex=False, **settings)
