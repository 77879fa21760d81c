/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/opengroup.h"
#include "base/fd.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/fanotify.h>

#define MARK_ADD (FAN_MARK_ADD | FAN_MARK_FILESYSTEM)
#define OPENINGS (FAN_OPEN | FAN_ONDIR)

int open_group_new(void)
{
    /* The descriptors that come with events: they are never read through, but for the case. */
    const unsigned event_flags = O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NONBLOCK | O_NOATIME;
    int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK, event_flags);
    return fd >= 0 ? fd : -errno;
}

/*
 * Something else may have been mounted there since the table was read. Without asking its server.
 * Where file systems are made of subvolumes (btrfs), these have anonymous devices of their own,
 * other than the one in mountinfo, which is anonymous, too.
 */
static bool is_on_device(int fd, const Mount *mount)
{
    struct statx stx;
    if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &stx) < 0)
        return false;
    return stx.stx_dev_major == mount->dev_major &&
           (mount->dev_major == 0 || stx.stx_dev_minor == mount->dev_minor);
}

static int mark(int fd, const Mount *mount)
{
    autofd point = open(mount->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (point < 0)
        return -errno;
    if (!is_on_device(point, mount))
        return -ESTALE;
    char path[32]; /* "/proc/self/fd/" and at most 10 digits */
    (void)g_snprintf(path, sizeof path, "/proc/self/fd/%d", point);
    if (fanotify_mark(fd, MARK_ADD, OPENINGS | FAN_OPEN_EXEC, AT_FDCWD, path) == 0)
        return 0;
    /* Before Linux 5.0 there is no FAN_OPEN_EXEC: programs are told of by FAN_OPEN alone. */
    if (errno == EINVAL && fanotify_mark(fd, MARK_ADD, OPENINGS, AT_FDCWD, path) == 0)
        return 0;
    return -errno;
}

static const char *reason(int error)
{
    switch (error) {
    case -EINVAL:
        return "this kernel cannot mark whole file systems";
    case -ENOSPC: /* also the kernel's own: fs.fanotify.max_user_marks */
        return "too many file systems are marked already";
    case -ESTALE:
        return "another file system is mounted there by now";
    default:
        return g_strerror(-error);
    }
}

typedef struct {
    gint64 device; /* of mountinfo: the key */
    int error;     /* 0: marked */
    const Mount *mount;
} Outcome;

typedef struct {
    GHashTable *by_device; /* set of Outcome, owned */
    uint32_t n_marked;
} Outcomes;

static gint64 device_of(const Mount *mount)
{
    return (gint64)((uint64_t)mount->dev_major << 32 | mount->dev_minor);
}

/* A file system may be mounted at several places: if one of them does not do, another may. */
static void try_mount(int fd, const Mount *mount, Outcomes *outcomes)
{
    gint64 device = device_of(mount);
    Outcome *outcome = g_hash_table_lookup(outcomes->by_device, &device);
    if (outcome != NULL && outcome->error == 0)
        return;
    int error = outcomes->n_marked < OPEN_GROUP_MARKS_MAX ? mark(fd, mount) : -ENOSPC;
    outcomes->n_marked += error == 0 ? 1 : 0;
    if (outcome != NULL) {
        outcome->error = error;
        return;
    }
    outcome = g_new(Outcome, 1);
    *outcome = (Outcome){device, error, mount};
    g_hash_table_add(outcomes->by_device, outcome);
}

/* "/mnt: why", of the first in the table; NULL if all is well. */
static char *first_failure(const Mounts *mounts, const Outcomes *outcomes)
{
    for (uint32_t i = 0; i < mounts_count(mounts); i++) {
        const Mount *mount = mounts_get(mounts, i);
        gint64 device = device_of(mount);
        const Outcome *outcome = g_hash_table_lookup(outcomes->by_device, &device);
        if (outcome != NULL && outcome->error != 0 && outcome->mount == mount)
            return g_strdup_printf("%s: %s", mount->path, reason(outcome->error));
    }
    return NULL;
}

uint32_t open_group_mark(int fd, const Mounts *mounts, uint32_t *ret_unmarked, char **ret_why)
{
    Outcomes outcomes = {g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL), 0};
    for (uint32_t i = 0; i < mounts_count(mounts); i++) {
        const Mount *mount = mounts_get(mounts, i);
        if (mount->kind == MOUNT_LOCAL && mounts_reachable(mounts, mount))
            try_mount(fd, mount, &outcomes);
    }
    *ret_unmarked = g_hash_table_size(outcomes.by_device) - outcomes.n_marked;
    *ret_why = first_failure(mounts, &outcomes);
    g_hash_table_unref(outcomes.by_device);
    return outcomes.n_marked;
}

void open_group_unmark(int fd)
{
    /* It cannot fail but for want of the capability, and then nothing was marked. */
    (void)fanotify_mark(fd, FAN_MARK_FLUSH | FAN_MARK_FILESYSTEM, 0, AT_FDCWD, NULL);
}
