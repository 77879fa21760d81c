/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * A rig: the real daemon, in a directory of its own, with real programs to watch.
 *
 * The daemon looks only at programs in that directory, so the tests do not depend on what else the
 * machine does. Nothing sleeps: what is to happen is awaited in the daemon's log, which is its
 * standard error.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct {
    char *dir; /* on a real disk; removed at the end */
    char *conf;
    char *state;
    char *socket;            /* of the control object */
    bool default_fileprefix; /* not the rig's own: for the next rig_configure() */
    GPtrArray *args;         /* of the daemon's command line, NULL-terminated when it runs */
    pid_t daemon;            /* 0: does not run */
    int log_fd;
    int log_room_bytes; /* then the daemon waits until it is read; 0: as usual. For rig_start() */
    GString *log;       /* all that the daemon said */
    gsize awaited;      /* how far it was looked at */
} Rig;

/* settings: lines behind "[system]" that replace or add to the rig's own. */
Rig *rig_new(const char *settings);
void rig_free(Rig *rig);

/* The path of a file in the rig's directory, to be freed. */
char *rig_path(const Rig *rig, const char *name);
/* Writes the configuration anew. */
void rig_configure(Rig *rig, const char *settings);

void rig_start(Rig *rig);
/* The same, and awaits the first pass; false if events are not permitted here. */
bool rig_start_told(Rig *rig);
/* Fails the test unless the daemon says a line with `text` within a minute, after the last one that
 * was awaited. Returns the line, to be freed. */
char *rig_await(Rig *rig, const char *text);
void rig_expect(Rig *rig, const char *text);
/* As rig_expect(), but false if the daemon ends before it says so. */
bool rig_says(Rig *rig, const char *text);
/* Awaits that the daemon has learnt a program that was just launched. It may have looked first when
 * the file was not mapped yet: it looks again in the next pass. */
void rig_expect_learnt(Rig *rig, const char *name);
/* Starts the daemon and has it learn "application", which maps all of "data", of that many MiB, and
 * has ended when this returns. */
void rig_start_learnt(Rig *rig, guint mib);
void rig_signal(Rig *rig, int number);
/* SIGTERM; asserts that the daemon ends with status 0. */
void rig_stop(Rig *rig);
/* Waits for the end of the daemon; its wait status. */
int rig_wait(Rig *rig);
/* How often `text` was said so far. */
guint rig_count(const Rig *rig, const char *text);
/* The model, as SIGUSR1 shows it. */
char *rig_dump(Rig *rig);
/* The same, as soon as `text` is in it. */
char *rig_await_dump(Rig *rig, const char *text);
/* Saves the state; its text. */
char *rig_saved(Rig *rig);

/* A program of that name in the rig's directory: a copy of the one that maps and touches a file. */
char *rig_program(const Rig *rig, const char *name);
/* The same of the one that does what its arguments say (toucher.c). */
char *rig_toucher(const Rig *rig, const char *name);
/* A file of that many MiB on disk, with content, durable. */
char *rig_file(const Rig *rig, const char *name, guint mib);
typedef struct {
    pid_t pid;
    int control_fd; /* closing it ends the program */
    int words_fd;   /* its standard output */
} App;
/* Starts the program on the file; returns when it has it mapped. */
App rig_launch(const char *program, const char *file);
/* Starts argv[0], and returns at once. */
App rig_spawn(char *const *argv);
/* A byte from the program, and one to it. */
void rig_await_word(const App *app);
void rig_say(const App *app);
/* Both await its end and assert that its status is 0; the one has it end. */
void rig_close(App *app);
void rig_reap(App *app);

/* Drops a file from the page cache; fails the test if it stays. */
void rig_drop(const char *file);
/* Share of the file that is in memory, 0 to 1. */
double rig_resident(const char *file);
/* The same of one of its 64 KiB blocks. */
double rig_resident_block(const char *file, guint block);

#define g_autorig __attribute__((cleanup(rig_cleanup))) Rig *
static inline void rig_cleanup(Rig **rig)
{
    rig_free(*rig);
}
