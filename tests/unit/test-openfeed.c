/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "observe/openfeed.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/fanotify.h>
#include <unistd.h>

/* The kernel's part is played here: a pipe with events in it, and a marker that counts. */
typedef struct {
    OpenFeed *feed;
    ProcRoot *root;
    GMainContext *context;
    char *directory;
    char *path; /* of the file that is opened, always */
    int kernel; /* events are written here; -1: it is closed */
    int n_marked;
    guint n_armed;
    guint n_disarmed;
    guint n_ready;
    guint n_lost;
    guint n_taken;
} Fixture;

enum { WANTED = 4000001, UNWANTED = 4000002 }; /* pids; above the largest there can be */

static int marker_arm(gpointer data, uint32_t *ret_unmarked, char **ret_why)
{
    Fixture *f = data;
    f->n_armed++;
    *ret_unmarked = 1;
    *ret_why = g_strdup("/mnt: said no");
    return f->n_marked;
}

static void marker_disarm(gpointer data)
{
    ((Fixture *)data)->n_disarmed++;
}

static bool wants(uint32_t pid, gpointer data)
{
    return pid == WANTED;
}

static void take(const OpenEvent *event, gpointer data)
{
    Fixture *f = data;
    ck_assert_uint_eq(event->pid, WANTED);
    ck_assert_str_eq(event->path, f->path);
    f->n_taken++;
}

static void ready(gpointer data)
{
    Fixture *f = data;
    f->n_ready++;
    openfeed_drain(f->feed);
}

static void lost(gpointer data)
{
    ((Fixture *)data)->n_lost++;
}

static void fixture_init(Fixture *f)
{
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    *f = (Fixture){.root = proc_root_open("/proc"),
                   .context = g_main_context_new(),
                   .directory = unit_mkdir(),
                   .kernel = ends[1],
                   .n_marked = 1};
    ck_assert_ptr_nonnull(f->root);
    f->path = unit_write(f->directory, "file", "x", 1);
    const OpensMarker marker = {marker_arm, marker_disarm, f};
    const OpenFeedSetup setup = {.root = f->root,
                                 .context = f->context,
                                 .sink = {wants, take, f},
                                 .ready = ready,
                                 .lost = lost,
                                 .data = f};
    f->feed = openfeed_new(opens_adopt(ends[0], &marker), &setup);
}

static void fixture_clear(Fixture *f)
{
    openfeed_free(f->feed);
    fd_close(&f->kernel);
    proc_root_close(f->root);
    g_main_context_unref(f->context);
    g_free(f->path);
    unit_rmdir(f->directory);
}

static void put(const Fixture *f, uint64_t mask, int fd, int pid)
{
    const struct fanotify_event_metadata event = {.event_len = FAN_EVENT_METADATA_LEN,
                                                  .vers = FANOTIFY_METADATA_VERSION,
                                                  .metadata_len = FAN_EVENT_METADATA_LEN,
                                                  .mask = mask,
                                                  .fd = fd,
                                                  .pid = pid};
    ck_assert_int_eq(write(f->kernel, &event, sizeof event), sizeof event);
}

