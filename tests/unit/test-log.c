/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "base/log.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define STAMP "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} "

static char *content_of(const char *path)
{
    char *text = NULL;
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static Log *log_to(const char *path, int verbosity)
{
    g_autoptr(GError) error = NULL;
    Log *log = log_new(path, verbosity, &error);
    ck_assert_msg(log != NULL, "%s", error != NULL ? error->message : "");
    return log;
}

START_TEST(a_file_has_stamped_lines_and_is_private)
{
    char *directory = unit_mkdir();
    g_autofree char *path = g_build_filename(directory, "log", NULL);
    GStatBuf st;
    umask(0);
    Log *log = log_to(path, LEVEL_INFO);
    log_write(log, LEVEL_INFO, MESSAGE_STARTED, "%d of %s", 7, "nine");
    log_write(log, LEVEL_ERROR, MESSAGE_NONE, "end");
    g_autofree char *text = content_of(path);
    ck_assert_msg(g_regex_match_simple("^" STAMP "7 of nine\n" STAMP "end\n$", text, 0, 0), "%s",
                  text);
    ck_assert_int_eq(g_stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    log_free(log);
    unit_rmdir(directory);
}
END_TEST

START_TEST(a_file_is_appended_to)
{
    char *directory = unit_mkdir();
    g_autofree char *path = unit_write(directory, "log", "before\n", -1);
    Log *log = log_to(path, LEVEL_INFO);
    log_write(log, LEVEL_INFO, MESSAGE_NONE, "after");
    g_autofree char *text = content_of(path);
    ck_assert_msg(g_regex_match_simple("^before\n" STAMP "after\n$", text, 0, 0), "%s", text);
    log_free(log);
    unit_rmdir(directory);
}
END_TEST

static const struct {
    LogLevel level;
    int verbosity;
    bool written;
} level_rows[] = {
    {LEVEL_ERROR, 0, true},   {LEVEL_WARNING, 0, false}, {LEVEL_WARNING, 1, false},
    {LEVEL_WARNING, 2, true}, {LEVEL_NOTICE, 2, false},  {LEVEL_NOTICE, 3, true},
    {LEVEL_INFO, 3, false},   {LEVEL_INFO, 4, true},     {LEVEL_CYCLE, 4, false},
    {LEVEL_CYCLE, 6, true},   {LEVEL_DEBUG, 8, false},   {LEVEL_DEBUG, 9, true},
    {LEVEL_DEBUG, 10, true},
};

START_TEST(what_is_above_the_verbosity_is_not_written)
{
    char *directory = unit_mkdir();
    g_autofree char *path = g_build_filename(directory, "log", NULL);
    Log *log = log_to(path, level_rows[_i].verbosity);
    ck_assert(log_wants(log, level_rows[_i].level) == level_rows[_i].written);
    log_write(log, level_rows[_i].level, MESSAGE_NONE, "x");
    g_autofree char *text = content_of(path);
    ck_assert((*text != '\0') == level_rows[_i].written);
    log_free(log);
    unit_rmdir(directory);
}
END_TEST

START_TEST(after_rotation_the_new_file_is_written)
{
    char *directory = unit_mkdir();
    g_autofree char *path = g_build_filename(directory, "log", NULL);
    g_autofree char *rotated = g_build_filename(directory, "log.1", NULL);
    Log *log = log_to(path, LEVEL_INFO);
    log_write(log, LEVEL_INFO, MESSAGE_NONE, "one");
    ck_assert_int_eq(g_rename(path, rotated), 0);
    log_write(log, LEVEL_INFO, MESSAGE_NONE, "two");
    ck_assert(log_reopen(log, NULL));
    log_write(log, LEVEL_INFO, MESSAGE_NONE, "three");
    g_autofree char *old = content_of(rotated);
    g_autofree char *new = content_of(path);
    ck_assert(g_regex_match_simple("^" STAMP "one\n" STAMP "two\n$", old, 0, 0));
    ck_assert(g_regex_match_simple("^" STAMP "three\n$", new, 0, 0));
    log_free(log);
    unit_rmdir(directory);
}
END_TEST

START_TEST(a_failed_reopen_keeps_the_old_file)
{
    char *directory = unit_mkdir();
    g_autofree char *path = g_build_filename(directory, "log", NULL);
    g_autofree char *rotated = g_build_filename(directory, "log.1", NULL);
    g_autoptr(GError) error = NULL;
    Log *log = log_to(path, LEVEL_INFO);
    ck_assert_int_eq(g_rename(path, rotated), 0);
    ck_assert_int_eq(g_mkdir(path, 0700), 0);
    ck_assert(!log_reopen(log, &error));
    ck_assert_ptr_nonnull(strstr(error->message, path));
    log_write(log, LEVEL_INFO, MESSAGE_NONE, "still here");
    g_autofree char *old = content_of(rotated);
    ck_assert_ptr_nonnull(strstr(old, "still here"));
    log_free(log);
    unit_rmdir(directory);
}
END_TEST

START_TEST(standard_error_needs_no_reopening)
{
    g_autoptr(Log) log = log_to("", LEVEL_INFO);
    ck_assert(log_reopen(log, NULL));
}
END_TEST

static const struct {
    const char *name; /* of what is at the path */
    gint code;
} refused_rows[] = {
    {"symlink", G_FILE_ERROR_LOOP},
    {"directory", G_FILE_ERROR_ISDIR},
    {"missing/log", G_FILE_ERROR_NOENT},
    {"fifo", G_FILE_ERROR_NXIO}, /* and above all: it does not hang */
};

START_TEST(what_is_no_log_file_is_refused)
{
    char *directory = unit_mkdir();
    g_autofree char *path = g_build_filename(directory, refused_rows[_i].name, NULL);
    g_autofree char *target = unit_write(directory, "target", "", -1);
    g_autofree char *symbolic = g_build_filename(directory, "symlink", NULL);
    g_autofree char *folder = g_build_filename(directory, "directory", NULL);
    g_autofree char *fifo = g_build_filename(directory, "fifo", NULL);
    g_autoptr(GError) error = NULL;
    ck_assert_int_eq(symlink(target, symbolic), 0);
    ck_assert_int_eq(g_mkdir(folder, 0700), 0);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    ck_assert_ptr_null(log_new(path, LEVEL_INFO, &error));
    ck_assert(g_error_matches(error, G_FILE_ERROR, refused_rows[_i].code));
    ck_assert_ptr_nonnull(strstr(error->message, path));
    unit_rmdir(directory);
}
END_TEST

/* Standard error is a file here, no terminal: so with a time. */
START_TEST(standard_error_is_written)
{
    char *directory = unit_mkdir();
    g_autofree char *path = unit_write(directory, "stderr", "", -1);
    autofd saved = dup(STDERR_FILENO);
    autofd fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    ck_assert_int_ge(dup2(fd, STDERR_FILENO), 0);
    Log *log = log_to("", LEVEL_INFO);
    log_write(log, LEVEL_INFO, MESSAGE_STARTED, "to whom it may concern");
    log_free(log);
    ck_assert_int_ge(dup2(saved, STDERR_FILENO), 0);
    g_autofree char *text = content_of(path);
    ck_assert_msg(g_regex_match_simple("^" STAMP "to whom it may concern\n$", text, 0, 0), "%s",
                  text);
    unit_rmdir(directory);
}
END_TEST

static const struct {
    const char *text;
    const char *expected;
} printable_rows[] = {
    {"", ""},
    {"plain /usr/bin/x", "plain /usr/bin/x"},
    {"caf\303\251 \346\227\245", "caf\303\251 \346\227\245"},
    {"a\nb\rc\td", "a?b?c?d"},
    {"\033[31mred\033[0m", "?[31mred?[0m"},
    {"del\177", "del?"},
    {"c1\302\233x", "c1?x"},         /* U+009B, the one-character CSI */
    {"bidi\342\200\256x", "bidi?x"}, /* U+202E turns the rest of the line around */
    {"bad\377\376x", "bad??x"},
    {"cut\303", "cut?"},
    {"over\300\257x", "over??x"},      /* an overlong '/' */
    {"half\355\240\200x", "half???x"}, /* a surrogate */
};

START_TEST(only_printable_text_is_left)
{
    g_autofree char *out = log_printable(printable_rows[_i].text);
    ck_assert_str_eq(out, printable_rows[_i].expected);
}
END_TEST

START_TEST(a_message_is_one_line)
{
    char *directory = unit_mkdir();
    g_autofree char *path = g_build_filename(directory, "log", NULL);
    Log *log = log_to(path, LEVEL_INFO);
    log_write(log, LEVEL_INFO, MESSAGE_NONE, "%s", "x\n2026-01-01 00:00:00 forged");
    g_autofree char *text = content_of(path);
    ck_assert(g_regex_match_simple("^" STAMP "x\\?2026-01-01 00:00:00 forged\n$", text, 0, 0));
    log_free(log);
    unit_rmdir(directory);
}
END_TEST

/* A /run of our own, with a journal in it that is us. Negative if that may not be made here. */
static int journal_listen(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket"};
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return -1;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=0777") != 0)
        return -1;
    autofd fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_eq(g_mkdir_with_parents("/run/systemd/journal", 0777), 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd_steal(&fd);
}

static const struct {
    LogLevel level;
    MessageId id;
    const char *priority;
} journal_rows[] = {
    {LEVEL_ERROR, MESSAGE_STATE_NOT_SAVED, "PRIORITY=3\n"},
    {LEVEL_WARNING, MESSAGE_CAPABILITY_MISSING, "PRIORITY=4\n"},
    {LEVEL_NOTICE, MESSAGE_STARTED, "PRIORITY=5\n"},
    {LEVEL_INFO, MESSAGE_READ_AHEAD, "PRIORITY=6\n"},
    {LEVEL_CYCLE, MESSAGE_NONE, "PRIORITY=6\n"},
    {LEVEL_DEBUG, MESSAGE_NONE, "PRIORITY=7\n"},
};

START_TEST(the_journal_gets_fields)
{
    autofd journal = journal_listen();
    if (journal < 0)
        unit_skip("no mount namespace of our own: %s", g_strerror(errno));
    char text[1024] = "\n";
    g_autoptr(Log) log = log_to(NULL, LEVEL_DEBUG);
    log_write(log, journal_rows[_i].level, journal_rows[_i].id, "a\n%s", "b");
    ck_assert_int_gt(recv(journal, text + 1, sizeof text - 2, 0), 0);
    ck_assert_msg(strstr(text, "\nMESSAGE=a?b\n") != NULL, "%s", text);
    ck_assert_ptr_nonnull(strstr(text, journal_rows[_i].priority));
    ck_assert_ptr_nonnull(strstr(text, "\nSYSLOG_IDENTIFIER=preload\n"));
    const char *id = message_id(journal_rows[_i].id);
    g_autofree char *field = g_strdup_printf("\nMESSAGE_ID=%s", id != NULL ? id : "");
    ck_assert((strstr(text, field) != NULL) == (id != NULL));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("log");
    UNIT_ADD(suite, a_file_has_stamped_lines_and_is_private);
    UNIT_ADD(suite, a_file_is_appended_to);
    UNIT_ADD_ROWS(suite, what_is_above_the_verbosity_is_not_written, level_rows);
    UNIT_ADD(suite, after_rotation_the_new_file_is_written);
    UNIT_ADD(suite, a_failed_reopen_keeps_the_old_file);
    UNIT_ADD(suite, standard_error_needs_no_reopening);
    UNIT_ADD_ROWS(suite, what_is_no_log_file_is_refused, refused_rows);
    UNIT_ADD(suite, standard_error_is_written);
    UNIT_ADD_ROWS(suite, only_printable_text_is_left, printable_rows);
    UNIT_ADD(suite, a_message_is_one_line);
    UNIT_ADD_ROWS(suite, the_journal_gets_fields, journal_rows);
    return suite;
}
