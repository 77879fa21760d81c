/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * What the tests of the providers share: files in memory, written number by number, their anatomy,
 * damage done to them in every place, and the tools that know the formats as well.
 */
#include "formats/formats.h"
#include "unit.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* Numbers behind what is there. */
static inline void put(GString *bytes, uint64_t number, gsize n, bool big_endian)
{
    for (gsize i = 0; i < n; i++)
        g_string_append_c(bytes, (char)(number >> 8 * (big_endian ? n - 1 - i : i)));
}

static inline void put_le(GString *bytes, uint64_t number, gsize n)
{
    put(bytes, number, n, false);
}

static inline void put_be(GString *bytes, uint64_t number, gsize n)
{
    put(bytes, number, n, true);
}

static inline void put_fill(GString *bytes, char byte, gsize n)
{
    for (gsize i = 0; i < n; i++)
        g_string_append_c(bytes, byte);
}

/* With PRELOAD_SAMPLES=DIRECTORY what is analyzed is kept there: seeds for the fuzzers. */
static inline void case_keep(const char *format, const char *bytes, gsize n)
{
    const char *directory = g_getenv("PRELOAD_SAMPLES");
    if (directory == NULL || n > 65536)
        return;
    g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_MD5, (const guchar *)bytes, n);
    g_autofree char *path = g_strdup_printf("%s/%s-%.8s", directory, format, sum);
    g_file_set_contents(path, bytes, (gssize)n, NULL);
}

/* Whatever is in the file: no segment is outside it. */
static inline void case_check_sound(const Anatomy *anatomy, gsize n)
{
    for (guint i = 0; i < anatomy->segments->len; i++) {
        const Segment *segment = &g_array_index(anatomy->segments, Segment, i);
        ck_assert_uint_lt(segment->offset_bytes, n);
        ck_assert_uint_gt(segment->length_bytes, 0);
        ck_assert_uint_le(segment->length_bytes, n - segment->offset_bytes);
    }
}

/* By the provider of this name, or, NULL, by whichever recognizes it; NULL with error set. */
static inline Anatomy *case_try(const char *format, const char *name, const char *bytes, gsize n,
                                GError **error)
{
    int fd = memfd_create("case", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
    const Provider *provider = format != NULL ? provider_by_name(format) : NULL;
    ck_assert(format == NULL || provider != NULL);
    Anatomy *anatomy = provider_analyze(fd, name, provider, error);
    close(fd);
    if (anatomy != NULL)
        case_check_sound(anatomy, n);
    return anatomy;
}

/* A good file: recognized as this format, and analyzed. */
static inline Anatomy *case_analyze(const char *format, const char *name, const GString *bytes)
{
    g_autoptr(GError) error = NULL;
    case_keep(format, bytes->str, bytes->len);
    Anatomy *anatomy = case_try(NULL, name, bytes->str, bytes->len, &error);
    ck_assert_msg(anatomy != NULL, "%s", error != NULL ? error->message : "no error");
    ck_assert_str_eq(anatomy->format, format);
    return anatomy;
}

static inline Anatomy *case_analyze_file(const char *format, const char *path)
{
    g_autoptr(GError) error = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    Anatomy *anatomy = provider_analyze(fd, path, NULL, &error);
    close(fd);
    ck_assert_msg(anatomy != NULL, "%s: %s", path, error != NULL ? error->message : "no error");
    ck_assert_str_eq(anatomy->format, format);
    case_check_sound(anatomy, anatomy->size_bytes);
    g_autofree char *bytes = NULL;
    gsize n = 0;
    if (g_file_get_contents(path, &bytes, &n, NULL))
        case_keep(format, bytes, n);
    return anatomy;
}

/* The first of this name, or NULL. */
static inline const Segment *case_find(const Anatomy *anatomy, const char *name)
{
    for (guint i = 0; i < anatomy->segments->len; i++)
        if (strcmp(g_array_index(anatomy->segments, Segment, i).name, name) == 0)
            return &g_array_index(anatomy->segments, Segment, i);
    return NULL;
}

static inline const Segment *case_segment(const Anatomy *anatomy, const char *name)
{
    const Segment *segment = case_find(anatomy, name);
    ck_assert_msg(segment != NULL, "no segment \"%s\"", name);
    return segment;
}

static inline void case_check(const Anatomy *anatomy, const char *name, uint64_t offset,
                              uint64_t length)
{
    const Segment *segment = case_segment(anatomy, name);
    ck_assert_msg(segment->offset_bytes == offset && segment->length_bytes == length,
                  "%s: %" G_GUINT64_FORMAT " + %" G_GUINT64_FORMAT ", not %" G_GUINT64_FORMAT
                  " + %" G_GUINT64_FORMAT,
                  name, segment->offset_bytes, segment->length_bytes, offset, length);
}

/* Of all segments of this name. */
static inline uint64_t case_sum(const Anatomy *anatomy, const char *name)
{
    uint64_t sum = 0;
    for (guint i = 0; i < anatomy->segments->len; i++) {
        const Segment *segment = &g_array_index(anatomy->segments, Segment, i);
        sum += strcmp(segment->name, name) == 0 ? segment->length_bytes : 0;
    }
    return sum;
}

/* "" if there is none. */
static inline const char *case_fact(const Anatomy *anatomy, const char *name)
{
    for (guint i = 0; i < anatomy->facts->len; i++)
        if (strcmp(g_array_index(anatomy->facts, Fact, i).name, name) == 0)
            return g_array_index(anatomy->facts, Fact, i).value;
    return "";
}

static inline void case_check_refused(const char *format, const char *name, const GString *bytes,
                                      const char *why)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Anatomy) anatomy = case_try(format, name, bytes->str, bytes->len, &error);
    ck_assert_ptr_null(anatomy);
    ck_assert_msg(strstr(error->message, why) != NULL, "\"%s\"", error->message);
}

