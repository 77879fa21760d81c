# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""The disk below a directory: which one, what it reads, how it is made slower, and how its cache is emptied."""
import contextlib, os, time

from lib.cgroup import Group

# Reads a second, bytes a second; as the storage that people have does them. 0: as the machine has it.
PROFILES = {"none": (0, 0), "sata": (9000, 500_000_000), "emmc": (3000, 150_000_000), "hdd": (400, 130_000_000)}
DISKS = PROFILES  # the name that the single benchmarks have used
SECTOR_BYTES = 512


def device_of(directory):
    """Number of the block device below it. btrfs has an anonymous one: then that which is mounted."""
    device = os.stat(directory).st_dev
    if os.major(device):
        return device
    with open("/proc/self/mounts") as f:
        mounts = [line.split()[:2] for line in f if line.startswith("/dev/")]
    holding = [(len(point), source) for source, point in mounts if os.path.realpath(directory).startswith(point)]
    if not holding:
        raise OSError(f"no disk is known below {directory}")
    return os.stat(max(holding)[1]).st_rdev


def root_disk(directory="/"):
    """(major:minor, directory in /sys) of the whole disk that holds it."""
    device = device_of(directory)
    path = os.path.realpath(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}")
    if os.path.exists(path + "/partition"):
        path = os.path.dirname(path)
    with open(path + "/dev") as f:
        return f.read().strip(), path


def counters(directory="/"):
    """(bytes that were read, requests in flight)."""
    with open(root_disk(directory)[1] + "/stat") as f:
        fields = f.read().split()
    return int(fields[2]) * SECTOR_BYTES, int(fields[8])


def read_bytes(directory="/"):
    return counters(directory)[0]


def describe(profile):
    iops, bps = PROFILES[profile]
    return "bare disk" if profile == "none" else f"{profile}: {iops} reads a second, {bps / 1e6:.0f} MB/s"


@contextlib.contextmanager
def throttled(profile):
    """This process, and so all that it starts, in a group whose reads are limited to the profile."""
    iops, bps = PROFILES[profile]
    if not iops:
        yield None
        return
    group = Group(profile, "io", "blkio")
    device = root_disk()[0]
    try:
        if group.version == 2:
            group.set("io.max", f"{device} riops={iops} rbps={bps}")
        else:
            group.set("blkio.throttle.read_iops_device", f"{device} {iops}\n")
            group.set("blkio.throttle.read_bps_device", f"{device} {bps}\n")
        group.enter()
        yield group
    finally:
        group.leave()
        group.remove()


def drop_caches():
    """All of the page cache, dentries and inodes."""
    os.sync()
    with open("/proc/sys/vm/drop_caches", "w") as f:
        f.write("3\n")


def drop(path):
    """One file out of the page cache."""
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def wait_disk_idle(quiet_sec=1.5, limit_sec=120):
    """Until the disk has read nothing for so long; less than 64 KiB in a tenth of a second counts as nothing."""
    end = time.monotonic() + limit_sec
    since, last = time.monotonic(), counters()
    while time.monotonic() < end and time.monotonic() - since < quiet_sec:
        time.sleep(0.1)
        now = counters()
        if now[0] - last[0] > 65536 or now[1]:
            since = time.monotonic()
        last = now


def write_file(path, size_bytes, chunk_bytes=1 << 20):
    """A file that no file system stores as nothing, on the disk when this returns."""
    with open(path, "wb") as f:
        for at in range(0, size_bytes, chunk_bytes):
            f.write(os.urandom(min(chunk_bytes, size_bytes - at)))
        f.flush()
        os.fsync(f.fileno())
