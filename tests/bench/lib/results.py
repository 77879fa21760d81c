# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""Results: what one run measured, as a file.

A row has the samples of all who took part, in turns:
    part       which measurement: "launch", "growth", ...
    case       of what: "chromium", "1000 processes"
    disk       the profile that reads were limited to, or "" if the disk does not matter
    what, unit what the numbers are
    better     "less" or "more"
    reference  who the others are compared with: "nothing", mostly
    effect     "ratio", "residual" (needs "warm"), or "level" if there is no reference
    size       for growth: what the cost is a function of
    samples    {who: [number, ...]}; samples at the same place were taken in the same turn
"""
import json, math, os, tempfile

FORMAT = 1
# Who may be in a row, in the order in which they are shown, and what they are called.
NAMES = {"nothing": "nothing", "ours": "preload 1.0", "assist": "1.0, at the start only", "peer": "preload 0.6.4", "warm": "all in memory",
         "markov": "Markov chain, as 0.6.4", "slow": "counting", "sequential": "better sequential reader"}
FIELDS = {"part": str, "case": str, "disk": str, "what": str, "unit": str, "better": str, "reference": str, "effect": str,
          "size": (int, float, type(None)), "samples": dict}


class Broken(Exception):
    """It is no result, or not one of this format."""


def row(part, case, what, unit, samples, disk="", better="less", reference="nothing", effect="ratio", size=None):
    made = {"part": part, "case": case, "disk": disk, "what": what, "unit": unit, "better": better, "reference": reference,
            "effect": effect, "size": size, "samples": {who: list(values) for who, values in samples.items() if values}}
    check_row(made)
    return made


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def check_row(found):
    if not isinstance(found, dict):
        raise Broken("a row is no object")
    for name, kind in FIELDS.items():
        if not isinstance(found.get(name), kind):
            raise Broken(f"a row without a good {name}: {str(found)[:120]}")
    if found["better"] not in ("less", "more") or found["effect"] not in ("ratio", "residual", "level"):
        raise Broken(f"a row that is neither better nor worse: {str(found)[:120]}")
    for who, values in found["samples"].items():
        if not isinstance(values, list) or not all(is_number(value) for value in values):
            raise Broken(f"samples of {who} that are no numbers: {found['part']}, {found['case']}")


def new(machine, versions, settings, begun):
    return {"format": FORMAT, "begun": begun, "machine": machine, "versions": versions, "settings": settings, "rows": [], "left_out": []}


def check(found):
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise Broken(f"no result of format {FORMAT}")
    for name, kind in (("machine", dict), ("versions", dict), ("settings", dict), ("rows", list), ("left_out", list), ("begun", str)):
        if not isinstance(found.get(name), kind):
            raise Broken(f"no {name}")
    for entry in found["rows"]:
        check_row(entry)
    return found


def load(path):
    try:
        with open(path) as f:
            return check(json.load(f))
    except (OSError, ValueError, RecursionError, Broken) as error:
        raise Broken(f"{path}: {error}") from None


def save(result, path):
    """Whole or not at all: a run that is interrupted keeps what it had."""
    check(result)
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    fd, name = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)))
    with os.fdopen(fd, "w") as f:
        json.dump(result, f, indent=1, allow_nan=False)
        f.write("\n")
    os.chmod(name, 0o644)
    os.replace(name, path)


def select(result, **wanted):
    return [found for found in result["rows"] if all(found[name] == value for name, value in wanted.items())]


def names_of(rows):
    """Who is in these rows: those who have a name first, in its order, then all others in theirs."""
    seen = list(dict.fromkeys(who for found in rows for who in found["samples"]))
    return [who for who in NAMES if who in seen] + [who for who in seen if who not in NAMES]


def title(who):
    return NAMES.get(who, who)
