/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "fake-logind.h"
#include "observe/logins.h"

static void append(const Login *login, gpointer data)
{
    g_string_append_printf(data, "%s:%u:%s ", login->session, (unsigned)login->uid,
                           login->graphical ? "graphical" : "terminal");
}

/* What a look tells. */
static void assert_told(Logins *logins, const char *expected)
{
    g_autoptr(GString) told = g_string_new(NULL);
    logins_look(logins, append, told);
    ck_assert_str_eq(told->str, expected);
}

static const struct {
    const char *class;
    const char *type;
    int remote;
    const char *told;
} rows[] = {
    {"user", "wayland", 0, "s:1000:graphical "},
    {"user", "x11", 0, "s:1000:graphical "},
    {"user", "mir", 0, "s:1000:graphical "},
    {"user", "x11", 1, "s:1000:graphical "}, /* a remote desktop */
    {"user", "tty", 0, "s:1000:terminal "},
    {"user-early", "tty", 0, "s:1000:terminal "},
    {"user-light", "tty", 0, "s:1000:terminal "},
    {"user", "tty", 1, ""}, /* ssh */
    {"user", "tty", -EIO, ""},
    {"user", "unspecified", 0, ""}, /* cron, as older ones have it */
    {"background", "unspecified", 0, ""},
    {"user-incomplete", "wayland", 0, ""},
    {"greeter", "wayland", 0, ""},
    {"lock-screen", "x11", 0, ""},
    {"manager", "unspecified", 0, ""},
    {"user and more", "x11", 0, ""},
    {"", "", 0, ""},
    {NULL, "x11", 0, ""},
    {"user", NULL, 0, ""},
};

START_TEST(who_counts)
{
    g_autoptr(Logins) logins = fake_logins();
    fake_begin("s", rows[_i].class, rows[_i].type, rows[_i].remote);
    assert_told(logins, rows[_i].told);
    assert_told(logins, ""); /* once */
}
END_TEST

START_TEST(sessions_that_there_are_already_are_not_told)
{
    fake_begin("1", "user", "x11", 0);
    g_autoptr(Logins) logins = fake_logins();
    assert_told(logins, "");
    fake_begin("2", "user", "tty", 0);
    assert_told(logins, "2:1001:terminal ");
}
END_TEST

START_TEST(a_session_that_becomes_whole_is_told_then)
{
    g_autoptr(Logins) logins = fake_logins();
    fake_begin("1", "user-incomplete", "wayland", 0);
    assert_told(logins, "");
    fake.sessions[0].class = "user";
    assert_told(logins, "1:1000:graphical ");
}
END_TEST

START_TEST(an_id_that_is_used_again_is_another_session)
{
    g_autoptr(Logins) logins = fake_logins();
    fake_begin("1", "user", "x11", 0);
    assert_told(logins, "1:1000:graphical ");
    fake.n = 0;
    assert_told(logins, "");
    fake_begin("1", "user", "tty", 0);
    assert_told(logins, "1:1000:terminal ");
}
END_TEST

START_TEST(a_list_that_cannot_be_had_is_had_later)
{
    g_autoptr(Logins) logins = fake_logins();
    fake_begin("1", "user", "x11", 0);
    fake.list_error = -ENOMEM;
    assert_told(logins, "");
    fake.list_error = 0;
    assert_told(logins, "1:1000:graphical ");
}
END_TEST

static void count(const Login *login, gpointer data)
{
    ck_assert_uint_le(strlen(login->session), LOGINS_ID_MAX);
    ++*(guint *)data;
}

START_TEST(more_sessions_than_anybody_has_are_bounded)
{
    g_autoptr(Logins) logins = fake_logins();
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *longest = g_strnfill(LOGINS_ID_MAX, 'x');
    g_autofree char *longer = g_strnfill(LOGINS_ID_MAX + 1, 'x');
    fake_begin(longest, "user", "x11", 0);
    fake_begin(longer, "user", "x11", 0);
    for (guint i = 2; i < G_N_ELEMENTS(fake.sessions); i++) {
        g_ptr_array_add(ids, g_strdup_printf("%u", i));
        fake_begin(ids->pdata[i - 2], "user", "x11", 0);
    }
    guint n = 0;
    logins_look(logins, count, &n);
    ck_assert_uint_eq(n, LOGINS_MAX - 1); /* less the one whose id is too long */
}
END_TEST

START_TEST(a_change_wakes_up_and_a_flush_ends_that)
{
    g_autoptr(Logins) logins = fake_logins();
    fake_begin("1", "user", "x11", 0);
    ck_assert_int_eq(logins_fd(logins), fake.pipe[0]);
    logins_flush(logins);
    ck_assert_int_eq(fake.n_flushed, 1);
}
END_TEST

START_TEST(what_is_opened_is_closed)
{
    logins_free(fake_logins());
    ck_assert_int_eq(fake.n_monitors, 0);
    logins_free(NULL);
}
END_TEST

START_TEST(without_logind_the_reason_is_told)
{
    g_autoptr(GError) error = NULL;
    fake.monitor_error = -ENOENT;
    ck_assert_ptr_null(logins_new(&fake_api, &error));
    ck_assert(g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT));
    ck_assert_ptr_nonnull(strstr(error->message, "logind"));
}
END_TEST

/* This machine may have logind or not, and libsystemd or not: either all or a reason. */
START_TEST(the_real_one)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Logins) logins = logins_open(&error);
    ck_assert((logins != NULL) == (error == NULL));
    guint n = 0;
    if (logins != NULL)
        logins_look(logins, count, &n);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("logins");
    UNIT_ADD_ROWS(suite, who_counts, rows);
    UNIT_ADD(suite, sessions_that_there_are_already_are_not_told);
    UNIT_ADD(suite, a_session_that_becomes_whole_is_told_then);
    UNIT_ADD(suite, an_id_that_is_used_again_is_another_session);
    UNIT_ADD(suite, a_list_that_cannot_be_had_is_had_later);
    UNIT_ADD(suite, more_sessions_than_anybody_has_are_bounded);
    UNIT_ADD(suite, a_change_wakes_up_and_a_flush_ends_that);
    UNIT_ADD(suite, what_is_opened_is_closed);
    UNIT_ADD(suite, without_logind_the_reason_is_told);
    UNIT_ADD(suite, the_real_one);
    return suite;
}
