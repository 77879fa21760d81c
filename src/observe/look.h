/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Look: which program one process runs.
 *
 * Nothing is touched that the rules reject: a path is judged by its text before any stat(2), which
 * on a dead network home would hang, and what a person runs out of a place that is not accepted is
 * not even told to the caller.
 */
#include "base/exekey.h"
#include "base/fileid.h"
#include "observe/procfs.h"
#include "observe/scanner.h"

/* Who looks, and by what rules. */
typedef struct {
    ProcRoot *root;
    const ScanRules *rules;
    const char *mount_namespace; /* our own, "mnt:[4026531841]"; NULL if the kernel has none */
} Viewer;

typedef enum {
    LOOK_FAILED,    /* not now (no descriptor or memory left): what was known before still holds */
    LOOK_NOTHING,   /* no executable: a kernel thread, a zombie, or gone */
    LOOK_DENIED,    /* not permitted */
    LOOK_UNTRACKED, /* an executable that is not accepted, or not to be found here by its path */
    LOOK_TRACKED,
} LookResult;

typedef struct {
    LookResult result;
    ExeKey *key;        /* owned; NULL unless LOOK_TRACKED */
    FileId id;          /* of the executable */
    uint32_t link_hash; /* of the text of the exe link; 0 if it could not be read */
    bool interpreted;   /* the executable is an interpreter */
    bool foreign;       /* untracked because its path leads elsewhere here */
} Look;

Look look_at(const Viewer *viewer, uint32_t pid);
void look_clear(Look *look);

/* The link_hash that look_at() would give, by one readlink. False if that cannot be told now. */
bool look_link_hash(const Viewer *viewer, uint32_t pid, uint32_t *ret_hash);

/* Whether the process is in another mount namespace, or may be: its paths are not ours. */
bool look_is_foreign(const Viewer *viewer, uint32_t pid);

/* Names that the kernel invents, and places where no file is that could be read ahead. */
bool look_is_pseudo(const char *path);

/* The same file by inode and device; an anonymous device (btrfs, overlayfs) proves nothing. */
bool look_same_file(uint64_t ino_a, uint64_t dev_a, uint64_t ino_b, uint64_t dev_b);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)
