# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""A result as a run makes it, small, with numbers that are known."""
import copy

from lib import results

MACHINE = {"processors": 2, "processor": "A <fast> one", "memory_bytes": 8 << 30, "kernel": "6.1", "system": "Debian",
           "disk": {"name": "vda", "number": "254:0", "filesystem": "ext4"}}


def launch(case="editor", disk="emmc", ours=(2.0, 2.2, 1.8, 2.0, 2.0, 2.0), cold=(10.0, 11.0, 9.0, 10.0, 10.0, 10.0), warm=(1.0,) * 6, **more):
    return results.row("launch", case, "seconds to ready", "s", {"nothing": cold, "ours": ours, "warm": warm, **more}, disk=disk, effect="residual")


def build(ours, nothing=(10.0, 10.2, 9.8, 10.0, 10.1, 9.9)):
    return results.row("build", "trained", "time", "s", {"nothing": nothing, "ours": ours})


def cycle(case, size, **samples):
    return results.row("growth", case, "cycle", "ms", samples, reference="peer", size=size)


def result(*rows, quick=False):
    found = results.new(copy.deepcopy(MACHINE), {"ours": "preload 1.0", "peer": "preload 0.6.4", "revision": "abc"},
                        {"quick": quick, "rounds": 3}, "2026-01-02 03:04:05 +0000")
    found["rows"] = list(rows)
    return found
