# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""What a row says: the effect of each who took part, beside the row's reference."""
import statistics

from lib import results, stats


def columns(row, who):
    """The samples that an effect is made of; None: something is missing."""
    names = {"ratio": [who, row["reference"]], "residual": [who, "warm", row["reference"]], "level": [who]}[row["effect"]]
    found = [row["samples"].get(name) for name in names]
    return found if all(found) else None


def statistic(row):
    return {"ratio": stats.median_ratio, "residual": stats.residual_of, "level": stats.median}[row["effect"]]


def effect(row, who, confidence=0.95):
    """Of one row; None: there is none."""
    found = columns(row, who)
    return stats.estimate([found], statistic(row), confidence=confidence) if found else None


def mean_effect(rows, who, confidence=0.95, combine=statistics.fmean):
    """Of rows of one kind: the mean over them, or what combine makes of them (max, for the worst)."""
    groups = [columns(row, who) for row in rows]
    if not rows or not all(groups):
        return None
    return stats.estimate(groups, statistic(rows[0]), combine, confidence)


def mean_ratio(rows, who, reference, combine=statistics.fmean):
    """The same beside anybody else."""
    groups = [[row["samples"].get(who), row["samples"].get(reference)] for row in rows]
    if not rows or not all(all(group) for group in groups):
        return None
    return stats.estimate(groups, stats.median_ratio, combine)


def points(rows, who):
    """(size, median) of those rows that grow."""
    return sorted((row["size"], stats.median(row["samples"][who])) for row in rows if row["size"] and row["samples"].get(who))


def others(row):
    """Who has an effect here: not the reference itself, nor what a residual is made of."""
    without = {row["reference"]} | ({"warm"} if row["effect"] == "residual" else set())
    return [who for who in results.names_of([row]) if row["effect"] == "level" or who not in without]
