# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""What was measured on, and with what."""
import os, platform, re, subprocess

from lib import disk


def read(path, otherwise=""):
    try:
        with open(path) as f:
            return f.read()
    except OSError:
        return otherwise


def processor():
    match = re.search(r"^model name\s*:\s*(.*)$", read("/proc/cpuinfo"), re.M)
    return match.group(1).strip() if match else platform.machine()


def memory_bytes():
    match = re.search(r"^MemTotal:\s*(\d+)", read("/proc/meminfo"), re.M)
    return int(match.group(1)) * 1024 if match else 0


def filesystem(directory="/"):
    """Type of the last mount on it: the one that is seen."""
    found = "?"
    for line in read("/proc/self/mounts").splitlines():
        words = line.split()
        if len(words) > 2 and words[1] == directory:
            found = words[2]
    return found


def disk_of(directory="/"):
    number, path = disk.root_disk(directory)
    queue = {name: read(f"{path}/queue/{name}").strip() for name in ("rotational", "scheduler", "max_sectors_kb", "read_ahead_kb")}
    return {"name": os.path.basename(path), "number": number, "filesystem": filesystem(directory),
            "model": read(path + "/device/model").strip(), "size_bytes": int(read(path + "/size", "0") or 0) * 512, **queue}


def describe():
    """As it is kept with the samples."""
    release = re.search(r'^PRETTY_NAME="?([^"\n]*)', read("/etc/os-release"), re.M)
    return {"processors": os.cpu_count(), "processor": processor(), "memory_bytes": memory_bytes(), "kernel": os.uname().release,
            "system": release.group(1) if release else "?", "swap": len(read("/proc/swaps").splitlines()) > 1, "disk": disk_of()}


def line(found):
    """The same, for people."""
    return (f"{found['processors']} x {found['processor']}, {found['memory_bytes'] / 2**30:.0f} GiB, Linux {found['kernel']}, "
            f"{found['disk']['filesystem']} on {found['disk']['name']}")


def machine():
    """One line that says what this machine is."""
    return line(describe())


def version_of(binary):
    """The first line that it says to --version; '?': nothing."""
    try:
        out = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "?"
    lines = [line for line in out.stdout.splitlines() + out.stderr.splitlines() if any(c.isdigit() for c in line)]
    return lines[0].strip() if lines else "?"


def revision(root):
    """The commit that was built; '?' outside of a checkout."""
    out = subprocess.run(["git", "-C", root, "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return out.stdout.strip() or "?"
