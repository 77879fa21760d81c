# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""What changed from one result to another, beyond noise.

Two runs are never alike: the machine was warmer, another kernel, another disk. So what is compared is not one time
with another, but effects: each run's pairs, ours beside nothing, of that run; only what has no reference is compared
as it is, and marked. Many are compared at once, so the intervals hold with 99 %, and how many would differ by
chance alone is said.
"""
import collections, math, random

from lib import effects, results, stats

CONFIDENCE = 0.99
# old, new: estimates; change: new beside old, as a factor or, of residuals, a difference.
Change = collections.namedtuple("Change", "row who old new change verdict")


def key(row):
    return tuple(row[name] for name in ("part", "case", "disk", "what", "unit", "effect", "size"))


def pairs(old, new):
    """Rows that both have, with who is in both."""
    known = {key(row): row for row in old["rows"]}
    for row in new["rows"]:
        before = known.get(key(row))
        if before is not None:
            for who in effects.others(row):
                if effects.columns(before, who) and effects.columns(row, who):
                    yield before, row, who


def draws(row, who, rng):
    found, of = stats.trim(effects.columns(row, who)), effects.statistic(row)
    return [of(*stats.resample(found, rng)) for _ in range(stats.DRAWS)]


def change_of(row, before, after):
    if row["effect"] == "residual":
        return after - before
    return after / before if before else math.nan


def interval(before, row, who, confidence):
    """Of the change; the runs are drawn from independently, turns within each together. None: too few turns."""
    turns = min(len(column) for found in (before, row) for column in effects.columns(found, who))
    if turns < stats.ENOUGH:
        return None
    rng = random.Random(stats.SEED)
    both = zip(draws(before, who, rng), draws(row, who, rng))
    drawn = sorted(value for value in (change_of(row, a, b) for a, b in both) if math.isfinite(value))
    if not drawn:
        return None
    tail = (1 - confidence) / 2
    return stats.quantile(drawn, tail), stats.quantile(drawn, 1 - tail)


def judge(row, old, new, change, found):
    """"better", "worse" or "same"; with few turns only ranges that do not touch tell, and of one turn nothing does."""
    if "once" in (old.kind, new.kind):
        return "once"
    neutral = 0 if row["effect"] == "residual" else 1
    if found is not None:
        differs = not found[0] <= neutral <= found[1]
    else:
        differs = new.low > old.high or new.high < old.low
    if not differs or not math.isfinite(change):
        return "same"
    return "better" if (change < neutral) == (row["better"] == "less") else "worse"


def compare(old, new, confidence=CONFIDENCE):
    changes = []
    for before, row, who in pairs(old, new):
        first, second = effects.effect(before, who, confidence), effects.effect(row, who, confidence)
        value = change_of(row, first.value, second.value)
        found = interval(before, row, who, confidence)
        verdict = judge(row, first, second, value, found)
        low, high = found or (value, value)
        changes.append(Change(row, who, first, second, stats.Estimate(value, low, high, second.kind), verdict))
    return changes


def line(change):
    row, found = change.row, change.change
    place = ", ".join(text for text in (row["part"], row["case"], row["disk"], row["what"]) if text)
    what = {"residual": "residual", "ratio": f"beside {results.title(row['reference'])}", "level": f"{row['unit']}, not paired"}[row["effect"]]
    if row["effect"] == "residual":
        moved = f"{found.value:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
    else:
        moved = f"{100 * (found.value - 1):+.1f} % ({100 * (found.low - 1):+.1f} to {100 * (found.high - 1):+.1f})"
    if found.kind in ("range", "once"):
        moved = moved.split(" (")[0] + f" ({found.kind})"
    return f"{change.verdict:6}  {place}: {results.title(change.who)}, {what}: {change.old.value:.4g} -> {change.new.value:.4g}, {moved}"


def report(old, new, confidence=CONFIDENCE, everything=False):
    """Lines for people."""
    changes = compare(old, new, confidence)
    shown = [change for change in changes if everything or change.verdict in ("better", "worse")]
    lines = [f"{found['begun']}  {found['versions'].get('revision', '?')}  {found['machine'].get('kernel', '?')}" for found in (old, new)]
    if old["machine"].get("processor") != new["machine"].get("processor"):
        lines.append("not the same machine: only effects can be compared")
    lines += [line(change) for change in sorted(shown, key=lambda change: (change.verdict != "worse", key(change.row)[:3]))]
    tested = sum(change.verdict != "once" for change in changes)
    lines.append(f"{len(changes)} compared, {sum(c.verdict == 'better' for c in changes)} better, {sum(c.verdict == 'worse' for c in changes)} worse; "
                 f"{len(changes) - tested} were measured once and cannot tell; of the others about {tested * (1 - confidence):.1f} differ by chance")
    return lines
