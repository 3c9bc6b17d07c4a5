"""Writes golden values of confident learning for `toile-statistics`: python confident_learning.py [OUTPUT_FILE]

By the formulas of Northcutt, Jiang and Chuang 2021 (JAIR 70), section 3, written with NumPy alone and one image at a
time, so that nothing is shared with the crate. Labels and probabilities are made up: a true class by a formula, some
labels changed on purpose, logits that lean towards the true class. `bench/interop/check_confident_learning.py` asks
cleanlab about the same file.
"""

import json
import pathlib
import sys

import numpy as np

from formula import uniform

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "crates/toile-statistics/tests/confident_learning.json"


def made_up(name, images, classes, noise, lean, absent=None):
    """(labels, true classes, probabilities) of a case; nobody has the label `absent`."""
    true = (uniform(name + " class", images) * classes).astype(int)
    if absent is not None:
        true[true == absent] = (absent + 1) % classes
    step = 1 + (uniform(name + " step", images) * (classes - 1)).astype(int)
    wrong = uniform(name + " flip", images) < noise
    labels = np.where(wrong, (true + step) % classes, true)
    if absent is not None:
        labels[labels == absent] = (absent + 1) % classes
    logits = 3 * uniform(name + " logits", images * classes).reshape(images, classes)
    # Classes are recognised more or less surely, as real ones are.
    logits[np.arange(images), true] += lean * (0.4 + uniform(name + " lean", classes))[true]
    probabilities = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return labels, true, np.float32(np.round(probabilities, 6))


def confident_learning(labels, probabilities):
    p = probabilities.astype(np.float64)
    images, classes = p.shape
    thresholds = [p[labels == j, j].mean() if (labels == j).any() else None for j in range(classes)]
    counts = np.zeros((classes, classes), dtype=int)
    for label, row in zip(labels, p):
        reached = [j for j in range(classes) if thresholds[j] is not None and row[j] >= thresholds[j] - 1e-6]
        if reached:
            counts[label, max(reached, key=lambda j: (row[j], -j))] += 1
    joint = np.zeros((classes, classes))
    for i in range(classes):
        share = (labels == i).sum() / images
        if counts[i].sum():
            joint[i] = counts[i] / counts[i].sum() * share
        else:
            joint[i, i] = share
    pruned = set()
    for i in range(classes):
        members = np.flatnonzero(labels == i)
        for j in range(classes):
            if i != j:
                margins = p[members, j] - p[members, i]
                # Halves are rounded away from zero.
                count = int(np.floor(images * joint[i, j] + 0.5))
                pruned |= set(members[np.argsort(-margins, kind="stable")[:count]].tolist())
    likely = p[np.arange(images), labels] >= p.max(axis=1)
    others = p.copy()
    others[np.arange(images), labels] = -1
    own = p[np.arange(images), labels]
    return {
        "thresholds": thresholds,
        "counts": counts.ravel().tolist(),
        "joint": joint.ravel().tolist(),
        "pruned": sorted(image for image in pruned if not likely[image]),
        "self_confidence": own.tolist(),
        "normalized_margin": (own - others.max(axis=1)).tolist(),
    }


def case(name, images, classes, **settings):
    labels, true, probabilities = made_up(name, images, classes, **settings)
    return {
        "name": name,
        "classes": classes,
        "labels": labels.tolist(),
        "true": true.tolist(),
        "probabilities": [float(format(value, ".6f")) for value in probabilities.ravel()],
        **confident_learning(labels, probabilities),
    }


def main():
    cases = [
        case("some noise", 300, 4, noise=0.1, lean=4.0),
        case("much noise", 200, 3, noise=0.35, lean=3.0),
        case("a poor model", 200, 5, noise=0.1, lean=0.7),
        case("no noise", 120, 3, noise=0.0, lean=6.0),
        case("a class without images", 150, 4, noise=0.15, lean=4.0, absent=2),
        case("two classes", 100, 2, noise=0.2, lean=3.0),
    ]
    output = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    output.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
