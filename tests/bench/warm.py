#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""Warming on request: preloadctl warm and record beside what one does without them.

  sudo tests/bench/warm.py build/gcc/src/preloadctl            all of the following
  sudo tests/bench/warm.py --only gguf,sqlite,record build/gcc/src/preloadctl

gguf    a cold file of 1 GiB that is shaped as a GGUF model: warm and dd in turns, on the bare disk, and how much of the
        file is in memory then; and what first-n-layers reads beside what those layers have.
sqlite  a cold database of 500 MB: indexed queries after warm --strategy metadata-only, after warming all of it, and
        without either, on throttled storage, with the bytes that were read ahead.
record  an application is recorded, and started after its list was warmed on a cold cache, on throttled storage:
        residual as in coldlaunch.py.

Where the installed formats do not know a file, a manifest beside it takes their place, and that is said.
Needs root and Python 3.9. Drops the page cache; the throttling is taken back.
"""
import argparse, json, os, random, shutil, sqlite3, statistics, struct, subprocess, sys, tempfile, time

from lib.disk import PROFILES, drop, drop_caches, throttled, wait_disk_idle
from lib.machine import machine

GIB = 1 << 30
LAYERS, ALIGNMENT = 32, 32
COMMANDS = {"science": ["/usr/bin/python3", "-c", "import numpy, scipy.stats, matplotlib.pyplot"],
            "emacs": ["emacs", "--batch", "--eval", "(progn (require 'org) (require 'gnus))"],
            "soffice": ["soffice", "--headless", "--terminate_after_init"]}


def ctl(args, *words, status=0):
    out = subprocess.run([args.preloadctl, *words], capture_output=True, text=True)
    if out.returncode != status:
        sys.exit(f"{words}: {out.returncode}, {out.stdout}{out.stderr}")
    return out.stdout


def account(args, *words):
    """What warm or residency says of itself."""
    return json.loads(ctl(args, *words, "--json"))


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def gguf_header(tensors):
    """Version 3: one key, and tensors as (name, length, offset), all of type I8."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), 2)
    head += text("general.architecture") + struct.pack("<I", 8) + text("llama")
    head += text("llama.block_count") + struct.pack("<II", 4, LAYERS)
    for name, length, offset in tensors:
        head += text(name) + struct.pack("<IQIQ", 1, length, 24, offset)
    return head + b"\0" * (-len(head) % ALIGNMENT)


def write_model(path):
    """Returns for each tensor (name, offset in the file, length)."""
    names = ["token_embd.weight"]
    names += [f"blk.{n}.{part}.weight" for n in range(LAYERS) for part in ("attn_q", "ffn_up", "ffn_down")]
    names += ["output_norm.weight", "output.weight"]
    size = (GIB // len(names)) // 4096 * 4096
    tensors = [(name, size, i * size) for i, name in enumerate(names)]
    head = gguf_header(tensors)
    with open(path, "wb") as f:
        f.write(head)
        for _ in tensors:
            f.write(os.urandom(size))
        f.flush(), os.fsync(f.fileno())
    return [(name, len(head) + offset, length) for name, length, offset in tensors]


def write_manifest(path, tensors):
    """The same order as of a model: what belongs to no layer first, so that n layers are n + 1 segments."""
    groups = {}
    for name, offset, length in tensors:
        key = ".".join(name.split(".")[:2]) if name.startswith("blk.") else name
        first, size = groups.get(key, (offset, 0))
        groups[key] = (first, size + length)
    with open(path + ".prefetch.toml", "w") as f:
        for key, (offset, length) in groups.items():
            f.write(f'[[segments]]\nname = "{key}"\noffset = {offset}\nlength = {length}\n')


def timed(command):
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - begin


def bench_gguf(args, work):
    path = work + "/model.gguf"
    tensors = write_model(path)
    known = subprocess.run([args.preloadctl, "analyze", path], capture_output=True).returncode == 0
    if not known:
        write_manifest(path, tensors)
    size = os.path.getsize(path)
    ways = {"dd": ["dd", f"if={path}", "of=/dev/null", "bs=1M"], "preloadctl warm": [args.preloadctl, "warm", "--force", path]}
    times = {name: [] for name in ways}
    resident = []
    for _ in range(args.repeat):
        for name, command in ways.items():
            drop(path), wait_disk_idle(0.5)
            times[name].append(timed(command))
            if name != "dd":
                resident.append(account(args, "residency", path)[0]["resident_bytes"] / size)
    print(f"\n1 GiB GGUF, cold, bare disk, median of {args.repeat} in turns; {'its provider' if known else 'a manifest'}; {machine()}\n")
    print("| way | MB/s | of dd |\n|---|---|---|")
    base = statistics.median(times["dd"])
    for name, taken in times.items():
        mine = statistics.median(taken)
        print(f"| {name} | {size / mine / 1e6:.0f} | {base / mine:.3f} |")
    print(f"\nin memory after warm, least: {min(resident):.4f}")
    layers_only(args, path, tensors, known)
    os.unlink(path)


def layers_only(args, path, tensors, known):
    layers = 8
    wanted = tensors[0][1] if known else 0  # the header
    for name, _, length in tensors:
        in_layers = name.startswith("blk.") and int(name.split(".")[1]) < layers
        wanted += length if in_layers or name == "token_embd.weight" else 0
    drop(path)
    done = account(args, "warm", "--force", "--strategy", "first-n-layers", "--layers", str(layers), path)
    resident = account(args, "residency", path)[0]["resident_bytes"]
    print(f"first {layers} layers: {wanted / 1e6:.1f} MB wanted, {done['read_bytes'] / 1e6:.1f} read, {resident / 1e6:.1f} in memory: "
          f"{resident / wanted:.4f}")


def write_database(path):
    random.seed(7)
    db = sqlite3.connect(path)
    db.execute("PRAGMA page_size = 4096")
    db.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, body BLOB)")
    count, body = 240_000, 1400
    for begin in range(0, count, 10_000):
        db.executemany("INSERT INTO item (name, body) VALUES (?, ?)",
                       ((f"{random.getrandbits(64):016x}", os.urandom(body)) for _ in range(10_000)))
    db.execute("CREATE INDEX item_name ON item (name)")
    db.commit()
    names = [row[0] for row in db.execute("SELECT name FROM item WHERE id % 2400 = 5")]
    db.close()
    return names


