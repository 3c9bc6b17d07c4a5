#!/usr/bin/env python3
"""Does TensorBoard show what Toile's event files are made of?

    python bench/interop/check_tensorboard.py runs/quick

takes a study's folder with the event files of `toile run --tensorboard` (or --events FOLDER for those of `toile export`),
starts TensorBoard on them, and asks its server: runs, scalars, the confusion matrix, hyperparameters. Every scalar has to be
the number in `results.csv`, to 32 bits. Ends with 0 where everything agrees, with 1 on a difference.
Needs `pip install tensorboard`.
"""

import argparse
import csv
import json
import pathlib
import re
import struct
import subprocess
import sys
import time
import urllib.parse
import urllib.request

TAGS = {
    "loss/train": "train_loss",
    "loss/test": "test_loss",
    "loss/validation": "validation_loss",
    "accuracy/train": "train_accuracy",
    "accuracy/test": "test_accuracy",
    "accuracy/validation": "validation_accuracy",
    "learning_rate": "learning_rate",
}


def fail(message):
    sys.exit(f"wrong: {message}")


def to_f32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


class Server:
    """TensorBoard on a folder."""

    def __init__(self, events):
        command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(events), "--port", "0", "--load_fast", "false"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        for line in self.process.stderr:
            if found := re.search(r"(http://\S+:\d+)", line):
                self.url = found.group(1)
                return
        fail("TensorBoard did not start")

    def ask(self, path, body=None, **query):
        url = f"{self.url}/{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(url, data, {"Content-Type": "application/json"})) as answer:
            return answer.read()

    def json(self, path, body=None, **query):
        return json.loads(self.ask(path, body, **query))

    def stop(self):
        self.process.terminate()
        self.process.wait()


def rows_of(run):
    with open(run / "results.csv", newline="") as file:
        return list(csv.DictReader(file))


def check_scalars(server, study, runs):
    compared = 0
    for run in runs:
        rows = rows_of(study / run)
        for tag, column in TAGS.items():
            expected = [(int(row["epoch"]), to_f32(float(row[column]))) for row in rows if row[column]]
            if not expected:
                continue
            found = server.json("data/plugin/scalars/scalars", run=run, tag=tag)
            if [(step, to_f32(value)) for _, step, value in found] != expected:
                fail(f"{run}, {tag}: {found}, not {expected}")
            compared += len(expected)
    return compared


def check_images(server, study, runs):
    for run in runs:
        [image] = server.json("data/plugin/images/images", run=run, tag="confusion_matrix", sample=0)
        png = server.ask("data/plugin/images/individualImage?" + image["query"])
        if png != (study / run / "confusion_matrix.png").read_bytes():
            fail(f"{run}: its image is not confusion_matrix.png")


def check_hyperparameters(server, runs):
    experiment = server.json("data/plugin/hparams/experiment", {"experimentName": ""})
    names = {info["name"] for info in experiment["hparamInfos"]}
    for name in ["seed", "epochs", "batch_size"]:
        if name not in names:
            fail(f"TensorBoard knows no hyperparameter {name}: {sorted(names)}")
    body = {"experimentName": "", "allowedStatuses": ["STATUS_SUCCESS", "STATUS_UNKNOWN", "STATUS_FAILURE", "STATUS_RUNNING"],
            "colParams": [], "startIndex": 0, "sliceSize": 1000}
    groups = server.json("data/plugin/hparams/session_groups", body)["sessionGroups"]
    sessions = {session["name"]: session["status"] for group in groups for session in group["sessions"]}
    if set(sessions) != set(runs) or set(sessions.values()) != {"STATUS_SUCCESS"}:
        fail(f"the sessions are {sessions}, the runs {runs}")
    return len(names), len(groups)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", type=pathlib.Path)
    parser.add_argument("--events", type=pathlib.Path)
    args = parser.parse_args()
    events = args.events or args.study / "tensorboard"
    runs = sorted(str(path.parent.relative_to(events)) for path in events.glob("*/seed-*/*tfevents*"))
    if not runs:
        sys.exit(f"{events} holds no event file; `toile run --tensorboard` writes them")
    server = Server(events)
    try:
        for _ in range(100):
            if sorted(server.json("data/runs")) == runs:
                break
            time.sleep(0.2)
        else:
            fail(f"TensorBoard sees the runs {server.json('data/runs')}, not {runs}")
        compared = check_scalars(server, args.study, runs)
        check_images(server, args.study, runs)
        names, groups = check_hyperparameters(server, runs)
    finally:
        server.stop()
    print(f"{len(runs)} runs: {compared} scalars as in results.csv, a confusion matrix each, "
          f"{names} hyperparameters in {groups} groups")


if __name__ == "__main__":
    main()
