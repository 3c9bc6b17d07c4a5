"""Writes golden values of PyTorch float64 for `toile-nn`'s tests: python generate.py [OUTPUT_FOLDER [CASE...]]

See README.md beside this file for what is stored and why it is enough.
"""

import fnmatch
import json
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, update_bn

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from cases import CASES, EPOCH_STEPS
from muon import Muon
from formula import bits, integers, inverse_root, keep, signs, symmetric, uniform
from toile_torch import Network, pair

WHOLE_MAX = 256
# A ReLU input this close to zero, or two values of a pooling window this close to each other, might fall to
# the other side under another order of summation: such data would be a bad test and is refused.
MARGIN = 1e-10


def batch_size(step):
    return 5 if step == 5 else 6


def steps_of(case):
    return case.get("steps", 10)


def real(x):
    return torch.from_numpy(x)


def rounded(case, x):
    """Down to a multiple of the case's quantum, if it has one."""
    quantum = case.get("quantum")
    return np.floor(x / quantum) * quantum if quantum else x


def batch(case, step):
    n, name = batch_size(step), case["name"]
    shape = (n, *case["input"])
    images = real(rounded(case, uniform(f"{name}/images/{step}", math.prod(shape)))).reshape(shape)
    return images, torch.from_numpy(integers(f"{name}/labels/{step}", n, case["classes"]))


def mixed(case, step):
    """The class mixed into each image, and the share that the image's own class keeps."""
    n, name = batch_size(step), case["name"]
    others = torch.from_numpy(integers(f"{name}/others/{step}", n, case["classes"]))
    return others, real(uniform(f"{name}/shares/{step}", n))


def loss_and_label(case, step, logits, log_probabilities, labels):
    """The batch's loss, and the label that a prediction is compared with."""
    smoothing = case.get("label_smoothing", 0.0)
    weights = torch.tensor(case["class_weights"]) if "class_weights" in case else None
    if case.get("mixed"):
        others, shares = mixed(case, step)
        one_hot = lambda classes: F.one_hot(classes, case["classes"]).double()
        target = shares[:, None] * one_hot(labels) + (1 - shares)[:, None] * one_hot(others)
        main = torch.where(shares < 0.5, others, labels)
        if weights is None:
            return F.cross_entropy(logits, target, label_smoothing=smoothing), main
        # Against soft targets PyTorch's mean divides by the number of images; this one by their weights.
        losses = F.cross_entropy(logits, target, weight=weights, label_smoothing=smoothing, reduction="none")
        return losses.sum() / (shares * weights[labels] + (1 - shares) * weights[others]).sum(), main
    if smoothing or weights is not None:
        return F.cross_entropy(logits, labels, weight=weights, label_smoothing=smoothing), labels
    return F.nll_loss(log_probabilities, labels), labels


def initial(case, name, tensor):
    """The starting value of a tensor of the state dict."""
    x = symmetric(f"{case['name']}/{name}", tensor.numel())
    if name.startswith(("bn", "gn")):
        # Scales and variances around 1, shifts and means around 0.
        u = uniform(f"{case['name']}/{name}", tensor.numel())
        x = 0.75 + 0.5 * u if name.endswith((".weight", ".running_var")) else 0.25 * (u - 0.5)
    else:
        gain = case.get("gain", 1.0)
        x = rounded(case, x * gain * inverse_root(tensor[0].numel() if tensor.dim() > 1 else 16))
    return real(x).reshape(tensor.shape)


def layers_of(case):
    """The case's layers, with its dropout probability in place of theirs if it has one."""
    if "dropout" not in case:
        return case["layers"]
    is_dropout = lambda layer: isinstance(layer, dict) and "Dropout" in layer
    return [{"Dropout": {"p": case["dropout"]}} if is_dropout(layer) else layer for layer in case["layers"]]


