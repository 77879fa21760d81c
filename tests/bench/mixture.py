#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""Whether all experts together predict as well as the best of them alone, for made-up users (traces.py).

  tests/bench/mixture.py [--begin] build/gcc/src/preload [USERS [FIRST_SEED]]
  tests/bench/mixture.py build/gcc/src/preload TRACE...

A line a user: hit@3 of the mixture and of each expert. The verdict: the mixture is never worse than its best
expert by more than 0.01 hit@3. The best is known only afterwards, and differs between users. --begin: only the
first 300 launches of each count, in which little is learnt yet; no verdict then, as one launch of these weighs 0.004.
"""
import os, subprocess, sys, tempfile
from concurrent.futures import ThreadPoolExecutor

import traces

NAME = "prediction"
EXPERTS = "markov slow fast recency context corunning daytime renewal session".split()
MARGIN = 0.01
BEGIN = 300


def replay(preload, trace, expert=None):
    argv = [preload, "-c", "", f"--replay={trace}"] + ([f"--experts={expert}"] if expert else [])
    line = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split("\n")[0]
    return dict(field.split("=") for field in line.split())


def made_up(seed, begin, folder):
    lines = list(traces.User(seed).live())
    if begin:
        execs = [n for n, line in enumerate(lines) if "\texec\t" in line]
        lines = lines[: execs[min(BEGIN, len(execs) - 1)]]
    path = os.path.join(folder, f"user-{seed}")
    with open(path, "w") as file:
        file.writelines(lines)
    return path


def judge(preload, path, pool):
    results = list(pool.map(lambda expert: replay(preload, path, expert), [None] + EXPERTS))
    hits = [float(result["hit@3"]) for result in results]
    best = max(range(len(EXPERTS)), key=lambda n: hits[n + 1])
    ahead = hits[0] - hits[best + 1]
    print("| {} | {} | {:.3f} | {} | {} {:+.3f} |".format(
        os.path.basename(path), results[0]["launches"], hits[0], " | ".join(f"{hit:.3f}" for hit in hits[1:]),
        EXPERTS[best], ahead), flush=True)
    return hits + [ahead]


def judge_all(run, paths, case):
    """Rows of hit@3 and hit@5: of each trace one sample, of the mixture and of each expert alone."""
    found = {what: {} for what in ("hit@3", "hit@5")}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path in paths:
            replayed = list(pool.map(lambda expert: replay(run.preload, path, expert), [None] + EXPERTS))
            for what, mine in found.items():
                hits = [float(result[what]) for result in replayed]
                for who, hit in zip(["ours", "best expert"] + EXPERTS, [hits[0], max(hits[1:])] + hits[1:]):
                    mine.setdefault(who, []).append(hit)
    for what, mine in found.items():
        run.add(NAME, case, what, "of launches", mine, better="more", reference="markov")


def measure(run):
    """Part of tests/bench/run: made-up users, and the traces that were given, each for itself."""
    run.say(f"prediction: {run.users} made-up users")
    folder = run.folder("traces")
    judge_all(run, [made_up(seed, False, folder) for seed in range(1, run.users + 1)], f"made-up users, {run.users}")
    for path in run.traces:
        run.say("prediction: " + path)
        judge_all(run, [path], os.path.splitext(os.path.basename(path))[0])


def main():
    begin = "--begin" in sys.argv
    args = [arg for arg in sys.argv[1:] if arg != "--begin"]
    if not args:
        sys.exit(__doc__)
    numbers = [int(arg) for arg in args[1:] if arg.isdigit()]
    users, first = numbers[0] if numbers else 20, numbers[1] if len(numbers) > 1 else 1
    print("| user | launches | **mixture** | " + " | ".join(EXPERTS) + " | beside the best |")
    print("|---" * (len(EXPERTS) + 4) + "|")
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        paths = [arg for arg in args[1:] if not arg.isdigit()]
        paths = paths or [made_up(seed, begin, folder) for seed in range(first, first + users)]
        rows = [judge(args[0], path, pool) for path in paths]
    means = [sum(column) / len(rows) for column in zip(*rows)]
    print("| mean | | {} | {:+.3f} |".format(" | ".join(f"{mean:.3f}" for mean in means[:-1]), means[-1]))
    worse = sum(row[-1] < -MARGIN for row in rows)
    print(f"the mixture is worse than its best expert by more than {MARGIN} hit@3 for {worse} of {len(rows)} users;"
          f" at the worst {min(row[-1] for row in rows):+.3f}")
    sys.exit(1 if worse and not begin else 0)


if __name__ == "__main__":
    main()
