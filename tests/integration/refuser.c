/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/*
 * A kernel that lacks something: "refuser ERRNO CALL PROGRAM ARGUMENTS..." becomes the program,
 * for which that call fails with that number from now on (seccomp(2)). CALL is one of `calls`.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif
/* linux/fs.h of Linux 6.7: _IOWR('f', 16, struct pm_scan_arg), which has 96 bytes. */
#define SCAN_IOCTL _IOC(_IOC_READ | _IOC_WRITE, 'f', 16, 96)
/* linux/fiemap.h: _IOWR('f', 11, struct fiemap), of 32. */
#define FIEMAP_IOCTL _IOC(_IOC_READ | _IOC_WRITE, 'f', 11, 32)

#define ANY (-1)

typedef struct {
    const char *name;
    unsigned number;
    int argument; /* which of its arguments must be `value`; ANY: all calls are meant */
    unsigned value;
} Call;

static const Call calls[] = {
    {"cachestat", SYS_cachestat, ANY, 0},
    {"capget", SYS_capget, ANY, 0},
    {"fadvise", SYS_fadvise64, ANY, 0},
    {"fanotify_init", SYS_fanotify_init, ANY, 0},
    {"fanotify_mark", SYS_fanotify_mark, ANY, 0},
    {"fiemap", SYS_ioctl, 1, FIEMAP_IOCTL},
    {"inotify_add_watch", SYS_inotify_add_watch, ANY, 0},
    {"inotify_init1", SYS_inotify_init1, ANY, 0},
    {"ioprio_set", SYS_ioprio_set, ANY, 0},
    {"linkat", SYS_linkat, ANY, 0},
    {"mincore", SYS_mincore, ANY, 0},
    {"mlock2", SYS_mlock2, ANY, 0},
    {"netlink", SYS_socket, 0, AF_NETLINK},
    {"openat2", SYS_openat2, ANY, 0},
    {"pagemap_scan", SYS_ioctl, 1, SCAN_IOCTL},
    {"pidfd_open", SYS_pidfd_open, ANY, 0},
    {"prctl", SYS_prctl, ANY, 0},
    {"setpriority", SYS_setpriority, ANY, 0},
    {"statx", SYS_statx, ANY, 0},
    {"unix", SYS_socket, 0, AF_UNIX},
};

static const Call *find(const char *name)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (strcmp(calls[i].name, name) == 0)
            return &calls[i];
    }
    return NULL;
}

/* The lower half of an argument: all that is compared are ints. */
static unsigned place_of(int argument)
{
    size_t place = offsetof(struct seccomp_data, args) + sizeof(__u64) * (unsigned)argument;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    place += sizeof(__u32);
#endif
    return (unsigned)place;
}

/* A test of our own programs: that they are of another architecture is not looked at. */
static int refuse(const Call *call, unsigned error)
{
    const unsigned where =
        call->argument == ANY ? offsetof(struct seccomp_data, nr) : place_of(call->argument);
    const unsigned what = call->argument == ANY ? call->number : call->value;
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call->number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, where),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, what, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error & SECCOMP_RET_DATA)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    /* Of root nothing is taken away by it (capabilities(7)). */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

int main(int argc, char **argv)
{
    const Call *call = argc > 3 ? find(argv[2]) : NULL;
    if (call == NULL) {
        fprintf(stderr, "refuser: no such call\n");
        return 125;
    }
    if (refuse(call, (unsigned)strtoul(argv[1], NULL, 10)) < 0) {
        perror("refuser");
        return 125;
    }
    (void)execv(argv[3], argv + 3);
    perror(argv[3]);
    return 126;
}