def ask(path, names):
    """Seconds that the queries take: of each another one of the whole database."""
    begin = time.monotonic()
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    for name in names:
        assert len(db.execute("SELECT id, body FROM item WHERE name = ?", (name,)).fetchall()) == 1
    db.close()
    return time.monotonic() - begin


def bench_sqlite(args, work):
    path = work + "/base.db"
    names = write_database(path)
    size = os.path.getsize(path)
    ways = {"cold": None, "metadata-only": ["--strategy", "metadata-only"], "all of it": []}
    rows = {name: [] for name in ways}
    known = subprocess.run([args.preloadctl, "analyze", path], capture_output=True).returncode == 0
    if not known:
        print("\nsqlite: the format is not known here: no metadata-only")
        del ways["metadata-only"], rows["metadata-only"]
    with throttled("emmc"):
        for name, words in ways.items():
            for _ in range(args.repeat):
                drop(path)
                begin = time.monotonic()
                if words is not None:
                    ctl(args, "warm", "--force", path, *words)
                took = time.monotonic() - begin
                # What looking inside has read counts, too.
                resident = account(args, "residency", path)[0]["resident_bytes"] if words is not None else 0
                rows[name].append((ask(path, names), resident, took if words is not None else 0))
    print(f"\nSQLite, {size / 1e6:.0f} MB, {len(names)} indexed queries, emmc ({PROFILES['emmc'][0]} IOPS, {PROFILES['emmc'][1] // 10**6} MB/s); {machine()}\n")
    print("| read ahead | queries, ms | read ahead, MB | in s |\n|---|---|---|---|")
    for name, mine in rows.items():
        seconds, read, took = (statistics.median(column) for column in zip(*mine))
        print(f"| {name} | {seconds * 1e3:.1f} | {read / 1e6:.1f} | {took:.2f} |")
    os.unlink(path)


def bench_record(args, work):
    names = [n for n in args.apps.split(",") if shutil.which(COMMANDS[n][0])]
    rows = []
    with throttled("emmc"):
        for name in names:
            rows.append((name, *measure_record(args, COMMANDS[name], f"{work}/{name}.list")))
    print(f"\nrecord -- COMMAND, then warm --from on a cold cache; emmc; {machine()}\n")
    print("| seconds | cold | after warm --from | warm | residual | list, MB | warm took |\n|---|---|---|---|---|---|---|")
    for name, warm, cold, after, size, took in rows:
        print(f"| {name} | {cold:.2f} | {after:.2f} | {warm:.2f} | {(after - warm) / (cold - warm):.2f} | {size / 1e6:.0f} | {took:.2f} |")


def measure_record(args, command, path):
    timed(command)
    subprocess.run([args.preloadctl, "record", "-o", path, "--", *command], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    warm = min(timed(command) for _ in range(3))
    colds, afters, tooks = [], [], []
    done = {}
    for _ in range(args.repeat - 1):
        drop_caches(), time.sleep(0.5)
        colds.append(timed(command))
        drop_caches(), time.sleep(0.5)
        begin = time.monotonic()
        done = account(args, "warm", "--force", "--from", path)
        tooks.append(time.monotonic() - begin)
        afters.append(timed(command))
    return warm, min(colds), min(afters), done["goal_bytes"], min(tooks)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("preloadctl", nargs="?", default="build/gcc/src/preloadctl")
    parser.add_argument("--only", default="gguf,sqlite,record")
    parser.add_argument("--apps", default="science,emacs")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--dir", default="/var/tmp", help="where the files are made: on a disk")
    args = parser.parse_args()
    args.preloadctl = os.path.abspath(args.preloadctl)
    work = tempfile.mkdtemp(prefix="warm-", dir=args.dir)
    benches = {"gguf": bench_gguf, "sqlite": bench_sqlite, "record": bench_record}
    try:
        for name in args.only.split(","):
            benches[name](args, work)
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
