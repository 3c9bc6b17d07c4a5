"""What the peers written in Python share: their job and the lines they speak with compare.py."""

import json
import sys
import time

import numpy as np


def job():
    """The job named by the last argument."""
    with open(sys.argv[-1]) as file:
        return json.load(file)


def serve(name, work):
    """Says that the peer is ready; then answers each line of standard input, a number of images, by handling
    at least so many. `work` returns how many they were and the mean training loss, if there is one."""
    say({"name": name})
    for line in sys.stdin:
        start = time.perf_counter()
        images, loss = work(int(line))
        say({"images": images, "seconds": time.perf_counter() - start, "loss": loss})


def say(message):
    print(json.dumps(message), flush=True)


class Epochs:
    """Endless epochs, each in an order of its own."""

    def __init__(self, images, batch_size):
        self.images, self.batch_size = images, batch_size
        self.random, self.order = np.random.default_rng(0), np.empty(0, np.int64)

    def draw(self, wanted):
        """Numbers of at least `wanted` images in whole batches, an array for each epoch they come from."""
        while wanted > 0:
            if not len(self.order):
                self.order = self.random.permutation(self.images)
            whole = -(-wanted // self.batch_size) * self.batch_size
            part, self.order = self.order[:whole], self.order[whole:]
            wanted -= len(part)
            yield part

    def batches(self, wanted):
        """The same, an array for each batch."""
        for part in self.draw(wanted):
            for start in range(0, len(part), self.batch_size):
                yield part[start:start + self.batch_size]
