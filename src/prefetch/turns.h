/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Turns: whose turn it is to ask the disks. What is read ahead is of four classes, and one gives
 * way to a higher one before its next request, which is within a few milliseconds. On a disk with a
 * head, one thread at a time asks: the head can be at one place only. Any thread, several at once.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* From the highest to the lowest. */
typedef enum {
    CLASS_ASSIST,    /* a launch waits for it */
    CLASS_SESSION,   /* of a login or a boot: it will be needed in a moment */
    CLASS_PREDICTED, /* of a cycle: it may be needed */
    CLASS_BULK,      /* whatever somebody asked for; metadata in advance */
    CLASSES,
} ReadClass;

/* "assist", "session", "predicted", "bulk" */
const char *read_class_name(ReadClass class);

/*
 * A reader of a higher class that has asked for nothing for so long is waiting for something else
 * than its disk's queue, maybe for ever (a file system that does not answer): nobody gives way to
 * it.
 */
#define TURNS_SILENT_USEC (500 * INT64_C(1000))

typedef struct Turns Turns;

Turns *turns_new(void);
void turns_free(Turns *turns);

/* A run of that class begins, and ends. */
void turns_begin(Turns *turns, ReadClass class);
void turns_end(Turns *turns, ReadClass class);
/* Before a request: waits while a higher class reads; false if *cancel (g_atomic_int) was set,
 * which is looked at each 20 ms. */
bool turns_await(Turns *turns, ReadClass class, const int *cancel);
/* Whether that would wait now. */
bool turns_must_wait(Turns *turns, ReadClass class);

/*
 * The head of the disk of that number: waits while another thread has it, but no longer than
 * TURNS_SILENT_USEC. To be given back by the same thread; nothing if it was not got.
 */
bool turns_take_head(Turns *turns, uint32_t major, uint32_t minor);
void turns_give_head(Turns *turns, uint32_t major, uint32_t minor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Turns, turns_free)