class Watch:
    """Sees every ReLU and max-pooling and refuses what another order of summation might turn over."""

    def __init__(self):
        self.smallest, self.ties, self.exact = math.inf, 0, False

    def begin(self, case):
        self.smallest, self.ties, self.exact = math.inf, 0, "quantum" in case

    def __call__(self, module, inputs, output):
        if not module.training:
            return  # the network's constructor, finding out shapes
        [x] = inputs
        if isinstance(module, torch.nn.ReLU):
            margins = x.abs().flatten()
        elif isinstance(module, torch.nn.LeakyReLU):
            margins = x.abs().flatten()
        elif isinstance(module, torch.nn.Hardswish | torch.nn.Hardsigmoid):
            margins = (x.abs() - 3).abs().flatten()
        elif isinstance(module, torch.nn.MaxPool2d):
            (kh, kw), (sh, sw), (ph, pw) = map(pair, (module.kernel_size, module.stride, module.padding))
            height, width = output.shape[2:]
            padded = F.pad(x, (pw, pw + sw, ph, ph + sh), value=-math.inf)
            windows = padded.unfold(2, kh, sh).unfold(3, kw, sw)[:, :, :height, :width].flatten(4)
            first, second = windows.topk(2, dim=4).values.unbind(4)
            # Where a ReLU left nothing but zeros, no gradient passes whichever is chosen.
            dead = (first == 0) & (windows.amin(4) == 0)
            margins = (first - second)[~dead]
        elif isinstance(module, torch.nn.AdaptiveMaxPool2d):
            spans = [[range(o * size // out, -(-(o + 1) * size // out)) for o in range(out)]
                     for size, out in zip(x.shape[2:], output.shape[2:])]
            windows = [x[:, :, rows][:, :, :, columns].flatten(2) for rows in spans[0] for columns in spans[1]]
            margins = torch.cat([-w.topk(2, dim=2).values.diff(dim=2).flatten() for w in windows if w.shape[2] > 1])
        else:
            return
        if self.exact:
            self.ties += int((margins == 0).sum())
            margins = margins[margins != 0]
        margin = margins.min().item()
        self.smallest = min(self.smallest, margin)
        if margin < MARGIN:
            raise SystemExit(f"{module}: a margin of {margin:.1e} only; choose other data")


def digest(case, label, tensor):
    """A tensor as it is stored: whole if small, else as sums and samples that no single wrong entry escapes."""
    values = tensor.detach().reshape(-1).numpy()
    stored = {"shape": list(tensor.shape)}
    if values.size <= WHOLE_MAX:
        return stored | {"values": values.tolist()}
    name = f"{case['name']}/{label}"
    picked = integers(f"{name}/sample", 64, values.size)
    return stored | {
        "sum": math.fsum(values),
        "norm": math.sqrt(math.fsum(values * values)),
        "dots": [math.fsum(values * signs(f"{name}/dot/{k}", values.size)) for k in range(4)],
        "samples": values[picked].tolist(),
    }


def optimizers_of(case, net):
    """The case's optimizers with their parameters, which they share out as its groups say."""
    kind, settings = case["optimizer"]
    chosen = [(pattern, {}) for pattern, _ in case.get("groups", [])]
    rest = {}
    for name, parameter in net.named_parameters():
        fitting = (members for pattern, members in chosen if fnmatch.fnmatchcase(name, pattern))
        next(fitting, rest)[name] = parameter
    changed, optimizers = [{"params": list(rest.values())}], []
    for (_, treatment), (_, members) in zip(case.get("groups", []), chosen):
        assert members, case["name"]
        match treatment:
            case None:
                for parameter in members.values():
                    parameter.requires_grad_(False)
            case (own, own_settings):
                make = Muon if own == "Muon" else getattr(torch.optim, own)
                optimizers.append(make(list(members.values()), **own_settings))
            case changes:
                changed.append({"params": list(members.values()), **changes})
    return [getattr(torch.optim, kind)(changed, **settings, foreach=False)] + optimizers


def averages_behind(case, step):
    """Whether an epoch behind the share `swa_start` of them ends with the step, which counts from 0."""
    epoch, ends = divmod(step + 1, EPOCH_STEPS)
    return ends == 0 and epoch > case["swa_start"] * steps_of(case) / EPOCH_STEPS


def run(case):
    net = Network(layers_of(case), case["input"]).double()
    state = {k: v for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
    for name, tensor in state.items():
        tensor.copy_(initial(case, name, tensor))
    current = {"step": 0}

    def mask(ordinal, shape):
        p = getattr(net, f"dropout{ordinal + 1}").p
        return real(keep(f"{case['name']}/mask/{current['step']}/{ordinal}", math.prod(shape), p)).reshape(shape)

    net.inject_masks(mask)
    optimizers = optimizers_of(case, net)

    golden = {"case": case["name"], "torch": torch.__version__.split("+")[0], "tensors": {}}

    def store(label, tensor):
        golden["tensors"][label] = digest(case, label, tensor)

    def evaluate(label, net=net):
        net.eval()
        with torch.no_grad():
            store(label, net(batch(case, 0)[0]))
        net.train()

    def batches_again():
        # Dropout draws as in further steps.
        for step in range(steps_of(case)):
            current["step"] = steps_of(case) + step
            yield batch(case, step)[0]

    average = AveragedModel(net) if "swa_start" in case else None
    evaluate("evaluation/before")
    losses, correct, norms = [], [], []
    for step in range(steps_of(case)):
        current["step"] = step
        images, labels = batch(case, step)
        net.zero_grad()
        *_, logits, log_probabilities = net.forward_steps(images)
        loss, labels = loss_and_label(case, step, logits, log_probabilities, labels)
        loss.backward()
        losses.append(loss.item())
        correct.append(int((log_probabilities.argmax(1) == labels).sum()))
        if step == 0:
            store("logits", logits)
            store("log_probabilities", log_probabilities)
            for name, parameter in net.named_parameters():
                if parameter.requires_grad:
                    store(f"gradient/{name}", parameter.grad)
        if "clip_grad_norm" in case:
            norms.append(torch.nn.utils.clip_grad_norm_(net.parameters(), case["clip_grad_norm"]).item())
        if "clip_grad_value" in case:
            torch.nn.utils.clip_grad_value_(net.parameters(), case["clip_grad_value"])
        for optimizer in optimizers:
            optimizer.step()
        if average is not None and averages_behind(case, step):
            average.update_parameters(net)
        if step == 0:
            for name, buffer in state.items():
                if "running" in name:
                    store(f"after_1/{name}", buffer)
    golden["losses"], golden["correct"] = losses, correct
    if norms and not min(norms) < case["clip_grad_norm"] < max(norms):
        raise SystemExit(f"{case['name']}: norms from {min(norms)} to {max(norms)}; clip some steps and not all")
    for name, tensor in state.items():
        store(f"after_{steps_of(case)}/{name}", tensor)
    for name, parameter in net.named_parameters():
        for optimizer in optimizers:
            for moment, tensor in optimizer.state.get(parameter, {}).items():
                # The product of the momenta is a function of the step.
                if moment not in ("step", "mu_product") and tensor is not None:
                    store(f"optimizer/{name}.{moment}", tensor)
    evaluate("evaluation/after")
    if average is not None:
        update_bn(batches_again(), average)
        for name, tensor in average.module.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                store(f"average/{name}", tensor)
        evaluate("evaluation/average", average)
    return golden


def write(golden, folder, watch):
    """JSON with a line a tensor, so that a difference can be read."""
    tensors = golden.pop("tensors")
    head = json.dumps(golden)[1:-1]
    rows = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in tensors.items())
    path = folder / f"{golden['case']}.json"
    path.write_text(f'{{{head},\n"tensors": {{\n{rows}\n}}}}\n')
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes, "
          f"smallest margin {watch.smallest:.1e}, exact ties {watch.ties}, losses {golden['losses'][0]:.4f} to {golden['losses'][-1]:.4f}")


def main():
    folder = HERE.parents[1] / "crates/toile-nn/tests/golden"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    # NAdam keeps the product of its momenta in this type.
    torch.set_default_dtype(torch.float64)
    watch = Watch()
    torch.nn.modules.module.register_module_forward_hook(watch)
    only = sys.argv[2:]
    for case in CASES:
        if only and case["name"] not in only:
            continue
        watch.begin(case)
        write(run(case), folder, watch)


if __name__ == "__main__":
    main()
