"""Writes reference values for `toile-statistics`' tests: python reference.py [OUTPUT_FILE]

See README.md beside this file for what is computed by what.
"""

import json
import pathlib
import sys

import numpy as np
import pandas as pd
from scipy import optimize, stats
from sklearn.metrics import f1_score
from statsmodels.api import OLS
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.sandwich_covariance import cov_cluster_2groups
from statsmodels.stats.weightstats import DescrStatsW

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "crates/toile-statistics/tests/reference.json"
ALPHA = 0.05


def distributions():
    degrees = [1, 2, 3, 4, 4.7, 9, 31, 999, 9999, 1e5]
    levels = [0.9, 0.5, 0.1, 0.05, 0.025, 0.05 / 12, 1e-4, 1e-10]
    # Both tails of symmetric distributions: twice the upper one.
    return {
        "student_quantiles": [[p, nu, stats.t.isf(p / 2, nu)] for nu in degrees for p in levels],
        "student_outside": [
            [t, nu, 2 * stats.t.sf(t, nu)] for nu in degrees for t in [1e-3, 0.3, 1, 2.5, 7, 30]
        ],
        "normal_quantiles": [[p, stats.norm.isf(p / 2)] for p in levels],
    }


def mcnemars():
    pairs = [(0, 1), (3, 8), (8, 3), (20, 20), (41, 60), (150, 260), (700, 600), (1200, 1500), (0, 60)]
    return [[a, b, mcnemar([[0, a], [b, 0]], exact=True).pvalue] for a, b in pairs]


def wilsons():
    cases = [(0, 5, 0.05), (5, 5, 0.05), (1, 3, 0.1), (700, 1000, 0.05), (908, 1000, 0.005)]
    cases.append((9999, 10000, 0.05))
    return [[k, n, a, *proportion_confint(k, n, a, method="wilson")] for k, n, a in cases]


def mean_squares(z):
    """Mean squares of seeds, images and their interaction, by least squares on dummies."""
    seeds, images = z.shape
    frame = pd.DataFrame(
        {
            "z": z.ravel(),
            "seed": np.repeat(np.arange(seeds), images),
            "image": np.tile(np.arange(images), seeds),
        }
    )
    table = anova_lm(ols("z ~ C(seed) + C(image)", data=frame).fit())
    return (table.loc[key, "mean_sq"] for key in ("C(seed)", "C(image)", "Residual"))


def clustered(z):
    seeds, images = z.shape
    fit = OLS(z.ravel(), np.ones(z.size)).fit()
    groups = np.repeat(np.arange(seeds), images), np.tile(np.arange(images), seeds)
    _, seed, image = cov_cluster_2groups(fit, *groups, use_correction=True)
    both = cov_cluster_2groups(fit, *groups, use_correction=False)[0]
    return float(np.squeeze(seed)), float(np.squeeze(image)), float(np.squeeze(both))


def half_width(seed_parts, image_alone, images, alpha):
    """`seed_parts`: (variance, degrees of freedom)."""
    square = sum(v * stats.t.isf(alpha / 2, nu) ** 2 for v, nu in seed_parts)
    return np.sqrt(square + image_alone * stats.t.isf(alpha / 2, images - 1) ** 2)


def contrast(blocks):
    """`blocks`: a list of lists of (weight, seeds x images); models of a block share their seeds."""
    tables = [sum(c * y for c, y in block) for block in blocks]
    images = tables[0].shape[1]
    value = sum(z.mean() for z in tables)
    seed_parts, interaction, below = [], 0.0, 0.0
    for z in tables:
        a, _, r = mean_squares(z)
        seeds = len(z)
        seed_parts.append((a / z.size, seeds - 1))
        interaction += r / z.size
        below += (a / z.size) ** 2 / (seeds - 1) + (r / z.size) ** 2 / ((seeds - 1) * (images - 1))
    image = np.var(sum(z.mean(axis=0) for z in tables), ddof=1) / images
    seed = sum(v for v, _ in seed_parts)
    alone = max(image - interaction, 0)
    if alone > 0:
        below += image**2 / (images - 1)
    else:
        below = sum(v**2 / nu for v, nu in seed_parts)

    def excess(ln_p):
        return half_width(seed_parts, alone, images, np.exp(ln_p)) - abs(value)

    found = {
        "blocks": [[[c, y.tolist()] for c, y in block] for block in blocks],
        "value": value,
        "seed": seed,
        "image": image,
        "interaction": interaction,
        "standard_error": np.sqrt(seed + alone),
        "degrees_of_freedom": (seed + alone) ** 2 / below,
        "half_width": half_width(seed_parts, alone, images, ALPHA),
        "p_value": np.exp(optimize.brentq(excess, -60, -1e-9, xtol=1e-14)),
    }
    if len(tables) == 1:
        found["clustered"] = clustered(tables[0])
    return found


