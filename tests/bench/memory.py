#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""Memory benchmark: what becomes of reading ahead, and of what the user has in memory, when a program takes it all?

In a control group of LIMIT MiB, so that the machine is not at risk, a user has 200 MiB of memory and a file of
400 MiB in the page cache, which he read before. Reading ahead of a file of 600 MiB is under way, at 150 MB a
second, when a program takes 1200 MiB, within two seconds if the machine can. It fits if what was read ahead goes.
  preload   the daemon reads ahead, and gives back;
  reads on  a plain loop reads the same file ahead at the same rate, and goes on, as the alternative;
  nobody    nothing is read ahead.
Printed are when the last of it was read, as of when the program began; how long the program took; how much of the
file that was read ahead, and of the user's file, is in memory then; what was killed, or swapped out.

  sudo tests/bench/memory.py build/gcc/src/preload

Needs root, a memory controller of control groups (version 1 or 2), Python 3.9, and the program `mapper` of the
tests in the build. The group is removed at the end.
"""
import argparse, ctypes, mmap, os, select, shutil, subprocess, sys, tempfile, time

from foreground import MIB, Daemon, write_file
from lib import cgroup
from lib.disk import drop
from lib.machine import machine

NAME = "memory"

LIMIT, USERS, FILE, AHEAD, HOG, RATE = 2048, 200, 400, 600, 1200, 150_000_000

PACED = """
import os, sys, time
fd = os.open(sys.argv[1], os.O_RDONLY)
size, at, begun = os.fstat(fd).st_size, 0, time.monotonic()
while True:
    os.posix_fadvise(fd, at %% size, 1 << 20, os.POSIX_FADV_WILLNEED)
    at += 1 << 20
    time.sleep(max(0, begun + at / %d - time.monotonic()))
""" % RATE
USER = """
import mmap, sys
m = mmap.mmap(-1, %d << 20)
for at in range(0, len(m), 4096):
    m[at] = 1
open(sys.argv[1], "rb").read()
print("ready", flush=True)
sys.stdin.read()
""" % USERS
TAKER = """
import ctypes, mmap, sys, time
size, step = %d << 20, 6 << 20
m = mmap.mmap(-1, size)
address = ctypes.addressof(ctypes.c_char.from_buffer(m))
begun = time.monotonic()
for start in range(0, size, step):
    ctypes.memset(address + start, 1, min(step, size - start))
    time.sleep(max(0, begun + 2 * (start + step) / size - time.monotonic()))
