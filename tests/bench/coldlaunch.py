#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""Cold-launch benchmark: how much of an application's cold start does a readahead daemon remove?

For every application that is installed it measures the time from exec to "ready" in three states:
  warm  everything in the page cache;
  cold  page cache dropped, no daemon;
  with  page cache dropped while the (trained) daemon runs, the disk given time to become idle, then launched.
and prints  residual = (with - warm) / (cold - warm):  1 = the daemon did nothing, 0 = as fast as warm.

Training is what a person would do: each application is started, kept open and closed, a few times over.
The daemon runs in the foreground with a cycle of 2 s in place of 20 s, so that training takes minutes.

  sudo tests/bench/coldlaunch.py --disk emmc                 build/gcc/src/preload
  sudo tests/bench/coldlaunch.py --disk emmc --peer          ... beside preload 0.6.4 (/usr/sbin/preload)

--disk throttles reads of the root disk through the blkio (cgroup v1) controller, to look like slower storage.
--no-predict-wait launches at once after dropping the cache: what is left is what the daemon does at launch.
Needs root and Python 3.9. Nothing is installed; a setting that is changed (the throttling) is taken back.
"""
import argparse, json, os, re, selectors, shutil, signal, socket, subprocess, sys, tempfile, time

APPS = {
 "chromium": {"argv": ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--remote-debugging-port=9333", "--user-data-dir={home}/chromium", "file://{home}/page.html"],
              "ready": "page is ready", "files": {"{home}/page.html": "<h1>hello</h1><script>console.log('page is ready')</script>"}},
 "writer": {"argv": ["soffice", "--headless", "--norestore", "--accept=socket,host=127.0.0.1,port=9334;urp;", "-env:UserInstallation=file://{home}/office"], "port": 9334},
 "science": {"argv": ["/usr/bin/python3", "-c", "import numpy, scipy.stats, matplotlib.pyplot, time; print('is ready', flush=True); time.sleep(1000)"], "ready": "is ready"},
 "emacs": {"argv": ["emacs", "--batch", "--eval", "(progn (require 'org) (require 'gnus) (message \"is ready\") (sleep-for 1000))"], "ready": "is ready"}
}
CONF = """[model]
cycle = 2
minsize = 2000000
memtotal = -10
memfree = 50
memcached = 0
[system]
sessionwindow = 0
onbattery = full
autosave = 3600
mapprefix = /usr/;/lib;/var/cache/;!/
exeprefix = !/usr/sbin/;!/usr/local/sbin/;/usr/;!/
maxprocs = 30
sortstrategy = 3
"""
DISKS = {"none": (0, 0), "sata": (9000, 500_000_000), "emmc": (3000, 150_000_000), "hdd": (400, 130_000_000)}
CGROUP = "/sys/fs/cgroup/blkio/coldlaunch"


def root_disk():
    """major:minor of the whole disk that holds / ."""
    dev = os.stat("/").st_dev
    sys_dev = os.path.realpath(f"/sys/dev/block/{os.major(dev)}:{os.minor(dev)}")
    if os.path.exists(sys_dev + "/partition"):
        sys_dev = os.path.dirname(sys_dev)
    return open(sys_dev + "/dev").read().strip(), sys_dev


def throttle(profile):
    """Move this process, and so all it starts, into a cgroup whose reads are limited to the profile."""
    os.makedirs(CGROUP, exist_ok=True)
    iops, bps = DISKS[profile]
    dev, _ = root_disk()
    open(f"{CGROUP}/blkio.throttle.read_iops_device", "w").write(f"{dev} {iops}\n")
    open(f"{CGROUP}/blkio.throttle.read_bps_device", "w").write(f"{dev} {bps}\n")
    open(f"{CGROUP}/cgroup.procs", "w").write(str(os.getpid()))


def unthrottle():
    """Leave the cgroup and remove it."""
    open("/sys/fs/cgroup/blkio/cgroup.procs", "w").write(str(os.getpid()))
    try:
        os.rmdir(CGROUP)
    except OSError:
        pass  # a program of a failed run still lives in it


def machine():
    """One line that says what was measured on."""
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "?")
    total = next(int(l.split()[1]) for l in open("/proc/meminfo") if l.startswith("MemTotal")) / 2**20
    return f"{os.cpu_count()} x {model}, {total:.0f} GiB, Linux {os.uname().release}"


def drop_caches():
    os.sync()
    open("/proc/sys/vm/drop_caches", "w").write("3\n")


def wait_disk_idle(quiet=1.5, limit=120):
    """Until the disk has read nothing for `quiet` seconds; a read rate under 64 KiB/s counts as nothing."""
    stat = root_disk()[1] + "/stat"
    read = lambda: (int(open(stat).read().split()[2]), int(open(stat).read().split()[8]))
    end, since, last = time.monotonic() + limit, time.monotonic(), read()
    while time.monotonic() < end:
        time.sleep(0.1)
        now = read()
        if now[0] - last[0] > 128 or now[1]:
            since = time.monotonic()
        last = now
        if time.monotonic() - since >= quiet:
            return


class App:
    """One application: its command, and how to tell that it is ready (a line of output, or a port that accepts)."""

    def __init__(self, name, spec, home):
        self.name, self.argv = name, [a.replace("{home}", home) for a in spec["argv"]]
        self.ready, self.port = spec.get("ready"), spec.get("port")
        self.env = dict(os.environ, HOME=home, XDG_RUNTIME_DIR=home, LC_ALL="C.UTF-8", **spec.get("env", {}))
        self.process = None

    def launch(self, limit=180):
        """Start it; seconds until ready."""
        start = time.monotonic()
        self.process = subprocess.Popen(self.argv, env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, start_new_session=True)
        self.wait_port(start + limit) if self.port else self.wait_output(start + limit)
        return time.monotonic() - start

    def wait_port(self, end):
        while time.monotonic() < end:
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.005)
        raise TimeoutError(self.name)

    def wait_output(self, end):
        seen, fd = b"", self.process.stdout.fileno()
        with selectors.DefaultSelector() as sel:
            sel.register(fd, selectors.EVENT_READ)
            while time.monotonic() < end:
                if sel.select(0.2):
                    data = os.read(fd, 65536)
                    if not data:
                        raise RuntimeError(f"{self.name} ended early: {seen[-400:]!r}")
                    seen += data
                    if re.search(self.ready.encode(), seen):
                        return
        raise TimeoutError(f"{self.name}: {seen[-400:]!r}")

    def close(self):
        for sig in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, sig)
            except ProcessLookupError:
                break
            try:
                self.process.communicate(timeout=3)
                break
            except subprocess.TimeoutExpired:
                pass
        self.process = None
        time.sleep(0.5)


def start_daemon(template, directory):
    command = "exec " + template.replace("{dir}", f"'{directory}'").replace("{state}", f"'{directory}/state'")
    log = open(directory + "/daemon.out", "ab")
    return subprocess.Popen(command, shell=True, executable="/bin/bash", stdout=log, stderr=log, start_new_session=True)


def stop_daemon(process):
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(30)


def train(apps, rounds, hold):
    for _ in range(rounds):
        for app in apps:
            app.launch()
            time.sleep(hold)
            app.close()


def best(times):
    return min(times)


def measure_baselines(apps, repeat):
    result = {}
    for app in apps:
        app.launch(), app.close()
        warm = []
        for _ in range(repeat + 1):
            warm.append(app.launch()), app.close()
        cold = []
        for _ in range(repeat):
            drop_caches(), time.sleep(0.5)
            cold.append(app.launch()), app.close()
        result[app.name] = (best(warm), best(cold))
    return result


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("preload", nargs="?", default="build/gcc/src/preload", help="our daemon")
    parser.add_argument("--peer", nargs="?", const="/usr/sbin/preload", help="preload 0.6.4, measured in the same run")
    parser.add_argument("--only", help="comma-separated names of applications")
    parser.add_argument("--disk", choices=DISKS, default="emmc")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--hold", type=float, default=6, help="seconds an application stays open in training")
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--settle", type=float, default=5, help="least seconds the daemon gets after the drop")
    parser.add_argument("--no-predict-wait", action="store_true")
    parser.add_argument("--json")
    return parser.parse_args()


def measure(label, command, apps, base, args, work):
    """Train the daemon and launch each application beside it: a row each."""
    directory = f"{work}/{label}"
    os.makedirs(directory)
    open(directory + "/preload.conf", "w").write(CONF)
    daemon = start_daemon(command + " -f -c {dir}/preload.conf -s {state} -l {dir}/log", directory)
    rows = []
    try:
        time.sleep(1)
        train(apps, args.rounds, args.hold)
        for app in apps:
            rows.append(launch_beside(label, app, base[app.name], args))
    finally:
        stop_daemon(daemon)
    return rows


def launch_beside(label, app, baseline, args):
    times = []
    for _ in range(args.repeat):
        time.sleep(1)
        drop_caches()
        if not args.no_predict_wait:
            time.sleep(args.settle)
            wait_disk_idle()
        times.append(app.launch())
        app.close()
    warm, cold = baseline
    return dict(daemon=label, app=app.name, warm=round(warm, 2), cold=round(cold, 2), with_daemon=round(best(times), 2),
                residual=round((best(times) - warm) / max(cold - warm, 1e-3), 2))


def print_table(rows, labels, args):
    """Markdown: an application a row, a daemon a column; seconds, and the residual."""
    print(f"{args.disk} ({DISKS[args.disk][0]} IOPS, {DISKS[args.disk][1] / 1e6:.0f} MB/s); {machine()}\n")
    print("| seconds to ready (residual) | cold | " + " | ".join(labels) + " | warm |")
    print("|---|---|" + "---|" * len(labels) + "---|")
    for name in dict.fromkeys(r["app"] for r in rows):
        mine = {r["daemon"]: r for r in rows if r["app"] == name}
        first = next(iter(mine.values()))
        cells = [f"{mine[l]['with_daemon']:.2f} ({mine[l]['residual']:.2f})" for l in labels]
        print(f"| {name} | {first['cold']:.2f} | " + " | ".join(cells) + f" | {first['warm']:.2f} |")
    means = [[r["residual"] for r in rows if r["daemon"] == l] for l in labels]
    print("| mean residual | 1 | " + " | ".join(f"{sum(m) / len(m):.2f}" for m in means) + " | 0 |", flush=True)


def main():
    args = arguments()
    daemons = {"preload 1.0": os.path.abspath(args.preload)}
    if args.peer:
        daemons["preload 0.6.4"] = args.peer
    work = tempfile.mkdtemp(prefix="coldlaunch-")
    home = work + "/home"
    os.makedirs(home, mode=0o700)
    names = [n for n in (args.only.split(",") if args.only else APPS) if shutil.which(APPS[n]["argv"][0])]
    if not names:
        sys.exit("none of the applications is installed: " + ", ".join(a["argv"][0] for a in APPS.values()))
    apps = [App(n, APPS[n], home) for n in names]
    for n in names:
        for path, text in APPS[n].get("files", {}).items():
            open(path.replace("{home}", home), "w").write(text)
    throttle(args.disk)
    try:
        base = measure_baselines(apps, args.repeat)
        rows = [row for label, command in daemons.items()
                for row in measure(label, command, apps, base, args, work)]
    finally:
        unthrottle()
    print_table(rows, list(daemons), args)
    if args.json:
        json.dump(dict(machine=machine(), disk=args.disk, rows=rows), open(args.json, "w"), indent=1)
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
