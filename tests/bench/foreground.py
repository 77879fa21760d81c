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

from coldlaunch import DISKS, machine, root_disk, throttle, unthrottle

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
    block = os.urandom(MIB)
    with open(path, "wb") as f:
        for _ in range(mib):
            f.write(block)
        os.fsync(f.fileno())


def drop(path):
    fd = os.open(path, os.O_RDONLY)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def disk_read_bytes():
    return int(open(root_disk()[1] + "/stat").read().split()[2]) * 512


def fio(path, seconds):
    """Rate in requests a second, 99th percentile in microseconds, and what the disk read beside that in MiB/s."""
    before = disk_read_bytes()
    out = subprocess.run(["chrt", "-f", "50", "fio", "--name=foreground", "--filename=" + path, "--rw=randread", "--bs=4k", "--direct=1",
                          "--ioengine=psync", "--time_based", f"--runtime={seconds}", "--output-format=json"],
                         check=True, capture_output=True, text=True).stdout
    read = json.loads(out[out.index("{"):])["jobs"][0]["read"]
    beside = disk_read_bytes() - before - read["io_bytes"]
    return read["iops"], read["clat_ns"]["percentile"]["99.000000"] / 1000, max(0, beside) / MIB / seconds


class Daemon:
    """The daemon, which has learnt that the program `application` maps all of `data`."""

    def __init__(self, binary, mapper, directory, settings, enter=None):
        self.directory, self.enter = directory, enter
        os.makedirs(directory, exist_ok=True)
        self.program, self.data = directory + "/application", directory + "/data"
        shutil.copy(mapper, self.program)
        open(directory + "/preload.conf", "w").write(CONF.format(dir=directory) + settings)
        self.log = open(directory + "/log", "wb")
        self.process = subprocess.Popen([binary, "-f", "-l", "", "-c", directory + "/preload.conf", "-s",
                                         directory + "/state"], stderr=self.log, preexec_fn=enter)

    def said(self, text):
        return open(self.directory + "/log", errors="replace").read().count(text)

    def wait(self, text, limit=60):
        end = time.monotonic() + limit
        while self.said(text) == 0:
            if time.monotonic() > end:
                sys.exit(f"the daemon did not say '{text}'; see {self.directory}/log")
            time.sleep(0.05)

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

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


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
    """Medians of some turns alone, and of as many beside the work."""
    alone, beside = [], []
    for _ in range(args.turns):
        silence()
        time.sleep(0.5)
        alone.append(fio(path, args.seconds))
        speak()
        beside.append(beside_it(path, args.seconds, work, pause))
    medians = lambda turns: [statistics.median(column) for column in zip(*turns)]
    return medians(alone), medians(beside)


def with_daemon(args, work, name, settings, action):
    daemon = Daemon(os.path.abspath(args.preload), args.mapper, f"{work}/{name}", settings)
    try:
        os.rename(work + "/data", daemon.data)
        daemon.train()
        return by_turns(args, work + "/foreground", lambda: action(daemon), 1,
                        lambda: daemon.process.send_signal(signal.SIGSTOP),
                        lambda: daemon.process.send_signal(signal.SIGCONT))
    finally:
        daemon.process.send_signal(signal.SIGCONT)
        daemon.stop()
        os.rename(daemon.data, work + "/data")


def launch_cold(daemon):
    drop(daemon.data)
    close(daemon.launch())


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("preload", nargs="?", default="build/gcc/src/preload")
    parser.add_argument("--mapper", default="build/gcc/tests/mapper")
    parser.add_argument("--disk", choices=DISKS, default="none")
    parser.add_argument("--size", type=int, default=400, help="MiB that are read ahead")
    parser.add_argument("--seconds", type=int, default=4, help="of one turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--dir", default="/var/tmp", help="a directory on the root disk")
    return parser.parse_args()


def main():
    args = arguments()
    if shutil.which("fio") is None:
        sys.exit("fio is not installed")
    work = tempfile.mkdtemp(prefix="foreground-", dir=args.dir)
    write_file(work + "/foreground", 512)
    write_file(work + "/data", args.size)
    if args.disk != "none":
        throttle(args.disk)
    try:
        foreground, data = work + "/foreground", work + "/data"
        rows = {"predicted": with_daemon(args, work, "predicted", "assist = false\n", lambda d: drop(d.data)),
                "unpaced": by_turns(args, foreground, lambda: read_unpaced(data), 0),
                "assist": with_daemon(args, work, "assist", "dopredict = false\n", launch_cold)}
    finally:
        if args.disk != "none":
            unthrottle()
        shutil.rmtree(work)
    print(f"{args.disk} {DISKS[args.disk]}; {machine()}\n")
    print("| reading beside it | fio alone: requests a second, 99 % | beside it | rate | 99 % | read beside |")
    print("|---|---|---|---|---|---|")
    for name, (alone, beside) in rows.items():
        print(f"| {name} | {alone[0]:.0f}, {alone[1]:.0f} us | {beside[0]:.0f}, {beside[1]:.0f} us | "
              f"{100 * (beside[0] / alone[0] - 1):+.0f} % | {100 * (beside[1] / alone[1] - 1):+.0f} % | "
              f"{beside[2]:.1f} MiB/s |", flush=True)


if __name__ == "__main__":
    main()
