/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "base/parse.h"
#include "service/lean.h"
#include "unit.h"
#include <fcntl.h>
#include <unistd.h>

/* Kilobytes of a kind that this process has in memory: "RssAnon", "RssFile". */
static uint64_t rss_kb(const char *kind)
{
    GString *status = fd_read_file(AT_FDCWD, "/proc/self/status", 65536);
    ck_assert_ptr_nonnull(status);
    const char *line = strstr(status->str, kind);
    Cursor text = cursor_of(line, strlen(line));
    uint64_t kb = 0;
    ck_assert(parse_literal(&text, kind) && parse_char(&text, ':'));
    parse_blanks(&text);
    ck_assert(parse_u64(&text, &kb));
    g_string_free(status, TRUE);
    return kb;
}

START_TEST(code_is_given_back_and_still_runs)
{
    uint64_t before_kb = rss_kb("RssFile");
    lean_give_back();
    ck_assert_uint_lt(rss_kb("RssFile"), before_kb);
    lean_give_back(); /* all that runs here has come back by itself */
    g_autofree char *text = g_ascii_strup("still here", -1);
    ck_assert_str_eq(text, "STILL HERE");
}
END_TEST

/* The allocators of the sanitizers keep what is freed, to find its use. */
#if defined(__SANITIZE_ADDRESS__)
#define ALLOCATOR_KEEPS true
#elif defined(__has_feature)
#define ALLOCATOR_KEEPS __has_feature(address_sanitizer)
#else
#define ALLOCATOR_KEEPS false
#endif

START_TEST(freed_memory_is_given_back)
{
    enum { PIECES = 4096, PIECE_BYTES = 4000 };
    g_autofree gpointer *pieces = g_new(gpointer, PIECES);
    for (int i = 0; i < PIECES; i++)
        pieces[i] = memset(g_malloc(PIECE_BYTES), 1, PIECE_BYTES);
    for (int i = 0; i < PIECES - 1; i++) /* the last one keeps the heap's end where it is */
        g_free(pieces[i]);
    uint64_t before_kb = rss_kb("RssAnon");
    lean_give_back();
    g_free(pieces[PIECES - 1]);
    if (before_kb < PIECES * PIECE_BYTES / 2048)
        return; /* this allocator gives back at once */
    ck_assert_uint_lt(rss_kb("RssAnon"), before_kb);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("lean");
    UNIT_ADD(suite, code_is_given_back_and_still_runs);
    if (!ALLOCATOR_KEEPS)
        UNIT_ADD(suite, freed_memory_is_given_back);
    return suite;
}
