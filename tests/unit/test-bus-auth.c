/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/bus-auth.h"
#include "unit.h"

#define GUID "0123456789abcdef0123456789abcdef"
#define OK "OK " GUID "\r\n"
#define REJECTED "REJECTED EXTERNAL\r\n"

/* The byte 0 that all begins with is put before `in`. The uid is 0: "30". */
static const struct {
    const char *in;
    AuthOutcome outcome;
    const char *out;
    const char *left;
} talks[] = {
    {"", AUTH_GOES_ON, "", ""},
    {"AUTH EXTERNAL 30\r\nBEGIN\r\nl\1", AUTH_DONE, OK, "l\1"},
    /* GDBus */
    {"AUTH\r\nAUTH EXTERNAL 30\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n", AUTH_DONE,
     REJECTED OK "AGREE_UNIX_FD\r\n", ""},
    /* sd-bus */
    {"AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n", AUTH_DONE,
     "DATA\r\n" OK "AGREE_UNIX_FD\r\n", ""},
    {"AUTH EXTERNAL\r\nDATA 30\r\nBEGIN\r\n", AUTH_DONE, "DATA\r\n" OK, ""},
    /* Somebody else */
    {"AUTH EXTERNAL 31\r\nBEGIN\r\n", AUTH_GOES_ON, REJECTED "ERROR\r\n", ""},
    {"AUTH EXTERNAL 3\r\n", AUTH_GOES_ON, REJECTED, ""},
    {"AUTH EXTERNAL 3030\r\n", AUTH_GOES_ON, REJECTED, ""},
    {"AUTH EXTERNAL xx\r\n", AUTH_GOES_ON, REJECTED, ""},
    {"AUTH EXTERNAL\r\nDATA 31\r\nBEGIN\r\n", AUTH_GOES_ON, "DATA\r\n" REJECTED "ERROR\r\n", ""},
    {"AUTH ANONYMOUS\r\nBEGIN\r\n", AUTH_GOES_ON, REJECTED "ERROR\r\n", ""},
    {"AUTH EXTERNAL 30\r\nCANCEL\r\nBEGIN\r\n", AUTH_GOES_ON, OK REJECTED "ERROR\r\n", ""},
    /* Not in order */
    {"NEGOTIATE_UNIX_FD\r\n", AUTH_GOES_ON, "ERROR\r\n", ""},
    {"BEGIN\r\n", AUTH_GOES_ON, "ERROR\r\n", ""},
    {"DATA\r\n", AUTH_GOES_ON, "ERROR\r\n", ""},
    {"\r\n", AUTH_GOES_ON, "ERROR\r\n", ""},
    {"AUTH EXTERNAL 30\r", AUTH_GOES_ON, "", "AUTH EXTERNAL 30\r"},
};

static void assert_talk(int row, gsize piece)
{
    g_autoptr(GString) all = g_string_new_len("", 1);
    g_string_append(all, talks[row].in);
    g_autoptr(GString) in = g_string_new(NULL);
    g_autoptr(GString) out = g_string_new(NULL);
    BusAuth auth = {.uid = 0, .guid = GUID};
    AuthOutcome outcome = AUTH_GOES_ON;
    for (gsize at = 0; at < all->len; at += piece) {
        g_string_append_len(in, all->str + at, (gssize)MIN(piece, all->len - at));
        if (outcome == AUTH_GOES_ON)
            outcome = bus_auth_feed(&auth, in, out);
    }
    ck_assert_int_eq(outcome, talks[row].outcome);
    ck_assert_str_eq(out->str, talks[row].out);
    ck_assert_str_eq(in->str, talks[row].left);
}

START_TEST(talks_end_as_they_should_in_any_pieces)
{
    for (gsize piece = 1; piece < 100; piece++)
        assert_talk(_i, piece);
}
END_TEST

START_TEST(too_much_is_too_much)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GString) line = g_string_new_len("", 1);
    BusAuth auth = {.uid = 0, .guid = GUID};
    for (int i = 0; i < AUTH_LINE_MAX; i++)
        g_string_append_c(line, 'A');
    ck_assert_int_eq(bus_auth_feed(&auth, line, out), AUTH_GOES_ON);
    g_string_append_c(line, 'A');
    ck_assert_int_eq(bus_auth_feed(&auth, line, out), AUTH_FAILED);

    g_autoptr(GString) lines = g_string_new_len("", 1);
    auth = (BusAuth){.uid = 0, .guid = GUID};
    for (int i = 0; i < AUTH_LINES_MAX + 1; i++)
        g_string_append(lines, "AUTH\r\n");
    ck_assert_int_eq(bus_auth_feed(&auth, lines, out), AUTH_FAILED);

    g_autoptr(GString) rude = g_string_new("AUTH EXTERNAL 30\r\n");
    auth = (BusAuth){.uid = 0, .guid = GUID};
    ck_assert_int_eq(bus_auth_feed(&auth, rude, out), AUTH_FAILED);

    g_autoptr(GString) zero = g_string_new_len("\0AU\0TH\r\n", 8);
    auth = (BusAuth){.uid = 0, .guid = GUID};
    ck_assert_int_eq(bus_auth_feed(&auth, zero, out), AUTH_FAILED);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("bus-auth");
    UNIT_ADD_ROWS(suite, talks_end_as_they_should_in_any_pieces, talks);
    UNIT_ADD(suite, too_much_is_too_much);
    return suite;
}
