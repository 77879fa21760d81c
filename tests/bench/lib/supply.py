# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""What a run needs: a build, tools, and preload 0.6.4. Nothing is installed unless somebody says yes."""
import glob, os, shutil, subprocess, sys, time

from lib import machine

TARGETS = ["src/preload", "src/preload-control.so", "src/preload-events", "src/preloadctl", "tests/mapper", "tests/readplan", "tests/scale"]
INSTALL = {"apt-get": ["apt-get", "install", "-y", "--no-install-recommends"], "dnf": ["dnf", "install", "-y"],
           "pacman": ["pacman", "-S", "--noconfirm", "--needed"], "zypper": ["zypper", "--non-interactive", "install"], "apk": ["apk", "add"]}


def running_daemons():
    for path in glob.glob("/proc/[0-9]*/comm"):
        if machine.read(path).strip() in ("preload", "preload-events"):
            yield path.split("/")[2]


def check_machine(beside):
    """Process numbers of daemons that run all the same, if that is allowed."""
    if os.geteuid() != 0:
        sys.exit("run: this takes root: reads are throttled and the page cache is dropped")
    end = time.monotonic() + 30  # one that is just ending, of a test or another run, may end
    while (pids := list(running_daemons())) and not beside:
        if time.monotonic() < end:
            time.sleep(1)
            continue
        sys.exit(f"run: a preload is running (process {', '.join(pids)}), which would help everybody; stop it first")
    return pids


def agreed(question, yes):
    if yes:
        return True
    if not sys.stdin.isatty():
        print(f"{question} Nobody is here to say yes (--yes does).", file=sys.stderr)
        return False
    return input(question + " [y/N] ").strip().lower() in ("y", "yes")


def tools(commands, yes):
    """{command: package}; those that remain missing are left out by the parts that need them."""
    missing = [package for command, package in commands.items() if shutil.which(command) is None]
    manager = next((name for name in INSTALL if shutil.which(name)), None)
    if missing and manager and agreed(f"Install {' '.join(missing)} with {manager}?", yes):
        subprocess.run(INSTALL[manager] + missing, check=False, stdout=sys.stderr)


def build(root, given):
    """The directory of a build with all that is measured."""
    if given:
        lacking = [target for target in TARGETS if not os.path.exists(f"{given}/{target}")]
        if lacking:
            sys.exit(f"run: {given} lacks {' '.join(lacking)}: ninja -C {given} {' '.join(lacking)}")
        return os.path.abspath(given)
    path = root + "/build/bench"
    if not os.path.exists(path + "/build.ninja"):
        subprocess.run(["meson", "setup", "--buildtype=release", path, root], check=True, stdout=sys.stderr)
    subprocess.run(["ninja", "-C", path, *TARGETS], check=True, stdout=sys.stderr)
    return path


def is_peer(path):
    return os.access(path, os.X_OK) and " 0.6" in machine.version_of(path)


def peer(root, yes):
    """Path of preload 0.6.4, or None. The package is unpacked, not installed: installing would start it as a service."""
    folder = root + "/build/preload-0.6.4"
    for path in ("/usr/sbin/preload", folder + "/usr/sbin/preload"):
        if is_peer(path):
            return path
    if not (shutil.which("apt-get") and shutil.which("dpkg")) or not agreed("Fetch the package of preload 0.6.4 with apt-get?", yes):
        return None
    os.makedirs(folder, exist_ok=True)
    # Its user, _apt, may not write here; root fetches by itself.
    subprocess.run(["apt-get", "-o", "APT::Sandbox::User=root", "download", "preload"], check=False, cwd=folder, stdout=sys.stderr)
    for package in glob.glob(folder + "/preload_*.deb"):
        subprocess.run(["dpkg", "-x", package, folder], check=False)
    return folder + "/usr/sbin/preload" if is_peer(folder + "/usr/sbin/preload") else None
