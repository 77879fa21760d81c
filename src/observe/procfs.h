/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * ProcRoot: reading of a /proc (or a test's directory of that shape), bounded, by one held
 * descriptor. Functions return 0 or a negative errno (-ENOENT, -ESRCH: the process is gone;
 * -EACCES: not permitted).
 */
#include "base/parse.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

typedef struct ProcRoot ProcRoot;

/* path: "/proc" but in tests. NULL with errno set when it cannot be opened. */
ProcRoot *proc_root_open(const char *path);
void proc_root_close(ProcRoot *root);
/* How many files were opened so far: a steady machine's pass opens none. */
uint64_t proc_root_opens(const ProcRoot *root);

typedef struct {
    uint32_t pid;
    /* d_ino of /proc/PID: the same number means the same process (fs/proc/base.c: the inode belongs
     * to struct pid and its dentry is thrown away when the process ends). Another number means
     * another process, or that the kernel reclaimed the inode in between: the start time tells. */
    uint64_t ino;
} ProcEntry;

/* One pass of getdents64: ProcEntry of every process, appended to `out`, as the kernel lists them.
 */
int proc_list(ProcRoot *root, GArray *out);

/* The text of the link, without interpretation, to be freed. -ENOENT for a kernel thread. */
int proc_link(ProcRoot *root, uint32_t pid, const char *name, char **ret_target);
/* The same into a buffer of the caller's, of `size` bytes, which has to be longer than the text. */
int proc_link_into(ProcRoot *root, uint32_t pid, const char *name, char *ret_target, size_t size);
/* The same of /proc itself ("self/ns/mnt"). */
int proc_link_global(ProcRoot *root, const char *name, char **ret_target);
/* stat(2) through a magic link ("exe", "cwd"): the file itself, whatever its path says. */
int proc_stat_link(ProcRoot *root, uint32_t pid, const char *name, struct stat *ret);
/* A small file of a process, at most limit_bytes; what is longer is cut (cmdline, stat). */
int proc_read(ProcRoot *root, uint32_t pid, const char *name, size_t limit_bytes, GString **ret);
/* A file of /proc itself ("meminfo"). It is kept open. */
int proc_read_global(ProcRoot *root, const char *name, size_t limit_bytes, GString **ret);
/* A file of a process, to be read by whoever asks ("pagemap"): an owned descriptor. */
int proc_open(ProcRoot *root, uint32_t pid, const char *name);
/* What a magic link leads to ("root"), as an owned descriptor that is good for *at() calls only. */
int proc_open_place(ProcRoot *root, uint32_t pid, const char *name);
/* /proc/PID/maps, cut at the last whole line before limit_bytes. */
int proc_read_maps(ProcRoot *root, uint32_t pid, size_t limit_bytes, GString **ret);

/* Field 22 of /proc/PID/stat, in clock ticks; the name in field 2 may hold ')' and blanks. Pure. */
bool proc_stat_start_time(Cursor stat, uint64_t *ret_ticks);

/* TASK_COMM_LEN of linux/sched.h, with the NUL. */
#define PROC_NAME_MAX 16
typedef struct {
    char name[PROC_NAME_MAX]; /* field 2; a longer one, as kernel threads have, is cut */
    uint32_t ppid;            /* field 4 */
    bool terminal;            /* field 7: it has a controlling terminal */
    bool kernel;              /* field 9: PF_KTHREAD */
    uint64_t start_ticks;     /* field 22 */
} ProcStat;

/* The same and more, of proc_pid_stat(5). *ret is unchanged when it returns false. Pure. */
bool proc_stat_parse(Cursor stat, ProcStat *ret);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ProcRoot, proc_root_close)