static void put_open(const Fixture *f, int pid)
{
    int fd = open(f->path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    put(f, FAN_OPEN, fd, pid); /* its reader closes it */
}

static void dispatch(Fixture *f)
{
    while (g_main_context_iteration(f->context, FALSE))
        ;
}

START_TEST(tells_while_it_is_wanted)
{
    Fixture f;
    fixture_init(&f);
    put_open(&f, WANTED);
    ck_assert(openfeed_want(f.feed, true)); /* what came before is not told */
    ck_assert(openfeed_want(f.feed, true)); /* nor is it armed again */
    ck_assert_uint_eq(f.n_armed, 1);
    put_open(&f, WANTED);
    put_open(&f, UNWANTED);
    put_open(&f, WANTED);
    dispatch(&f);
    ck_assert_uint_gt(f.n_ready, 0);
    ck_assert_uint_eq(f.n_taken, 2);
    ck_assert_uint_eq(f.n_lost, 0);
    const char *why = NULL;
    ck_assert_uint_eq(openfeed_unmarked(f.feed, &why), 1);
    ck_assert_str_eq(why, "/mnt: said no");
    fixture_clear(&f);
}
END_TEST

static const int refusals[] = {0, -EPERM};

START_TEST(cannot_be_armed)
{
    Fixture f;
    fixture_init(&f);
    f.n_marked = refusals[_i];
    ck_assert(!openfeed_want(f.feed, true));
    ck_assert(!openfeed_want(f.feed, false));
    f.n_marked = 1;
    ck_assert(openfeed_want(f.feed, true)); /* it is tried again */
    ck_assert_uint_eq(f.n_armed, 2);
    fixture_clear(&f);
}
END_TEST

/* Only wakes up. */
static gboolean go_on(gpointer data)
{
    return G_SOURCE_CONTINUE;
}

static const bool wanted_again[] = {false, true};

/* Not wanted any more, it goes on for a while; and if it is wanted again by then, for good. */
START_TEST(lingers)
{
    Fixture f;
    fixture_init(&f);
    ck_assert(!openfeed_want(f.feed, false)); /* and is not begun by that */
    ck_assert_uint_eq(f.n_armed, 0);
    ck_assert(openfeed_want(f.feed, true));
    ck_assert(openfeed_want(f.feed, false));
    ck_assert(openfeed_want(f.feed, false));
    put_open(&f, WANTED);
    dispatch(&f);
    ck_assert_uint_eq(f.n_taken, 1);
    if (wanted_again[_i])
        ck_assert(openfeed_want(f.feed, true));
    gint64 start_usec = g_get_monotonic_time();
    const gint64 limit_usec = wanted_again[_i] ? G_USEC_PER_SEC * 3 / 2 : 30 * G_USEC_PER_SEC;
    GSource *limit = g_timeout_source_new((guint)(limit_usec / 1000));
    g_source_set_callback(limit, go_on, NULL, NULL);
    g_source_attach(limit, f.context);
    while (f.n_disarmed == 0 && g_get_monotonic_time() - start_usec < limit_usec)
        (void)g_main_context_iteration(f.context, TRUE);
    g_source_destroy(limit);
    g_source_unref(limit);
    ck_assert_uint_eq(f.n_disarmed, wanted_again[_i] ? 0 : 1);
    ck_assert_int_eq(openfeed_want(f.feed, false), wanted_again[_i]);
    ck_assert_uint_eq(f.n_armed, 1);
    fixture_clear(&f);
}
END_TEST

/* More events that nobody wants than can be afforded: it rests, and says that it lost some. */
START_TEST(rests)
{
    Fixture f;
    fixture_init(&f);
    ck_assert(openfeed_want(f.feed, true));
    gint64 start_usec = g_get_monotonic_time();
    guint n = 0;
    while (!openfeed_resting(f.feed) && n < 10 * OPENFEED_UNWANTED_MAX) {
        for (int i = 0; i < 100; i++, n++)
            put_open(&f, UNWANTED);
        dispatch(&f);
    }
    double took_sec = (double)(g_get_monotonic_time() - start_usec) / G_USEC_PER_SEC;
    ck_assert(openfeed_resting(f.feed));
    ck_assert_uint_gt(n, OPENFEED_UNWANTED_MAX);
    ck_assert_double_le(n, OPENFEED_UNWANTED_MAX + 200 + took_sec * OPENFEED_UNWANTED_PER_SEC);
    ck_assert_uint_eq(f.n_lost, 1);
    ck_assert_uint_eq(f.n_disarmed, 1);
    ck_assert(!openfeed_want(f.feed, true));
    ck_assert_uint_eq(f.n_armed, 1);
    fixture_clear(&f);
}
END_TEST

START_TEST(does_not_count_what_is_wanted)
{
    Fixture f;
    fixture_init(&f);
    ck_assert(openfeed_want(f.feed, true));
    for (int i = 0; i < OPENFEED_UNWANTED_MAX + 1000; i += 100) {
        for (int j = 0; j < 100; j++)
            put_open(&f, WANTED);
        dispatch(&f);
    }
    ck_assert(!openfeed_resting(f.feed));
    ck_assert_uint_eq(f.n_taken, OPENFEED_UNWANTED_MAX + 1000);
    fixture_clear(&f);
}
END_TEST

START_TEST(says_that_it_lost_some)
{
    Fixture f;
    fixture_init(&f);
    ck_assert(openfeed_want(f.feed, true));
    put(&f, FAN_Q_OVERFLOW, FAN_NOFD, 0);
    put_open(&f, WANTED);
    dispatch(&f);
    ck_assert_uint_ge(f.n_lost, 1);
    ck_assert_uint_eq(f.n_taken, 1); /* and goes on */
    ck_assert_int_eq(openfeed_error(f.feed), 0);
    fixture_clear(&f);
}
END_TEST

START_TEST(breaks)
{
    Fixture f;
    fixture_init(&f);
    ck_assert(openfeed_want(f.feed, true));
    fd_close(&f.kernel);
    openfeed_drain(f.feed);
    ck_assert_int_lt(openfeed_error(f.feed), 0);
    ck_assert_uint_eq(f.n_lost, 1);
    dispatch(&f); /* nothing waits for it any more */
    ck_assert(!openfeed_want(f.feed, true));
    ck_assert(!openfeed_want(f.feed, false));
    openfeed_drain(f.feed);
    const char *why = "x";
    ck_assert_uint_eq(openfeed_unmarked(f.feed, &why), 0);
    ck_assert_ptr_null(why);
    fixture_clear(&f);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("openfeed");
    UNIT_ADD(suite, tells_while_it_is_wanted);
    UNIT_ADD_ROWS(suite, cannot_be_armed, refusals);
    UNIT_ADD_ROWS(suite, lingers, wanted_again);
    UNIT_ADD(suite, rests);
    UNIT_ADD(suite, does_not_count_what_is_wanted);
    UNIT_ADD(suite, says_that_it_lost_some);
    UNIT_ADD(suite, breaks);
    return suite;
}
