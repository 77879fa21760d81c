# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""The first launch after a boot, as far as that can be had without one.

Nothing is in memory (drop_caches), the daemon starts with what it learnt in its earlier lives, a session begins (an
interactive shell on a terminal of its own starts a program), and WAIT_SEC after the daemon's start, with the disk idle or
not, an application is launched. Each application has its own such boot. Beside it: the same wait without a daemon.

A real boot reads much else, and the daemon waits for the end of that; this is not measured. Run by tests/bench/run.
"""
import os, pty, signal, time

from coldlaunch import left_out
from lib import disk
from lib.run import rotate

NAME = "boot"
WAIT_SEC = 8  # from the daemon's start to the hand at the mouse
SETTINGS = {"sessionwindow": 180, "sessionapart": 1}


class Login:
    """An interactive shell on a terminal, which runs something: what a session begins with."""

    def __enter__(self):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execv("/bin/bash", ["bash", "--norc", "-i", "-c", "/bin/ls / >/dev/null; read answer"])
        return self

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


def boot(app, daemon):
    """Seconds to ready of the first launch; daemon None: of a machine that has none."""
    disk.drop_caches()
    begun = time.monotonic()
    if daemon is not None:
        daemon.start()
    try:
        time.sleep(2)
        with Login():
            time.sleep(max(0, begun + WAIT_SEC - time.monotonic()))
            return app.once()
    finally:
        if daemon is not None:
            daemon.stop()


def measure(run, disk_name):
    """A row for each of some applications."""
    chosen = run.apps()[: run.boot_applications]
    daemons = {who: run.trained_copy(who, binary, f"boot-{disk_name}-{who}", **SETTINGS) for who, binary in run.daemons()} if chosen else {}
    samples = {app.name: {} for app in chosen}
    with run.throttled(disk_name):
        for turn in range(run.boots):
            run.say(f"boot, {disk_name}: {turn + 1} of {run.boots}")
            for app in chosen:
                for who in rotate(["nothing", *daemons], turn):
                    with left_out(run):
                        samples[app.name].setdefault(who, []).append(boot(app, daemons.get(who)))
                        if who == "nothing":
                            samples[app.name].setdefault("warm", []).append(app.once())
    for name, mine in samples.items():
        run.add(NAME, name, "seconds to ready", "s", mine, disk=disk_name, effect="residual")
