"""Writes golden values of temperature scaling: python temperature.py [FILE]

    pip install numpy scipy

Logits and labels are made up by the formula; SciPy finds the zero of the derivative of the mean negative log likelihood in
b = 1 / T (Guo et al. 2017) to the last digits, and its bounded minimiser has to agree as far as a minimum can be told.
"""

import json
import pathlib
import sys

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import logsumexp

from formula import uniform

OUT = pathlib.Path(__file__).resolve().parents[2] / "crates/toile-study/tests/suite/temperature.json"
# (name, images, classes, how sure the network is, how much its logits lean towards the label)
CASES = [("sure", 60, 4, 9.0, 2.5), ("unsure", 60, 3, 0.5, 0.3), ("two", 40, 2, 3.0, 0.8)]


def made_up(name, images, classes, sure, lean):
    labels = (uniform(name + " class", images) * classes).astype(int)
    logits = sure * uniform(name + " logits", images * classes).reshape(images, classes)
    logits[np.arange(images), labels] += lean
    logits -= logsumexp(logits, axis=1, keepdims=True)
    return labels, np.float32(logits)


def main():
    out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    cases = []
    for name, *rest in CASES:
        labels, rows = made_up(name, *rest)
        z = rows.astype(np.float64)
        own = z[np.arange(len(z)), labels]

        def nll(b):
            return (logsumexp(b * z, axis=1) - b * own).mean()

        def slope(b):
            p = np.exp(b * z - logsumexp(b * z, axis=1, keepdims=True))
            return ((p * z).sum(axis=1) - own).mean()

        b = brentq(slope, 0.01, 100, xtol=1e-15, rtol=1e-14)
        rough = minimize_scalar(nll, bounds=(0.01, 100), method="bounded", options={"xatol": 1e-9}).x
        assert abs(rough - b) < 1e-5 * b, (rough, b)
        cases.append({
            "classes": rows.shape[1], "labels": labels.tolist(), "log_probabilities": rows.flatten().tolist(),
            "temperature": 1 / b, "nll_before": nll(1.0), "nll_after": nll(b),
        })
        print(f"{name}: temperature {1 / b:.4f}, nll {nll(1.0):.4f} to {nll(b):.4f}")
    out.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
