/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/* What the daemon makes of descriptors that come with a call (WarmOpen): a file that was opened for
 * reading, and nothing else. */
#include "base/fd.h"
#include "ctl/client.h"
#include "ctl/dict.h"
#include "rig.h"
#include "unit.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    Rig *rig;
    GDBusConnection *client;
} Fixture;

static void fixture_init(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    fixture->rig = rig_new("dopredict = false\nyield = false");
    rig_start(fixture->rig);
    rig_expect(fixture->rig, "known, ");
    fixture->client = client_connect(fixture->rig->socket, &error);
    ck_assert_msg(fixture->client != NULL, "%s", error != NULL ? error->message : "");
}

static void fixture_clear(Fixture *fixture)
{
    g_object_unref(fixture->client);
    rig_stop(fixture->rig);
    rig_free(fixture->rig);
}

/* An order of the first MiB of the file of this handle, among these descriptors. */
static GVariant *order(const Fixture *fixture, int handle, const int *fds, gsize n, GError **error)
{
    g_autoptr(GUnixFDList) list = g_unix_fd_list_new();
    for (gsize i = 0; i < n; i++)
        ck_assert_int_ge(g_unix_fd_list_append(list, fds[i], NULL), 0);
    GVariant *files =
        g_variant_new_parsed("([(%h, [(uint64 0, uint64 1048576)])],)", (gint32)handle);
    return client_call_with(fixture->client, "WarmOpen", files, list, error);
}

static void check_refused(const Fixture *fixture, const char *path, int flags, const char *why)
{
    g_autoptr(GError) error = NULL;
    autofd fd = open(path, flags | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    g_autoptr(GVariant) number = order(fixture, 0, &fd, 1, &error);
    ck_assert_msg(number == NULL && strstr(error->message, why) != NULL, "%s, %x: %s", path,
                  (unsigned)flags, error != NULL ? error->message : "taken");
}

START_TEST(only_files_that_are_open_for_reading)
{
    Fixture fixture;
    fixture_init(&fixture);
    g_autofree char *file = rig_file(fixture.rig, "file", 1);
    g_autofree char *pipe = rig_path(fixture.rig, "pipe");
    ck_assert_int_eq(mkfifo(pipe, 0600), 0);
    rig_drop(file);
    check_refused(&fixture, file, O_PATH, "no regular file, or not opened for reading");
    check_refused(&fixture, file, O_WRONLY, "no regular file, or not opened for reading");
    check_refused(&fixture, fixture.rig->dir, O_RDONLY, "no regular file");
    check_refused(&fixture, pipe, O_RDONLY | O_NONBLOCK, "no regular file");
    check_refused(&fixture, "/dev/null", O_RDONLY, "no regular file");
    ck_assert(rig_resident(file) <= 0);
    fixture_clear(&fixture);
}
END_TEST

START_TEST(a_handle_is_one_of_those_that_came)
{
    Fixture fixture;
    fixture_init(&fixture);
    g_autofree char *file = rig_file(fixture.rig, "file", 1);
    autofd fd = open(file, O_RDONLY | O_CLOEXEC);
    for (int handle = -1; handle < 3; handle += 2) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) number = order(&fixture, handle, &fd, 1, &error);
        ck_assert_ptr_null(number);
        ck_assert_msg(strstr(error->message, "did not come with the call") != NULL, "%s",
                      error->message);
    }
    fixture_clear(&fixture);
}
END_TEST

/* Of the order that was taken: it ends, and only its own numbers are told. */
START_TEST(an_order_is_told_of_and_nothing_that_was_there_before)
{
    Fixture fixture;
    g_autoptr(GError) error = NULL;
    fixture_init(&fixture);
    g_autofree char *file = rig_file(fixture.rig, "file", 1);
    rig_drop(file);
    autofd fd = open(file, O_RDONLY | O_CLOEXEC);
    g_autoptr(GVariant) number = order(&fixture, 0, &fd, 1, &error);
    ck_assert_msg(number != NULL, "%s", error != NULL ? error->message : "");
    rig_expect(fixture.rig, "warmed on request: 1024 KiB wanted, ");
    guint32 n = g_variant_get_uint32(number);
    g_autoptr(GVariant) progress =
        client_call(fixture.client, "WarmProgress", g_variant_new("(u)", n), &error);
    ck_assert_ptr_nonnull(progress);
    ck_assert(dict_bool(progress, "ended"));
    ck_assert_uint_eq(dict_u64(progress, "goal_bytes"), 1048576);
    ck_assert_ptr_null(g_variant_lookup_value(progress, "resident_bytes", NULL));
    ck_assert_ptr_null(g_variant_lookup_value(progress, "loaded_bytes", NULL));
    ck_assert(rig_resident(file) >= 1);
    g_autoptr(GVariant) none =
        client_call(fixture.client, "WarmProgress", g_variant_new("(u)", n + 1), &error);
    ck_assert_ptr_null(none);
    fixture_clear(&fixture);
}
END_TEST

static guint count_descriptors(const Rig *rig)
{
    guint n = 0;
    g_autofree char *path = g_strdup_printf("/proc/%d/fd", (int)rig->daemon);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    while (dir != NULL && g_dir_read_name(dir) != NULL)
        n++;
    return n;
}

/* One more than is taken: the connection ends, and the daemon keeps none of them. */
START_TEST(too_many_end_the_connection)
{
    int fds[17];
    Fixture fixture;
    g_autoptr(GError) error = NULL;
    fixture_init(&fixture);
    g_autofree char *file = rig_file(fixture.rig, "file", 1);
    for (gsize i = 0; i < G_N_ELEMENTS(fds); i++)
        fds[i] = open(file, O_RDONLY | O_CLOEXEC);
    g_autoptr(GVariant) most = order(&fixture, 15, fds, 16, &error);
    ck_assert_msg(most != NULL, "%s", error != NULL ? error->message : "");
    rig_expect(fixture.rig, "warmed on request: ");
    guint before = count_descriptors(fixture.rig);
    g_autoptr(GVariant) none = order(&fixture, 0, fds, 17, &error);
    ck_assert_ptr_null(none);
    ck_assert(g_error_matches(error, CLIENT_ERROR, CLIENT_ERROR_ABSENT));
    ck_assert_uint_le(count_descriptors(fixture.rig), before);
    for (gsize i = 0; i < G_N_ELEMENTS(fds); i++)
        fd_close(&fds[i]);
    fixture_clear(&fixture);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("integration-orders");
    UNIT_ADD(suite, only_files_that_are_open_for_reading);
    UNIT_ADD(suite, a_handle_is_one_of_those_that_came);
    UNIT_ADD(suite, an_order_is_told_of_and_nothing_that_was_there_before);
    UNIT_ADD(suite, too_many_end_the_connection);
    return suite;
}