static inline void case_survive(const Provider *provider, const char *name, int fd, gsize n)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Anatomy) anatomy = provider_analyze(fd, name, provider, &error);
    ck_assert((anatomy == NULL) == (error != NULL));
    if (anatomy != NULL)
        case_check_sound(anatomy, n);
}

static inline void case_lie(const Provider *provider, const char *name, int fd,
                            const GString *bytes, gsize at)
{
    static const char lies[][9] = {"\0\0\0\0\0\0\0\0",   "\0\0\0\0\0\0\0\x10",
                                   "\x10\0\0\0\0\0\0\0", "\xff\xff\xff\xff\xff\xff\xff\xff",
                                   "\xff\xff\xff\x7f",   "\x7f\xff\xff\xff"};
    for (gsize i = 0; i < G_N_ELEMENTS(lies); i++) {
        const gsize n = i < 4 ? 8 : 4;
        ck_assert_int_eq(pwrite(fd, lies[i], n, (off_t)at), (ssize_t)n);
        case_survive(provider, name, fd, bytes->len);
        ck_assert_int_eq(pwrite(fd, bytes->str + at, n, (off_t)at), (ssize_t)n);
    }
}

/*
 * The file with each number (at each fourth byte, of the first and last 4 KiB) made 0, 2^60 in both
 * byte orders, or all ones, and cut off at each 64 bytes: an error or a plan, no more.
 */
static inline void case_damage(const char *format, const char *name, const GString *bytes)
{
    const Provider *provider = provider_by_name(format);
    int fd = memfd_create("case", MFD_CLOEXEC);
    ck_assert_int_eq(write(fd, bytes->str, bytes->len), (ssize_t)bytes->len);
    for (gsize at = 0; at + 8 <= bytes->len; at += 4) {
        if (at == 4096 && bytes->len > 8192)
            at = bytes->len - 4096;
        case_lie(provider, name, fd, bytes, at);
    }
    for (gsize n = bytes->len / 64 * 64; n > 0; n -= 64) {
        ck_assert_int_eq(ftruncate(fd, (off_t)n), 0);
        case_survive(provider, name, fd, n);
    }
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    case_survive(provider, name, fd, 0);
    close(fd);
}

static inline GString *case_contents(const char *path)
{
    g_autofree char *bytes = NULL;
    gsize n = 0;
    ck_assert(g_file_get_contents(path, &bytes, &n, NULL));
    return g_string_new_len(bytes, (gssize)n);
}

/* What a shell command in this directory says, to be freed; it must succeed. */
static inline char *case_shell(const char *directory, const char *command)
{
    const char *const argv[] = {"/bin/sh", "-euc", command, NULL};
    g_autoptr(GError) error = NULL;
    g_autofree char *mistakes = NULL;
    g_autofree char *said = NULL;
    int status = 0;
    bool ran = g_spawn_sync(directory, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &said,
                            &mistakes, &status, &error);
    ck_assert_msg(ran && status == 0, "%s: %s", command, error != NULL ? error->message : mistakes);
    return g_strdup(said); /* gcc 12 takes the pointer itself for one to this frame */
}

/* The number behind this word in what a tool says. */
static inline uint64_t case_number(const char *text, const char *word)
{
    const char *at = strstr(text, word);
    ck_assert_msg(at != NULL, "no \"%s\" in: %s", word, text);
    at += strlen(word);
    return g_ascii_strtoull(at + strcspn(at, "0123456789"), NULL, 10);
}

static inline bool case_has(const char *tool)
{
    g_autofree char *path = g_find_program_in_path(tool);
    return path != NULL;
}

/* Ends a test as skipped where a tool is not installed. */
#define case_need(tool)                                                                            \
    do {                                                                                           \
        if (!case_has(tool))                                                                       \
            unit_skip("no %s", tool);                                                              \
    } while (0)
