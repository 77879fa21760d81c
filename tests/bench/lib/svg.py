# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""Plots as SVG, as wide as what they stand in.

As in the report of preloadctl: across, coordinates are percent, so that letters have the same size on a telephone and
on a desk; down, they are pixels. What is drawn stays within, whatever the values are. Text is escaped. Colours come
from the classes of style, so that one drawing serves a light and a dark page.
"""
import collections, html, math

BAR_PX, ROW_PX, LABEL_PX, GAP_PX = 11, 17, 20, 8
# Bars end here, so that what stands beside the longest has room on a telephone.
BARS_SHARE = 0.66
HEIGHT_PX, AXIS_PX, HEAD_PX = 200, 24, 16
LEFT, RIGHT = 0.02, 0.96

# label: what it shows, for who does not see it.
Drawing = collections.namedtuple("Drawing", "body height_px label legend")
Bar = collections.namedtuple("Bar", "kind value low high text title")
# points: (x, y)
Series = collections.namedtuple("Series", "kind name points")


def escape(text):
    return html.escape(str(text), quote=True)


def bounded(share):
    return 0.0 if not share > 0 else min(share, 1.0)  # 0 for what is not a number, too


def percent(share):
    return f"{100 * bounded(share):.2f}%"


def text(x, y, what, anchor="start", kind=""):
    return f'<text x="{percent(x)}" y="{y:.1f}" text-anchor="{anchor}"{class_of(kind)}>{escape(what)}</text>'


def class_of(kind):
    return f' class="{kind}"' if kind else ""


def line(x1, y1, x2, y2, kind):
    return f'<line class="{kind}" x1="{percent(x1)}" y1="{y1:.1f}" x2="{percent(x2)}" y2="{y2:.1f}"/>'


def key(kind):
    return f'<svg class="key" aria-hidden="true"><rect class="{kind}"/></svg>'


def bar(found, y, top):
    """A bar, a line for its interval, and its value beside both."""
    scale = BARS_SHARE / top if top > 0 else 0
    parts = [f"<g><title>{escape(found.title)}</title>",
             f'<rect class="{found.kind}" x="0" y="{y:.1f}" width="{percent(found.value * scale)}" height="{BAR_PX}"/>']
    if found.high > found.low:
        parts.append(line(min(found.low * scale, 0.8), y + BAR_PX / 2, min(found.high * scale, 0.8), y + BAR_PX / 2, "whisker"))
    end = min(max(found.value, found.high if found.high > found.low else 0) * scale, 0.8)
    parts.append(text(end + 0.012, y + BAR_PX - 1.5, found.text, kind="value") + "</g>")
    return "".join(parts)


def bars(groups, label, legend):
    """groups: (name, [Bar]); all on one scale, the longest bar being the end of it."""
    values = [found.value for _, mine in groups for found in mine if math.isfinite(found.value)]
    top, y, parts = max(values, default=1), 0.0, []
    for name, mine in groups:
        parts.append(text(0, y + LABEL_PX - 6, name, kind="case"))
        y += LABEL_PX
        for found in mine:
            parts.append(bar(found, y, top))
            y += ROW_PX
        y += GAP_PX
    return Drawing("\n".join(parts), y, label, legend)


def decades(low, high):
    """Powers of ten about both."""
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    return [10.0 ** n for n in range(first, max(last, first + 1) + 1)]


def even(low, high):
    """Even steps of 1, 2 or 5 from 0, or what is below it, to what is above all; four at least."""
    span = max(high - min(low, 0), 1e-9)
    power = 10 ** math.floor(math.log10(span))
    step = next(step for step in (power, power / 2, power / 5) if span / step >= 4 or step == power / 5)
    first, last = math.floor(min(low, 0) / step), math.ceil(high / step - 1e-9)
    return [n * step for n in range(first, last + 1)]


class Axis:
    """Where a value lies between the first and the last mark, as a share."""

    def __init__(self, values, logarithmic):
        self.of = math.log10 if logarithmic else float
        self.marks = decades(min(values), max(values)) if logarithmic else even(min(values), max(values))
        self.first, self.last = self.of(self.marks[0]), self.of(self.marks[-1])

    def share(self, value):
        return bounded((self.of(value) - self.first) / (self.last - self.first))


def short(value):
    return f"{value:g}" if abs(value) < 10000 else f"{value:.0f}"


def curves(series, label, unit, across, logarithmic=True):
    """Lines through points; on both axes logarithms, or neither."""
    series = [one._replace(points=[p for p in one.points if not logarithmic or min(p) > 0]) for one in series]
    series = [one for one in series if one.points]
    if not series:
        return None
    x_axis = Axis([p[0] for one in series for p in one.points], logarithmic)
    y_axis = Axis([p[1] for one in series for p in one.points], logarithmic)
    across_of = lambda value: LEFT + (RIGHT - LEFT) * x_axis.share(value)
    down_of = lambda value: HEAD_PX + HEIGHT_PX * (1 - y_axis.share(value))
    parts = []
    for mark in y_axis.marks:
        parts += [line(0, down_of(mark), 1, down_of(mark), "grid"), text(0, down_of(mark) - 3, f"{short(mark)} {unit}")]
    for mark in x_axis.marks:
        parts.append(text(across_of(mark), HEAD_PX + HEIGHT_PX + 16, short(mark), "middle"))
    parts.append(text(1, HEAD_PX + HEIGHT_PX + 32, across, "end"))
    for one in series:
        parts += curve(one, across_of, down_of, unit)
    legend = [(one.kind, one.name) for one in series]
    return Drawing("\n".join(parts), HEAD_PX + HEIGHT_PX + AXIS_PX + 14, label, legend)


def curve(one, across_of, down_of, unit):
    places = [(across_of(x), down_of(y)) for x, y in one.points]
    parts = [line(*a, *b, "stroke-" + one.kind) for a, b in zip(places, places[1:])]
    for (x, y), (across, down) in zip(one.points, places):
        parts.append(f'<circle class="{one.kind}" cx="{percent(across)}" cy="{down:.1f}" r="4">'
                     f"<title>{escape(one.name)}, {short(x)}: {y:.3g} {escape(unit)}</title></circle>")
    return parts


def in_page(drawing):
    """Within HTML, with its legend above it."""
    legend = "".join(f"<span>{key(kind)}{escape(name)}</span> " for kind, name in drawing.legend)
    return (f'<p class="legend">{legend}</p>\n<svg class="drawing" role="img" height="{drawing.height_px:.0f}" '
            f'aria-label="{escape(drawing.label)}">\n{drawing.body}\n</svg>\n')


def alone(drawing, style, width_px=720):
    """As a file of its own: with its legend, its colours, and room about it."""
    parts, x = [], 0.0
    for kind, name in drawing.legend:
        parts.append(f'<rect class="{kind}" x="{x:.0f}" y="2" width="11" height="11"/><text x="{x + 16:.0f}" y="12">{escape(name)}</text>')
        x += 34 + 7.2 * len(name)
    height = drawing.height_px + 26 + 24
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_px}" height="{height:.0f}" viewBox="0 0 {width_px} {height:.0f}" '
            f'role="img" aria-label="{escape(drawing.label)}">\n<title>{escape(drawing.label)}</title>\n<style>\n{style}</style>\n'
            f'<rect class="card" width="100%" height="100%" rx="9"/>\n<svg x="16" y="12" width="{width_px - 32}" height="{height - 24:.0f}">\n'
            f'{"".join(parts)}\n<svg y="26" height="{drawing.height_px:.0f}">\n{drawing.body}\n</svg></svg></svg>\n')
