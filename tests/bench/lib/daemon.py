# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""A readahead daemon as a process: ours, or preload 0.6.4. Both take the same options and the same file."""
import glob, os, signal, subprocess, time

TICKS = os.sysconf("SC_CLK_TCK")

# A cycle of 2 s in place of 20 s, so that training takes minutes; nothing that waits for a session or a battery.
USUAL = {"model": {"cycle": 2, "minsize": 2000000, "memtotal": -10, "memfree": 50, "memcached": 0},
         "system": {"sessionwindow": 0, "onbattery": "full", "autosave": 3600, "maxprocs": 30, "sortstrategy": 3,
                    "mapprefix": "/usr/;/lib;/var/cache/;!/", "exeprefix": "!/usr/sbin/;!/usr/local/sbin/;/usr/;!/"}}


def configuration(**changes):
    """The usual configuration as text, with other values for some keys; a key that is new is one of [system]."""
    groups = {name: dict(keys) for name, keys in USUAL.items()}
    for key, value in changes.items():
        groups["model" if key in groups["model"] else "system"][key] = value
    return "".join(f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items()) for name, keys in groups.items())


def process_cpu_sec(pid):
    """Processor time of a process and of its threads that have ended; 0: there is no such process."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / TICKS


def threads_cpu_nsec(pid):
    """The same to the nanosecond, but only of threads that live."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        try:
            with open(path) as f:
                total += int(f.read().split()[0])
        except OSError:
            pass
    return total


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(word) for word in f.read().split()]
    except OSError:
        return []


class Silent(Exception):
    """A daemon does not say what it says when it does its work."""


class Daemon:
    """In the foreground, with its configuration, state and log in a directory of its own."""

    def __init__(self, binary, directory, settings=None, enter=None):
        self.binary, self.directory, self.enter = os.path.abspath(binary), directory, enter
        self.process, self.state = None, directory + "/state"
        os.makedirs(directory, exist_ok=True)
        self.configure(settings if settings is not None else configuration())

    log = property(lambda self: self.directory + "/log")
    pid = property(lambda self: self.process.pid)

    def configure(self, text):
        with open(self.directory + "/preload.conf", "w") as f:
            f.write(text)

    def start(self):
        argv = [self.binary, "-f", "-c", self.directory + "/preload.conf", "-s", self.state, "-l", self.log]
        with open(self.directory + "/out", "ab") as out:
            self.process = subprocess.Popen(argv, stdout=out, stderr=out, start_new_session=True, preexec_fn=self.enter)
        return self

    def stop(self):
        """Seconds from the signal on; it saves its state meanwhile."""
        begun = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        return time.monotonic() - begun

    def __enter__(self):
        return self if self.process is not None and self.process.poll() is None else self.start()

    def __exit__(self, *_):
        self.stop()

    def said(self, text):
        try:
            with open(self.log, errors="replace") as f:
                return f.read().count(text)
        except FileNotFoundError:
            return 0

    def wait(self, text, limit_sec=60):
        """Until its log has this; a benchmark of a daemon that does not do its work would be a lie."""
        end = time.monotonic() + limit_sec
        while self.said(text) == 0:
            if time.monotonic() > end or self.process.poll() is not None:
                raise Silent(f"{self.binary} did not say '{text}'; see {self.log}")
            time.sleep(0.05)

    def cpu_sec(self):
        """With the processes that it started: its broker of events, or 0.6.4's readers."""
        return process_cpu_sec(self.pid) + sum(process_cpu_sec(child) for child in children(self.pid))

    def cpu_nsec(self):
        return sum(threads_cpu_nsec(pid) for pid in [self.pid, *children(self.pid)])

    def rss_bytes(self):
        """With those that it started."""
        total = 0
        for pid in [self.pid, *children(self.pid)]:
            with open(f"/proc/{pid}/status") as f:
                total += sum(int(line.split()[1]) * 1024 for line in f if line.startswith("VmRSS"))
        return total

    def wakeups(self):
        """How often its threads were switched to; those that have ended do not count."""
        total = 0
        for path in glob.glob(f"/proc/{self.pid}/task/*/status"):
            with open(path) as f:
                total += sum(int(line.split()[1]) for line in f if "ctxt_switches" in line)
        return total

    def state_bytes(self):
        return os.path.getsize(self.state) if os.path.exists(self.state) else 0

    def save(self, limit_sec=60):
        """Seconds from SIGUSR2 until another file stands in the place of the state."""
        before = self.inode()
        begun = time.monotonic()
        self.process.send_signal(signal.SIGUSR2)
        while self.inode() == before:
            if time.monotonic() - begun > limit_sec:
                return None
            time.sleep(0.0002)
        return time.monotonic() - begun

    def inode(self):
        """What tells one state from the next: both replace it whole."""
        try:
            found = os.stat(self.state)
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns
