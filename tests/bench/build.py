#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""What does preload cost a machine that is busy with something else: a build, or a storm of small tools?

  sudo tests/bench/build.py build/gcc/src/preload
  sudo tests/bench/build.py build/gcc/src/preload --only trained --pairs 4 --keep /tmp/pairs.json

Builds the files of src/ of this checkout with two jobs, everything in memory, some times over, in pairs: without the
daemon and with it, in turn in this order and in the other.  Two kinds of daemon:

  fresh    knows nothing: it learns the compiler while it is measured
  trained  has a state from builds before, and has seen the first part of a build since it was started

Prints of each pair the time by the clock and the processor time of the compilers, and what the daemon took itself; then
the median of the pairs' ratios, with an interval that holds the true median with 95 % (by the binomial distribution; of
less than six pairs there is none: then it is the range, and says so).  The clock says what a person waits, and is
disturbed by whatever else the machine does; the compilers' processor time is less so, and has in it what the kernel does
in their name for the daemon's sake (events of forks and opens), but not what they wait for.
Then starts a small program a thousand times a second for some seconds, beside the daemon.
Root, so that the daemon hears of everything.  Changes nothing on the machine.
"""
import argparse, contextlib, glob, json, math, os, resource, statistics, subprocess, sys, tempfile, time

from lib.daemon import Daemon
from lib.run import rotate

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAME = "build"
CONF = "[system]\nsessionwindow = 0\nonbattery = full\nseed = false\n"


def start(binary, directory, state):
    """With its state where it is told, so that one life goes on where another ended."""
    one = Daemon(binary, directory, CONF)
    one.state = state
    one.start()
    time.sleep(2)
    return one


def compilers_sec():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Builder:
    def __init__(self, flags, compiler, files):
        self.flags, self.compiler = flags, compiler
        self.sources = sorted(files)

    def build(self, times=1, share=1.0):
        """(seconds, processor seconds) to compile all sources so many times, or the first of them, two at once."""
        sources = (self.sources * times)[: int(len(self.sources) * times * share)]
        command = ["xargs", "-P2", "-n1", self.compiler, "-std=gnu17", "-O1", "-D_GNU_SOURCE", "-w", *self.flags, "-o", "/dev/null", "-c"]
        before, begun = compilers_sec(), time.monotonic()
        done = subprocess.run(command, input="\n".join(sources), text=True, check=False, stderr=subprocess.DEVNULL)
        took = time.monotonic() - begun
        if done.returncode != 0:
            raise RuntimeError(f"the build fails: {' '.join(command)}")
        return took, compilers_sec() - before


def builder():
    flags = subprocess.run(["pkg-config", "--cflags", "glib-2.0"], capture_output=True, text=True, check=True).stdout.split()
    generated = [os.path.dirname(path) for path in glob.glob(ROOT + "/build/*/build-config.h")][:1] or [ROOT + "/build"]
    flags += [f"-I{ROOT}/src", *(f"-I{path}" for path in generated)]
    return Builder(flags, "gcc", glob.glob(ROOT + "/src/*/*.c"))


def with_daemon(args, directory, kind, compile_it):
    """One measured build beside a daemon of that kind."""
    state = f"{directory}/state-{kind}"
    if kind == "fresh" and os.path.exists(state):
        os.unlink(state)
    daemon = start(args.daemon, directory, state)
    if kind == "trained":
        compile_it.build(share=args.settle)
    before, switches, begun = daemon.cpu_sec(), daemon.wakeups(), time.monotonic()
    took, cpu = compile_it.build(args.times)
    span = time.monotonic() - begun
    own = daemon.cpu_sec() - before
    switches = daemon.wakeups() - switches
    daemon.stop()
    return took, cpu, own / span, switches / span


def without_daemon(args, kind, compile_it):
    time.sleep(2)
    if kind == "trained":
        compile_it.build(share=args.settle)
    return compile_it.build(args.times)


def train(args, directory, compile_it):
    """Programs that never stop being launched are learnt when they come again: so some builds, one daemon each."""
    for _ in range(args.trainings):
        daemon = start(args.daemon, directory, directory + "/state-trained")
        compile_it.build()
        daemon.stop()


def interval(values):
    """Median, and the order statistics between which it lies with at least 95 %; below six values the range."""
    values, n = sorted(values), len(values)
    low, tail = 0, 0.0
    while True:
        tail += math.comb(n, low) / 2**n
        if 2 * tail > 0.05 or low >= n // 2:
            break
        low += 1
    low = max(low - 1, 0)
    return statistics.median(values), values[low], values[n - 1 - low], "95 %" if n >= 6 else "range"


def say(label, values, form):
    middle, low, high, what = interval(values)
    print(f"  {label}: median {form(middle)} ({what}: {form(low)} to {form(high)}; worst {form(max(values))})", flush=True)


def percent(share):
    return f"{share * 100:.2f} %"


def ratio(value):
    return f"{value:.4f}"


def summary(kind, rows):
    print(f"{kind}, {len(rows)} pairs of {statistics.median(row['without'] for row in rows):.1f} s:")
    say("time with/without", [row["with"] / row["without"] for row in rows], ratio)
    say("compilers' processor time with/without", [row["cpu_with"] / row["cpu_without"] for row in rows], ratio)
    say("daemon, of a processor", [row["share"] for row in rows], percent)
    say("switches to the daemon's threads a second", [row["switches"] for row in rows], lambda value: f"{value:.0f}")


def pair(args, directory, kind, compile_it, daemon_first):
    def one(daemon):
        return with_daemon(args, directory, kind, compile_it) if daemon else without_daemon(args, kind, compile_it)

    first, second = one(daemon_first), one(not daemon_first)
    without, beside = (second, first) if daemon_first else (first, second)
    return {"without": without[0], "cpu_without": without[1], "with": beside[0], "cpu_with": beside[1], "share": beside[2], "switches": beside[3]}


def pairs(args, directory, kind, kept):
    compile_it = builder()
    compile_it.build()
    if kind == "trained":
        train(args, directory, compile_it)
    rows = kept.setdefault(kind, [])
    for _ in range(args.pairs):
        row = pair(args, directory, kind, compile_it, len(rows) % 2 == 1)
        rows.append(row)
        print(f"{kind} {len(rows)}: without {row['without']:.2f} s, with {row['with']:.2f} s, ratio {row['with'] / row['without']:.4f}; "
              f"compilers {row['cpu_without']:.2f} and {row['cpu_with']:.2f} s, ratio {row['cpu_with'] / row['cpu_without']:.4f}; "
              f"daemon {percent(row['share'])}, {row['switches']:.0f} switches a second", flush=True)
    summary(kind, rows)


def storm_once(args, daemon, tool):
    subprocess.run([tool, "/"], stdout=subprocess.DEVNULL)
    before, begun, n = daemon.cpu_sec(), time.monotonic(), 0
    actions = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    while time.monotonic() - begun < args.seconds:
        os.waitpid(os.posix_spawn(tool, [tool, "/dev/null"], {}, file_actions=actions), 0)
        n += 1
        ahead = begun + n / args.rate - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
    took = time.monotonic() - begun
    return n / took, (daemon.cpu_sec() - before) / took


def storms(args, directory, kept):
    """/bin/true maps less than minsize; /bin/ls is a program that is tracked."""
    rows = kept.setdefault("storm", [])
    for _ in range(args.storms):
        daemon = start(args.daemon, directory, directory + "/state-storm")
        time.sleep(3)
        for tool in ("/bin/ls", "/bin/true"):
            execs, share = storm_once(args, daemon, tool)
            rows.append({"tool": tool, "execs": execs, "share": share})
            print(f"storm of {tool}: {execs:.0f} execs a second, daemon {percent(share)} of a processor, {share / execs * 1e6:.1f} us each", flush=True)
        daemon.stop()
    for tool in sorted({row["tool"] for row in rows}):
        mine = [row for row in rows if row["tool"] == tool]
        print(f"storm of {tool}, {len(mine)} runs, {statistics.median(row['execs'] for row in mine):.0f} execs a second:")
        say("daemon, of a processor", [row["share"] for row in mine], percent)


def one_turn(run, kinds, kind, compile_it, turn, taken):
    """A build without, and one beside each daemon, in an order that changes."""
    for who, args in rotate(kinds, turn):
        if args is None:
            took, cpu = without_daemon(kinds[1][1], kind, compile_it)
        else:
            took, cpu, share, _ = with_daemon(args, args.directory, kind, compile_it)
            taken["daemon"].setdefault(who, []).append(share)
        taken["time"].setdefault(who, []).append(took)
        taken["compilers"].setdefault(who, []).append(cpu)


def measure_kind(run, kind, compile_it):
    kinds = [("nothing", None)]
    for who, binary in run.daemons():
        args = argparse.Namespace(daemon=binary, trainings=2, settle=0.25, times=1, directory=run.folder(f"build-{who}"))
        kinds.append((who, args))
        if kind == "trained":
            train(args, args.directory, compile_it)
    taken = {"time": {}, "compilers": {}, "daemon": {}}
    for turn in range(run.builds):
        run.say(f"build, {kind}: {turn + 1} of {run.builds}")
        one_turn(run, kinds, kind, compile_it, turn, taken)
    run.add(NAME, kind, "time", "s", taken["time"])
    run.add(NAME, kind, "compilers", "s of a processor", taken["compilers"])
    run.add(NAME, kind, "daemon", "of a processor", taken["daemon"], effect="level")


def measure_storms(run):
    args = argparse.Namespace(daemon=run.preload, storms=run.storms, seconds=4, rate=1000)
    kept = {}
    with contextlib.redirect_stdout(sys.stderr):  # the tables go to the other
        storms(args, run.folder("storm"), kept)
    for tool in ("/bin/ls", "/bin/true"):
        shares = [row["share"] / row["execs"] * 1e6 for row in kept["storm"] if row["tool"] == tool]
        run.add(NAME, f"storm of {tool}", "an exec", "us of a processor", {"ours": shares}, effect="level")


def measure(run):
    """Part of tests/bench/run. A quick run compiles some of the sources only."""
    compile_it = builder()
    compile_it.sources = compile_it.sources[:: round(1 / run.build_share)]
    compile_it.build()
    for kind in ("fresh", "trained"):
        measure_kind(run, kind, compile_it)
    measure_storms(run)


def load(path):
    return json.load(open(path)) if path and os.path.exists(path) else {}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("daemon")
    parser.add_argument("--pairs", type=int, default=8)
    parser.add_argument("--times", type=int, default=2, help="how often each file is compiled in one build")
    parser.add_argument("--trainings", type=int, default=3, help="builds that a trained daemon has seen in earlier lives")
    parser.add_argument("--settle", type=float, default=0.5, help="share of the sources that it has seen compiled in this one")
    parser.add_argument("--storms", type=int, default=3, help="how often")
    parser.add_argument("--seconds", type=float, default=10, help="of a storm")
    parser.add_argument("--rate", type=float, default=1000, help="execs a second")
    parser.add_argument("--only", choices=["fresh", "trained", "storm"])
    parser.add_argument("--keep", metavar="FILE", help="add to what was measured in earlier runs, and sum up all of it")
    args = parser.parse_args()
    kept = load(args.keep)
    with tempfile.TemporaryDirectory(prefix="build-") as directory:
        for kind in ("fresh", "trained"):
            if args.only in (None, kind):
                pairs(args, directory, kind, kept)
        if args.only in (None, "storm"):
            storms(args, directory, kept)
    if args.keep:
        json.dump(kept, open(args.keep, "w"))


if __name__ == "__main__":
    main()
