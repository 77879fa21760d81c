# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
import math, random, unittest

from lib import stats


class Estimates(unittest.TestCase):
    def test_ratio_of_pairs_is_not_moved_by_a_slow_turn(self):
        found = stats.ratio([5, 50, 5, 5, 5, 5], [10, 100, 10, 10, 10, 10])
        self.assertEqual((found.value, found.low, found.high), (0.5, 0.5, 0.5))

    def test_few_turns_have_a_range_and_no_interval(self):
        found = stats.ratio([1, 2, 3], [2, 2, 2])
        self.assertEqual(found, stats.Estimate(1, 0.5, 1.5, "range"))

    def test_one_turn_says_so(self):
        self.assertEqual(stats.ratio([1], [2]).kind, "once")

    def test_nothing_was_measured(self):
        self.assertIsNone(stats.ratio([], []))

    def test_a_sample_without_a_partner_is_left_out(self):
        self.assertEqual(stats.ratio([1, 1, 100], [2, 2]).value, 0.5)

    def test_interval_holds_the_truth_about_as_often_as_it_says(self):
        rng, held = random.Random(3), 0
        for _ in range(60):
            noise = [rng.gauss(1, 0.2) for _ in range(15)]
            mine = [0.8 * n * rng.gauss(1, 0.05) for n in noise]
            found = stats.estimate([[mine, noise]], stats.median_ratio, draws=300)
            held += found.low <= 0.8 <= found.high
        self.assertGreater(held, 50)

    def test_pairs_make_it_narrower_than_the_noise(self):
        rng = random.Random(4)
        noise = [rng.uniform(1, 3) for _ in range(12)]
        found = stats.ratio([0.9 * n for n in noise], noise)
        self.assertAlmostEqual(found.low, 0.9)
        self.assertAlmostEqual(found.high, 0.9)

    def test_same_samples_give_the_same_interval(self):
        samples = [1, 3, 2, 5, 4, 7], [2, 2, 3, 3, 4, 4]
        self.assertEqual(stats.ratio(*samples), stats.ratio(*samples))


class Residuals(unittest.TestCase):
    def test_as_fast_as_warm_and_as_slow_as_cold(self):
        self.assertEqual(stats.residual([1] * 5, [1] * 5, [9] * 5).value, 0)
        self.assertEqual(stats.residual([9] * 5, [1] * 5, [9] * 5).value, 1)

    def test_no_delay_is_not_a_number(self):
        self.assertTrue(math.isnan(stats.residual_of([1], [2], [2])))

    def test_mean_of_applications_each_counting_alike(self):
        groups = [[[1] * 5, [1] * 5, [2] * 5], [[100] * 5, [0] * 5, [100] * 5]]
        self.assertEqual(stats.estimate(groups, stats.residual_of).value, 0.5)


class Slopes(unittest.TestCase):
    def test_linear_and_quadratic(self):
        sizes = [10, 100, 1000]
        self.assertAlmostEqual(stats.log_slope([(x, 3 * x) for x in sizes]), 1)
        self.assertAlmostEqual(stats.log_slope([(x, x * x / 7) for x in sizes]), 2)

    def test_growth_that_begins_late_shows_in_the_steepest(self):
        self.assertAlmostEqual(stats.steepest([(10, 1), (100, 1), (1000, 100)]), 2)

    def test_one_size_has_no_slope(self):
        self.assertIsNone(stats.log_slope([(10, 1), (10, 2)]))
        self.assertIsNone(stats.steepest([(10, 1)]))

    def test_zero_and_less_are_left_out(self):
        self.assertAlmostEqual(stats.log_slope([(0, 1), (10, 0), (10, 10), (100, 100)]), 1)
