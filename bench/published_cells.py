"""How many cells of a published confusion matrix lie within the range of a model's runs.

    python3 bench/published_cells.py runs/baseline-vs-better/baseline [studies/baseline-vs-better.toml]

Prints the number, and the cells farthest from the range of the seeds. Needs Python 3.11 and nothing else.
"""

import json
import pathlib
import sys
import tomllib


def main():
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    model = pathlib.Path(sys.argv[1])
    studies = pathlib.Path(__file__).resolve().parents[1] / "studies"
    study = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else studies / "baseline-vs-better.toml"
    published = tomllib.loads(study.read_text())["model"][model.name]["published"]["confusion"]
    runs = sorted(model.glob("seed-*/evaluation.json"))
    if not runs:
        raise SystemExit(f"{model}: no finished run")
    matrices = [json.loads(run.read_text())["evaluation"]["confusion"] for run in runs]
    outside = []
    for true, row in enumerate(published):
        for predicted, count in enumerate(row):
            counts = [matrix[true][predicted] for matrix in matrices]
            distance = max(min(counts) - count, count - max(counts))
            if distance > 0:
                outside.append((distance, true, predicted, count, min(counts), max(counts)))
    cells = sum(len(row) for row in published)
    print(f"{cells - len(outside)} of {cells} cells within the range of {len(runs)} runs")
    for _, true, predicted, count, low, high in sorted(outside, reverse=True)[:5]:
        print(f"class {true} called {predicted}: published {count}, measured {low} to {high}")


if __name__ == "__main__":
    main()
