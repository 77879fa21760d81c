#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""What a daemon costs as the machine grows: processor time of a cycle and of an exec, memory, state, saving, loading.

  sudo tests/bench/overhead.py 1000 50 build/gcc/src/preload [/usr/sbin/preload ...]

1,000 sleeping processes of 50 programs; the daemons beside each other, on the same processes at the same time, with a
cycle of 2 s: some cycles to learn, then 15 are measured. Needs root (the programs must lie below /usr, where every
such daemon looks) and gcc. They map 3 MB each, or, of thousands of programs, the size that tracks them is set to 0.

As a part of tests/bench/run: by processes, of 10 programs; by programs that are known, of which 10 run; and both.
"""
import os, shutil, signal, statistics, subprocess, sys, tempfile, time

from lib import daemon, results

NAME = "growth"
# What a daemon still learns of a program 30 s after its start is over then: a cycle is what comes day and night.
CYCLE_SEC, WARM_UP_SEC = 2, 32
FOLDER = "/usr/lib/preload-bench"
STORM_EXECS, STORM_A_SEC = 600, 300
# 0.6.4 keeps a record for each pair of programs: 10,000 of them would take gigabytes.
PEER_PROGRAMS_MAX = 1000
PROGRAM = """#include <unistd.h>
static const char pad[%d] = {1};
int main(int c, char **v) { volatile char x = pad[c]; (void) x; (void) v; if (c < 2) sleep(10000); return 0; }
"""


class Crowd:
    """Programs below /usr, and processes of them that sleep."""

    def __init__(self, programs, work):
        self.paths = [f"{FOLDER}/exe{i}" for i in range(programs)]
        self.sleepers = []
        os.makedirs(FOLDER, exist_ok=True)
        with open(work + "/s.c", "w") as f:
            f.write(PROGRAM % (3 << 20 if programs <= 300 else 1))
        subprocess.run(["gcc", "-O0", "-o", work + "/s", work + "/s.c"], check=True)
        for path in self.paths:
            shutil.copy(work + "/s", path)

    def run(self, processes):
        """So many of them, in turns."""
        for i in range(processes):
            path = self.paths[i % len(self.paths)]
            self.sleepers.append(os.posix_spawn(path, [path], {}))

    def end(self, but=0):
        ending, self.sleepers = self.sleepers[but:], self.sleepers[:but]
        for pid in ending:
            os.kill(pid, signal.SIGKILL)
        for pid in ending:
            os.waitpid(pid, 0)

    def storm(self):
        """Starts one of the programs again and again, for it to end at once; how often."""
        begun, path = time.monotonic(), self.paths[-1]
        for n in range(STORM_EXECS):
            os.waitpid(os.posix_spawn(path, [path, "end"], {}), 0)
            time.sleep(max(0, begun + (n + 1) / STORM_A_SEC - time.monotonic()))
        return STORM_EXECS

    def remove(self):
        self.end()
        shutil.rmtree(FOLDER, ignore_errors=True)


def settings(programs, cycle=CYCLE_SEC):
    return daemon.configuration(cycle=cycle, seed="false", minsize=2000000 if programs <= 300 else 0)


def cycles(watched, count):
    """{who: milliseconds of each of some cycles}, of all at the same time."""
    taken = {who: [] for who in watched}
    before = {who: one.cpu_nsec() for who, one in watched.items()}
    for _ in range(count):
        time.sleep(CYCLE_SEC)
        for who, one in watched.items():
            now = one.cpu_nsec()
            taken[who].append((now - before[who]) / 1e6)
            before[who] = now
    return taken


def events_usec(ours, crowd, programs, count):
    """Processor time for each exec of some storms, while no cycle comes in between. 0.6.4 hears of none."""
    ours.configure(settings(programs, 600))
    ours.process.send_signal(signal.SIGHUP)
    time.sleep(CYCLE_SEC + 1)
    found = []
    for _ in range(count):
        before = ours.cpu_nsec()
        execs = crowd.storm()
        time.sleep(0.5)
        found.append((ours.cpu_nsec() - before) / 1e3 / execs)
    ours.configure(settings(programs))
    ours.process.send_signal(signal.SIGHUP)
    return found


def life_cpu_sec(one, programs, seconds=1.5):
    one.configure(settings(programs, 60))
    with one:
        time.sleep(seconds)
        return one.cpu_nsec() / 1e9


def load_msec(one, work, programs):
    """Processor time of the beginning of a life with what is known, less that of one that knows nothing."""
    empty = daemon.Daemon(one.binary, tempfile.mkdtemp(dir=work), settings(programs, 60))
    return max(0.01, (life_cpu_sec(one, programs) - life_cpu_sec(empty, programs)) * 1e3)


def observe(run, watched, crowd, programs, saves):
    """All that is measured while they run: {what: {who: samples}}."""
    time.sleep(WARM_UP_SEC)
    found = {"cycle": cycles(watched, run.cycles), "event": {"ours": events_usec(watched["ours"], crowd, programs, run.storms)}}
    found["memory"] = {who: [one.rss_bytes() / 2**20] for who, one in watched.items()}
    found["save"] = {who: [] for who in watched}
    for _ in range(saves):
        time.sleep(CYCLE_SEC)  # 0.6.4 saves only what has changed
        for who, one in watched.items():
            seconds = one.save(20)
            if seconds is None:
                run.leave_out(f"growth: {results.title(who)} did not save when it was asked")
            else:
                found["save"][who].append(seconds * 1e3)
    return found


UNITS = {"cycle": "ms", "event": "us", "memory": "MiB", "save": "ms", "load": "ms", "state": "KiB"}


def measure_crowd(run, processes, programs, stay, cases, loads):
    """One size of machine: `stay` processes remain after all programs were seen. cases: (name, size); more than one if
    it is a point of more than one line."""
    run.say(f"growth: {cases[0][0]}")
    work = tempfile.mkdtemp(dir=run.work)
    who = [(name, binary) for name, binary in run.daemons() if name == "ours" or programs <= PEER_PROGRAMS_MAX]
    watched = {name: daemon.Daemon(binary, f"{work}/{name}", settings(programs)) for name, binary in who}
    crowd = Crowd(programs, work)
    try:
        crowd.run(processes)
        time.sleep(1)
        for one in watched.values():
            one.start()
        time.sleep(3 * CYCLE_SEC + processes / 2000)
        crowd.end(stay)
        found = observe(run, watched, crowd, programs, 3 if loads else 0)
        for one in watched.values():
            one.stop()
        found["state"] = {name: [one.state_bytes() / 1024] for name, one in watched.items()}
        if loads:
            found["load"] = {name: [load_msec(one, work, programs) for _ in range(2)] for name, one in watched.items()}
    finally:
        for one in watched.values():
            if one.process is not None:
                one.stop()
        crowd.remove()
    for case, size in cases:
        for what, samples in found.items():
            run.add(NAME, case, what, UNITS[what], samples, reference="peer", size=size)


def measure(run):
    """Part of tests/bench/run."""
    by_processes = lambda n: (f"{n} processes, 10 programs; by processes", n)
    by_programs = lambda n: (f"10 processes, {n} programs; by programs", n)
    measure_crowd(run, 10, 10, 10, [by_processes(10), by_programs(10)], True)
    for processes in run.processes:
        measure_crowd(run, processes, 10, processes, [by_processes(processes)], False)
    for programs in run.programs:
        measure_crowd(run, programs, programs, 10, [by_programs(programs)], True)
    measure_crowd(run, 1000, 1000, 1000, [("1000 processes, 1000 programs", None)], False)
    measure_lives(run)


def measure_lives(run):
    """What the model alone costs, over lives of launches: scale.c."""
    run.say("growth: lives of launches")
    out = subprocess.run([run.scale, *map(str, run.lives)], check=True, capture_output=True, text=True).stdout
    for line in out.splitlines()[2:]:
        programs, _, event, cycle, peak, _ = (word.strip() for word in line.strip("| ").split("|"))
        for what, unit, value in (("event of the model", "us", event), ("cycle of the model", "ms", cycle), ("memory of the model", "MiB", peak)):
            run.add(NAME, f"{programs} programs, 40 launches each", what, unit, {"ours": [float(value)]}, effect="level", size=int(programs))


def beside_each_other(binaries, processes, programs, work):
    crowd = Crowd(programs, work)
    try:
        crowd.run(processes)
        time.sleep(1)
        watched = {binary: daemon.Daemon(binary, f"{work}/{n}", settings(programs)).start() for n, binary in enumerate(binaries)}
        time.sleep(WARM_UP_SEC)
        taken = cycles(watched, 15)
        memory = {name: one.rss_bytes() / 2**20 for name, one in watched.items()}
        for one in watched.values():
            one.stop()
    finally:
        crowd.remove()
    print("| daemon | processes, programs | CPU a cycle (ms) | RSS (MiB) | state (KiB) |\n|---|---|---|---|---|")
    for name, one in watched.items():
        print(f"| {name} | {processes}, {programs} | {statistics.fmean(taken[name]):.2f} | {memory[name]:.1f} | {one.state_bytes() / 1024:.0f} |")


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as work:
        beside_each_other(sys.argv[3:], int(sys.argv[1]), int(sys.argv[2]), work)


if __name__ == "__main__":
    main()
