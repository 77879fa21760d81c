/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Look: which program one process runs.
 *
 * Nothing is touched that the rules reject: a path is judged by its text before any stat(2), which
 * on a dead network home would hang, and what a person runs out of a place that is not accepted is
 * not even told to the caller.
 *
 * Of a process in another mount namespace the path from here decides, which is also the one that is
 * told: what a flatpak calls /app/bin/x is judged, and known, as what it is below /var/lib/flatpak,
 * and a container's /usr/bin/x is accepted where the container engine's directory is.
 *
 * Namespaces are familiar in which the text of a path means what it means here as far as the rules
 * go: our own and that of PID 1. The two differ under a service manager's sandbox, which has the
 * same trees at the same places, only read-only or hidden (mount_namespaces(7); ProtectSystem= in
 * systemd.exec(5)): all the rest of the machine would be foreign otherwise, and each exec of what
 * is rejected be searched for elsewhere. Only rejection goes by that. Whether an accepted path
 * leads to the very file is looked at wherever the namespace is not our own.
 */
#include "base/exekey.h"
#include "base/fileid.h"
#include "observe/procfs.h"
#include "observe/resolver.h"
#include "observe/scanrules.h"

/* Who looks, and by what rules. */
typedef struct {
    ProcRoot *root;
    const ScanRules *rules;
    const char *mount_namespace; /* our own, "mnt:[4026531841]"; NULL if the kernel has none */
    const char *host_namespace;  /* that of PID 1; NULL if it is not told */
    Resolver *resolver;          /* for other namespaces; NULL: what is not here by its plain path
                                    is left out */
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
    bool foreign;       /* untracked, though accepted by its path there: not to be found here, or
                           not accepted by its path here */
    bool rejected; /* untracked because of the text of its link, in a familiar namespace: whoever
                      has the same is, too */
} Look;

Look look_at(const Viewer *viewer, uint32_t pid);
/* The same of a process whose exe link is known to read so. */
Look look_through(const Viewer *viewer, uint32_t pid, const char *link);
void look_clear(Look *look);

/* The link_hash that look_at() would give, by one readlink. False if that cannot be told now. */
bool look_link_hash(const Viewer *viewer, uint32_t pid, uint32_t *ret_hash);

/* Whether a path from here, that is accepted, may be asked for at its file system: what is on a
 * network is not to be waited for. */
bool look_may_touch(const Viewer *viewer, const char *path);
/* Whether the process is in another mount namespace, or may be: its paths are not ours. */
bool look_is_foreign(const Viewer *viewer, uint32_t pid);
/* Whether it is, for certain, in a familiar one: what is rejected by its path there is so here. */
bool look_is_familiar(const Viewer *viewer, uint32_t pid);
/* The namespaces of a Viewer, owned by the caller, NULL where not told. PID 1's takes the right to
 * trace it (namespaces(7)). To be asked once. */
void look_namespaces(ProcRoot *root, char **ret_own, char **ret_host);

/* Names that the kernel invents, and places where no file is that could be read ahead. */
bool look_is_pseudo(const char *path);

/* The same file by inode and device; an anonymous device (btrfs, overlayfs) proves nothing. */
bool look_same_file(uint64_t ino_a, uint64_t dev_a, uint64_t ino_b, uint64_t dev_b);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)
