/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "format-case.h"
#include <gio/gio.h>

/* A block of BGZF of this length, whose contents are nobody's business here. */
static void block(GString *bytes, gsize length)
{
    const gsize begin = bytes->len;
    g_string_append_len(bytes, "\x1f\x8b\x08\x04\0\0\0\0\0\xff\6\0BC\2\0", 16);
    put_le(bytes, length - 1, 2);
    put_fill(bytes, 'x', begin + length - bytes->len);
}

static GString *given_alignments(void)
{
    GString *bytes = g_string_new(NULL);
    for (int i = 0; i < 5; i++)
        block(bytes, 60000);
    block(bytes, 500);
    g_string_append_len(bytes, "\x1f\x8b\x08\x04\0\0\0\0\0\xff\6\0BC\2\0\x1b\0\3\0\0\0\0\0\0\0\0\0",
                        28);
    return bytes;
}

START_TEST(first_blocks_and_the_end)
{
    g_autoptr(GString) bytes = given_alignments();
    g_autoptr(Anatomy) anatomy = case_analyze("bam", "a.bam", bytes);
    case_check(anatomy, "header", 0, 300000);
    case_check(anatomy, "end block", 300500, 28);
    ck_assert_str_eq(case_fact(anatomy, "complete"), "yes");
    ck_assert_uint_eq(anatomy->companions->len, 3);
    ck_assert_str_eq(anatomy->companions->pdata[0], "a.bam.bai");
    ck_assert_str_eq(anatomy->companions->pdata[2], "a.bai");
    g_string_truncate(bytes, 300500);
    g_autoptr(Anatomy) cut = case_analyze("bam", "a.bam", bytes);
    ck_assert_str_eq(case_fact(cut, "complete"), "no");
}
END_TEST

/* Blocks of these contents, each with so many bytes of them at most. */
static void put_blocks(GString *bytes, const GString *contents, gsize each)
{
    for (gsize at = 0; at < contents->len; at += each) {
        g_autoptr(GConverter) deflater =
            G_CONVERTER(g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_RAW, -1));
        static char packed[65536];
        gsize taken = 0;
        gsize n = 0;
        ck_assert_int_eq(g_converter_convert(deflater, contents->str + at,
                                             MIN(each, contents->len - at), packed, sizeof packed,
                                             G_CONVERTER_INPUT_AT_END, &taken, &n, NULL),
                         G_CONVERTER_FINISHED);
        g_string_append_len(bytes, "\x1f\x8b\x08\x04\0\0\0\0\0\xff\6\0BC\2\0", 16);
        put_le(bytes, 18 + n + 8 - 1, 2);
        g_string_append_len(bytes, packed, (gssize)n);
        put_le(bytes, 0, 4); /* the sum, which nobody looks at */
        put_le(bytes, taken, 4);
    }
}

/* A header with so many references, in blocks of 1000 bytes, and alignments; where it ends. */
static GString *given_header(uint32_t references, gsize *end)
{
    GString *bytes = g_string_new(NULL);
    g_autoptr(GString) contents = g_string_new("BAM\1");
    put_le(contents, 20, 4);
    put_fill(contents, '@', 20);
    put_le(contents, references, 4);
    for (uint32_t i = 0; i < references; i++) {
        g_autofree char *name = g_strdup_printf("chromosome%u", i);
        put_le(contents, strlen(name) + 1, 4);
        g_string_append_len(contents, name, (gssize)strlen(name) + 1);
        put_le(contents, 1000 * i, 4);
    }
    put_blocks(bytes, contents, 1000);
    *end = bytes->len;
    g_string_truncate(contents, 0);
    put_fill(contents, 'a', 5000);
    put_blocks(bytes, contents, 1000);
    return bytes;
}

START_TEST(the_header_as_long_as_it_is)
{
    gsize end = 0;
    g_autoptr(GString) bytes = given_header(500, &end);
    g_autoptr(Anatomy) anatomy = case_analyze("bam", "a.bam", bytes);
    case_check(anatomy, "header", 0, end);
    case_check(anatomy, "alignments", end, bytes->len - end);
    ck_assert_str_eq(case_fact(anatomy, "references"), "500");
    ck_assert_str_eq(case_fact(anatomy, "reference"), "chromosome0");
    ck_assert(!anatomy->clipped);
    g_autoptr(GString) shorter = given_header(5, &end);
    case_damage("bam", "a.bam", shorter);
}
END_TEST

/* Blocks of 64 KiB out of 100 bytes: a header of a gigabyte. */
START_TEST(a_header_that_grows)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    g_autoptr(GString) contents = g_string_new("BAM\1");
    put_le(contents, 1 << 30, 4);
    put_fill(contents, '@', 60000);
    put_blocks(bytes, contents, 60008);
    g_autoptr(GString) one = g_string_new_len(bytes->str, (gssize)bytes->len);
    for (int i = 0; i < 10000; i++)
        g_string_append_len(bytes, one->str, (gssize)one->len);
    g_autoptr(Anatomy) anatomy = case_analyze("bam", "a.bam", bytes);
    ck_assert(anatomy->clipped);
    ck_assert_uint_ge(case_segment(anatomy, "header")->length_bytes, 256 << 10);
}
END_TEST

START_TEST(no_block)
{
    g_autoptr(GString) bytes = g_string_new("\x1f\x8b\x08\x08 a gzip file of another kind");
    case_check_refused("bam", "a.bam", bytes, "block of BGZF");
}
END_TEST

START_TEST(damaged_anywhere)
{
    g_autoptr(GString) bytes = given_alignments();
    g_string_erase(bytes, 0, 240000);
    case_damage("bam", "a.bam", bytes);
}
END_TEST

START_TEST(as_samtools_says)
{
    char *directory = unit_mkdir();
    g_autofree char *path = g_build_filename(directory, "a.bam", NULL);
    g_free(case_shell(directory,
                      "{ seq -f '@SQ\tSN:c%g\tLN:999' 1 3000; seq -f 'r%g\t0\tc1\t1\t60\t4M\t*\t0"
                      "\t0\tACGT\tIIII' 1 5000; } | samtools view -b -o a.bam -;"
                      "samtools quickcheck a.bam"));
    g_autofree char *said =
        case_shell(directory, "samtools view -H a.bam | grep -c '^@SQ'; samtools index a.bam");
    g_autoptr(Anatomy) anatomy = case_analyze_file("bam", path);
    ck_assert_str_eq(case_fact(anatomy, "complete"), "yes");
    ck_assert_str_eq(case_fact(anatomy, "references"), g_strchomp(said));
    ck_assert_str_eq(case_fact(anatomy, "reference"), "c1");
    /* Its writer begins a block behind the header. */
    const Segment *data = case_segment(anatomy, "alignments");
    g_autoptr(GString) bytes = case_contents(path);
    ck_assert_mem_eq(bytes->str + data->offset_bytes, "\x1f\x8b\x08\x04", 4);
    ck_assert_uint_gt(data->offset_bytes, 5000);
    ck_assert(!anatomy->clipped);
    unit_rmdir(directory);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *s = suite_create("format-bam");
    UNIT_ADD(s, first_blocks_and_the_end);
    UNIT_ADD(s, the_header_as_long_as_it_is);
    UNIT_ADD(s, a_header_that_grows);
    UNIT_ADD(s, no_block);
    UNIT_ADD(s, damaged_anywhere);
    /* Not every distribution has it. */
    if (case_has("samtools"))
        UNIT_ADD(s, as_samtools_says);
    return s;
}
