# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""A run: what is measured, with what, and what came of it so far. Parts add rows to it."""
import contextlib, os, shutil, signal, sys, tempfile, time

from lib import apps, daemon, disk, machine, results

# How much of each part: the quick run tells whether something is badly wrong, the full one is for numbers.
# Growth always begins with 10 processes of 10 programs, and ends with 1,000 of 1,000.
QUICK = {"turns": 2, "rounds": 2, "hold_sec": 2.5, "settle_sec": 2, "applications": 3, "days": 1, "boots": 1, "boot_applications": 2,
         "users": 3, "processes": [1000], "programs": [1000], "cycles": 5, "builds": 2, "build_share": 0.07, "storms": 1,
         "fio_sec": 2, "fio_turns": 1, "files": 250, "files_bytes": 200_000_000, "reads": 2, "hogs": 1, "lives": [100, 1000]}
FULL = {"turns": 6, "rounds": 3, "hold_sec": 6, "settle_sec": 5, "applications": 8, "days": 5, "boots": 5, "boot_applications": 4,
        "users": 20, "processes": [100, 1000, 10000], "programs": [100, 1000, 10000], "cycles": 15, "builds": 8, "build_share": 1.0,
        "storms": 3, "fio_sec": 5, "fio_turns": 6, "files": 500, "files_bytes": 400_000_000, "reads": 5, "hogs": 3,
        "lives": [100, 300, 1000, 3000, 5000]}


def end_on_signals():
    """What was changed on the machine is put back by `finally`; a signal must not pass it by."""
    def end(number, _):
        sys.exit(f"ended by signal {number}")

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)


class Run:
    def __init__(self, build, peer, settings, traces=(), directory="/var/tmp", only_apps=None):
        self.preload, self.preloadctl = build + "/src/preload", build + "/src/preloadctl"
        self.readplan, self.mapper, self.scale = (f"{build}/tests/{name}" for name in ("readplan", "mapper", "scale"))
        self.peer, self.traces, self.only_apps = peer, list(traces), only_apps
        self.settings = settings
        self.work = tempfile.mkdtemp(prefix="preload-bench-", dir=directory)
        self.home = self.work + "/home"
        os.makedirs(self.home, mode=0o700)
        self.result, self.kept_apps, self.trained = None, None, {}
        self.begun = time.monotonic()

    def __getattr__(self, name):
        """settings as members, so that a part reads as what it does."""
        try:
            return self.__dict__["settings"][name]
        except KeyError:
            raise AttributeError(name) from None

    def describe(self, root, quick, disks):
        versions = {"ours": machine.version_of(self.preload), "revision": machine.revision(root)}
        if self.peer:
            versions["peer"] = machine.version_of(self.peer)
        self.result = results.new(machine.describe(), versions, {**self.settings, "quick": quick, "disks": list(disks)},
                                  time.strftime("%Y-%m-%d %H:%M:%S %z"))

    def say(self, text):
        print(f"[{time.monotonic() - self.begun:6.0f} s] {text}", file=sys.stderr, flush=True)

    def add(self, *args, **more):
        self.result["rows"].append(results.row(*args, **more))

    def leave_out(self, text):
        self.result["left_out"].append(text)
        self.say("left out: " + text)

    def daemons(self):
        """Who is measured: (name, binary)."""
        return [("ours", self.preload)] + ([("peer", self.peer)] if self.peer else [])

    def apps(self):
        """Applications that are installed and start, the same for all parts."""
        if self.kept_apps is None:
            names = self.only_apps or apps.installed()
            self.kept_apps = apps.usable(names[: self.applications], self.home, self.result["left_out"])
            if not self.kept_apps:
                self.leave_out("launches: none of the applications is installed: " + ", ".join(apps.CATALOGUE))
        return self.kept_apps

    def folder(self, name):
        path = f"{self.work}/{name}"
        os.makedirs(path, exist_ok=True)
        return path

    def train(self, who, binary):
        """Directory of a daemon that has seen each application launched some times, as a person would. Once a run:
        what it learns does not depend on how fast the disk is."""
        if who not in self.trained:
            self.say(f"training {results.title(who)}: {self.rounds} rounds of {len(self.apps())} applications")
            path = self.folder("trained-" + who)
            with daemon.Daemon(binary, path, daemon.configuration(seed="false")):
                time.sleep(1)
                for _ in range(self.rounds):
                    for app in self.apps():
                        app.use(self.hold_sec)
            self.trained[who] = path
        return self.trained[who]

    def trained_copy(self, who, binary, label, **settings):
        """A daemon that begins with what was trained; what it learns from now on is its own."""
        path = self.folder(label)
        shutil.copy(self.train(who, binary) + "/state", path + "/state")
        return daemon.Daemon(binary, path, daemon.configuration(seed="false", **settings))

    @contextlib.contextmanager
    def throttled(self, profile):
        with disk.throttled(profile):
            yield

    def close(self):
        shutil.rmtree(self.work, ignore_errors=True)


def rotate(things, turn):
    """Each begins once: what comes after another must not always come after the same."""
    first = turn % len(things) if things else 0
    return things[first:] + things[:first]
