"""Keras 3 on TensorFlow, training the network of a job."""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf
import keras

import idx
import line

job = line.job()
tf.config.threading.set_intra_op_parallelism_threads(job["threads"])
# Operations of this chain of layers wait for one another anyway.
tf.config.threading.set_inter_op_parallelism_threads(1)
keras.utils.set_random_seed(0)


def layer(entry):
    kind, settings = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
    settings = dict(settings)
    match kind:
        case "Conv2d":
            filters, kernel = settings.pop("out_channels"), settings.pop("kernel_size")
            padding = {0: "valid", (kernel - 1) // 2: "same"}[settings.pop("padding", 0)]
            made = keras.layers.Conv2D(filters, kernel, padding=padding)
        case "MaxPool2d":
            made = keras.layers.MaxPooling2D(settings.pop("kernel_size"))
        case "Linear":
            made = keras.layers.Dense(settings.pop("out_features"))
        case "Dropout":
            made = keras.layers.Dropout(settings.pop("p"))
        case "ReLU":
            made = keras.layers.ReLU()
        case "Flatten":
            made = keras.layers.Flatten()
        case _:
            raise SystemExit(f"this peer does not know {entry}")
    if settings:
        raise SystemExit(f"this peer does not know {settings} of {kind}")
    return made


images, labels = idx.split(job["data"], "train")
# TensorFlow's own layout: channels last.
images = images.reshape(-1, 28, 28, 1).astype("float32") / 255
# The loss is given what LogSoftmax would be given.
layers = [layer(entry) for entry in job["layers"] if entry != "LogSoftmax"]
net = keras.Sequential([keras.layers.Input(images.shape[1:]), *layers])
[(kind, settings)] = job["optimizer"].items()
if set(settings) != {"lr"}:
    raise SystemExit(f"this peer does not know {settings} of {kind}")
# The default of Keras is 1e-7.
same = {"epsilon": 1e-8} if kind == "Adam" else {}
net.compile(
    getattr(keras.optimizers, kind)(settings["lr"], **same),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    # oneDNN's convolutions are 2.5 times as fast as what XLA makes of them on a CPU.
    jit_compile=False,
)


def train(wanted):
    done, loss_sum = 0, 0.0
    for picked in epochs.draw(wanted):
        # Already shuffled, and cut out in that order: `fit` has nothing left to shuffle.
        history = net.fit(images[picked], labels[picked], job["batch_size"], shuffle=False, verbose=0)
        loss_sum += history.history["loss"][0] * len(picked)
        done += len(picked)
    return done, loss_sum / done


epochs = line.Epochs(len(images), job["batch_size"])
last = len(images) % job["batch_size"]
warm = list(range(3 * job["batch_size"] + last))
net.fit(images[warm], labels[warm], job["batch_size"], shuffle=False, verbose=0)
line.serve(f"Keras {keras.__version__}, TensorFlow {tf.__version__}", train)
