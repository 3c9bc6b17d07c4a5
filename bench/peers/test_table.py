"""The arithmetic of the comparison and its Markdown, without any program: python3 -m unittest"""

import array
import pathlib
import tempfile
import unittest

import peer
import table


def program(name, rates, **more):
    return {"name": name, "rates": rates, "first_loss": 2.3, "loss": 0.5, "images": 60_000, "reduced": False,
            "own": name.startswith("Toile"), **more}


class Figures(unittest.TestCase):
    def test_ratios_are_those_within_rounds(self):
        toile, other = program("Toile", [100, 300, 200]), program("other", [50, 100, 200])
        table.figures([toile, other])
        self.assertEqual(toile["rate"], {"median": 200, "from": 100, "to": 300})
        self.assertIsNone(toile["ratio"])
        self.assertEqual(other["ratio"], {"median": 2.0, "from": 1.0, "to": 3.0})

    def test_the_median_of_ratios_is_not_the_ratio_of_medians(self):
        toile, other = program("Toile", [10, 20, 90]), program("other", [1, 20, 10])
        table.figures([toile, other])
        self.assertEqual(other["ratio"]["median"], 9)

    def test_a_round_that_failed_counts_for_neither(self):
        toile, other = program("Toile", [100, 100, 400]), program("other", [50, None, 100])
        table.figures([toile, other])
        self.assertEqual(other["rate"]["from"], 50)
        self.assertEqual(other["ratio"], {"median": 3.0, "from": 2.0, "to": 4.0})

    def test_a_program_that_never_ran_has_no_figures(self):
        toile, other = program("Toile", [100]), program("other", [None])
        table.figures([toile, other])
        self.assertIsNone(other["rate"])
        self.assertIsNone(other["ratio"])


    def test_the_fastest_in_f32_and_of_any_precision(self):
        programs = [program("Toile", [100, 100]), program("slow", [20, 20]), program("f32", [50, 50]),
                    program("bf16", [80, 80], reduced=True), program("failed", [None, None])]
        table.figures(programs)
        said = [(words, ratio["median"]) for words, ratio in table.against_fastest(programs)]
        self.assertEqual(said, [("the fastest in f32: f32", 2.0), ("the fastest of any precision: bf16", 1.25)])
        self.assertEqual(list(table.against_fastest([programs[0], programs[4]])), [])

    def test_of_any_precision_toile_has_its_fastest_too(self):
        programs = [program("Toile", [100, 100]), program("Toile, bf16", [150, 200], reduced=True),
                    program("f32", [50, 50]), program("bf16", [75, 80], reduced=True)]
        table.figures(programs)
        said = [(words, ratio["median"]) for words, ratio in table.against_fastest(programs)]
        self.assertEqual(said, [
            ("the fastest in f32: f32", 2.0),
            ("the fastest of any precision: bf16, beside Toile, bf16", 2.25),
            ("Toile, bf16 beside Toile", 1.75),
        ])
        self.assertIsNone(programs[1]["ratio"])


class Markdown(unittest.TestCase):
    def report(self, problems=()):
        programs = [program("Toile", [9000, 11000]), program("PyTorch", [3000, 2000]), program("gone", [])]
        table.figures(programs)
        row = {"network": "better", "batch_size": 64, "threads": 2, "programs": programs,
               "handover_ns": [25, 170, 24, 26]}
        return table.markdown({
            "machine": "a CPU", "date": "today", "toile": "toile 0", "rounds": 2, "command": "compare.py",
            "training": [row], "inference": [], "problems": list(problems),
        })

    def test_a_line_a_program(self):
        text = self.report()
        first = "| better, batch 64, 2 threads | Toile | 10,000 | 9,000 | 11,000 |  | 60,000 | 2.30 to 0.50 |"
        self.assertIn(first, text)
        self.assertIn("|  | PyTorch | 2,500 | 2,000 | 3,000 | **4.25 x**, 3.00 to 5.50 | 60,000 |", text)
        self.assertIn("|  | gone | failed |  |  |  |  |  |", text)
        self.assertIn("|  | the fastest in f32: PyTorch |  |  |  | **4.25 x**, 3.00 to 5.50 |  |  |", text)
        self.assertIn("|  | nanoseconds from core to core | 26 | 24 | 170 |  |  |  |", text)
        self.assertNotIn("Not as it should be", text)

    def test_a_line_a_network_beside_the_fastest(self):
        rows = []
        for name, reduced in [("better", []), ("residual-32", [program("Toile, bf16", [150, 150], reduced=True)])]:
            programs = [program("Toile", [100, 100]), *reduced, program("PyTorch", [50, 50])]
            table.figures(programs)
            rows.append({"network": name, "batch_size": 64, "threads": 2, "programs": programs})
        self.assertEqual(table.beside_fastest(rows)[0].split(" | ")[1:4], ["Toile", "PyTorch", "Toile, bf16"])
        self.assertEqual(table.beside_fastest(rows)[2:], [
            "| better, batch 64, 2 threads | 100 | 50.0 |  | **2.00 x**, 2.00 to 2.00 | **2.00 x**, 2.00 to 2.00 |  |",
            "| residual-32, batch 64, 2 threads | 100 | 50.0 | 150 | **2.00 x**, 2.00 to 2.00 "
            "| **3.00 x**, 3.00 to 3.00 | **1.50 x**, 1.50 to 1.50 |",
        ])
        self.assertEqual(table.beside_fastest(rows[:1]), [])

    def test_problems_are_said(self):
        self.assertIn("- gone: no compiler", self.report(["gone: no compiler"]))
        self.assertIn("- gone: a\n\n  ```text\n  b\n  c\n  ```\n", self.report(["gone: a\nb\nc"]))

    def test_durations(self):
        self.assertEqual(table.duration(0.000_090_4), "90 µs")
        self.assertEqual(table.duration(0.0302), "30.2 ms")


class Turns(unittest.TestCase):
    def test_a_turn_is_whole_batches_up_to_an_epoch(self):
        self.assertEqual(peer.images_a_turn(rate=1000, batch_size=64, seconds=6), 6016)
        self.assertEqual(peer.images_a_turn(rate=1, batch_size=64, seconds=6), 64)
        self.assertEqual(peer.images_a_turn(rate=9000, batch_size=64, seconds=6), 60_000)


class Differences(unittest.TestCase):
    def difference(self, got, expected):
        with tempfile.TemporaryDirectory() as folder:
            paths = [pathlib.Path(folder) / name for name in ["got", "expected"]]
            for path, numbers in zip(paths, [got, expected]):
                path.write_bytes(array.array("f", numbers).tobytes())
            return peer.largest_difference(*paths)

    def test_the_largest_counts(self):
        self.assertEqual(self.difference([1.0, 2.0, 3.0], [1.0, 2.5, 3.25]), 0.5)

    def test_what_cannot_be_compared_is_infinitely_far(self):
        self.assertEqual(self.difference([1.0, float("nan"), 3.0], [1.0, 2.0, 3.0]), float("inf"))
        self.assertEqual(self.difference([1.0], [1.0, 2.0]), float("inf"))
        self.assertEqual(self.difference([], []), float("inf"))


if __name__ == "__main__":
    unittest.main()
