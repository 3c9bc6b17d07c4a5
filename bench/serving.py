"""Measures `toile serve` with wrk: is it ready at once, how fast is it, how late is it, does it grow, is it ever wrong?

    apt-get install wrk && pip install numpy
    python bench/serving.py RUN_FOLDER --data DIR [--toile PROGRAM] [--soak SECONDS] [--answers N]

RUN_FOLDER is a finished run with its predictions.csv (runs/baseline-vs-better/better/seed-0), DIR holds the IDX files of its
data set. wrk has the first core and the server the second (`taskset`): with one core a figure means nothing. Every request is
one test image as JSON, and every answer is compared as text with the one that agrees with predictions.csv to the last bit.

- ready: from the start of the process to the first 200 of /v2/health/ready, the middle of seven starts;
- throughput: windows of five seconds until three in a row are within ten per cent of their mean (the method of
  perf_analyzer), beside what `toile bench --mode infer` does on the server's core in batches of 32 without HTTP;
- p99 at half of that load, alone and beside 1,000 idle and 100 slow connections: the middle of nine windows, and the range;
- `--answers` (1,000,000) answers compared, in the same requests;
- `--soak` (0) seconds at half load: how much the process grows, from a fifth of the time on (until then its queues and
  buffers have found their sizes).

Prints Markdown. Exits with 1 where an answer is wrong or a request is not answered, with 2 if something is missing.
"""

import argparse
import atexit
import csv
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import numpy as np

import idx

HERE = pathlib.Path(__file__).resolve().parent
LUA = HERE / "serving" / "requests.lua"
WINDOW_SECONDS = 5
WINDOWS_MAX = 12
LATENCY_WINDOWS = 9
STABLE = 0.1
CONNECTIONS = 64
# At half load there are more connections, each of which waits between its requests.
WAITING_CONNECTIONS = 64
IMAGES = 1000
IDLE, SLOW = 1000, 100


def stop(message):
    print(message, file=sys.stderr)
    raise SystemExit(2)


class Server:
    """`toile serve` on one core."""

    def __init__(self, program, run, core):
        command = ["taskset", "-c", str(core), program, "serve", run, "--port", "0", "--threads", "1"]
        # Idle and slow connections stay: with the usual 30 seconds they would have gone before the last window.
        command += ["--header-timeout", "3600"]
        self.began = time.perf_counter()
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        # However this ends, no server stays behind.
        atexit.register(self.process.kill)
        self.address = None
        for line in self.process.stderr:
            if found := re.match(r"listening on (http://\S+)", line):
                self.address = found[1]
                break
        if self.address is None:
            stop("the server does not start")
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def get(self, path):
        with urllib.request.urlopen(self.address + path, timeout=30) as answer:
            return answer.read()

    def post(self, path, body):
        with urllib.request.urlopen(urllib.request.Request(self.address + path, data=body), timeout=30) as answer:
            return answer.read()

    def connections(self):
        """How many are open now."""
        return int(re.search(r"^toile_connections (\d+)$", self.get("/metrics").decode(), re.M)[1])

    def resident_kib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=15)


def ready_ms(program, run, core):
    taken = []
    for _ in range(7):
        server = Server(program, run, core)
        server.get("/v2/health/ready")
        taken.append(1000 * (time.perf_counter() - server.began))
        server.end()
    return statistics.median(taken)


def without_http(program, run_folder, core):
    """Images a second of batches of 32 on the server's core."""
    study = run_folder / "config.toml"
    command = ["taskset", "-c", str(core), program, "bench", "--study", str(study), "--mode", "infer"]
    command += ["--batch-size", "32", "--threads", "1", "--json"]
    return json.loads(subprocess.check_output(command, stderr=subprocess.DEVNULL))["images_per_second"]


