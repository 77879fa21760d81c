#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""The readahead engine beside other ways to read the same files: throughput, requests, seeks.

  sudo tests/bench/engine.py build/gcc/tests/readplan                    500 files, 400 MB: bare disk, then emmc
  sudo tests/bench/engine.py --seeks build/gcc/tests/readplan            FIEMAP order on a fragmented file system

The first prints for each way MB/s, calls made, and requests of data that reached the disk (tracefs,
block_bio_queue: before its scheduler merges what it can). The second makes an ext4 file system in a file, writes files into
it in turns so that their pieces interleave, reads them in the order of their paths and in ours, and sums the
distances between one request and the next as the loop device saw them.

Needs root, tracefs, and for --seeks loop devices. Drops the page cache; the throttling is taken back.
"""
import argparse, os, random, shutil, statistics, subprocess, tempfile

from lib.disk import PROFILES, describe, drop_caches, root_disk, throttled, wait_disk_idle
from lib.machine import machine

NAME = "throughput"

WAYS = {"preload 1.0": ["ours", "auto", "1048576"], "touched, as vmtouch -t": ["touch"], "read(2), 1 MiB": ["read"],
        "a call a file": ["files"], "a call a 64 KiB block": ["blocks"]}


def make_files(directory, count, total):
    """Files of sizes as programs have them: most are small, a few have most of the bytes."""
    random.seed(5)
    sizes = [random.lognormvariate(0, 1.2) for _ in range(count)]
    scale = total / sum(sizes)
    paths = []
    for i, size in enumerate(sizes):
        path = f"{directory}/file-{i:03d}"
        with open(path, "wb") as f:
            f.write(os.urandom(max(4096, int(size * scale))))
        paths.append(path)
    os.sync()
    return paths


def run(readplan, way, paths, trace):
    """Seconds, calls, and the requests that reached the device."""
    drop_caches()
    trace.clear()
    out = subprocess.run([readplan] + way, input="\n".join(paths) + "\n", text=True, capture_output=True, check=True)
    seconds, calls, _ = out.stdout.split()
    return float(seconds), int(calls), trace.sectors()


def by_turns(readplan, paths, repeat):
    """{way: [(seconds, calls, requests), ...]}"""
    rows = {name: [] for name in WAYS}
    trace = Trace(*root_disk()[0].split(":"))
    try:
        for _ in range(repeat):
            for name, way in WAYS.items():
                seconds, calls, requests = run(readplan, way, paths, trace)
                rows[name].append((seconds, calls, len(requests)))
    finally:
        trace.close()
    return rows


def measure(bench, disk_name):
    """Part of tests/bench/run. 0.6.4 reads a mapping, or what is left of a file, with one call."""
    bench.say(f"throughput, {disk_name}")
    folder = bench.folder("throughput")
    paths = make_files(folder, bench.files, bench.files_bytes)
    size_mb = sum(os.path.getsize(path) for path in paths) / 1e6
    with throttled(disk_name):
        wait_disk_idle()
        rows = by_turns(bench.readplan, paths, bench.reads)
    shutil.rmtree(folder)
    names = {"preload 1.0": "ours", "a call a file": "peer"}
    speed = {names.get(way, way): [size_mb / taken[0] for taken in mine] for way, mine in rows.items()}
    speed["sequential"] = [max(pair) for pair in zip(*(speed[way] for way in list(WAYS)[1:3]))]
    asked = {names.get(way, way): [taken[2] for taken in mine] for way, mine in rows.items()}
    case = f"{bench.files} files, {size_mb:.0f} MB"
    bench.add(NAME, case, "rate", "MB/s", speed, disk=disk_name, better="more", reference="sequential")
    bench.add(NAME, case, "requests", "requests", asked, disk=disk_name, reference="a call a 64 KiB block")


def throughput(args, profile, paths):
    rows = by_turns(args.readplan, paths, args.repeat)
    size = sum(os.path.getsize(p) for p in paths)
    print(f"\n{describe(profile)}; {len(paths)} files, {size / 1e6:.0f} MB, cold; median of {args.repeat}; {machine()}\n")
    print("| way | MB/s | seconds | calls | requests |\n|---|---|---|---|---|")
    for name, results in rows.items():
        seconds, calls, requests = (statistics.median(r[i] for r in results) for i in (0, 1, 2))
        print(f"| {name} | {size / 1e6 / seconds:.0f} | {seconds:.2f} | {calls:.0f} | {requests:.0f} |")
    best = min(statistics.median(r[0] for r in rows[n]) for n in list(WAYS)[1:3])
    ours = rows["preload 1.0"]
    requests = [statistics.median(r[2] for r in rows[n]) for n in (list(WAYS)[0], list(WAYS)[-1])]
    print(f"\nthroughput beside the better sequential reader: {best / statistics.median(r[0] for r in ours):.2f}; "
          f"requests beside a call a block: {requests[0] / max(requests[1], 1):.2f}", flush=True)


class Loop:
    """An ext4 file system in a file, on a loop device."""

    def __init__(self, work, megabytes):
        self.image, self.at = f"{work}/image", f"{work}/mnt"
        os.makedirs(self.at)
        subprocess.run(["truncate", "-s", f"{megabytes}M", self.image], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-O", "^has_journal", self.image], check=True)
        self.device = subprocess.run(["losetup", "-f", "--show", self.image], check=True, text=True,
                                     capture_output=True).stdout.strip()
        subprocess.run(["mount", self.device, self.at], check=True)

    def number(self):
        rdev = os.stat(self.device).st_rdev
        return os.major(rdev), os.minor(rdev)

    def close(self):
        subprocess.run(["umount", self.at], check=False)
        subprocess.run(["losetup", "-d", self.device], check=False)


def interleave(directory, count, pieces):
    """Files written in turns, a piece each, in an order that has nothing to do with their names."""
    random.seed(6)
    names = [f"{directory}/file-{i:03d}" for i in range(count)]
    for _ in range(pieces):
        for name in random.sample(names, count):
            fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.write(fd, os.urandom(65536))
            os.fsync(fd)
            os.close(fd)
    return names


class Trace:
    """The requests that reach a block device, by an instance of ftrace of our own."""

    def __init__(self, major, minor):
        self.at = tempfile.mkdtemp(prefix="tracefs-")
        subprocess.run(["mount", "-t", "tracefs", "tracefs", self.at], check=True)
        self.instance = f"{self.at}/instances/engine-{os.getpid()}"
        os.mkdir(self.instance)
        self.write("events/block/block_bio_queue/filter", f"dev == {int(major) << 20 | int(minor)}")
        self.write("buffer_size_kb", "8192")
        self.write("events/block/block_bio_queue/enable", "1")

    def write(self, name, text):
        open(f"{self.instance}/{name}", "w").write(text)

    def clear(self):
        self.write("trace", "\n")

    def sectors(self):
        """First sector and length of each read, in the order of asking."""
        found = []
        for line in open(f"{self.instance}/trace"):
            if "block_bio_queue: " in line:
                words = line.split("block_bio_queue: ")[1].split()
                if words[1].startswith("R") and "M" not in words[1]:
                    found.append((int(words[2]), int(words[4])))
        return found

    def close(self):
        self.write("events/block/block_bio_queue/enable", "0")
        os.rmdir(self.instance)
        subprocess.run(["umount", self.at], check=False)
        os.rmdir(self.at)


def distance(sectors):
    """Bytes that a head would pass over between the end of one read and the begin of the next."""
    return sum(abs(b[0] - (a[0] + a[1])) for a, b in zip(sectors, sectors[1:])) * 512


def by_order(readplan, work, pieces):
    """{order: (requests, bytes that a head passes over, seconds)}"""
    loop = Loop(work, 512)
    try:
        paths = interleave(loop.at, 64, pieces)
        trace = Trace(*loop.number())
        found = {}
        try:
            for sort in ("path", "inode", "block"):
                seconds, _, sectors = run(readplan, ["ours", sort, "1048576"], paths, trace)
                found[sort] = len(sectors), distance(sectors), seconds
        finally:
            trace.close()
        return found
    finally:
        loop.close()


def seeks(args, work):
    print(f"\n64 files in 48 interleaved pieces each, on a loop device; {machine()}\n")
    print("| order | requests | distance of seeks, MB | seconds |\n|---|---|---|---|")
    found = by_order(args.readplan, work, 48)
    for sort, (requests, passed, seconds) in found.items():
        print(f"| {sort} | {requests} | {passed / 1e6:.1f} | {seconds:.2f} |")
    print(f"\nblock beside path: {found['block'][1] / max(found['path'][1], 1):.4f}", flush=True)


def measure_seeks(bench):
    """Part of tests/bench/run. Where something lies is no matter of chance: once is enough."""
    bench.say("seeks")
    found = by_order(bench.readplan, bench.folder("seeks"), 48)
    names = {"path": "order of paths", "inode": "order of inodes", "block": "ours"}
    for n, (what, unit, each) in enumerate((("requests", "requests", 1), ("distance of seeks", "MB", 1e6), ("reading", "s", 1))):
        taken = {names[sort]: [values[n] / each] for sort, values in found.items()}
        bench.add("seeks", "64 files in 48 pieces", what, unit, taken, reference="order of paths")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("readplan", nargs="?", default="build/gcc/tests/readplan")
    parser.add_argument("--seeks", action="store_true")
    parser.add_argument("--disk", choices=PROFILES, help="one profile only")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--dir", default="/var/tmp", help="where the files are made")
    args = parser.parse_args()
    work = tempfile.mkdtemp(prefix="engine-", dir=args.dir)
    try:
        if args.seeks:
            seeks(args, work)
            return
        paths = make_files(work, 500, 400_000_000)
        for profile in [args.disk] if args.disk else ["none", "emmc"]:
            with throttled(profile):
                wait_disk_idle()
                throughput(args, profile, paths)
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
