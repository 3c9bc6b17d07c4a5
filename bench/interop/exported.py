"""What the checks of exported networks share: how they are called, and the files they look at."""

import argparse
import pathlib
import subprocess
import sys


def parser(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("runs", nargs="+", type=pathlib.Path, help="folders of runs")
    parser.add_argument("--data", required=True, type=pathlib.Path, help="folder of IDX files")
    parser.add_argument("--toile", default="toile")
    return parser


def export(toile, run, form, path, *how):
    """Lets Toile write a run's network to a file."""
    command = [toile, "export", run, "--format", form, *how, "--out", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"{run}: {done.stderr}", file=sys.stderr)
        raise SystemExit(2)
