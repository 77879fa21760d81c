# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""The page of a result: complete in itself, no script, asks nobody for anything, and forbids both."""
from lib import effects, machine, plots, results, stats, style, svg, tables, targets

HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>preload: benchmark</title>
<style>
%s</style>
</head>
<body>
"""
FOOT = """<footer class="note">Medians; what is compared was taken in turns, in one run. Lines across bars and numbers in brackets are
intervals of a paired bootstrap, or, of few turns, the range. How it was measured, and what can be wrong with it: doc/BENCHMARKS.md.
</footer>
</body>
</html>
"""


def table(head, rows, kind=""):
    """Cells are text, or (text, class)."""
    def cell(tag, found):
        text, mark = found if isinstance(found, tuple) else (found, "")
        return f"<{tag}{svg.class_of(mark)}>{svg.escape(text)}</{tag}>"

    lines = ["<tr>" + "".join(cell("th", found) for found in head) + "</tr>"]
    lines += ["<tr>" + "".join(cell("td", found) for found in row) + "</tr>" for row in rows]
    return f'<div class="scroll"><table{svg.class_of(kind)}>' + "\n".join(lines) + "</table></div>\n"


def from_markdown(text):
    """The tables of the text are those of the page: one source for what both say."""
    lines = [[cell.strip() for cell in line[1:-1].split("|")] for line in text.splitlines() if line.startswith("| ")]
    return table(lines[0], lines[1:]) if lines else ""


def tile(name, value, more):
    return f"<div><span>{svg.escape(name)}</span><b>{svg.escape(value)}</b><span>{svg.escape(more)}</span></div>\n"


def launch_tile(result, name):
    rows = results.select(result, part="launch", disk=name)
    ours, peer = effects.mean_effect(rows, "ours"), effects.mean_effect(rows, "peer")
    if ours is None:
        return ""
    beside = f"; preload 0.6.4: {tables.number2(peer.value)}" if peer else ""
    return tile(f"Delay that is left, {name}", tables.number2(ours.value), f"of that of a cold start{beside}")


def tiles(result):
    parts = [launch_tile(result, name) for name in dict.fromkeys(row["disk"] for row in results.select(result, part="launch"))]
    thousand = [row for row in results.select(result, part="growth", what="cycle") if row["case"] == "1000 processes, 1000 programs"]
    if thousand and effects.mean_ratio(thousand, "ours", "peer"):
        value = effects.mean_ratio(thousand, "ours", "peer").value
        ours = stats.median(thousand[0]["samples"]["ours"])
        parts.append(tile("A cycle, of 0.6.4's", tables.number2(value), f"{tables.number(ours)} ms of 1,000 processes and programs"))
    held = [targets.reached(target) for target in targets.all_of(result)]
    parts.append(tile("Targets held", f"{held.count(True)} of {len(held) - held.count(None)}", f"{held.count(None)} not measured"))
    return f'<div class="tiles">\n{"".join(parts)}</div>\n'


def section(result, part, drawn):
    title, about = tables.PARTS[part]
    found = tables.of_part(result, part)
    if not found:
        return ""
    mine = [plot for plot in drawn if plot.part == part]
    figures = "".join(f"<div><h3>{svg.escape(plot.title)}</h3>\n{svg.in_page(plot.drawing)}</div>\n" for plot in mine)
    grids = "".join(from_markdown(text) for text in found.split("\n\n") if text.startswith("|"))
    return (f"<section><h2>{title}</h2>\n<p class=\"note\">{svg.escape(about)}</p>\n<div class=\"two\">\n{figures}</div>\n"
            f"<details open><summary>As a table</summary>{grids}</details></section>\n")


def asked(result):
    rows = []
    for target in targets.all_of(result):
        verdict = {True: "yes", False: ("no", "missed"), None: "not measured"}[targets.reached(target)]
        rows.append([target.about, target.asked, f"{'at most' if target.most else 'at least'} {tables.number2(target.limit)}",
                     tables.interval(target.value), verdict])
    return ("<section><h2>Targets</h2>\n<p class=\"note\">What was asked for, and what was reached.</p>\n"
            + table(["of", "what", "asked", "reached", "held"], rows, "words") + "</section>\n")


def setting(result):
    pairs = [("machine", machine.line(result["machine"])), ("system", result["machine"]["system"]),
             ("disk", ", ".join(f"{name} {value}" for name, value in result["machine"]["disk"].items()))]
    pairs += [(results.title(name) if name in results.NAMES else name, value) for name, value in result["versions"].items()]
    left = "".join(f"<li>Left out: {svg.escape(text)}</li>" for text in result["left_out"])
    items = "".join(f"<li>{svg.escape(name)}: {svg.escape(value)}</li>" for name, value in pairs)
    return f"<section><h2>Measured on, and with</h2>\n<ul>{items}{left}</ul></section>\n"


def of_result(result):
    drawn = plots.of_result(result)
    quick = " A quick run: few turns." if result["settings"].get("quick") else ""
    head = (f"<header><h1>preload: benchmark</h1>\n<p class=\"dim\">{svg.escape(result['begun'])}, "
            f"{svg.escape(machine.line(result['machine']))}.{quick}</p></header>\n")
    parts = "".join(section(result, part, drawn) for part in tables.PARTS)
    return HEAD % style.PAGE + head + tiles(result) + parts + asked(result) + setting(result) + FOOT
