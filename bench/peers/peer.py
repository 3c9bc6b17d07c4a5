"""Another program: started once, and then asked turn by turn how fast it is."""

import array
import json
import os
import statistics
import subprocess
import threading

from environment import HERE, PYTHON, ROOT, WORK, Unavailable, build_rust_peer

EPOCH = 60_000
# No peer takes longer to get ready or to answer.
PATIENCE_S = 900


class Peer:
    """A program that answers each number of images on its standard input with how long it took for them.

    `arguments` are a script of python/, or the name of a crate of rust/, and what that is to be told.
    """

    def __init__(self, arguments, job):
        folder = WORK / "jobs"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{'-'.join(arguments)}.json"
        path.write_text(json.dumps(job))
        first, *rest = arguments
        start = [PYTHON, HERE / "python" / first] if first.endswith(".py") else [build_rust_peer(first)]
        self.errors = path.with_suffix(".log")
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [str(word) for word in [*start, *rest, path]], env=variables(job["threads"]), text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        try:
            self.name = self._answer()["name"]
            self.get_ready(job)
        except BaseException:
            self.close()
            raise

    def get_ready(self, job):
        """Whatever comes before the first turn."""

    def ask(self, images):
        try:
            print(images, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass  # It has ended; the answer that is not there says why.
        return self._answer()

    def _answer(self):
        timer = threading.Timer(PATIENCE_S, self.process.kill)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        if not line:
            status = self.process.wait()
            last_lines = self.errors.read_text().strip().splitlines()[-15:]
            raise Unavailable("\n".join([f"it ended with status {status}", *last_lines]))
        return json.loads(line)

    def close(self):
        self.process.kill()
        self.process.wait()


def variables(threads):
    """The environment that keeps every library to its threads, and finds what bench/ shares."""
    limits = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"]
    return {
        **os.environ,
        **{limit: str(threads) for limit in limits},
        "PYTHONPATH": f"{ROOT / 'bench'}{os.pathsep}{HERE / 'python'}",
        # What torch.compile made is there at the next start.
        "TORCHINDUCTOR_CACHE_DIR": str(WORK / "inductor"),
    }


class TrainingPeer(Peer):
    """Each turn goes on where the one before ended, for about `seconds_a_turn` of the job."""

    def get_ready(self, job):
        batches, answer = 2, {"seconds": 0}
        while answer["seconds"] < min(1, job["seconds_a_turn"]):
            batches *= 2
            answer = self.ask(batches * job["batch_size"])
        rate = answer["images"] / answer["seconds"]
        self.images = images_a_turn(rate, job["batch_size"], job["seconds_a_turn"])
        self.first_loss = answer["loss"]

    def turn(self):
        answer = self.ask(self.images)
        return {"images_per_second": answer["images"] / answer["seconds"], "loss": answer["loss"]}


def images_a_turn(rate, batch_size, seconds):
    """Whole batches for about so many seconds, or a whole epoch where that is not much longer."""
    images = max(1, round(rate * seconds / batch_size)) * batch_size
    return EPOCH if images > 0.8 * EPOCH else images


class InferencePeer(Peer):
    """A turn is the median of short slices, as in `toile bench`."""

    SLICES, SLICE_S = 9, 0.3

    def get_ready(self, job):
        batches, answer = 1, {"seconds": 0}
        while answer["seconds"] < self.SLICE_S / 2:
            answer = self.ask(batches * job["batch_size"])
            batches *= 2
        self.images = max(1, int(answer["images"] / answer["seconds"] * self.SLICE_S))
        self.difference = largest_difference(job["output"], job["expected"])

    def turn(self):
        slices = [self.ask(self.images) for _ in range(self.SLICES)]
        return {"images_per_second": statistics.median(s["images"] / s["seconds"] for s in slices)}


def largest_difference(path, expected_path):
    """Of the 32-bit numbers of two files; infinite if they cannot be compared."""
    got, expected = array.array("f"), array.array("f")
    for numbers, file in [(got, path), (expected, expected_path)]:
        with open(file, "rb") as opened:
            numbers.frombytes(opened.read())
    differences = [abs(a - b) for a, b in zip(got, expected)]
    # `max` alone would pass over NaN.
    is_sound = len(got) == len(expected) > 0 and all(d == d for d in differences)
    return max(differences) if is_sound else float("inf")
