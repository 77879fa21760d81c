# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""Colours and letters of pages and plots: those of preloadctl's report (src/ctl/report-page.c)."""

# Colours are told apart by lightness, too, for who does not see them, and in print.
LIGHT = """--page: #f5f6f8; --card: #ffffff; --ink: #1c2330; --dim: #5b6577; --line: #dde1e8;
  --ours: #1f66c7; --anyway: #a9c4ea; --other: #8a94a6; --vain: #d2701a; --bad: #b3261e;"""
DARK = """--page: #12151b; --card: #1b2029; --ink: #e6e9ef; --dim: #9aa5b8; --line: #323a48;
  --ours: #64a5f6; --anyway: #34568a; --other: #7c879b; --vain: #f0994a; --bad: #f2a29b;"""
COLOURS = f":root {{ color-scheme: light dark; {LIGHT} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {DARK} }} }}\n"

# Who has which of them.
KINDS = {"ours": "ours", "assist": "anyway", "peer": "other", "markov": "other", "nothing": "vain", "warm": "calm"}

PLOT = """svg text { fill: var(--dim); font-size: 12px; } svg .case { fill: var(--ink); font-weight: 600; } svg .value { fill: var(--ink); }
.grid { stroke: var(--line); } .whisker { stroke: var(--ink); stroke-width: 1.5; }
.ours { fill: var(--ours); } .anyway { fill: var(--anyway); } .other { fill: var(--other); } .vain { fill: var(--vain); }
.calm { fill: var(--line); stroke: var(--dim); stroke-width: .5; }
.stroke-ours, .stroke-anyway, .stroke-other, .stroke-vain, .stroke-calm { stroke-width: 2; }
.stroke-ours { stroke: var(--ours); } .stroke-anyway { stroke: var(--anyway); } .stroke-other { stroke: var(--other); }
.stroke-vain { stroke: var(--vain); } .stroke-calm { stroke: var(--dim); }
"""

ALONE = COLOURS + "svg { font-family: system-ui, sans-serif; } .card { fill: var(--card); stroke: var(--line); }\n" + PLOT

PAGE = COLOURS + """* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 1.25rem 1rem 2rem; background: var(--page);
  color: var(--ink); font: 1rem/1.45 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.05rem; margin: 0 0 .25rem; } h3 { font-size: .9rem; margin: 1rem 0 0; }
p { margin: 0 0 .75rem; } .dim, .note { color: var(--dim); } .note { font-size: .875rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; margin-top: 1rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: 1rem; margin-top: 1rem; }
.tiles > div { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .75rem 1rem; }
.tiles b { display: block; font-size: 1.6rem; line-height: 1.3; font-weight: 650; white-space: nowrap; }
.tiles span { display: block; font-size: .875rem; color: var(--dim); }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 0 1.5rem; }
.two > * { min-width: 0; } .drawing { display: block; width: 100%; overflow: visible; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .875rem; color: var(--dim); margin: .25rem 0; }
.legend span { white-space: nowrap; } .key { width: .75rem; height: .75rem; margin-right: .35rem; vertical-align: -.05rem; }
.key rect { width: 100%; height: 100%; } .scroll { overflow-x: auto; margin-top: .75rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { text-align: right; padding: .25rem .5rem; border-bottom: 1px solid var(--line); white-space: nowrap;
  font-variant-numeric: tabular-nums; }
th { color: var(--dim); font-weight: 500; } th:first-child, td:first-child { text-align: left; padding-left: 0; }
.words td:nth-child(2), .words th:nth-child(2) { text-align: left; white-space: normal; min-width: 14rem; }
.missed { color: var(--bad); font-weight: 600; } ul { margin: 0; padding-left: 1.1rem; } footer { margin-top: 1.25rem; }
summary { cursor: pointer; color: var(--dim); font-size: .875rem; margin-top: .75rem; }
@media (max-width: 34rem) { .tiles { grid-template-columns: 1fr 1fr; gap: .6rem; } .tiles b { font-size: 1.35rem; }
  th, td { padding: .25rem .4rem; } section { padding: .8rem; } }
@media print { body { max-width: none; } section { break-inside: avoid; } }
""" + PLOT


def kind(who):
    return KINDS.get(who, "other")
