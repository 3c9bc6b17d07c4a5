"""Runs the Python of docs/exporting.md as it stands there, on a network that is trained for it.

    pip install onnxruntime torch numpy pillow safetensors
    python bench/interop/check_exporting_doc.py --toile PROGRAM

In a folder of its own it trains the document's study for one epoch, exports in the document's formats, and runs each of
its blocks on one picture. Exits with 0 if all blocks run and ONNX Runtime and PyTorch name the same class with the same
probability, with 1 if not.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs/exporting.md"


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"{command}\n{done.stderr}", file=sys.stderr)
        raise SystemExit(1)
    return done.stdout


def main():
    parser = argparse.ArgumentParser(description="The Python of docs/exporting.md")
    parser.add_argument("--toile", default="toile")
    toile = str(pathlib.Path(parser.parse_args().toile).absolute())
    text = DOCUMENT.read_text()
    commands = re.search(r"```sh\n(.*?)```", text, re.S)[1].splitlines()
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    said = {}
    with tempfile.TemporaryDirectory() as folder:
        for line in commands:
            words = line.replace("run quick", "run quick --epochs 1 --models better").split()
            run([toile, *words[1:]], folder)
        grey = np.add.outer(np.arange(90), np.arange(120)).astype(np.uint8)
        Image.fromarray(grey).save(f"{folder}/picture.png")
        for block in blocks:
            said[re.search(r"onnxruntime|quick_better|np\.load", block)[0]] = run([sys.executable, "-c", block], folder)
    for what, output in said.items():
        print(f"{what}: {output.strip()[:300]}")
    name, _, probability = said["onnxruntime"].strip().rpartition(" ")
    theirs = re.match(r"\('(.*?)', \{(.*)\}\)", said["quick_better"].strip())
    of_torch = float(re.search(rf"'{re.escape(name)}': ([0-9.e-]+)", theirs[2])[1])
    agree = len(said) == 3 and theirs[1] == name and abs(of_torch - float(probability)) < 1e-5
    print("all blocks run, and agree" if agree else "THEY DIFFER")
    raise SystemExit(0 if agree else 1)


if __name__ == "__main__":
    main()
