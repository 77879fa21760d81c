#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""Foreground benchmark: what does somebody who reads lose while preload reads ahead?

fio reads 4 KiB at random places, past the page cache, one after the other, for some seconds, by turns alone and
while something else reads:
  predicted the daemon reads ahead what it predicts: a program's file of SIZE MiB that is dropped from memory
            again and again, so that it would always have something to read;
  unpaced   a plain loop reads the same file ahead (posix_fadvise, 1 MiB each), as the alternative;
  assist    a program is launched cold again and again, and the daemon reads ahead for it.
Printed are the medians of fio's rate and 99th percentile, how much worse they are than in the turns alone, and how
much was read beside it. fio has real-time priority, so that it waits for the disk and not for a processor.

  sudo tests/bench/foreground.py --disk none build/gcc/src/preload
  sudo tests/bench/foreground.py --disk emmc build/gcc/src/preload

--disk throttles the root disk as coldlaunch.py does. Needs root, fio, Python 3.9, and the program `mapper` of
the tests in the build. What it changes (the throttling) is taken back.
"""
import argparse, json, os, shutil, signal, statistics, subprocess, sys, tempfile, threading, time

from lib import daemon, disk
from lib.disk import PROFILES, drop, read_bytes, throttled
from lib.machine import machine

NAME = "foreground"
CONF = """[model]
cycle = 1
minsize = 0
[system]
exeprefix = {dir}/;!/
mapprefix = {dir}/;!/
fileprefix = {dir}/;!/
promote = application
busypressure = 101
busyload = 1000
"""
MIB = 1 << 20


def write_file(path, mib):
    disk.write_file(path, mib * MIB)


def fio(path, seconds):
    """Rate in requests a second, 99th percentile in microseconds, and what the disk read beside that in MiB/s."""
    before = read_bytes()
    out = subprocess.run(["chrt", "-f", "50", "fio", "--name=foreground", "--filename=" + path, "--rw=randread", "--bs=4k",
                          "--direct=1", "--ioengine=psync", "--time_based", f"--runtime={seconds}", "--output-format=json"],
                         check=True, capture_output=True, text=True).stdout
    read = json.loads(out[out.index("{"):])["jobs"][0]["read"]
    beside = read_bytes() - before - read["io_bytes"]
    return read["iops"], read["clat_ns"]["percentile"]["99.000000"] / 1000, max(0, beside) / MIB / seconds


class Daemon(daemon.Daemon):
    """The daemon, which has learnt that the program `application` maps all of `data`."""

    def __init__(self, binary, mapper, directory, settings, enter=None):
        super().__init__(binary, directory, CONF.format(dir=directory) + settings, enter)
        self.program, self.data = directory + "/application", directory + "/data"
        shutil.copy(mapper, self.program)
        self.start()

    def launch(self):
        app = subprocess.Popen([self.program, self.data], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               preexec_fn=self.enter)
        app.stdout.read(1)
        return app

    def train(self):
        self.wait("known, ")
        app = self.launch()
        time.sleep(3)
        close(app)
        self.wait("ended: application")


class Peer(Daemon):
    """preload 0.6.4. It says nothing of what it sees, needs some of its cycles of 2 s for it, and predicts a program only
    from others that run: so a companion runs, and ends with the daemon."""

    def train(self):
        shutil.copy(self.program, self.directory + "/companion")
        self.companion = subprocess.Popen([self.directory + "/companion", self.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                          preexec_fn=self.enter)
        time.sleep(5)
        for _ in range(3):
            app = self.launch()
            time.sleep(5)
            close(app)
            time.sleep(5)

    def stop(self):
        close(self.companion)
        return super().stop()


def close(app):
    app.stdin.close()
    app.wait(30)


class Beside(threading.Thread):
    """Does something again and again while fio reads."""

    def __init__(self, work, pause):
        super().__init__(daemon=True)
        self.work, self.pause, self.end = work, pause, threading.Event()

    def run(self):
        while not self.end.is_set():
            self.work()
            self.end.wait(self.pause)

    def stop(self):
        self.end.set()
        self.join()


def read_unpaced(path):
    drop(path)
    fd = os.open(path, os.O_RDONLY)
    size = os.fstat(fd).st_size
    for at in range(0, size, MIB):
        os.posix_fadvise(fd, at, MIB, os.POSIX_FADV_WILLNEED)
    os.pread(fd, 1, size - 1)
    os.close(fd)


def beside_it(path, seconds, work, pause):
    beside = Beside(work, pause)
    beside.start()
    try:
        return fio(path, seconds)
    finally:
        beside.stop()


def by_turns(args, path, work, pause, silence=lambda: None, speak=lambda: None):
    """Some turns alone, and as many beside the work: (rate, 99th percentile, MiB/s beside it) of each."""
    alone, beside = [], []
    for _ in range(args.turns):
        silence()
        time.sleep(0.5)
        alone.append(fio(path, args.seconds))
        speak()
        beside.append(beside_it(path, args.seconds, work, pause))
    return alone, beside


def medians(turns):
    return [statistics.median(column) for column in zip(*turns)]


def with_daemon(args, work, name, settings, action, kind=Daemon, binary=None):
    one = kind(binary or args.preload, args.mapper, f"{work}/{name}", settings)
    try:
        os.rename(work + "/data", one.data)
        one.train()
        return by_turns(args, work + "/foreground", lambda: action(one), 1,
                        lambda: one.process.send_signal(signal.SIGSTOP),
                        lambda: one.process.send_signal(signal.SIGCONT))
    finally:
        one.stop()
        os.rename(one.data, work + "/data")


def launch_cold(daemon):
    drop(daemon.data)
    close(daemon.launch())


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("preload", nargs="?", default="build/gcc/src/preload")
    parser.add_argument("--mapper", default="build/gcc/tests/mapper")
    parser.add_argument("--disk", choices=PROFILES, default="none")
    parser.add_argument("--size", type=int, default=400, help="MiB that are read ahead")
    parser.add_argument("--seconds", type=int, default=4, help="of one turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--dir", default="/var/tmp", help="a directory on the root disk")
    return parser.parse_args()


def all_kinds(args, work, peer=None):
    """{kind: (turns alone, turns beside it)}"""
    foreground, data = work + "/foreground", work + "/data"
    rows = {"predicted": with_daemon(args, work, "predicted", "assist = false\n", lambda one: drop(one.data)),
            "unpaced": by_turns(args, foreground, lambda: read_unpaced(data), 0),
            "assist": with_daemon(args, work, "assist", "dopredict = false\n", launch_cold)}
    if peer:
        settings = "maxprocs = 30\n[model]\ncycle = 2\nusecorrelation = false\n"
        rows["peer"] = with_daemon(args, work, "peer", settings, lambda one: drop(one.data), Peer, peer)
    return rows


def measure(run, disk_name):
    """Part of tests/bench/run."""
    if shutil.which("fio") is None:
        run.leave_out("foreground: fio is not installed")
        return
    run.say(f"foreground, {disk_name}")
    args = argparse.Namespace(preload=run.preload, mapper=run.mapper, turns=run.fio_turns, seconds=run.fio_sec)
    work = run.folder("foreground")
    write_file(work + "/foreground", 512)
    write_file(work + "/data", 400)
    with throttled(disk_name):
        rows = all_kinds(args, work, run.peer)
    shutil.rmtree(work)
    names = {"predicted": ("predicted", "ours"), "assist": ("at the start", "ours"), "peer": ("predicted, 0.6.4", "peer"),
             "unpaced": ("a plain loop", "a plain loop")}
    for kind, (alone, beside) in rows.items():
        case, who = names[kind]
        for column, (what, unit, better) in enumerate([("rate", "requests a second", "more"), ("p99", "us", "less"), ("read beside", "MiB/s", "more")]):
            taken = {who: [turn[column] for turn in beside], "nothing": [turn[column] for turn in alone]}
            run.add(NAME, case, what, unit, taken, disk=disk_name, better=better, effect="level" if what == "read beside" else "ratio")


def main():
    args = arguments()
    if shutil.which("fio") is None:
        sys.exit("fio is not installed")
    work = tempfile.mkdtemp(prefix="foreground-", dir=args.dir)
    write_file(work + "/foreground", 512)
    write_file(work + "/data", args.size)
    try:
        with throttled(args.disk):
            rows = {name: (medians(alone), medians(beside)) for name, (alone, beside) in all_kinds(args, work).items()}
    finally:
        shutil.rmtree(work)
    print(f"{args.disk} {PROFILES[args.disk]}; {machine()}\n")
    print("| reading beside it | fio alone: requests a second, 99 % | beside it | rate | 99 % | read beside |")
    print("|---|---|---|---|---|---|")
    for name, (alone, beside) in rows.items():
        print(f"| {name} | {alone[0]:.0f}, {alone[1]:.0f} us | {beside[0]:.0f}, {beside[1]:.0f} us | "
              f"{100 * (beside[0] / alone[0] - 1):+.0f} % | {100 * (beside[1] / alone[1] - 1):+.0f} % | "
              f"{beside[2]:.1f} MiB/s |", flush=True)


if __name__ == "__main__":
    main()