def requests_of(server, model, run_folder, data, folder):
    """Writes bodies and the answers that are expected for them; every probability is that of predictions.csv."""
    images, _ = idx.split(data, "t10k")
    with open(run_folder / "predictions.csv", newline="") as file:
        rows = list(csv.DictReader(file))[:IMAGES]
    path = f"/v2/models/{model}/infer"
    with open(folder / "bodies", "w") as bodies, open(folder / "answers", "w") as answers:
        for number, row in enumerate(rows):
            pixels = images[int(row["index"])].transpose(1, 2, 0)
            tensor = {"name": "images", "datatype": "UINT8", "shape": [1, *pixels.shape], "data": pixels.ravel().tolist()}
            outputs = [{"name": "probabilities"}]
            body = json.dumps({"id": str(number), "inputs": [tensor], "outputs": outputs}, separators=(",", ":"))
            answer = server.post(path, body.encode()).decode()
            found = np.array(json.loads(answer)["outputs"][0]["data"], np.float32)
            expected = np.array([value for name, value in row.items() if name.startswith("probability ")], np.float32)
            if not np.array_equal(found, expected):
                print(f"image {row['index']}: {found} is not {expected}", file=sys.stderr)
                raise SystemExit(1)
            bodies.write(body + "\n")
            answers.write(answer + "\n")
    return path


class Load:
    """wrk on one core."""

    def __init__(self, server, path, folder, core):
        self.command = ["taskset", "-c", str(core), "wrk", "-t", "1", "-s", str(LUA), "--latency"]
        self.address, self.folder = server.address + path, folder
        self.answers = self.failures = 0

    def run(self, seconds, connections, wait_ms=0.0):
        """Requests a second, and the 99th percentile of their latency in milliseconds."""
        command = self.command + ["-c", str(connections), "-d", f"{seconds}s", self.address]
        command += ["--", str(self.folder), str(wait_ms)]
        text = subprocess.check_output(command, text=True)
        found = re.search(r"^measured (\d+) (\d+) (\d+) (\d+) ([\d.]+)$", text, re.M)
        answers, wrong, failed, micros, p99 = (float(value) for value in found.groups())
        self.answers += int(answers)
        self.failures += int(wrong + failed)
        return answers / (micros / 1e6), p99 / 1000

    def stable(self):
        """Windows until three in a row agree; else the last three."""
        rates = []
        while len(rates) < WINDOWS_MAX:
            rates.append(self.run(WINDOW_SECONDS, CONNECTIONS)[0])
            last = rates[-3:]
            if len(last) == 3 and max(abs(rate / statistics.mean(last) - 1) for rate in last) <= STABLE:
                return statistics.mean(last), True
        return statistics.mean(rates[-3:]), False

    def latency(self, wait_ms):
        """Requests a second, and the 99th percentiles of some windows, the lowest first."""
        windows = [self.run(WINDOW_SECONDS, WAITING_CONNECTIONS, wait_ms) for _ in range(LATENCY_WINDOWS)]
        rates, percentiles = zip(*windows)
        return statistics.mean(rates), sorted(percentiles)

    def waiting(self, rate):
        """How long each connection has to wait between requests for half of a rate."""
        wait = 1000 * WAITING_CONNECTIONS / (rate / 2)
        for _ in range(4):
            found, _ = self.run(3, WAITING_CONNECTIONS, wait)
            wait = max(0.0, wait + 1000 * WAITING_CONNECTIONS * (2 / rate - 1 / found))
        return wait


class Company:
    """Connections that send nothing, and connections that send a byte of a head a second."""

    def __init__(self, server):
        host, port = server.address.removeprefix("http://").rsplit(":", 1)
        connect = lambda: socket.create_connection((host, int(port)))
        self.idle = [connect() for _ in range(IDLE)]
        self.slow = [connect() for _ in range(SLOW)]
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.drip)
        self.thread.start()

    def drip(self):
        # Longer than the windows take, at a byte a second.
        head = b"POST /predict HTTP/1.1\r\nhost: nobody\r\nx-slow: " + b"x" * 3600
        for at in range(len(head)):
            for connection in self.slow:
                try:
                    connection.send(head[at : at + 1])
                except OSError:
                    pass  # Counted at the end.
            if self.is_over.wait(1):
                return

    def leave(self):
        self.is_over.set()
        self.thread.join()
        for connection in self.idle + self.slow:
            connection.close()


