/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Tracer: runs a command and tells what it, and all that it starts, opens, executes, and has mapped
 * when it ends. By ptrace(2): a process is only stopped where it forks, executes, ends, and opens
 * something (by a seccomp(2) filter that lets all other calls pass), so that it hardly notices. No
 * rights are needed; but without CAP_SYS_ADMIN what it runs cannot gain any (no_new_privs, so sudo
 * and the like fail in it).
 *
 * Daemons record by events of the whole machine (observe/opens.h); here one command is recorded, of
 * which nothing must be missed, however short it runs.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct {
    /* A process has opened a file: /proc/PID/fd/NUMBER. It is stopped meanwhile, as in the other.
     */
    void (*opened)(pid_t pid, int number, gpointer data);
    /* What it has mapped is to be looked at: it ends or is about to execute something else, or has
     * just done so. */
    void (*mapped)(pid_t pid, gpointer data);
    gpointer data;
} TracerSink;

/*
 * Runs it until it and all that it started has ended. argv: NULL-terminated, found in PATH. The
 * wait status of the command in *ret_status; false with error set if it cannot be run, or traced.
 * SIGINT and SIGQUIT, which a terminal sends to both, are left to the command.
 */
bool tracer_run(char *const *argv, const TracerSink *sink, int *ret_status, GError **error);
