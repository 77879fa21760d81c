/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Origin: whether a launch was the user's or automated, decided by what is known of the process and
 * of those that it descends from. Pure: the reading is in ancestry.h. What the text says is the
 * machine's own, but names can be chosen by anybody: whoever lies makes his own programs count more
 * or less, and no more.
 *
 * The nearest ancestor decides that says anything: a shell with a terminal, a terminal, a launcher
 * or a compositor makes it the user's; cron and its kin, a supervisor and the kernel's own helpers
 * make it automated. If none does, the control group does: a session's scope and what a desktop
 * puts an application into (systemd's XDG integration, app-*.scope) are the user's; services,
 * timers, autostarts and containers are not. At last a login (audit session) with a terminal.
 */
#include "base/parse.h"
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    ORIGIN_UNKNOWN,
    ORIGIN_USER,
    ORIGIN_AUTOMATED,
} Origin;

/* What a control group says. */
typedef enum {
    CGROUP_SILENT,      /* nothing: no service manager, or a group of no telling name */
    CGROUP_SESSION,     /* user.slice/user-1000.slice/session-2.scope; elogind's "/c2" */
    CGROUP_APPLICATION, /* user@1000.service/app.slice/app-gnome-firefox-1234.scope */
    CGROUP_SERVICE,     /* of the system or of a user's manager; also what is started at login */
    CGROUP_CONTAINER,
} CgroupKind;

/* /proc/PID/cgroup (cgroups(7)), of version 1 (the hierarchy "name=systemd", or another named one)
 * or 2; of both the named one counts. Whatever the text is, in time linear in its length. */
CgroupKind origin_cgroup(Cursor text);

/* As many ancestors are looked at. */
#define ORIGIN_DEPTH_MAX 32
/* TASK_COMM_LEN of linux/sched.h, with the NUL. */
#define ORIGIN_NAME_MAX 16

/* One process of a line of descent. */
typedef struct {
    char name[ORIGIN_NAME_MAX]; /* comm: cut to 15 bytes */
    bool terminal;              /* it has a controlling terminal */
    bool kernel;                /* a kernel thread */
} Ancestor;

/* What an ancestor says by itself; ORIGIN_UNKNOWN: ask the next. */
Origin origin_of_ancestor(const Ancestor *ancestor);

typedef struct {
    const Ancestor *ancestors; /* the parent first */
    uint32_t n_ancestors;
    CgroupKind cgroup;
    bool login; /* an audit session: somebody, or cron for somebody, logged in (pam_loginuid(8)) */
    bool terminal; /* of the process itself */
} OriginFacts;

Origin origin_decide(const OriginFacts *facts);
