# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""A control group of our own, of version 1 or 2, whichever the machine has: it limits what we start, and nobody else."""
import os, time

ROOT = "/sys/fs/cgroup"


class Unavailable(Exception):
    """This machine has no such controller, or does not let us have it."""


def read(path):
    with open(path) as f:
        return f.read()


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def find(name, v1_name, root=ROOT):
    """(version, directory that groups with this controller are made in)."""
    if os.path.isdir(f"{root}/{v1_name}"):
        return 1, f"{root}/{v1_name}"
    for top in (root, root + "/unified"):
        if os.path.exists(top + "/cgroup.controllers") and name in read(top + "/cgroup.controllers").split():
            if name not in read(top + "/cgroup.subtree_control").split():
                write(top + "/cgroup.subtree_control", "+" + name)
            return 2, top
    raise Unavailable(f"there is no {name} controller here")


def own_group(version, v1_name, top):
    """Where this process is now, to return to."""
    for line in read("/proc/self/cgroup").splitlines():
        number, controllers, path = line.split(":", 2)
        if version == 2 and number == "0" or version == 1 and v1_name in controllers.split(","):
            return top + path.rstrip("/")
    return top


class Group:
    """Made at once; `enter` moves the calling process into it, `remove` takes it back."""

    def __init__(self, label, name, v1_name):
        self.version, top = find(name, v1_name)
        self.home = own_group(self.version, v1_name, top)
        self.path = f"{top}/preload-bench-{label}"
        os.makedirs(self.path, exist_ok=True)

    def set(self, name, text):
        write(f"{self.path}/{name}", text)

    def get(self, name):
        return read(f"{self.path}/{name}")

    def field(self, name, field):
        """A number out of a file of names and numbers; 0: it is not there."""
        pairs = (line.split() for line in self.get(name).splitlines())
        return next((int(pair[1]) for pair in pairs if len(pair) == 2 and pair[0] == field), 0)

    def enter(self):
        """Also in a child, before it execs."""
        self.set("cgroup.procs", str(os.getpid()))

    def leave(self):
        write(self.home + "/cgroup.procs", str(os.getpid()))

    def remove(self):
        """What still dies in it is waited for, but not for long: a program of a failed run may stay for ever."""
        for _ in range(50):
            try:
                os.rmdir(self.path)
                return
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.1)
