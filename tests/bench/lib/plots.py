# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""Which plots a result has: each with a name, a part, and what it shows."""
import collections, math

from lib import disk, effects, results, stats, style, svg, tables

Plot = collections.namedtuple("Plot", "name part title drawing")


def legend(rows, but=()):
    return [(style.kind(who), results.title(who)) for who in results.names_of(rows) if who not in but]


def share_bar(row, who):
    """Beside the reference, which is 1."""
    mine, reference = row["samples"][who], row["samples"][row["reference"]]
    found = stats.ratio(mine, reference)
    shown = tables.interval(found) if found.kind != "once" else f"{found.value:.2f}"
    words = f"{results.title(who)}: {tables.number(stats.median(mine))} {row['unit']}, {shown} of {results.title(row['reference'])}"
    return svg.Bar(style.kind(who), found.value, found.low, found.high, f"{found.value:.2f} · {tables.number(stats.median(mine))} {row['unit']}", words)


def level_bar(row, who):
    found = stats.level(row["samples"][who])
    text = f"{tables.number(found.value)} {results.title(who)}"
    return svg.Bar(style.kind(who), found.value, found.low, found.high, text, f"{text}, {row['unit']}")


def case(row, several):
    return f"{row['case']}, {row['what']}" if several else row["case"]


def bars(rows, label, of_bar=share_bar):
    several = len({row["what"] for row in rows}) > 1
    groups = []
    for row in rows:
        has = [who for who in results.names_of([row]) if of_bar is level_bar or row["samples"].get(row["reference"])]
        if has:
            groups.append((case(row, several), [of_bar(row, who) for who in has]))
    # Where each bar says whose it is, colours need not.
    return svg.bars(groups, label, [] if of_bar is level_bar else legend(rows)) if groups else None


def launches(result):
    for part in ("launch", "boot"):
        for name in dict.fromkeys(row["disk"] for row in results.select(result, part=part)):
            rows = results.select(result, part=part, disk=name)
            title = f"{tables.PARTS[part][0]}, {disk.describe(name)}"
            yield Plot(f"{part}-{name}", part, title, bars(rows, f"{title}: time to ready beside cold"))


def residual_points(rows, who):
    found = ((row["size"], effects.effect(row, who)) for row in rows)
    return [(size, estimate.value) for size, estimate in found if estimate and math.isfinite(estimate.value)]


def days(result):
    for name in dict.fromkeys(row["disk"] for row in results.select(result, part="day")):
        rows = results.select(result, part="day", disk=name)
        series = [svg.Series(style.kind(who), results.title(who), residual_points(rows, who)) for who in ("ours", "peer")]
        title = f"A day that begins with nothing known, {disk.describe(name)}: residual by launch"
        yield Plot(f"day-{name}", "day", title, svg.curves(series, title, "", "launch of the day", logarithmic=False))


def growths(result):
    for what in ("cycle", "memory", "event", "state", "save", "load"):
        for axis in ("by processes", "by programs"):
            rows = [row for row in results.select(result, part="growth", what=what) if row["case"].endswith(axis)]
            series = [svg.Series(style.kind(who), results.title(who), effects.points(rows, who)) for who in results.names_of(rows)]
            if any(len(one.points) > 1 for one in series):
                title = f"{what.capitalize()}, {axis}"
                unit = rows[0]["unit"]
                yield Plot(f"growth-{what}-{axis.split()[1]}", "growth", title, svg.curves(series, f"{title}, {unit}", unit, axis.split()[1]))
    for what in ("event of the model", "cycle of the model"):
        rows = results.select(result, part="growth", what=what)
        if len(rows) > 1:
            series = [svg.Series("ours", results.title("ours"), effects.points(rows, "ours"))]
            yield Plot("growth-" + what.replace(" ", "-"), "growth", what.capitalize() + ", by programs",
                       svg.curves(series, what, rows[0]["unit"], "programs"))


def others(result):
    """Everything else is bars: effects beside the reference, but of hit ratios, which are what they are."""
    for part in ("prediction", "build", "foreground", "throughput", "seeks", "memory"):
        for name in dict.fromkeys(row["disk"] for row in results.select(result, part=part)):
            rows = results.select(result, part=part, disk=name)
            kept = [row for row in rows if row["effect"] != "level"]
            title = tables.PARTS[part][0] + (f", {disk.describe(name)}" if name else "")
            drawing = bars(kept, title, level_bar if part == "prediction" else share_bar)
            yield Plot("-".join(filter(None, (part, name))), part, title, drawing)


def of_result(result):
    """All that can be drawn of it."""
    every = [*launches(result), *days(result), *growths(result), *others(result)]
    return [plot for plot in every if plot.drawing is not None]
