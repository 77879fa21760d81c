/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/openfeed.h"
#include "base/event-source.h"
#include <errno.h>
#include <glib-unix.h>

#define MOUNTINFO_BYTES ((size_t)4 << 20)
/* Reads in one go; what is left comes next time. */
#define READS_MAX 64
#define LINGER_MSEC 1000
/* It goes on with half the allowance, so that it does not go on and off all the time. */
#define RESUME_AT (OPENFEED_UNWANTED_MAX / 2)

struct OpenFeed {
    OpenFeedSetup setup;
    Opens *opens; /* NULL: broken */
    GSource *source;
    GSource *linger_source;
    int error;
    int64_t allowance;   /* of events that nobody wants */
    gint64 allowed_usec; /* up to when it was granted */
    bool resting;
};

static bool count_unwanted(uint32_t pid, gpointer data)
{
    OpenFeed *feed = data;
    bool wanted = feed->setup.sink.wants(pid, feed->setup.sink.data);
    feed->allowance -= wanted ? 0 : 1;
    return wanted;
}

static void pass_on(const OpenEvent *event, gpointer data)
{
    const OpenFeed *feed = data;
    feed->setup.sink.take(event, feed->setup.sink.data);
}

static gboolean on_ready(gint fd, GIOCondition condition, gpointer data)
{
    const OpenFeed *feed = data;
    (void)fd;
    (void)condition;
    feed->setup.ready(feed->setup.data);
    return G_SOURCE_CONTINUE;
}

OpenFeed *openfeed_new(Opens *opens, const OpenFeedSetup *setup)
{
    OpenFeed *feed = g_new0(OpenFeed, 1);
    feed->setup = *setup;
    feed->opens = opens;
    feed->allowance = OPENFEED_UNWANTED_MAX;
    feed->allowed_usec = g_get_monotonic_time();
    feed->source = g_unix_fd_source_new(opens_fd(opens), G_IO_IN);
    event_source_lighten(feed->source);
    g_source_set_callback(feed->source, G_SOURCE_FUNC(on_ready), feed, NULL);
    g_source_attach(feed->source, setup->context);
    return feed;
}

void openfeed_free(OpenFeed *feed)
{
    if (feed == NULL)
        return;
    event_source_clear(&feed->source);
    event_source_clear(&feed->linger_source);
    opens_free(feed->opens);
    g_free(feed);
}

static void grant(OpenFeed *feed)
{
    gint64 now_usec = g_get_monotonic_time();
    gint64 n = (now_usec - feed->allowed_usec) * OPENFEED_UNWANTED_PER_SEC / G_USEC_PER_SEC;
    if (n <= 0)
        return;
    feed->allowance = MIN(feed->allowance + n, OPENFEED_UNWANTED_MAX);
    feed->allowed_usec = now_usec;
    if (feed->allowance >= RESUME_AT)
        feed->resting = false;
}

static gboolean disarm(gpointer data)
{
    OpenFeed *feed = data;
    event_source_clear(&feed->linger_source);
    if (feed->opens != NULL)
        opens_disarm(feed->opens);
    return G_SOURCE_REMOVE;
}

static void arm(OpenFeed *feed)
{
    g_autoptr(GString) text = NULL;
    if (proc_read_global(feed->setup.root, "self/mountinfo", MOUNTINFO_BYTES, &text) < 0)
        return;
    g_autoptr(Mounts) mounts = mounts_parse(cursor_of(text->str, text->len));
    (void)opens_arm(feed->opens, mounts);
}

static void linger(OpenFeed *feed)
{
    feed->linger_source = g_timeout_source_new(LINGER_MSEC);
    g_source_set_callback(feed->linger_source, disarm, feed, NULL);
    g_source_attach(feed->linger_source, feed->setup.context);
}

bool openfeed_want(OpenFeed *feed, bool wanted)
{
    if (feed->opens == NULL)
        return false;
    bool armed = opens_armed(feed->opens);
    if (!wanted && armed && feed->linger_source == NULL)
        linger(feed);
    if (!wanted)
        return armed;
    event_source_clear(&feed->linger_source);
    grant(feed);
    if (feed->resting)
        return false;
    if (!armed)
        arm(feed);
    return opens_armed(feed->opens);
}

/* What nobody wants has become too much. */
static void rest(OpenFeed *feed)
{
    feed->resting = true;
    (void)disarm(feed);
    feed->setup.lost(feed->setup.data);
}

static void break_down(OpenFeed *feed)
{
    feed->error = -ECONNRESET;
    event_source_clear(&feed->source);
    event_source_clear(&feed->linger_source);
    g_clear_pointer(&feed->opens, opens_free);
    feed->setup.lost(feed->setup.data);
}

void openfeed_drain(OpenFeed *feed)
{
    const OpensSink sink = {count_unwanted, pass_on, feed};
    OpensResult result = OPENS_MORE;
    for (guint i = 0; feed->opens != NULL && i < READS_MAX && result != OPENS_DRAINED; i++) {
        result = opens_read(feed->opens, &sink);
        if (result == OPENS_OVERFLOW)
            feed->setup.lost(feed->setup.data);
        if (result == OPENS_BROKEN)
            break_down(feed);
    }
    grant(feed);
    if (feed->allowance < 0 && feed->opens != NULL && opens_armed(feed->opens))
        rest(feed);
}

int openfeed_error(const OpenFeed *feed)
{
    return feed->error;
}

uint32_t openfeed_unmarked(const OpenFeed *feed, const char **ret_why)
{
    *ret_why = NULL;
    return feed->opens != NULL ? opens_unmarked(feed->opens, ret_why) : 0;
}

bool openfeed_resting(const OpenFeed *feed)
{
    return feed->resting;
}
