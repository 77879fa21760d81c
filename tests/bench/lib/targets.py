# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""Targets: what the issues asked for, and what a result reached."""
import collections

from lib import effects, results, stats

# asked: in words; value: an Estimate, or None if this result does not tell; most: the limit; least: the other kind.
Target = collections.namedtuple("Target", "about asked value limit most")
ALL_DISKS = ("hdd", "emmc", "sata")


def reached(target):
    """True, False, or None: not measured."""
    if target.value is None or target.value.value != target.value.value:
        return None
    return target.value.value <= target.limit if target.most else target.value.value >= target.limit


def at_most(about, asked, value, limit):
    return Target(about, asked, value, limit, True)


def at_least(about, asked, value, limit):
    return Target(about, asked, value, limit, False)


def launches(result, part, disk):
    return results.select(result, part=part, disk=disk)


def alone(value):
    """A number that has no interval."""
    return None if value is None else stats.Estimate(value, value, value, "once")


def footprints(result):
    limits = {"hdd": 0.05, "emmc": 0.08, "sata": 0.15}
    found = []
    for disk in ALL_DISKS:
        rows = launches(result, "launch", disk)
        found.append(at_most("footprints", f"{disk}: residual of predicted launches, mean", effects.mean_effect(rows, "ours"), limits[disk]))
        if disk == "emmc":
            found.append(at_most("footprints", "emmc: residual of predicted launches, worst application", effects.mean_effect(rows, "ours", combine=max), 0.15))
    limits = {"hdd": 0.6, "emmc": 0.75}
    for disk in ALL_DISKS:
        rows = launches(result, "launch", disk)
        if disk in limits:
            found.append(at_most("footprints", f"{disk}: helped at the start only, beside cold, mean", effects.mean_ratio(rows, "assist", "nothing"), limits[disk]))
        found.append(at_most("footprints", f"{disk}: the same, worst application", effects.mean_ratio(rows, "assist", "nothing", max), 1.03))
    return found


def prediction(result):
    """The limits of hits are those of one trace, of 49 days of a desktop; of other traces it is asked to beat 0.6.4's model."""
    found = []
    for row in results.select(result, part="prediction"):
        mine, best, markov = (row["samples"].get(who) for who in ("ours", "best expert", "markov"))
        if row["case"].startswith("made-up users") and row["what"] == "hit@3":
            value = alone(min(a - b for a, b in zip(mine, best))) if mine and best else None
            found.append(at_least("prediction", "made-up users: hit@3 less that of the best expert, worst user", value, -0.01))
        elif row["case"] == "desktop-1":
            found.append(at_least("prediction", f"desktop-1: {row['what']}", alone(stats.median(mine)), {"hit@3": 0.60, "hit@5": 0.73}[row["what"]]))
        elif mine and markov:
            found.append(at_least("prediction", f"{row['case']}: {row['what']} beside 0.6.4's model", effects.effect(row, "ours"), 1.0))
    return found


def engine(result):
    found = []
    for disk in ("none", "emmc"):
        speed = results.select(result, part="throughput", disk=disk, what="rate")
        value = effects.mean_ratio(speed, "ours", "sequential") if speed else None
        found.append(at_least("engine", f"{disk}: throughput beside the better sequential reader", value, 0.9))
        asked = results.select(result, part="throughput", disk=disk, what="requests")
        value = effects.mean_ratio(asked, "ours", "a call a 64 KiB block") if asked else None
        found.append(at_most("engine", f"{disk}: requests beside a call a 64 KiB block", value, 0.5))
        rate = results.select(result, part="foreground", disk=disk, case="predicted", what="rate")
        found.append(at_least("engine", f"{disk}: rate of who reads beside predicted reading", effects.mean_effect(rate, "ours"), 0.9))
        late = results.select(result, part="foreground", disk=disk, case="predicted", what="p99")
        found.append(at_most("engine", f"{disk}: 99th percentile of its latency", effects.mean_effect(late, "ours"), 1.1))
    return found


def order(result):
    way = results.select(result, part="seeks", what="distance of seeks")
    return [at_most("engine", "fragmented files: distance of seeks beside the order of paths", effects.mean_effect(way, "ours"), 0.1)]


def at_size(result, what, size):
    """A level that was asked for in absolute numbers, at one size."""
    rows = results.select(result, part="growth", what=what, size=size)
    return effects.mean_effect(rows, "ours")


def scale(result):
    return [at_most("prediction", "an event of the model at 5,000 programs, us", at_size(result, "event of the model", 5000), 100),
            at_most("prediction", "a cycle of the model at 5,000 programs, ms", at_size(result, "cycle of the model", 5000), 20)]


def growth(result, what, axis):
    rows = [row for row in results.select(result, part="growth", what=what) if row["case"].endswith(axis)]
    return alone(stats.log_slope(effects.points(rows, "ours")))


def cost(result):
    thousand = [row for row in results.select(result, part="growth", what="cycle") if row["case"].startswith("1000 processes, 1000 programs")]
    build = results.select(result, part="build", what="time", case="trained")
    own = results.select(result, part="build", what="daemon", case="trained")
    storm = results.select(result, part="build", case="storm of /bin/true")
    return [at_most("cost", "a cycle at 1,000 processes and 1,000 programs, beside 0.6.4", effects.mean_ratio(thousand, "ours", "peer"), 0.2),
            at_most("cost", "growth of a cycle in processes: exponent", growth(result, "cycle", "by processes"), 1.0),
            at_most("cost", "growth of a cycle in programs: exponent", growth(result, "cycle", "by programs"), 1.0),
            at_most("cost", "a build, with beside without", effects.mean_effect(build, "ours"), 1.01),
            at_most("cost", "the daemon beside that build, of a processor", effects.mean_effect(own, "ours"), 0.01),
            at_most("cost", "an exec of a small tool, us of a processor", effects.mean_effect(storm, "ours"), 20)]


def all_of(result):
    return footprints(result) + prediction(result) + scale(result) + engine(result) + order(result) + cost(result)