print(time.monotonic() - begun, flush=True)
sys.stdin.read()
""" % HOG


class Group(cgroup.Group):
    """A control group with a limit of memory."""

    def __init__(self, limit_mib):
        super().__init__("memory", "memory", "memory")
        self.set("memory.max" if self.version == 2 else "memory.limit_in_bytes", str(limit_mib * MIB))

    def killed(self):
        return self.field("memory.events" if self.version == 2 else "memory.oom_control", "oom_kill")

    def swapped_mib(self):
        return (int(self.get("memory.swap.current")) if self.version == 2 else self.field("memory.stat", "swap")) / MIB

    def empty(self):
        """Gives back the page cache that is charged to it, so that each row begins alike."""
        if self.version == 1:
            self.set("memory.force_empty", "0")


def start(group, program, *args):
    return subprocess.Popen([sys.executable, "-c", program, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            preexec_fn=group.enter)


def end(process):
    process.stdin.close()
    process.wait(30)


def share_resident(path):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    size = os.path.getsize(path)
    fd = os.open(path, os.O_RDONLY)
    address = libc.mmap(None, ctypes.c_size_t(size), mmap.PROT_READ, mmap.MAP_SHARED, fd, ctypes.c_long(0))
    pages = (ctypes.c_ubyte * ((size + 4095) // 4096))()
    libc.mincore(ctypes.c_void_p(address), ctypes.c_size_t(size), pages)
    libc.munmap(ctypes.c_void_p(address), ctypes.c_size_t(size))
    os.close(fd)
    return sum(p & 1 for p in pages) / len(pages)


def read_bytes(process):
    fields = open(f"/proc/{process.pid}/io").read().split()
    return int(fields[fields.index("read_bytes:") + 1])


def until_taken(taker, reader):
    """When the reader read last, as of now, and how long the taker took (None: it was killed)."""
    begun = time.monotonic()
    last, when = read_bytes(reader) if reader else 0, 0
    while not select_ready(taker) and time.monotonic() - begun < 30:
        time.sleep(0.01)
        now = read_bytes(reader) if reader else 0
        if now != last:
            last, when = now, time.monotonic() - begun
    text = taker.stdout.readline()
    return when, float(text) if text else None


def select_ready(process):
    return bool(select.select([process.stdout], [], [], 0)[0])


def run(group, ahead, users, reader):
    """One row: with what `reader` begins (a process, or None)."""
    group.empty()
    drop(ahead), drop(users)
    killed = group.killed()
    user = start(group, USER, users)
    user.stdout.readline()
    process, finish = reader()
    time.sleep(1.5)
    before = share_resident(ahead)
    taker = start(group, TAKER)
    when, took = until_taken(taker, process)
    time.sleep(1)
    row = (before, when, took, share_resident(ahead), share_resident(users), group.killed() - killed,
           group.swapped_mib())
    end(taker), end(user)
    finish()
    return row


def read_by_loop(group, ahead):
    process = subprocess.Popen([sys.executable, "-c", PACED, ahead], preexec_fn=group.enter)
    return process, lambda: (process.kill(), process.wait())


def read_by_daemon(daemon):
    """Waits until it has begun to read what is missing."""
    before = read_bytes(daemon.process)
    end_at = time.monotonic() + 20
    while read_bytes(daemon.process) - before < MIB and time.monotonic() < end_at:
        time.sleep(0.05)
    return daemon.process, daemon.stop


def rows_of(preload, mapper, work, group):
    """{who: row}, and what the daemon said of it; it ends with its row."""
    rows = {"nobody": run(group, work + "/data", work + "/users", lambda: (None, lambda: None)),
            "reads on": run(group, work + "/data", work + "/users", lambda: read_by_loop(group, work + "/data"))}
    os.makedirs(work + "/daemon")
    os.rename(work + "/data", work + "/daemon/data")
    settings = f"assist = false\nbandwidth = {RATE}\n"
    with Daemon(preload, mapper, work + "/daemon", settings, group.enter) as daemon:
        daemon.train()
        rows["preload"] = run(group, daemon.data, work + "/users", lambda: read_by_daemon(daemon))
        with open(daemon.log, errors="replace") as f:
            said = [line for line in f if "memory is" in line]
    return rows, said


def prepare(work):
    write_file(work + "/users", FILE)
    write_file(work + "/data", AHEAD)


def measure(bench):
    """Part of tests/bench/run."""
    taken = {"took": {}, "user's file": {}, "read ahead": {}, "killed": {}}
    for turn in range(bench.hogs):
        bench.say(f"memory: {turn + 1} of {bench.hogs}")
        work = bench.folder("memory")
        prepare(work)
        try:
            group = Group(LIMIT)
        except cgroup.Unavailable as error:
            bench.leave_out(f"memory: {error}")
            return
        try:
            rows, _ = rows_of(bench.preload, bench.mapper, work, group)
        finally:
            group.remove()
            shutil.rmtree(work)
        for name, who in (("nobody", "nothing"), ("preload", "ours"), ("reads on", "a plain loop")):
            _, _, took, ahead, users, killed, _ = rows[name]
            for what, value in (("took", took), ("user's file", users), ("read ahead", ahead), ("killed", killed)):
                if value is not None:
                    taken[what].setdefault(who, []).append(value)
    case = f"a program takes {HOG} of {LIMIT} MiB"
    bench.add(NAME, case, "the program took", "s", taken["took"])
    bench.add(NAME, case, "user's file in memory", "of it", taken["user's file"], better="more")
    bench.add(NAME, case, "read ahead, still in memory", "of it", taken["read ahead"], effect="level")
    bench.add(NAME, case, "processes killed", "processes", taken["killed"], effect="level")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("preload", nargs="?", default="build/gcc/src/preload")
    parser.add_argument("--mapper", default="build/gcc/tests/mapper")
    parser.add_argument("--dir", default="/var/tmp", help="a directory on a disk")
    args = parser.parse_args()
    work = tempfile.mkdtemp(prefix="memory-", dir=args.dir)
    prepare(work)
    group = Group(LIMIT)
    try:
        rows, said = rows_of(args.preload, args.mapper, work, group)
    finally:
        group.remove()
        shutil.rmtree(work)
    print(f"control group of {LIMIT} MiB, version {group.version}; {machine()}\n")
    print("| reading ahead by | read before | last read, s | the program took, s | ahead in memory | user's file in "
          "memory | killed | swapped out |")
    print("|---|---|---|---|---|---|---|---|")
    for name, (before, when, took, ahead, users, killed, swapped) in rows.items():
        print(f"| {name} | {before * AHEAD:.0f} MiB | {when:.2f} | {'killed' if took is None else f'{took:.2f}'} | "
              f"{ahead:.0%} | {users:.0%} | {killed} | {swapped:.0f} MiB |")
    print("\n" + "".join(said), flush=True)


if __name__ == "__main__":
    main()