def contrasts(rng):
    def binary(seeds, images, accuracy):
        difficulty = rng.normal(size=images)
        noise = 0.7 * rng.normal(size=(seeds, images))
        return (noise + difficulty < stats.norm.ppf(accuracy) * 1.2).astype(float)

    cases = []
    for seeds, images in [(3, 40), (5, 25), (2, 12), (10, 30)]:
        a, b = rng.normal(size=(2, seeds, images))
        a += rng.normal(size=(seeds, 1)) + rng.normal(size=images)
        cases.append([[(-1.0, a), (1.0, b)]])
        cases.append([[(-1.0, binary(seeds, images, 0.6)), (1.0, binary(seeds, images, 0.8))]])
    # Four cells of a factorial, weighed for an interaction.
    cells = rng.normal(size=(4, 3, 20)) + rng.normal(size=(1, 3, 1)) + rng.normal(size=20)
    cases.append([[(w, y) for w, y in zip([0.5, -0.5, -0.5, 0.5], cells)]])
    # Other seeds in either model, and more of them.
    cases.append([[(-1.0, rng.normal(size=(3, 15)))], [(1.0, 0.5 + rng.normal(size=(3, 15)))]])
    cases.append([[(-1.0, binary(3, 30, 0.5))], [(1.0, binary(8, 30, 0.8))]])
    # Three models, two of which share their seeds.
    shared = rng.normal(size=(2, 4, 15)) + rng.normal(size=(4, 1))
    cases.append([[(-1.0, shared[0]), (0.25, shared[1])], [(0.75, 1.0 + rng.normal(size=(6, 15)))]])
    # Images that differ by less than chance: V_image - V_seed x image is negative.
    z = rng.normal(size=(3, 10))
    z -= 0.9 * z.mean(axis=0)
    cases.append([[(1.0, z + rng.normal(size=(3, 1)))]])
    return [contrast(case) for case in cases]


def equivalences(rng):
    """[values, margin, p above the lower margin, p below the upper one, the larger]."""
    cases = []
    for n in (3, 5, 40):
        values = rng.normal(size=n) + 0.3
        for margin in (0.2, 1.0, 3.0):
            p, (_, lower, _), (_, upper, _) = DescrStatsW(values).ttost_mean(-margin, margin)
            cases.append([values.tolist(), margin, lower, upper, p])
    return cases


def deleted(metric, *columns):
    images = len(columns[0])
    return [metric(*(np.delete(column, i) for column in columns)) for i in range(images)]


def f1(rng):
    labels = rng.integers(0, 4, size=60)
    predictions = np.where(rng.random((3, 60)) < 0.7, labels, rng.integers(0, 4, size=(3, 60)))
    # A class with a single image that one run gets right, one that is never predicted.
    labels[0], predictions[:, 0] = 4, [4, 0, 1]
    labels[1] = 5
    classes = 6

    def macro(y, p):
        # A class without an image counts nowhere.
        return f1_score(y, p, labels=np.unique(y), average="macro", zero_division=0)

    return {
        "classes": classes,
        "labels": labels.tolist(),
        "predictions": predictions.tolist(),
        "per_seed": [macro(labels, row) for row in predictions],
        "without": [deleted(macro, labels, row) for row in predictions],
    }


def ece_by_loop(confidence, correct, bins=15):
    total = 0.0
    for b in range(bins):
        inside = (confidence > b / bins) & (confidence <= (b + 1) / bins)
        if inside.any():
            total += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    return total


def ece(rng):
    confidence = rng.beta(4, 1, size=(3, 80))
    correct = rng.random((3, 80)) < confidence**1.5
    return {
        "confidence": confidence.tolist(),
        "correct": correct.tolist(),
        "per_seed": [ece_by_loop(*row) for row in zip(confidence, correct)],
        "without": [deleted(ece_by_loop, *row) for row in zip(confidence, correct)],
    }


def powers():
    """[seeds, truth in units of the standard error, level, power] of Student's test."""
    found = []
    for seeds in (3, 5, 10, 30):
        for truth in (0.0, 1.0, 3.0, 8.0):
            for alpha in (0.05, 0.0125):
                t = stats.t.isf(alpha / 2, seeds - 1)
                # SciPy's far tail on the wrong side is NaN at times: below 1e-15 there, and left out.
                wrong = stats.nct.cdf(-t, seeds - 1, truth)
                power = stats.nct.sf(t, seeds - 1, truth) + (0.0 if np.isnan(wrong) else wrong)
                found.append([seeds, truth, alpha, power])
    return found


def over_seeds(rng):
    found = []
    for n in (2, 3, 10):
        values = rng.normal(size=n)
        low, high = stats.t.interval(1 - ALPHA, n - 1, values.mean(), stats.sem(values))
        found.append([values.tolist(), values.mean(), values.std(ddof=1), low, high])
    return found


def main():
    rng = np.random.default_rng(20240607)
    reference = {
        **distributions(),
        "mcnemar": mcnemars(),
        "wilson": wilsons(),
        "contrasts": contrasts(rng),
        "equivalence": equivalences(rng),
        "f1": f1(rng),
        "ece": ece(rng),
        "power": powers(),
        "over_seeds": over_seeds(rng),
    }
    output = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    output.write_text(json.dumps(reference, default=float, allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
