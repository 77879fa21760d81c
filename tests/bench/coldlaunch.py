#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""Cold launches: how much of an application's cold start does a readahead daemon remove?

For every application that is installed it measures the time from exec to "ready" in three states:
  warm  everything in the page cache;
  cold  page cache dropped, no daemon;
  with  page cache dropped while the (trained) daemon runs, the disk given time to become idle, then launched.
and prints  residual = (with - warm) / (cold - warm):  1 = the daemon did nothing, 0 = as fast as warm.

Training is what a person would do: each application is started, kept open and closed, a few times over.
The daemon runs in the foreground with a cycle of 2 s in place of 20 s, so that training takes minutes.
All of a turn's launches are taken one after the other, and who begins changes from turn to turn.

  sudo tests/bench/coldlaunch.py --disk emmc                 build/gcc/src/preload
  sudo tests/bench/coldlaunch.py --disk emmc --peer          ... beside preload 0.6.4 (/usr/sbin/preload)

--disk throttles reads of the root disk by a control group, to look like slower storage.
--no-predict-wait launches at once after dropping the cache: what is left is what the daemon does at launch.
Needs root and Python 3.9. Nothing is installed; a setting that is changed (the throttling) is taken back.
"""
import argparse, contextlib, os, time

from lib import apps, disk, results, tables
from lib.run import FULL, Run, end_on_signals, rotate

NAME = "launch"


def launch_cold(run, app, waits):
    """Seconds, after the cache was dropped and what predicts had its time."""
    disk.drop_caches()
    if waits:
        time.sleep(run.settle_sec)
        disk.wait_disk_idle()
    else:
        time.sleep(0.5)
    return app.once()


def with_nobody(run, samples, chosen):
    """Cold, and then warm, with no daemon."""
    for app in chosen:
        samples[app.name].setdefault("nothing", []).append(launch_cold(run, app, False))
        samples[app.name].setdefault("warm", []).append(app.once())


def with_daemon(run, samples, chosen, who, daemon):
    with daemon:
        time.sleep(2.5)  # a cycle: it has read its state and looked around
        for app in chosen:
            samples[app.name].setdefault(who, []).append(launch_cold(run, app, who != "assist"))


def takers(run, disk_name):
    """Who takes part, as (name, what to do in a turn)."""
    chosen = run.apps()
    found = [("nothing", lambda samples: with_nobody(run, samples, chosen))]
    kinds = [("assist", "ours", run.preload, {"dopredict": "false"})]
    kinds += [(who, who, binary, {}) for who, binary in run.daemons()]
    for label, who, binary, settings in kinds:
        if label in run.settings.get("without", ()):
            continue
        daemon = run.trained_copy(who, binary, f"launch-{disk_name}-{label}", **settings)
        found.append((label, lambda samples, label=label, daemon=daemon: with_daemon(run, samples, chosen, label, daemon)))
    return found


def measure(run, disk_name):
    """A row for each application."""
    if not run.apps():
        return
    who = takers(run, disk_name)
    samples = {app.name: {} for app in run.apps()}
    with run.throttled(disk_name):
        for turn in range(run.turns):
            for label, take in rotate(who, turn):
                run.say(f"launch, {disk_name}: turn {turn + 1} of {run.turns}, {results.title(label)}")
                with left_out(run):
                    take(samples)
    for name, mine in samples.items():
        run.add(NAME, name, "seconds to ready", "s", mine, disk=disk_name, effect="residual")


@contextlib.contextmanager
def left_out(run):
    """An application that fails once is said, and does not end the run."""
    try:
        yield
    except apps.Failed as error:
        run.leave_out(str(error))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("preload", nargs="?", default="build/gcc/src/preload", help="our daemon")
    parser.add_argument("--peer", nargs="?", const="/usr/sbin/preload", help="preload 0.6.4, measured in the same run")
    parser.add_argument("--only", help="comma-separated names of applications")
    parser.add_argument("--disk", choices=disk.PROFILES, default="emmc")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--hold", type=float, default=6, help="seconds an application stays open in training")
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--settle", type=float, default=5, help="least seconds the daemon gets after the drop")
    parser.add_argument("--no-predict-wait", action="store_true")
    parser.add_argument("--json")
    return parser.parse_args()


def main():
    args = arguments()
    without = ["ours", "peer"] if args.no_predict_wait else ["assist"]
    settings = {**FULL, "turns": args.repeat, "rounds": args.rounds, "hold_sec": args.hold, "settle_sec": args.settle, "applications": 4, "without": without}
    end_on_signals()
    run = Run(os.path.dirname(os.path.dirname(os.path.abspath(args.preload))), args.peer, settings,
              only_apps=args.only.split(",") if args.only else None)
    run.preload = os.path.abspath(args.preload)
    try:
        run.describe(os.path.dirname(os.path.abspath(__file__)), False, [args.disk])
        measure(run, args.disk)
    finally:
        run.close()
    print(tables.of_part(run.result, NAME, args.disk))
    if args.json:
        results.save(run.result, args.json)


if __name__ == "__main__":
    main()
