"""The network of a study file as a PyTorch module whose state dict has Toile's names.

Layers come as a study file writes them once its variables are filled in: a string ("ReLU") or a table
with one key ({"Conv2d": {"out_channels": 32, "kernel_size": 3}}). Parameters are named by kind and order,
as `toile_nn::description::resolve` names them: conv1, conv2, bn1, fc1, projection1.
"""

import torch
from torch import nn
import torch.nn.functional as F


def pair(value):
    """A number stands for both directions; a list is [height, width]. "same" and "valid" stay as they are."""
    if isinstance(value, list | tuple):
        return tuple(value)
    return value if isinstance(value, str) else (value, value)


def split(layer):
    """Kind and settings of a layer."""
    if isinstance(layer, str):
        return layer, {}
    [(kind, settings)] = layer.items()
    return kind, dict(settings)


def kernel_and_stride(settings):
    kernel = pair(settings["kernel_size"])
    return {
        "kernel_size": kernel,
        "stride": pair(settings.get("stride", kernel)),
        "padding": pair(settings.get("padding", 0)),
        "ceil_mode": settings.get("ceil_mode", False),
    }


class Dropout(nn.Module):
    """Dropout that may be given its mask: a function of (ordinal, shape) to a tensor of zeros and ones.

    `whole_channels` drops channels (Dropout2d); the mask's shape is then [images, channels, 1, 1]. `whole_images` drops
    all of an image (stochastic depth): [images, 1, ..].
    """

    def __init__(self, p, ordinal, whole_channels, whole_images=False):
        super().__init__()
        self.p, self.ordinal, self.whole_channels, self.mask = p, ordinal, whole_channels, None
        self.whole_images = whole_images

    def forward(self, x):
        if self.whole_images:
            ones = x.new_ones(x.shape[0], *[1] * (x.dim() - 1))
            if self.mask is None:
                return x * F.dropout(ones, self.p, self.training)
            return x * self.mask(self.ordinal, tuple(ones.shape)).to(x.dtype) / (1.0 - self.p) if self.training else x
        if self.mask is None:
            drop = F.dropout2d if self.whole_channels else F.dropout
            return drop(x, self.p, self.training)
        if not self.training:
            return x
        shape = (*x.shape[:2], 1, 1) if self.whole_channels else x.shape
        return x * self.mask(self.ordinal, tuple(shape)).to(x.dtype) / (1.0 - self.p)


class Hardsigmoid(nn.Hardsigmoid):
    """PyTorch's own has a gradient of one sixth rounded to float32, in float64 too."""

    def forward(self, x):
        return F.relu6(x + 3) / 6


class SqueezeExcitation(nn.Module):
    """torchvision's, whose names these are."""

    def __init__(self, channels, squeeze_channels, scale_activation):
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1, self.fc2 = nn.Conv2d(channels, squeeze_channels, 1), nn.Conv2d(squeeze_channels, channels, 1)
        self.activation, self.scale_activation = nn.ReLU(), scale_activation()

    def forward(self, x):
        return x * self.scale_activation(self.fc2(self.activation(self.fc1(self.avgpool(x)))))