def soak(load, server, wait, seconds):
    """Resident memory over time: the growth from a fifth of the time on, in per cent."""
    kib, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        load.run(min(10, max(1, int(end - time.monotonic()))), WAITING_CONNECTIONS, wait)
        kib.append(server.resident_kib())
    settled = kib[len(kib) // 5 :]
    return 100 * (settled[-1] / settled[0] - 1), settled


def spread(percentiles):
    return f"{statistics.median(percentiles):.2f} ms ({percentiles[0]:.2f} to {percentiles[-1]:.2f})"


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return "unknown"


def measure(args, folder):
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        stop("this takes two cores")
    wrk_core, server_core = cores[:2]
    # 1,100 connections are more than most shells allow a program.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.sched_setaffinity(0, {wrk_core})
    run = args.run.resolve()
    print(f"{processor()}, {time.strftime('%Y-%m-%d')}, {args.run}\n")
    print("| | measured | wanted |\n|---|---|---|")
    say = lambda what, found, wanted: print(f"| {what} | {found} | {wanted} |", flush=True)
    say("ready after", f"{ready_ms(args.toile, run, server_core):.0f} ms", "300 ms")
    without = without_http(args.toile, run, server_core)
    server = Server(args.toile, run, server_core)
    model = json.loads(server.get("/openapi.json"))["info"].get("x-models", None)
    name = args.model or (model or [None])[0] or f"{run.parts[-3]}-{run.parts[-2]}"
    load = Load(server, requests_of(server, name, run, args.data, folder), folder, wrk_core)
    load.run(2, CONNECTIONS)
    rate, is_stable = load.stable()
    say("images/s without HTTP, batches of 32", f"{without:,.0f}", "")
    said = "" if is_stable else ", not stable"
    say("requests/s, an image each, as JSON", f"{rate:,.0f} ({rate / without:.0%}{said})", "60 %")
    wait = load.waiting(rate)
    half, alone = load.latency(wait)
    say(f"p99 at half load ({half:,.0f}/s)", spread(alone), "3 ms")
    company = Company(server)
    crowded, late = load.latency(wait)
    if server.connections() < IDLE + SLOW:
        stop(f"of {IDLE + SLOW} idle and slow connections only {server.connections()} are left: their figure means nothing")
    company.leave()
    what = f"the same beside {IDLE:,} idle and {SLOW} slow connections ({crowded:,.0f}/s)"
    times = statistics.median(late) / statistics.median(alone)
    say(what, f"{spread(late)}, {times:.2f} times", "2 times")
    while load.answers < args.answers:
        load.run(WINDOW_SECONDS, CONNECTIONS)
    say(f"wrong or missing of {load.answers:,} answers", load.failures, "0")
    if args.soak:
        growth, kib = soak(load, server, wait, args.soak)
        say(f"memory over {args.soak} s at half load", f"{kib[0]:,} to {kib[-1]:,} KiB, {growth:+.2f} %", "+1 %")
    if code := server.end():
        print(f"the server ended with {code}", file=sys.stderr)
    return 1 if load.failures or code else 0


def main():
    parser = argparse.ArgumentParser(description="Measures toile serve.", epilog="See the top of the file.")
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", help="the model's name for clients, where it is not STUDY-MODEL")
    parser.add_argument("--toile", default=str(HERE.parent / "target" / "release" / "toile"))
    parser.add_argument("--soak", type=int, default=0)
    parser.add_argument("--answers", type=int, default=1_000_000)
    args = parser.parse_args()
    for program in ["wrk", "taskset", args.toile]:
        if shutil.which(program) is None:
            stop(f"{program} is not there; see the top of {__file__}")
    with tempfile.TemporaryDirectory() as folder:
        return measure(args, pathlib.Path(folder))


if __name__ == "__main__":
    raise SystemExit(main())
