#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""What does preload cost a machine that is busy with something else: a build, or a storm of small tools?

  sudo tests/bench/build.py build/gcc/src/preload

Builds the files of src/ of this checkout with two jobs, everything in memory, some times over, in pairs: without the
daemon, with it.  Prints the times of each pair, the median of their ratios, and how much of a processor the daemon took.
Then starts a small program a thousand times a second for some seconds, beside the daemon.
Root, so that the daemon hears of everything.  Changes nothing on the machine.
"""
import argparse, glob, os, signal, statistics, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_sec(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def start(binary, directory):
    process = subprocess.Popen([binary, "-f", "-c", directory + "/preload.conf", "-s", directory + "/state", "-l", directory + "/log"])
    time.sleep(2)
    return process


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait()


def build(out, times):
    """Seconds to compile all sources so many times, two at once."""
    flags = subprocess.run(["pkg-config", "--cflags", "glib-2.0"], capture_output=True, text=True, check=True).stdout
    sources = " ".join(sorted(glob.glob(ROOT + "/src/*/*.c")) * times)
    command = f"echo {sources} | tr ' ' '\\n' | xargs -P2 -I@ gcc -std=gnu17 -O1 -D_GNU_SOURCE -I{ROOT}/src -I{ROOT}/build {flags.strip()} -c @ -o /dev/null"
    begun = time.monotonic()
    subprocess.run(command, shell=True, check=False, stderr=subprocess.DEVNULL)
    return time.monotonic() - begun


def pairs(args, directory):
    build(directory, 1)
    ratios, shares = [], []
    for i in range(args.pairs):
        without = build(directory, args.times)
        daemon = start(args.daemon, directory)
        before, begun = cpu_sec(daemon.pid), time.monotonic()
        with_it = build(directory, args.times)
        share = (cpu_sec(daemon.pid) - before) / (time.monotonic() - begun)
        stop(daemon)
        ratios.append(with_it / without)
        shares.append(share)
        print(f"build {i + 1}: without {without:.2f} s, with {with_it:.2f} s, ratio {ratios[-1]:.3f}; daemon {share * 100:.2f} % of a processor", flush=True)
    print(f"build: median ratio {statistics.median(ratios):.3f}, daemon {statistics.median(shares) * 100:.2f} % of a processor (worst {max(shares) * 100:.2f} %)")


def storm(args, directory):
    daemon = start(args.daemon, directory)
    time.sleep(3)
    for label, tool in (("known", "/bin/ls"), ("small", "/bin/true")):
        subprocess.run([tool, "/"], stdout=subprocess.DEVNULL)
        before, begun, n = cpu_sec(daemon.pid), time.monotonic(), 0
        while time.monotonic() - begun < args.seconds:
            os.waitpid(os.posix_spawn(tool, [tool, "/dev/null"], {}, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]), 0)
            n += 1
            ahead = begun + n / args.rate - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
        took = time.monotonic() - begun
        share = (cpu_sec(daemon.pid) - before) / took
        print(f"storm of {tool}: {n / took:.0f} execs a second, daemon {share * 100:.2f} % of a processor", flush=True)
    stop(daemon)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("daemon")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--times", type=int, default=1, help="how often each file is compiled in one build")
    parser.add_argument("--seconds", type=float, default=10, help="of the storm")
    parser.add_argument("--rate", type=float, default=1000, help="execs a second")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="build-") as directory:
        open(directory + "/preload.conf", "w").write("[system]\nsessionwindow = 0\nonbattery = full\n")
        pairs(args, directory)
        storm(args, directory)


if __name__ == "__main__":
    main()
