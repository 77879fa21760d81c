# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""Tables in Markdown: what is read by people in a terminal, in README and in doc/BENCHMARKS.md."""
import math

from lib import disk, effects, machine, results, stats, targets

# Parts in the order in which they are shown; what they are; the text above them.
PARTS = {
    "launch": ("Cold launches", "Seconds from the start of a program to ready, with nothing in memory; in brackets what is left of the delay of a "
                                "cold start (1: no help at all, 0: as fast as when all is in memory)."),
    "day": ("A mixed day", "The same, of ten launches by a daemon that begins with nothing; before each, nothing is in memory."),
    "boot": ("First launch after a boot", "The same, 8 seconds after a daemon started that knows the applications, with nothing in memory."),
    "prediction": ("Prediction", "Share of launches whose program was among the 3, or 5, best guesses."),
    "growth": ("Growth", "What a daemon costs by the number of processes and of programs; in brackets beside preload 0.6.4."),
    "build": ("A busy build", "Two jobs of a compiler, all in memory; in brackets beside the build without a daemon."),
    "foreground": ("Who reads meanwhile", "4 KiB at random places past the cache; in brackets beside the turns without reading ahead."),
    "throughput": ("Throughput", "The same files, cold, read in several ways; in brackets beside the better of two sequential readers, or beside a call a block."),
    "seeks": ("Order", "The way of a head over a file system whose files were written in turns, a piece each; in brackets beside the order of paths."),
    "memory": ("Memory that is wanted back", "A program takes all memory of a control group while reading ahead is under way."),
}


def number(value):
    """Three digits, as people write them."""
    if value is None or not math.isfinite(value):
        return "-"
    size = abs(value)
    if size >= 100 or value == int(value) and size < 1e15:
        return f"{value:.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 0.1 else f"{value:.3f}" if size else "0"


def interval(found):
    """An estimate, with how sure it is."""
    if found is None:
        return "-"
    if found.kind == "once":
        return number2(found.value)
    return f"{number2(found.value)} ({found.kind} {number2(found.low)} to {number2(found.high)})"


def number2(value):
    if not math.isfinite(value):
        return "-"
    return f"{value:.3f}" if 0 < abs(value) < 0.01 else f"{value:.2f}" if abs(value) < 10 else number(value)


def cell(row, who):
    """Median, and the effect in brackets."""
    samples = row["samples"].get(who)
    if not samples:
        return "-"
    text = number(stats.median(samples))
    found = effects.effect(row, who) if row["effect"] != "level" and who in effects.others(row) else None
    return f"{text} ({number2(found.value)})" if found else text


def grid(head, rows):
    return "\n".join(["| " + " | ".join(head) + " |", "|---" * len(head) + "|"] + ["| " + " | ".join(row) + " |" for row in rows])


def columns_of(rows):
    """Cold first, warm last: from no help to all of it."""
    return results.names_of(rows)


def mean_row(rows, who):
    label = "mean residual"
    cells = []
    for name in who:
        found = effects.mean_effect(rows, name) if name in effects.others(rows[0]) else None
        cells.append({"nothing": "1", "warm": "0"}.get(name) or (number2(found.value) if found else "-"))
    return [label, *cells]


def of_rows(rows):
    """One table; rows of different kinds say what they are of."""
    who = columns_of(rows)
    kinds = {(row["what"], row["unit"]) for row in rows}
    single = len(kinds) == 1
    rows = sorted(rows, key=lambda row: list(dict.fromkeys(other["what"] for other in rows)).index(row["what"]))
    head = [" in ".join(kind for kind in kinds.pop())] if single else ["", "of"]
    body = []
    for row in rows:
        names = [row["case"]] if single else [row["case"], f"{row['what']}, {row['unit']}"]
        body.append(names + [cell(row, name) for name in who])
    if rows[0]["effect"] == "residual" and all(row["samples"].get("warm") and row["samples"].get("nothing") for row in rows):
        body.append(mean_row(rows, who))
    return grid(head + [results.title(name) for name in who], body)


def of_part(result, part, disk_name=None):
    """All tables of a part, a disk each."""
    texts = []
    for name in dict.fromkeys(row["disk"] for row in results.select(result, part=part)):
        if disk_name in (None, name):
            label = disk.describe(name) + "\n\n" if name in disk.PROFILES else ""
            texts.append(label + of_rows(results.select(result, part=part, disk=name)))
    return "\n\n".join(texts)


def of_targets(result):
    verdicts = {True: "yes", False: "**no**", None: "not measured"}
    body = []
    for target in targets.all_of(result):
        sign = "at most" if target.most else "at least"
        body.append([target.about, target.asked, f"{sign} {number2(target.limit)}", interval(target.value), verdicts[targets.reached(target)]])
    return grid(["of", "what", "asked", "reached", "held"], body)


def conditions(result):
    """What it was measured on, with, and how."""
    settings = result["settings"]
    lines = [f"{result['begun']}; {machine.line(result['machine'])}; {result['machine']['system']}.",
             f"preload 1.0 ({result['versions'].get('revision', '?')})"
             + (f" beside {result['versions']['peer']}." if "peer" in result["versions"] else "; no other daemon.")]
    if settings.get("quick"):
        lines.append("A quick run: few turns, so that ranges, not intervals, are shown.")
    lines += ["Left out: " + text for text in result["left_out"]]
    return "\n".join(lines)


def of_result(result):
    """All of it, as text."""
    texts = [conditions(result)]
    for part, (title, about) in PARTS.items():
        table = of_part(result, part)
        if table:
            texts += [f"## {title}", about, table]
    return "\n\n".join(texts + ["## Targets", "What the issues asked for, and what was reached.", of_targets(result)]) + "\n"
