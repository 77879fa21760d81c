/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Resolver: where a file that a process in another mount namespace uses (flatpak, snap, AppImage,
 * containers) is found from here.
 *
 * By its mountinfo and ours (proc_pid_mountinfo(5)): the mount there that the path is on tells the
 * file system and the path inside it; a mount here of the same file system leads to it. A file on
 * an overlay is looked for in its upper and lower directories, in that order (overlayfs.rst). What
 * is found is proved by stat(2) to be the very file, as far as that can be proved: device and inode
 * equal; for layers of an overlay, size and time equal to those of /proc/PID/root/PATH while the
 * process lives. FUSE and network file systems are never touched, and no link is followed but in
 * the directories of an overlay. Belongs to one thread.
 */
#include "base/prefix.h"
#include "observe/procfs.h"
#include <glib.h>
#include <stdint.h>
#include <sys/stat.h>

typedef struct Resolver Resolver;

/* root is borrowed. */
Resolver *resolver_new(ProcRoot *root);
void resolver_free(Resolver *resolver);
/* Before each pass: what is mounted may have changed. Cheap when nothing was asked since. */
void resolver_refresh(Resolver *resolver);

/*
 * path: absolute, as seen in the process's mount namespace; dev and ino as the kernel tells them of
 * the file (0 and 0: not told). The path from here, to be freed, and what stat(2) says of it
 * (a regular file or a directory); NULL if it cannot be reached from here.
 */
char *resolver_find(Resolver *resolver, uint32_t pid, const char *path, uint64_t dev, uint64_t ino,
                    struct stat *ret_st);
/* The same, but what the list (NULL: none) does not accept by its path here is not touched. What
 * has the same path here as there and is not accepted by it is not accepted by another path either.
 */
char *resolver_find_accepted(Resolver *resolver, const PrefixList *accepted, uint32_t pid,
                             const char *path, uint64_t dev, uint64_t ino, struct stat *ret_st);

/*
 * Whether the path, by its text, is on a network or FUSE file system, or beyond one: even lstat(2)
 * may then never come back. False if it is not known. The first is of paths from here, the second
 * of paths as the process sees them.
 */
bool resolver_is_remote(Resolver *resolver, const char *path);
bool resolver_is_remote_there(Resolver *resolver, uint32_t pid, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Resolver, resolver_free)
