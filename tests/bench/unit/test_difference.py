# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
import unittest

import samples
from lib import difference

STEADY = (10.0, 10.2, 9.8, 10.0, 10.1, 9.9)


def verdicts(old, new):
    return [change.verdict for change in difference.compare(samples.result(*old), samples.result(*new))]


class Comparisons(unittest.TestCase):
    def test_a_result_does_not_differ_from_itself(self):
        rows = [samples.launch(), samples.build(STEADY)]
        self.assertEqual(verdicts(rows, rows), ["same", "same"])

    def test_slower_is_worse_and_faster_is_better(self):
        slow = [value * 1.3 for value in STEADY]
        self.assertEqual(verdicts([samples.build(STEADY)], [samples.build(slow)]), ["worse"])
        self.assertEqual(verdicts([samples.build(slow)], [samples.build(STEADY)]), ["better"])

    def test_more_is_better_where_it_is(self):
        def rate(value):
            row = samples.build([value * n for n in STEADY])
            row["better"] = "more"
            return row

        self.assertEqual(verdicts([rate(1)], [rate(2)]), ["better"])
        self.assertEqual(verdicts([rate(2)], [rate(1)]), ["worse"])

    def test_a_slower_machine_changes_no_effect(self):
        slow = samples.build([3 * value for value in STEADY], [3 * value for value in STEADY])
        self.assertEqual(verdicts([samples.build(STEADY)], [slow]), ["same"])

    def test_noise_is_no_change(self):
        noisy = (12.0, 8.0, 11.0, 9.0, 13.0, 7.5)
        self.assertEqual(verdicts([samples.build(STEADY)], [samples.build(noisy)]), ["same"])

    def test_residuals_differ_by_a_difference(self):
        changes = difference.compare(samples.result(samples.launch()), samples.result(samples.launch(ours=(8.0,) * 6)))
        self.assertEqual(changes[0].verdict, "worse")
        self.assertAlmostEqual(changes[0].change.value, 6 / 9, places=5)

    def test_few_turns_tell_only_if_their_ranges_do_not_touch(self):
        old = samples.build((10.0, 12.0), (10.0, 10.0))
        self.assertEqual(verdicts([old], [samples.build((11.0, 13.0), (10.0, 10.0))]), ["same"])
        self.assertEqual(verdicts([old], [samples.build((20.0, 22.0), (10.0, 10.0))]), ["worse"])

    def test_one_turn_tells_nothing(self):
        self.assertEqual(verdicts([samples.build((10.0,), (10.0,))], [samples.build((90.0,), (10.0,))]), ["once"])

    def test_what_only_one_has_is_not_compared(self):
        self.assertEqual(verdicts([samples.launch()], [samples.launch(disk="hdd")]), [])

    def test_the_report_names_what_is_worse_first_and_counts(self):
        slow = [value * 1.3 for value in STEADY]
        lines = difference.report(samples.result(samples.build(STEADY), samples.launch(ours=(8.0,) * 6)), samples.result(samples.build(slow), samples.launch()))
        self.assertTrue(lines[2].startswith("worse   build, trained"), lines)
        self.assertTrue(lines[3].startswith("better  launch, editor"), lines)
        self.assertIn("2 compared, 1 better, 1 worse", lines[-1])
