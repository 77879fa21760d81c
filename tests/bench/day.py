# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""A mixed day: how soon is a daemon of use that begins with nothing?

A daemon that knows nothing sees ten launches of some applications, in an order that is drawn once from a seed: some are
used much, some hardly. Before each the cache is dropped and the disk left to become idle, as the hours of a day do it;
each is kept open for a while. Each launch is timed, so that it is seen how it learns; the tenth is what is quoted.
The same launches without a daemon, cold and warm, in the same turn.

Run by tests/bench/run.
"""
import random, time

from coldlaunch import launch_cold, left_out
from lib import daemon, results
from lib.run import rotate

NAME = "day"
LAUNCHES = 10
SEED = 10


def order(names):
    """The application of each launch; the last is one that was launched before."""
    rng = random.Random(SEED)
    weights = [2.0 ** -n for n in range(len(names))]
    drawn = rng.choices(names, weights, k=LAUNCHES - 1)
    return drawn + [rng.choice(drawn)]


def live_alone(run, plan):
    cold, warm = [], []
    for app in plan:
        cold.append(launch_cold(run, app, False))
        warm.append(app.once())
    return {"nothing": cold, "warm": warm}


def live_beside(run, plan, who, binary, label):
    """One day of a daemon that knows nothing."""
    taken = []
    with daemon.Daemon(binary, run.folder(label), daemon.configuration(seed="false")):
        time.sleep(2.5)
        for app in plan:
            taken.append(launch_cold(run, app, True))
            app.use(run.hold_sec)  # once more: what was timed ends at once
    return {who: taken}


def measure(run, disk_name):
    by_name = {app.name: app for app in run.apps()}
    if not by_name:
        return
    plan = [by_name[name] for name in order(list(by_name))]
    samples = [{} for _ in plan]
    with run.throttled(disk_name):
        for turn in range(run.days):
            kinds = [("nothing", None)] + run.daemons()
            for who, binary in rotate(kinds, turn):
                run.say(f"day, {disk_name}: {turn + 1} of {run.days}, {results.title(who)}")
                with left_out(run):
                    lived = live_beside(run, plan, who, binary, f"day-{disk_name}-{who}-{turn}") if binary else live_alone(run, plan)
                    for name, times in lived.items():
                        for launch, seconds in zip(samples, times):
                            launch.setdefault(name, []).append(seconds)
    for n, (app, mine) in enumerate(zip(plan, samples)):
        run.add(NAME, f"launch {n + 1:2}: {app.name}", "seconds to ready", "s", mine, disk=disk_name, effect="residual", size=n + 1)
