#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""CPU time a cycle, memory and state size of daemons beside each other, on sleeping processes of some programs.

  sudo tests/bench/overhead.py 1000 50 build/gcc/src/preload [/usr/sbin/preload ...]

1,000 processes of 50 programs; each daemon in turn, with a cycle of 2 s: 5 cycles to learn, then 15 are
measured. Needs root (the programs must lie below /usr, where every such daemon looks) and gcc.
"""
import glob, os, shutil, signal, subprocess, sys, tempfile, time

CYCLE_SEC, WARM_UP, CYCLES = 2, 5, 15
FOLDER = "/usr/lib/preload-bench"
CONF = """[model]
cycle = 2
minsize = 2000000
[system]
sessionwindow = 0
onbattery = full
mapprefix = /usr/;/lib;/var/cache/;!/
exeprefix = !/usr/sbin/;!/usr/local/sbin/;/usr/;!/
"""
PROGRAM = """#include <unistd.h>
static const char pad[3 << 20] = {1};
int main(int c, char **v) { volatile char x = pad[c]; (void) x; (void) v; sleep(10000); return 0; }
"""


def cpu_ns(pid):
    return sum(int(open(p).read().split()[0]) for p in glob.glob(f"/proc/{pid}/task/*/schedstat"))


def make_programs(count, work):
    os.makedirs(FOLDER)
    open(work + "/s.c", "w").write(PROGRAM)
    subprocess.run(["gcc", "-O0", "-o", work + "/s", work + "/s.c"], check=True)
    for i in range(count):
        shutil.copy(work + "/s", f"{FOLDER}/exe{i}")


def measure(command, directory, what):
    open(directory + "/preload.conf", "w").write(CONF)
    argv = [command, "-f", "-c", directory + "/preload.conf", "-s", directory + "/state", "-l", directory + "/log"]
    daemon = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(WARM_UP * CYCLE_SEC)
    before = cpu_ns(daemon.pid)
    time.sleep(CYCLES * CYCLE_SEC)
    used_ms = (cpu_ns(daemon.pid) - before) / CYCLES / 1e6
    rss = next(int(l.split()[1]) for l in open(f"/proc/{daemon.pid}/status") if l.startswith("VmRSS")) / 1024
    daemon.send_signal(signal.SIGTERM)
    daemon.wait(30)
    state = os.path.getsize(directory + "/state") / 1024 if os.path.exists(directory + "/state") else 0
    print(f"| {command} | {what} | {used_ms:.2f} | {rss:.1f} | {state:.0f} |", flush=True)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    processes, programs = int(sys.argv[1]), int(sys.argv[2])
    work = tempfile.mkdtemp()
    sleepers = []
    print("| daemon | processes, programs | CPU a cycle (ms) | RSS (MiB) | state (KiB) |\n|---|---|---|---|---|")
    try:
        make_programs(programs, work)
        sleepers = [subprocess.Popen([f"{FOLDER}/exe{i % programs}"]) for i in range(processes)]
        time.sleep(1)
        for command in sys.argv[3:]:
            measure(command, tempfile.mkdtemp(dir=work), f"{processes}, {programs}")
    finally:
        for sleeper in sleepers:
            sleeper.kill()
        for sleeper in sleepers:
            sleeper.wait()
        shutil.rmtree(FOLDER, ignore_errors=True)
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
