# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""Statistics of few, noisy, paired samples.

What is told is always an effect: one time beside another that was taken in the same turn, on the same machine. The
interval is what a bootstrap by whole turns gives: turns are drawn with replacement, and what was measured in one
turn stays together, because a slow moment of the machine slows all of it. From less than ENOUGH turns no interval
can be had honestly: then it is the range of what each turn gives alone, and is called so.
"""
import collections, math, random, statistics

ENOUGH = 5
DRAWS = 2000
SEED = 1  # the same samples give the same interval, whoever computes it

median = statistics.median

# value: of all samples; low, high: the interval; kind: "95 %", "99 %", "range", or "once".
Estimate = collections.namedtuple("Estimate", "value low high kind")


def estimate(groups, of_group, combine=statistics.fmean, confidence=0.95, draws=DRAWS):
    """combine(of_group(columns) for each group), with an interval.

    A group is a list of columns, samples of one thing each; samples at the same place were taken in the same turn.
    The groups are what they are, and not drawn: the applications that were measured are all that is spoken of.
    """
    groups = [trim(columns) for columns in groups]
    groups = [columns for columns in groups if columns and columns[0]]
    if not groups:
        return None
    value = combine([of_group(*columns) for columns in groups])
    turns = min(len(columns[0]) for columns in groups)
    if turns == 1:
        return Estimate(value, value, value, "once")
    if turns < ENOUGH:
        each = [combine([of_group(*([column[turn]] for column in columns)) for columns in groups]) for turn in range(turns)]
        return Estimate(value, min(each + [value]), max(each + [value]), "range")
    drawn = sorted(combine([of_group(*resample(columns, rng)) for columns in groups]) for rng in [random.Random(SEED)] for _ in range(draws))
    tail = (1 - confidence) / 2
    return Estimate(value, quantile(drawn, tail), quantile(drawn, 1 - tail), f"{confidence * 100:.0f} %")


def trim(columns):
    """Columns of equal length: what has no partner in its turn is left out."""
    turns = min((len(column) for column in columns), default=0)
    return [list(column[:turns]) for column in columns]


def resample(columns, rng):
    turns = [rng.randrange(len(columns[0])) for _ in columns[0]]
    return [[column[turn] for turn in turns] for column in columns]


def quantile(ordered, share):
    """By linear interpolation, of values in order."""
    at = share * (len(ordered) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def median_ratio(mine, reference):
    """Median of the ratios of each turn: a turn that was slow for both counts as any other."""
    return median([a / b if b else math.nan for a, b in zip(mine, reference)])


def ratio(mine, reference, confidence=0.95):
    return estimate([[mine, reference]], median_ratio, confidence=confidence)


def residual_of(mine, warm, cold):
    """What is left of a delay: 1 no help, 0 as fast as if all were in memory. nan: there is no delay to speak of.

    Of medians, and not the median of each turn's, for one warm launch that was slow would make a turn's delay tiny.
    """
    delay = median(cold) - median(warm)
    return (median(mine) - median(warm)) / delay if delay > 0 else math.nan


def residual(mine, warm, cold, confidence=0.95):
    return estimate([[mine, warm, cold]], residual_of, confidence=confidence)


def level(mine, confidence=0.95):
    return estimate([[mine]], median, confidence=confidence)


def log_slope(points):
    """Exponent of growth: least squares through the logarithms of (size, cost). 1: linear; 2: quadratic."""
    logs = [(math.log(x), math.log(y)) for x, y in points if x > 0 and y > 0]
    if len({x for x, _ in logs}) < 2:
        return None
    mean_x, mean_y = (statistics.fmean(column) for column in zip(*logs))
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _ in logs)


def steepest(points):
    """The greatest exponent between neighbours whose sizes differ at least by three times: growth that only begins at
    the end does not hide in a mean. None: there are no such neighbours."""
    slopes = [log_slope([a, b]) for a, b in zip(sorted(points), sorted(points)[1:]) if b[0] >= 3 * a[0] > 0]
    return max((slope for slope in slopes if slope is not None), default=None)
