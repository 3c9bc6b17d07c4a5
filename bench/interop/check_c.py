"""Shows that the C files of Toile's networks give the answers of their runs on all test images.

    pip install numpy
    python bench/interop/check_c.py RUN... --data DIR [--toile PROGRAM] [--cc COMPILER]

Each RUN (a run's folder, .../better/seed-0) is exported as C, compiled with every warning an error and under the address
and undefined-behaviour sanitizers, and run on the test images. It has to agree with predictions.csv: the same prediction
for every image, and every probability within 1e-5. Where the run has been through `toile quantize`, so has the C of its
whole numbers with the int8 run's.

DIR holds the IDX files of the data set. Exits with 0 if all agree, with 1 if not, with 2 if something is missing.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import exported
import idx
from predicted import TOLERANCE, known

MAIN = r"""
#include "net.h"
#include <stdio.h>

int main(void)
{
    static uint8_t image[TOILE_CHANNELS * TOILE_HEIGHT * TOILE_WIDTH];
    float answer[1 + TOILE_CLASSES];
    while (fread(image, sizeof image, 1, stdin) == 1) {
        answer[0] = (float)toile_predict(image, answer + 1);
        fwrite(answer, sizeof answer, 1, stdout);
    }
    return 0;
}
"""
STRICT = "-std=c99 -Wall -Wextra -Wconversion -Werror -pedantic -O2".split()
WATCHED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def done(command, **more):
    ended = subprocess.run(command, capture_output=True, check=False, **more)
    if ended.returncode != 0:
        print(f"{command[0]}: {ended.stderr.decode()}", file=sys.stderr)
        raise SystemExit(2)
    return ended.stdout


def check(arguments, run, extra, answers, images):
    """What is wrong with the C of a run, and the largest distance of a probability."""
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder)
        exported.export(arguments.toile, run, "c", here / "net.c", *extra)
        (here / "main.c").write_text(MAIN)
        done([arguments.cc, *STRICT, *WATCHED, "main.c", "net.c", "-o", "main", "-lm"], cwd=here)
        said = done([here / "main"], input=images.transpose(0, 2, 3, 1).tobytes())
    names, predictions, logs = known(answers)
    found = np.frombuffer(said, "<f4").reshape(len(images), 1 + len(names))
    apart = np.abs(found[:, 1:] - np.exp(np.nan_to_num(logs, nan=-np.inf))).max()
    other = int((found[:, 0] != predictions).sum())
    wrong = [f"{other} predictions differ"] if other else []
    return wrong + (["the probabilities differ"] if apart > TOLERANCE else []), apart


def main():
    parser = exported.parser("C against Toile")
    parser.add_argument("--cc", default="cc")
    arguments = parser.parse_args()
    images, _ = idx.split(arguments.data, "t10k")
    failed = False
    for run in arguments.runs:
        ways = [("floats", [], run)]
        int8 = run.parent.with_name(f"{run.parent.name}-int8") / run.name
        if int8.exists():
            ways.append(("int8", ["--int8"], int8))
        for name, extra, answers in ways:
            wrong, apart = check(arguments, run, extra, answers, images)
            print(
                f"{run.parent.name} {run.name} {name}: {len(images)} images, largest difference of a probability "
                f"{apart:.1e}; {'; '.join(wrong) or 'all agree'}"
            )
            failed |= bool(wrong)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
