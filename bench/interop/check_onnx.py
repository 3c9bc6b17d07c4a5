"""Shows that ONNX Runtime gives the answers of Toile's own networks on all test images of their runs.

    pip install onnx onnxruntime numpy
    python bench/interop/check_onnx.py RUN... --data DIR [--toile PROGRAM]

Each RUN (a run's folder, .../better/seed-0) is exported in all three ways: bytes in either order, and floats that are
normalized already. Of each file `onnx.checker` has to pass with `full_check`, its metadata have to be those of the run,
the digest of its weights that of its own initializers, and ONNX Runtime has to agree with predictions.csv:

- the same prediction for every image, and
- every log-probability within 1e-5: of its own size where that is above 1, since a 32 bit float near -40 has steps of
  4e-6 and near -80 of 8e-6. Where a probability is too small for a 32 bit float of full precision, only the true class
  has its log-probability in predictions.csv; the others are not compared.

DIR holds the IDX files of the data set. Exits with 0 if all agree, with 1 if not, with 2 if something is missing.
"""

import hashlib
import json
import pathlib
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import exported
import idx
from predicted import TOLERANCE, known

WAYS = [("--layout", "nhwc"), ("--layout", "nchw"), ("--input", "float")]


def stop(message):
    print(message, file=sys.stderr)
    raise SystemExit(2)


def fed(way, images, metadata):
    """The test images as the file takes them."""
    if way == ("--layout", "nhwc"):
        return images.transpose(0, 2, 3, 1)
    if way == ("--layout", "nchw"):
        return images
    shape = (1, -1, 1, 1)
    mean, std = (np.array(json.loads(metadata[key]), np.float32).reshape(shape) for key in ("mean", "std"))
    return (images.astype(np.float32) / np.float32(255) - mean) / std


def weights_digest(model, names):
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    values = [onnx.numpy_helper.to_array(tensors[name]).astype("<f4").tobytes() for name in names]
    return hashlib.sha256(b"".join(values)).hexdigest()


def check(path, way, run, images):
    """What is wrong with a file, one sentence each, and the largest distance of a log-probability."""
    wrong = []
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    names, predictions, logs = known(run)
    if json.loads(metadata["class_names"]) != names:
        wrong.append(f"the classes are {metadata['class_names']}")
    if metadata["weights_sha256"] != weights_digest(model, json.loads(metadata["weights"])):
        wrong.append("the digest is not that of the weights")
    if metadata["seed"] != run.name.removeprefix("seed-") or metadata["model"] != run.parent.name:
        wrong.append(f"it is said to be {metadata['model']}, seed {metadata['seed']}")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    [entry] = session.get_inputs()
    x = fed(way, images, metadata)
    # Batches of several sizes: the last one is smaller.
    answers = [session.run(None, {entry.name: x[at : at + 999]}) for at in range(0, len(x), 999)]
    found, probabilities = (np.concatenate(part) for part in zip(*answers))
    if not np.allclose(np.exp(found.astype(np.float64)), probabilities, rtol=1e-5, atol=1e-30):
        wrong.append("the probabilities are not the exponentials of the log-probabilities")
    other = np.flatnonzero(found.argmax(1) != predictions)
    if len(other):
        wrong.append(f"{len(other)} predictions differ, the first is of image {other[0]}")
    compared = ~np.isnan(logs)
    distance = np.abs(found - logs)[compared]
    apart = distance / np.maximum(1, np.abs(logs[compared]))
    if not (apart <= TOLERANCE).all():
        wrong.append(f"{(~(apart <= TOLERANCE)).sum()} log-probabilities differ, by up to {apart.max():.1e}")
    figures = {
        "absolute": float(distance.max()),
        "relative": float(apart.max()),
        "smallest": float(np.nanmin(logs)),
        "compared": int(compared.sum()),
    }
    return wrong, figures


def main():
    arguments = exported.parser("ONNX Runtime against Toile").parse_args()
    images, _ = idx.split(arguments.data, "t10k")
    failed = False
    for run in arguments.runs:
        for way in WAYS:
            with tempfile.TemporaryDirectory() as folder:
                path = f"{folder}/model.onnx"
                exported.export(arguments.toile, run, "onnx", path, *way)
                wrong, figures = check(path, way, run, images)
            print(
                f"{run.parent.name} {run.name} {' '.join(way)}: {len(images)} images, {figures['compared']} "
                f"log-probabilities down to {figures['smallest']:.1f}; largest difference {figures['absolute']:.1e}, "
                f"{figures['relative']:.1e} of sizes above 1; {'; '.join(wrong) or 'all agree'}"
            )
            failed |= bool(wrong)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
