"""Does cleanlab say of the golden cases what Toile says? pip install cleanlab; python check_confident_learning.py

Reads the golden file that `cargo test -p toile-statistics` compares Toile with. Ends with 0 when everything agrees,
with 1 on a difference. cleanlab rounds its calibrated joint to whole images and keeps at least one image a class, so
what it prunes is demanded to overlap (9 of 10), everything before that to agree.
"""

import json
import pathlib
import sys

import numpy as np
from cleanlab.count import compute_confident_joint, estimate_joint, get_confident_thresholds
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_normalized_margin_for_each_label, get_self_confidence_for_each_label

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "crates/toile-statistics/tests/confident_learning.json"


def differences(case):
    classes = case["classes"]
    labels = np.array(case["labels"])
    p = np.array(case["probabilities"], dtype=np.float32).astype(np.float64).reshape(-1, classes)
    thresholds = [t for t in case["thresholds"] if t is not None]
    present = [j for j in range(classes) if case["thresholds"][j] is not None]
    if not np.allclose(get_confident_thresholds(labels, p)[present], thresholds, atol=1e-9):
        yield "thresholds"
    counts = np.array(case["counts"]).reshape(classes, classes)
    # cleanlab counts at least one right image for every class.
    expected = counts.copy()
    np.fill_diagonal(expected, expected.diagonal().clip(min=1))
    found = compute_confident_joint(labels, p, calibrate=False)
    if (found != expected).any():
        yield f"confident joint: {found.tolist()} for {expected.tolist()}"
    joint = np.array(case["joint"]).reshape(classes, classes)
    # Its calibrated counts are rounded: half an image a cell.
    if np.abs(estimate_joint(labels, p) - joint).max() > 1.0 / len(labels):
        yield "calibrated joint"
    # cleanlab's margin is (p_i - max + 1) / 2.
    margin = 2 * get_normalized_margin_for_each_label(labels, p) - 1
    if not np.allclose(margin, case["normalized_margin"], atol=1e-9):
        yield "normalized margin"
    if not np.allclose(get_self_confidence_for_each_label(labels, p), case["self_confidence"], atol=1e-9):
        yield "self-confidence"
    theirs = set(np.flatnonzero(find_label_issues(labels, p, filter_by="prune_by_noise_rate", n_jobs=1)).tolist())
    ours = set(case["pruned"])
    both, either = len(theirs & ours), len(theirs | ours)
    print(f"{case['name']}: {len(ours)} pruned, {len(theirs)} by cleanlab, {both} by both")
    if either and both < 0.9 * either:
        yield "pruned images"


def main():
    wrong = [(case["name"], what) for case in json.loads(GOLDEN.read_text()) for what in differences(case)]
    for name, what in wrong:
        print(f"DIFFERENT in {name}: {what}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
