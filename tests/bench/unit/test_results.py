# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
import json, math, os, tempfile, unittest

import samples
from lib import results, targets


class Files(unittest.TestCase):
    def test_what_is_saved_is_loaded(self):
        with tempfile.TemporaryDirectory() as folder:
            found = samples.result(samples.launch())
            results.save(found, folder + "/new/r.json")
            self.assertEqual(results.load(folder + "/new/r.json"), found)
            self.assertEqual(os.listdir(folder + "/new"), ["r.json"])

    def refuses(self, text):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(text)
            file.flush()
            with self.assertRaises(results.Broken):
                results.load(file.name)

    def test_what_is_no_result_is_refused(self):
        for text in ("", "[]", "{}", '{"format": 2}', "[" * 100000, '{"format": 1, "rows": []}'):
            self.refuses(text)

    def test_rows_that_lie_are_refused(self):
        good = samples.result(samples.launch())
        for name, value in (("better", "perhaps"), ("samples", {"ours": ["1"]}), ("samples", {"ours": [True]}), ("case", None), ("effect", "magic")):
            bad = json.loads(json.dumps(good))
            bad["rows"][0][name] = value
            self.refuses(json.dumps(bad))

    def test_what_is_not_a_number_is_never_kept(self):
        with self.assertRaises(results.Broken):
            samples.build([math.nan])

    def test_a_missing_file_is_an_error_and_no_crash(self):
        with self.assertRaises(results.Broken):
            results.load("/nowhere/r.json")


class Targets(unittest.TestCase):
    def find(self, words, *rows):
        return next(target for target in targets.all_of(samples.result(*rows)) if words in target.asked)

    def test_held_missed_and_not_measured(self):
        words = "emmc: residual of predicted launches, mean"
        self.assertIs(targets.reached(self.find(words, samples.launch(ours=(1.2,) * 6))), True)
        self.assertIs(targets.reached(self.find(words, samples.launch(ours=(5.0,) * 6))), False)
        self.assertIsNone(targets.reached(self.find(words)))

    def test_the_worst_application_counts(self):
        rows = samples.launch("a", ours=(1.0,) * 6), samples.launch("b", ours=(9.0,) * 6)
        self.assertGreater(self.find("worst application", *rows).value.value, 0.8)

    def test_growth_is_the_exponent(self):
        rows = [samples.cycle(f"{n} processes, 10 programs; by processes", n, ours=[n * n / 1e3]) for n in (10, 100, 1000)]
        found = self.find("growth of a cycle in processes", *rows)
        self.assertAlmostEqual(found.value.value, 2)
        self.assertIs(targets.reached(found), False)

    def test_beside_the_peer(self):
        row = samples.cycle("1000 processes, 1000 programs", None, ours=[2.0] * 6, peer=[20.0] * 6)
        self.assertAlmostEqual(self.find("a cycle at 1,000", row).value.value, 0.1)