class Scale(nn.Module):
    """A constant times x."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    def forward(self, x):
        return self.value * x


class Residual(nn.Module):
    """Adds its input to what its steps make of it."""

    def __init__(self, steps, projection, depth=None):
        super().__init__()
        # In plain lists, so that the network alone owns the modules, under Toile's names.
        self.steps, self.projection, self.depth = steps, [projection], [depth]

    def train(self, mode=True):
        for step in [*self.steps, *(depth for depth in self.depth if depth is not None)]:
            step.train(mode)
        return super().train(mode)

    def forward(self, x):
        y = x
        for step in self.steps:
            y = step(y)
        [projection], [depth] = self.projection, self.depth
        y = y if depth is None else depth(y)
        return y + (x if projection is None else projection(x))


class Network(nn.Module):
    """`layers` on images of `input_shape` [channels, height, width]. Returns log-probabilities."""

    def __init__(self, layers, input_shape):
        super().__init__()
        self.counts = {}
        self.steps, _ = self._list(layers, torch.zeros(1, *input_shape))

    def _named(self, kind, module):
        self.counts[kind] = self.counts.get(kind, 0) + 1
        setattr(self, f"{kind}{self.counts[kind]}", module)
        return module

    def _list(self, layers, probe):
        """Modules of a list of layers, and what becomes of `probe` (it tells the shapes)."""
        steps = []
        for layer in layers:
            step = self._layer(*split(layer), probe)
            with torch.no_grad():
                was_training = step.training
                probe = step.eval()(probe)
                step.train(was_training)
            steps.append(step)
        return steps, probe

    def _layer(self, kind, s, probe):
        features = probe.shape[1]
        match kind:
            case "Conv2d":
                convolution = nn.Conv2d(
                    features, s["out_channels"], pair(s["kernel_size"]), pair(s.get("stride", 1)),
                    pair(s.get("padding", 0)), pair(s.get("dilation", 1)), s.get("groups", 1), s.get("bias", True))
                convolution.weight.requires_grad_(not s.get("frozen", False))
                return self._named("conv", convolution)
            case "SqueezeExcitation":
                scale = {"Sigmoid": nn.Sigmoid, "Hardsigmoid": Hardsigmoid}[s.get("scale_activation", "Sigmoid")]
                return self._named("se", SqueezeExcitation(features, s["squeeze_channels"], scale))
            case "BatchNorm2d":
                momentum, affine = s.get("momentum", 0.1), s.get("affine", True)
                momentum = None if momentum == "cumulative" else momentum
                norm = nn.BatchNorm2d(features, s.get("eps", 1e-5), momentum, affine=bool(affine))
                if affine == "bias":
                    norm.weight.requires_grad_(False)
                return self._named("bn", norm)
            case "GroupNorm":
                affine = s.get("affine", True)
                norm = nn.GroupNorm(s["num_groups"], features, s.get("eps", 1e-5), affine)
                return self._named("gn", norm) if affine else norm
            case "ReLU":
                return nn.ReLU()
            case "LeakyReLU":
                return nn.LeakyReLU(s.get("negative_slope", 0.01))
            case "SiLU":
                return nn.SiLU()
            case "Hardswish":
                return nn.Hardswish()
            case "GELU":
                return nn.GELU(approximate=s.get("approximate", "none"))
            case "Scale":
                return Scale(s.get("value", 1.0))
            case "Identity":
                return nn.Identity()
            case "MaxPool2d":
                return nn.MaxPool2d(**kernel_and_stride(s))
            case "AvgPool2d":
                include = s.get("count_include_pad", True)
                return nn.AvgPool2d(**kernel_and_stride(s), count_include_pad=include)
            case "AdaptiveAvgPool2d":
                return nn.AdaptiveAvgPool2d(pair(s["output_size"]))
            case "AdaptiveMaxPool2d":
                return nn.AdaptiveMaxPool2d(pair(s["output_size"]))
            case "Dropout" | "Dropout2d":
                ordinal = self.counts.get("dropout", 0)
                return self._named("dropout", Dropout(s.get("p", 0.5), ordinal, kind == "Dropout2d"))
            case "Flatten":
                return nn.Flatten()
            case "Linear":
                return self._named("fc", nn.Linear(features, s["out_features"], s.get("bias", True)))
            case "LogSoftmax":
                return nn.LogSoftmax(dim=1)
            case "Residual":
                steps, out = self._list(s["layers"], probe)
                projection = None
                if s.get("projection", False):
                    stride = tuple(-(-a // b) for a, b in zip(probe.shape[2:], out.shape[2:]))
                    convolution = nn.Conv2d(features, out.shape[1], 1, stride, bias=False)
                    projection = self._named("projection", convolution)
                depth = None
                if s.get("stochastic_depth", 0.0) > 0.0:
                    dropout = Dropout(s["stochastic_depth"], self.counts.get("dropout", 0), False, True)
                    depth = self._named("dropout", dropout)
                return Residual(steps, projection, depth)
            case _:
                raise ValueError(f"unknown layer {kind}")

    def inject_masks(self, mask):
        """Dropout takes its masks from `mask` from now on."""
        for module in self.modules():
            if isinstance(module, Dropout):
                module.mask = mask

    def forward(self, x):
        # Not forward_steps(x)[-1]: that would keep every output alive, which takes memory and time.
        for step in self.steps:
            x = step(x)
        return x

    def forward_steps(self, x):
        """The output of each layer of the outermost list."""
        outputs = []
        for step in self.steps:
            x = step(x)
            outputs.append(x)
        return outputs
