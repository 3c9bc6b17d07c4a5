"""Writes golden values of PyTorch's averages of weights for `toile-nn`'s tests: python averages.py [OUTPUT_FILE]

Ten steps of a training that only adds numbers to its weights; after each of them what an average has come to. Lookahead is
as airbench writes it down (Jordan 2024), with PyTorch's `lerp_`; with a share that never changes it is Zhang et al.'s.
"""

import json
import pathlib
import sys

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from formula import symmetric

STEPS, VALUES, STEPS_AN_EPOCH = 10, 7, 2


def numbers(name):
    return torch.from_numpy(symmetric(f"averages/{name}", VALUES))


class Weights(torch.nn.Module):
    """Parameters, and a buffer that is averaged as they are."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(numbers("start"))
        self.register_buffer("running", numbers("running"))

    @torch.no_grad()
    def step(self, step):
        self.weight += numbers(f"step/{step}")
        self.running += numbers(f"running/{step}")

    def values(self):
        return torch.cat([self.weight.detach(), self.running]).tolist()


def averaged(average, is_due):
    """The averaged values after each step, None as long as there are none."""
    model = Weights()
    average = AveragedModel(model, multi_avg_fn=average, use_buffers=True)
    values = []
    for step in range(1, STEPS + 1):
        model.step(step)
        if is_due(step):
            average.update_parameters(model)
        values.append(average.module.values() if average.n_averaged > 0 else None)
    return values


@torch.no_grad()
def lookahead(k, alpha, power):
    """Slow and fast weights after each step."""
    fast, slow = Weights(), Weights()
    values = []
    for step in range(1, STEPS + 1):
        fast.step(step)
        if step % k == 0:
            decay = (1 - alpha) * (step / STEPS) ** power
            for s, f in zip(slow.state_dict().values(), fast.state_dict().values()):
                s.lerp_(f, 1 - decay)
                f.copy_(s)
        values.append({"slow": slow.values(), "fast": fast.values()})
    return values


def main():
    folder = pathlib.Path(__file__).resolve().parents[2] / "crates/toile-nn/tests/golden"
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else folder / "averages.json"
    golden = {
        "torch": torch.__version__.split("+")[0],
        "ema": averaged(get_ema_multi_avg_fn(0.9), lambda step: True),
        "ema_every_3": averaged(get_ema_multi_avg_fn(0.75), lambda step: step % 3 == 0),
        # The ends of the epochs behind 40 % of five.
        "swa": averaged(None, lambda step: step % STEPS_AN_EPOCH == 0 and step // STEPS_AN_EPOCH > 2),
        "lookahead": lookahead(3, 0.5, 0.0),
        "lookahead_rising": lookahead(5, 1 - 0.95**5, 3.0),
    }
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(values)}" for name, values in golden.items())
    path.write_text(f"{{{rows}}}\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
