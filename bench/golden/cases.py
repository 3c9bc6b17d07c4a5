"""The networks and trainings whose golden values are stored. `golden.rs` writes each of them down again."""

STUDY_LAYERS = [
    {"Conv2d": {"out_channels": 32, "kernel_size": 3, "padding": 1}}, "ReLU", {"MaxPool2d": {"kernel_size": 2}},
    {"Conv2d": {"out_channels": 64, "kernel_size": 3}}, "ReLU", {"MaxPool2d": {"kernel_size": 2}}, "Flatten",
    {"Linear": {"out_features": 256}}, "ReLU", {"Dropout": {"p": 0.5}},
    {"Linear": {"out_features": 128}}, "ReLU", {"Dropout": {"p": 0.5}},
    {"Linear": {"out_features": 10}}, "LogSoftmax",
]

BATCH_NORM_LAYERS = [
    {"Conv2d": {"out_channels": 8, "kernel_size": 3, "padding": 1}}, "BatchNorm2d", "ReLU",
    {"MaxPool2d": {"kernel_size": 2}},
    {"Conv2d": {"out_channels": 12, "kernel_size": 3}}, {"BatchNorm2d": {"eps": 1e-3, "momentum": 0.25}}, "ReLU",
    {"MaxPool2d": {"kernel_size": 2}}, "Flatten",
    {"Linear": {"out_features": 24}}, {"Dropout": {"p": 0.25}}, {"Linear": {"out_features": 16}},
    {"Linear": {"out_features": 10}}, "LogSoftmax",
]

