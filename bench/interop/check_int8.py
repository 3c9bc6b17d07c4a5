"""Shows that ONNX Runtime gives the answers of Toile's whole numbers, but for how sums are rounded.

    pip install onnx onnxruntime numpy
    python bench/interop/check_int8.py RUN... --data DIR [--toile PROGRAM]

Each RUN (a run's folder, .../better/seed-0) has been through `toile quantize`. It is exported in the QDQ form; the file
has to pass `onnx.checker`, and ONNX Runtime has to agree with the predictions.csv of the int8 run beside it:

- every probability within 0.02, and within 0.001 in the mean, and
- the same prediction for every image whose two most probable classes are further apart than that.

DIR holds the IDX files of the data set. Exits with 0 if all agree, with 1 if not, with 2 if something is missing.
"""

import pathlib
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import exported
import idx
from predicted import known

LARGEST, MEAN = 0.02, 0.001


def check(path, run, images):
    """What is wrong with a file, one sentence each, and the figures."""
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    kinds = {node.op_type for node in model.graph.node}
    wrong = [] if {"QuantizeLinear", "DequantizeLinear"} <= kinds else ["it has no bytes"]
    _, predictions, logs = known(run)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    [entry] = session.get_inputs()
    x = images.transpose(0, 2, 3, 1)
    answers = [session.run(["probabilities"], {entry.name: x[at : at + 999]})[0] for at in range(0, len(x), 999)]
    found = np.concatenate(answers)
    known_probabilities = np.exp(np.nan_to_num(logs, nan=-np.inf))
    apart = np.abs(found - known_probabilities)
    other = found.argmax(1) != predictions
    second, first = np.sort(known_probabilities)[:, -2:].T
    if (other & (first - second > LARGEST)).any():
        wrong.append("predictions differ that are no ties")
    if apart.max() > LARGEST or apart.mean() > MEAN:
        wrong.append("the probabilities differ")
    return wrong, f"{other.sum()} other predictions, probabilities up to {apart.max():.4f} apart, {apart.mean():.6f} in the mean"


def main():
    arguments = exported.parser("ONNX Runtime against Toile's whole numbers").parse_args()
    images, _ = idx.split(arguments.data, "t10k")
    failed = False
    for run in arguments.runs:
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/model.onnx"
            exported.export(arguments.toile, run, "onnx", path, "--int8")
            wrong, figures = check(path, run.parent.with_name(f"{run.parent.name}-int8") / run.name, images)
        print(f"{run.parent.name} {run.name}: {len(images)} images, {figures}; {'; '.join(wrong) or 'all agree'}")
        failed |= bool(wrong)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
