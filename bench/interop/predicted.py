"""What a run made of its test images, for the checks of exported networks."""

import csv

import numpy as np

# Of a log-probability: this, and this share of its size where it is above 1.
TOLERANCE = 1e-5
# Below it 32 bit floats lose digits.
NORMAL_MIN = 2.0**-126


def known(run):
    """Class names, predictions (indices) and log-probabilities of predictions.csv; NaN where it has none."""
    with (run / "predictions.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    prefix = "probability "
    names = [name.removeprefix(prefix) for name in header if name.startswith(prefix)]
    probabilities = np.array([row[3 : 3 + len(names)] for row in rows], np.float64)
    logs = np.full(probabilities.shape, np.nan)
    np.log(probabilities, out=logs, where=probabilities >= NORMAL_MIN)
    # Earlier versions of Toile did not write it.
    if "log_probability" in header:
        labels = np.array([names.index(row[1]) for row in rows])
        logs[np.arange(len(rows)), labels] = [float(row[header.index("log_probability")]) for row in rows]
    return names, np.array([names.index(row[2]) for row in rows]), logs
