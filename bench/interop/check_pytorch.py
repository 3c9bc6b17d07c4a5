"""Shows that what `toile export` writes for PyTorch and NumPy gives the answers of Toile's own networks.

    pip install torch numpy pillow safetensors
    python bench/interop/check_pytorch.py RUN... --data DIR [--toile PROGRAM]

Each RUN (a run's folder, .../better/seed-0) is exported as a Python module, whose `load()` goes through
`load_state_dict(strict=True)`. Over all test images its predictions have to be those of predictions.csv (where its two
largest probabilities are within 1e-5 of each other, either will do) and every probability within 1e-4. Some test images
then go through `predict` as picture files. The arrays that are exported for NumPy have to be the same weights to the bit,
and to load with `allow_pickle=False`.

DIR holds the IDX files of the data set. Exits with 0 if all agree, with 1 if not, with 2 if something is missing.
"""

import csv
import importlib.util
import pathlib
import sys
import tempfile

import numpy as np
import torch
from PIL import Image
from safetensors.numpy import load_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import exported
import idx

TIE_MAX = 1e-5
PROBABILITY_TOLERANCE = 1e-4
FILES = 20


def stop(message):
    print(message, file=sys.stderr)
    raise SystemExit(2)


def module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def known(run):
    """Class names, predictions and probabilities of predictions.csv."""
    with (run / "predictions.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    names = [name.removeprefix("probability ") for name in header if name.startswith("probability ")]
    return names, [row[2] for row in rows], np.array([row[3 : 3 + len(names)] for row in rows], np.float64)


@torch.no_grad()
def check_module(path, run, images):
    """What is wrong, one sentence each, and the largest difference of a probability."""
    wrong = []
    exported = module(path)
    network = exported.load()
    names, predictions, probabilities = known(run)
    if names != exported.CLASS_NAMES:
        wrong.append(f"the classes are {exported.CLASS_NAMES}")
    chunks = [network(exported.normalize(chunk)).exp() for chunk in torch.from_numpy(images).split(1000)]
    found = torch.cat(chunks).numpy()
    for index, row in enumerate(found):
        if row.max() - row[names.index(predictions[index])] > TIE_MAX:
            wrong.append(f"image {index} is {names[row.argmax()]}, not {predictions[index]}")
    apart = np.abs(found - probabilities).max()
    if not apart <= PROBABILITY_TOLERANCE:
        wrong.append(f"probabilities differ by up to {apart:.1e}")
    for index in range(FILES):
        file = path.parent / f"{index}.png"
        Image.fromarray(images[index, 0]).save(file)
        best, of_file = exported.predict(file, network)
        if best != names[found[index].argmax()] or abs(of_file[best] - found[index].max()) > TIE_MAX:
            wrong.append(f"the file of image {index} is {best} ({of_file[best]:.6f})")
    return wrong, apart


def check_arrays(path, weights):
    """What is wrong with an .npz file, beside the safetensors of the same run."""
    with np.load(path, allow_pickle=False) as arrays:
        tensors = load_file(weights)
        wrong = [name for name in tensors if arrays[name].tobytes() != tensors[name].tobytes()]
        wrong += [name for name in tensors if arrays[name].shape != tensors[name].shape]
        if arrays["class_names"].ndim != 1 or arrays["mean"].dtype != np.float32:
            wrong.append("class_names or mean")
    return [f"the array {name} is another" for name in wrong]


def main():
    arguments = exported.parser("PyTorch and NumPy against Toile").parse_args()
    images, _ = idx.split(arguments.data, "t10k")
    failed = False
    for run in arguments.runs:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "exported.py"
            exported.export(arguments.toile, run, "pytorch", path)
            exported.export(arguments.toile, run, "npz", path.with_suffix(".npz"))
            wrong, apart = check_module(path, run, images)
            wrong += check_arrays(path.with_suffix(".npz"), path.with_suffix(".safetensors"))
        print(
            f"{run.parent.name} {run.name}: {len(images)} images and {FILES} files, largest difference of a "
            f"probability {apart:.1e}; {'; '.join(wrong[:5]) or 'all agree'}"
        )
        failed |= bool(wrong)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
