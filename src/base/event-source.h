/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

#include <glib.h>

/* Ends an owned source, if there is one: its callback is not called any more. */
static inline void event_source_clear(GSource **source)
{
    if (*source == NULL)
        return;
    g_source_destroy(*source);
    g_source_unref(*source);
    *source = NULL;
}

/*
 * For a source of a descriptor that fires often: its callback must not run the context. While a
 * source that may not recurse is dispatched GLib takes its descriptors out of the set and puts them
 * in again, and wakes the thread up for each, which is then awake once more for nothing
 * (block_source() and g_main_context_remove_poll_unlocked() in gmain.c).
 */
static inline void event_source_lighten(GSource *source)
{
    g_source_set_can_recurse(source, TRUE);
}