RESIDUAL_LAYERS = [
    {"Conv2d": {"out_channels": 8, "kernel_size": 3, "padding": 1, "bias": False}}, "BatchNorm2d", "ReLU",
    {"Residual": {"layers": [
        {"Conv2d": {"out_channels": 8, "kernel_size": 3, "padding": 1}}, "BatchNorm2d", "ReLU",
        {"Conv2d": {"out_channels": 8, "kernel_size": 3, "padding": 1}}, "BatchNorm2d",
    ]}},
    "ReLU",
    {"Residual": {"projection": True, "layers": [
        {"Conv2d": {"out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1}}, "ReLU",
        {"Residual": {"layers": [{"Conv2d": {"out_channels": 16, "kernel_size": 3, "padding": 1}}, "GELU"]}},
    ]}},
    "ReLU", {"AdaptiveAvgPool2d": {"output_size": 1}}, "Flatten", {"Linear": {"out_features": 10}}, "LogSoftmax",
]

# Everything PyTorch rounds, pads or counts in a way of its own. The max-pooling's columns would have a window
# wholly in the right padding, which `ceil_mode` leaves out; its rows keep one that hangs over the edge.
ODD_LAYERS = [
    {"Conv2d": {"out_channels": 8, "kernel_size": [3, 2], "stride": [2, 1], "padding": [1, 0], "bias": False}},
    "GELU",
    {"MaxPool2d": {"kernel_size": [3, 2], "stride": [2, 3], "padding": 1, "ceil_mode": True}},
    {"Dropout2d": {"p": 0.25}},
    {"Conv2d": {"out_channels": 12, "kernel_size": [1, 3], "padding": [0, 1]}}, {"GELU": {"approximate": "tanh"}},
    {"AvgPool2d": {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}},
    {"Conv2d": {"out_channels": 10, "kernel_size": 2, "padding": 1, "bias": False}}, "GELU",
    {"AvgPool2d": {"kernel_size": [2, 3], "stride": [2, 1], "padding": 1, "count_include_pad": False}},
    {"AdaptiveAvgPool2d": {"output_size": [2, 3]}}, {"Dropout": {"p": 0.5}}, "Flatten",
    {"Linear": {"out_features": 20, "bias": False}}, "GELU", {"Linear": {"out_features": 7, "bias": False}},
    "LogSoftmax",
]

MOMENTUM_LAYERS = [
    {"Conv2d": {"out_channels": 6, "kernel_size": 5, "padding": 2}}, "ReLU", {"MaxPool2d": {"kernel_size": 2}},
    "Flatten", {"Linear": {"out_features": 10}}, "LogSoftmax",
]

TIES_LAYERS = [
    {"Conv2d": {"out_channels": 6, "kernel_size": 3, "padding": 1}},
    {"MaxPool2d": {"kernel_size": 3, "stride": 2, "padding": 1}}, "ReLU",
    "Flatten", {"Linear": {"out_features": 10}}, "LogSoftmax",
]

# Groups of one, of some and of all channels, with and without parameters, in front of ReLU, of pooling and of a sum.
GROUP_NORM_LAYERS = [
    {"Conv2d": {"out_channels": 6, "kernel_size": 3, "padding": 1}}, {"GroupNorm": {"num_groups": 3}}, "ReLU",
    {"Residual": {"layers": [
        {"Conv2d": {"out_channels": 6, "kernel_size": 3, "padding": 1}},
        {"GroupNorm": {"num_groups": 1, "eps": 1e-3}}, {"GELU": {"approximate": "tanh"}},
        {"Conv2d": {"out_channels": 6, "kernel_size": 1}}, {"GroupNorm": {"num_groups": 6, "affine": False}},
    ]}},
    {"GroupNorm": {"num_groups": 2}}, {"MaxPool2d": {"kernel_size": 2}}, "Flatten",
    {"Linear": {"out_features": 10}}, "LogSoftmax",
]


def activated(layer):
    """An activation behind everything that might do it on the way, and by itself."""
    return [
        {"Conv2d": {"out_channels": 5, "kernel_size": 3}}, layer,
        {"Conv2d": {"out_channels": 4, "kernel_size": 3, "padding": 1}}, "BatchNorm2d", layer,
        {"Residual": {"layers": [
            {"Conv2d": {"out_channels": 4, "kernel_size": 1}}, {"GroupNorm": {"num_groups": 2}}, layer,
        ]}},
        layer, {"MaxPool2d": {"kernel_size": 2}}, "Flatten", {"Linear": {"out_features": 12}}, layer,
        {"Linear": {"out_features": 10}}, "LogSoftmax",
    ]


# Nothing where a stage might take it on the way, inside a block, in front of Flatten, and as the first layer.
IDENTITY_LAYERS = [
    "Identity", {"Conv2d": {"out_channels": 4, "kernel_size": 3}}, "Identity", "ReLU", "Identity",
    {"MaxPool2d": {"kernel_size": 2}},
    {"Residual": {"layers": ["Identity", {"Conv2d": {"out_channels": 4, "kernel_size": 3, "padding": 1}}, "Identity"]}},
    "Identity", "Flatten", "Identity", {"Linear": {"out_features": 10}}, "Identity", "LogSoftmax",
]

# What small modern networks are made of: depthwise, grouped and dilated convolutions, squeezing, stochastic depth. One
# convolution is dilated without groups, and slides by two columns.
MODERN_LAYERS = [
    {"Conv2d": {"out_channels": 6, "kernel_size": 3, "padding": 1}},
    {"Conv2d": {"out_channels": 6, "kernel_size": [3, 2], "padding": [1, 2], "dilation": [1, 3], "groups": 3}}, "SiLU",
    {"Conv2d": {"out_channels": 6, "kernel_size": [2, 3], "stride": [1, 2], "padding": [1, 2], "dilation": [3, 2]}},
    {"Residual": {"stochastic_depth": 0.3, "layers": [
        {"Conv2d": {"out_channels": 6, "kernel_size": 5, "padding": 2, "groups": 6, "bias": False}}, "BatchNorm2d",
        {"SqueezeExcitation": {"squeeze_channels": 2, "scale_activation": "Hardsigmoid"}},
        {"Conv2d": {"out_channels": 6, "kernel_size": 1}},
    ]}},
    {"Residual": {"stochastic_depth": 0.5, "projection": True, "layers": [
        {"Conv2d": {"out_channels": 6, "kernel_size": 3, "stride": 2, "padding": 1, "groups": 6, "bias": False}},
        "BatchNorm2d", {"Conv2d": {"out_channels": 8, "kernel_size": 1, "groups": 2}},
    ]}},
    {"SqueezeExcitation": {"squeeze_channels": 3}}, {"AdaptiveMaxPool2d": {"output_size": [4, 2]}}, "Flatten",
    {"Linear": {"out_features": 10}}, "LogSoftmax",
]

# Normalisations with a shift, with nothing, and with statistics that are means; frozen weights; a constant factor where a
# stage might take it on the way, by itself and in front of the end.
PARTLY_LEARNT_LAYERS = [
    {"Conv2d": {"out_channels": 5, "kernel_size": 2, "frozen": True}}, {"GELU": {"approximate": "tanh"}},
    {"Conv2d": {"out_channels": 4, "kernel_size": 3, "bias": False, "frozen": True}},
    {"BatchNorm2d": {"affine": "bias", "momentum": 0.4}}, "GELU", {"Scale": {"value": -0.75}},
    {"Residual": {"layers": [
        {"Conv2d": {"out_channels": 4, "kernel_size": 3, "padding": 1}}, {"Scale": {"value": 1.5}},
        {"BatchNorm2d": {"affine": False, "momentum": "cumulative"}},
    ]}},
    {"BatchNorm2d": {"affine": "bias", "momentum": "cumulative"}}, {"MaxPool2d": {"kernel_size": 2}}, "Flatten",
    {"Linear": {"out_features": 10, "bias": False}}, {"Scale": {"value": 0.125}}, "LogSoftmax",
]

# A normalisation behind dropout, whose statistics are of what dropout leaves; one that follows with a momentum, one whose
# statistics are means, and a frozen weight.
AVERAGED_LAYERS = [
    {"Conv2d": {"out_channels": 6, "kernel_size": 3, "frozen": True}}, "BatchNorm2d", "ReLU", {"Dropout2d": {"p": 0.25}},
    {"Conv2d": {"out_channels": 5, "kernel_size": 3, "padding": 1, "bias": False}},
    {"BatchNorm2d": {"affine": "bias", "momentum": "cumulative"}}, "ReLU", {"MaxPool2d": {"kernel_size": 2}}, "Flatten",
    {"Dropout": {"p": 0.5}}, {"Linear": {"out_features": 10}}, "LogSoftmax",
]

# Optimizer steps of an epoch: what `swa_start`, a share of the epochs, counts by.
EPOCH_STEPS = 2

WEIGHTS = [0.25, 4.0, 1.0, 0.5, 2.75, 1.5, 0.125, 8.0, 1.25, 3.0]

# Optimizer settings left out are PyTorch's defaults. `gain` widens the starting weights. A bias in front of a
# normalisation has a gradient of zero: where the optimizer keeps a sum of gradients, weight decay gives it a value.
CASES = [
    {"name": "study_sgd", "input": [1, 28, 28], "classes": 10, "layers": STUDY_LAYERS, "dropout": 0.0,
     "optimizer": ("SGD", {"lr": 0.001})},
    {"name": "study_adam", "input": [1, 28, 28], "classes": 10, "layers": STUDY_LAYERS,
     "optimizer": ("Adam", {"lr": 0.0001})},
    {"name": "batch_norm", "input": [1, 12, 12], "classes": 10, "layers": BATCH_NORM_LAYERS,
     "optimizer": ("Adam", {"lr": 0.001, "weight_decay": 0.01})},
    {"name": "residual", "input": [3, 11, 9], "classes": 10, "layers": RESIDUAL_LAYERS,
     "optimizer": ("SGD", {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.0005})},
    {"name": "odd", "input": [3, 19, 14], "classes": 7, "layers": ODD_LAYERS, "gain": 4.0, "label_smoothing": 0.1,
     "optimizer": ("AdamW", {"lr": 0.002, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.05})},
    {"name": "nesterov", "input": [1, 10, 10], "classes": 10, "layers": MOMENTUM_LAYERS, "label_smoothing": 0.05,
     "optimizer": ("SGD", {"lr": 0.05, "momentum": 0.8, "weight_decay": 0.01, "nesterov": True})},
    # Everything in front of the softmax is a multiple of a power of two and exact in any order of summation, so
    # that ties are ties everywhere. One step: the next would start from other numbers.
    {"name": "ties", "input": [1, 9, 9], "classes": 10, "layers": TIES_LAYERS, "gain": 4.0, "quantum": 0.25,
     "steps": 1, "optimizer": ("SGD", {"lr": 0.1})},
    {"name": "rmsprop", "input": [1, 10, 10], "classes": 10, "layers": MOMENTUM_LAYERS,
     "optimizer": ("RMSprop", {"lr": 0.01})},
    {"name": "rmsprop_centered", "input": [1, 10, 10], "classes": 10, "layers": MOMENTUM_LAYERS,
     "optimizer": ("RMSprop", {"lr": 0.002, "alpha": 0.9, "eps": 1e-6, "weight_decay": 0.01, "momentum": 0.8,
                               "centered": True})},
    {"name": "nadam", "input": [1, 10, 10], "classes": 10, "layers": MOMENTUM_LAYERS,
     "optimizer": ("NAdam", {"lr": 0.002})},
    {"name": "nadam_decoupled", "input": [1, 10, 10], "classes": 10, "layers": MOMENTUM_LAYERS,
     "optimizer": ("NAdam", {"lr": 0.005, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.05,
                             "momentum_decay": 0.1, "decoupled_weight_decay": True})},
    {"name": "group_norm", "input": [2, 8, 7], "classes": 10, "layers": GROUP_NORM_LAYERS,
     "optimizer": ("SGD", {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.0005})},
    {"name": "leaky_relu", "input": [2, 9, 8], "classes": 10, "gain": 3.0,
     "layers": activated({"LeakyReLU": {"negative_slope": 0.2}}),
     "optimizer": ("SGD", {"lr": 0.01, "momentum": 0.9, "weight_decay": 0.0005})},
    {"name": "silu", "input": [2, 9, 8], "classes": 10, "layers": activated("SiLU"), "gain": 3.0,
     "optimizer": ("SGD", {"lr": 0.01, "momentum": 0.9, "weight_decay": 0.0005})},
    {"name": "hardswish", "input": [2, 9, 8], "classes": 10, "layers": activated("Hardswish"), "gain": 3.0,
     "optimizer": ("SGD", {"lr": 0.01, "momentum": 0.9, "weight_decay": 0.0005})},
    # Weights that float32 holds exactly. `mixed` has a second class an image, with a share of its own.
    {"name": "weighted", "input": [1, 8, 8], "classes": 10, "layers": MOMENTUM_LAYERS, "class_weights": WEIGHTS,
     "optimizer": ("SGD", {"lr": 0.05, "momentum": 0.8})},
    {"name": "weighted_smooth", "input": [1, 8, 8], "classes": 10, "layers": MOMENTUM_LAYERS,
     "class_weights": WEIGHTS, "label_smoothing": 0.1, "optimizer": ("SGD", {"lr": 0.05, "momentum": 0.8})},
    {"name": "mixed", "input": [1, 8, 8], "classes": 10, "layers": MOMENTUM_LAYERS, "mixed": True,
     "optimizer": ("SGD", {"lr": 0.05, "momentum": 0.8})},
    {"name": "mixed_smooth", "input": [1, 8, 8], "classes": 10, "layers": MOMENTUM_LAYERS, "mixed": True,
     "label_smoothing": 0.1, "optimizer": ("SGD", {"lr": 0.05, "momentum": 0.8})},
    {"name": "mixed_weighted", "input": [1, 8, 8], "classes": 10, "layers": MOMENTUM_LAYERS, "mixed": True,
     "class_weights": WEIGHTS, "label_smoothing": 0.1, "optimizer": ("SGD", {"lr": 0.05, "momentum": 0.8})},
    # A group is a pattern of names with its settings, or None where its parameters are frozen; the first that fits
    # counts. What is left follows `optimizer`.
    {"name": "groups", "input": [1, 12, 12], "classes": 10, "layers": BATCH_NORM_LAYERS, "dropout": 0.0,
     "optimizer": ("SGD", {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.01}),
     "groups": [("conv1.*", None), ("bn1.*", None), ("*.bias", {"lr": 0.05, "weight_decay": 0.001}),
                ("fc?.weight", {"lr": 0.01, "weight_decay": 0.1})]},
    {"name": "muon", "input": [1, 12, 12], "classes": 10, "layers": BATCH_NORM_LAYERS, "dropout": 0.0,
     "optimizer": ("SGD", {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.01}),
     "groups": [("conv?.weight", ("Muon", {"lr": 0.02})),
                ("fc?.weight", ("Muon", {"lr": 0.01, "weight_decay": 0.3, "momentum": 0.8, "nesterov": False,
                                         "ns_coefficients": (2.0, -1.5, 0.5), "ns_steps": 7,
                                         "adjust_lr_fn": "match_rms_adamw"}))]},
    {"name": "muon_normalized", "input": [2, 9, 8], "classes": 10, "layers": IDENTITY_LAYERS, "gain": 2.0,
     "optimizer": ("AdamW", {"lr": 0.002}),
     "groups": [("*.weight", ("Muon", {"lr": 0.05, "weight_decay": 0.0, "adjust_lr_fn": "spectral_unclamped",
                                       "normalize_weights": True}))]},
    # The first step's gradients have a norm of about 2, and not all steps are clipped.
    {"name": "clip_norm", "input": [1, 12, 12], "classes": 10, "layers": BATCH_NORM_LAYERS, "dropout": 0.0,
     "optimizer": ("SGD", {"lr": 0.05, "momentum": 0.8, "weight_decay": 0.01}), "clip_grad_norm": 2.0},
    {"name": "clip_value", "input": [1, 10, 10], "classes": 10, "layers": MOMENTUM_LAYERS,
     "optimizer": ("Adam", {"lr": 0.001}), "clip_grad_value": 0.01},
    {"name": "modern", "input": [2, 11, 9], "classes": 10, "layers": MODERN_LAYERS, "gain": 2.0,
     "optimizer": ("SGD", {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.0005})},
    {"name": "partly_learnt", "input": [2, 9, 8], "classes": 10, "layers": PARTLY_LEARNT_LAYERS, "gain": 3.0,
     "optimizer": ("SGD", {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.0005})},
    {"name": "identity", "input": [2, 9, 8], "classes": 10, "layers": IDENTITY_LAYERS, "gain": 2.0,
     "optimizer": ("SGD", {"lr": 0.05, "momentum": 0.9})},
    {"name": "swa", "input": [2, 9, 8], "classes": 10, "layers": AVERAGED_LAYERS, "swa_start": 0.4,
     "optimizer": ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.0005})},
]
