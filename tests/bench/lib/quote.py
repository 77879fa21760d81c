# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""What the documents say of a result: generated, so that no number in them was typed by hand."""
import glob, os, re, textwrap

from lib import disk, effects, machine, plots, results, stats, style, svg, tables

BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
DOCUMENTS = ("README", "doc/BENCHMARKS.md")
PLOTS = "doc/benchmark-"
# What the text beside the plots would only say again is not drawn in doc/.
DRAWN = re.compile("launch-|boot-|day-|growth-cycle-(processes|programs)$|growth-memory-programs|prediction|build|foreground-|throughput-")


class NoPlace(Exception):
    """A document has no block for it."""


def paragraph(*sentences):
    return textwrap.fill(" ".join(filter(None, sentences)), 110, break_long_words=False, break_on_hyphens=False)


def mean_text(rows, who):
    found = effects.mean_effect(rows, who)
    return tables.number2(found.value) if found else "-"


def daemons_in(rows):
    return [who for who in ("ours", "peer") if all(row["samples"].get(who) for row in rows)]


def disks_of(result, part="launch"):
    """The one that the table is of first: eMMC, if it was measured."""
    names = list(dict.fromkeys(row["disk"] for row in results.select(result, part=part)))
    return sorted(names, key=lambda name: name != "emmc")


def other_disks(result, names):
    told = []
    for name in names:
        rows = results.select(result, part="launch", disk=name)
        means = " and ".join(mean_text(rows, who) for who in daemons_in(rows))
        told.append(f"on {disk.describe(name)}, the mean residuals were {means}.")
    return " ".join(text[0].upper() + text[1:] for text in told)


def assisted(result, names):
    told = []
    for name in names:
        rows = results.select(result, part="launch", disk=name)
        found = effects.mean_ratio(rows, "assist", "nothing")
        if found:
            told.append(f"{tables.number2(found.value)} ({name})")
    return f"Not foreseen, and helped from the exec on only, the same programs took {', '.join(told)} of the cold time on the mean." if told else ""


def launch_text(result):
    names = disks_of(result)
    if not names:
        return []
    rows = results.select(result, part="launch", disk=names[0])
    turns = min(len(samples) for row in rows for samples in row["samples"].values())
    both = "Both daemons had" if "peer" in daemons_in(rows) else "The daemon had"
    return [paragraph("Seconds from start to ready, with nothing in memory; in brackets what is left of the delay of a cold start (1: no help",
                      f"at all, 0: as fast as when everything is in memory). {both} been trained by starting each program",
                      f"{result['settings'].get('rounds', 3)} times:"),
            tables.of_rows(rows),
            paragraph(f"Medians of {turns} turns, one run of `tests/bench/run` on {machine.line(result['machine'])}; {disk.describe(names[0])}.",
                      other_disks(result, names[1:]), assisted(result, names))]


def cost_rows(result):
    """What the daemons cost at 1,000 processes of 1,000 programs."""
    rows = [row for row in results.select(result, part="growth") if row["case"] == "1000 processes, 1000 programs"]
    names = {"cycle": "processor time of a cycle", "memory": "memory of its own", "state": "state"}
    return [[f"{names[row['what']]}, {row['unit']}"] + [tables.number(stats.median(row["samples"][who])) if row["samples"].get(who) else "-"
                                                       for who in ("ours", "peer")] for row in rows if row["what"] in names]


def cost_text(result):
    rows = cost_rows(result)
    texts = []
    if rows:
        texts += [paragraph("What it costs on a machine with 1,000 processes of 1,000 programs:"),
                  tables.grid(["", "preload 1.0", "preload 0.6.4"], rows)]
    built = [row for row in results.select(result, part="build", what="time") if effects.effect(row, "ours")]
    if built:
        told = [f"{tables.interval(effects.effect(row, 'ours'))} of its time ({row['case']})" for row in built]
        texts.append(paragraph("A build with two jobs took, with preload beside it,", " and ".join(told) + ":",
                               "fresh, while it learns what a compiler needs; trained, when it knows."))
    return texts


def of_readme(result):
    more = paragraph("All of it, with the method, plots, what was asked and not reached, and what can be wrong with such numbers: doc/BENCHMARKS.md.")
    return "\n\n".join(launch_text(result) + cost_text(result) + [more])


def drawn(result):
    return [plot for plot in plots.of_result(result) if DRAWN.match(plot.name)]


def of_benchmarks(result):
    texts = [tables.conditions(result).replace("\n", "  \n")]
    shown = drawn(result)
    texts += ["### Targets", "What was asked for, and what this run reached.", tables.of_targets(result)]
    for part, (title, about) in tables.PARTS.items():
        found = tables.of_part(result, part)
        if found:
            texts += [f"### {title}", about]
            texts += [f"![{plot.title}](benchmark-{plot.name}.svg)" for plot in shown if plot.part == part]
            texts.append(found)
    return "\n\n".join(texts)


def into(document, block):
    """The document with the block in its place."""
    begin, end = document.find(BEGIN + "\n"), document.find(END)
    if begin < 0 or end < begin:
        raise NoPlace(f"no place for what was measured, between {BEGIN} and {END}")
    return document[:begin] + BEGIN + "\n" + block + "\n\n" + document[end:]


def read(path):
    with open(path) as f:
        return f.read()


def documents(result, root):
    """{path below root: what it should be}"""
    makers = dict(zip(DOCUMENTS, (of_readme, of_benchmarks)))
    wanted = {}
    for name, make in makers.items():
        try:
            wanted[name] = into(read(f"{root}/{name}"), make(result))
        except NoPlace as error:
            raise NoPlace(f"{name}: {error}") from None
    for plot in drawn(result):
        wanted[f"{PLOTS}{plot.name}.svg"] = svg.alone(plot.drawing, style.ALONE)
    return wanted


def is_blank(root):
    """Whether nothing was ever published: the place of what was measured is empty, and there are no plots."""
    text = read(f"{root}/{DOCUMENTS[1]}")
    return f"{BEGIN}\n{END}" in text and not leftovers({}, root)


def leftovers(wanted, root):
    """Plots of an earlier result that this one does not have."""
    there = (os.path.relpath(path, root) for path in glob.glob(f"{root}/{PLOTS}*.svg"))
    return [name for name in there if name not in wanted]


def write(wanted, root):
    for name in leftovers(wanted, root):
        os.unlink(f"{root}/{name}")
    for name, text in wanted.items():
        with open(f"{root}/{name}", "w") as f:
            f.write(text)


def first_difference(mine, wanted):
    lines = zip(mine.splitlines() + [""], wanted.splitlines() + [""])
    return next((n for n, (a, b) in enumerate(lines, 1) if a != b), 1)


def differences(wanted, root):
    found = [f"{name}:1: a plot that the stored result does not have" for name in leftovers(wanted, root)]
    for name, text in wanted.items():
        path = f"{root}/{name}"
        mine = read(path) if os.path.exists(path) else ""
        if mine != text:
            found.append(f"{name}:{first_difference(mine, text)}: differs from what tests/bench/publish makes of the stored result")
    return found
