/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "format-case.h"

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
    g_free(case_shell(directory, "printf '@SQ\\tSN:c\\tLN:99\\nr\\t0\\tc\\t1\\t60\\t4M\\t*\\t0\\t0"
                                 "\\tACGT\\tIIII\\n' | samtools view -b -o a.bam -;"
                                 "samtools quickcheck a.bam"));
    g_autoptr(Anatomy) anatomy = case_analyze_file("bam", path);
    ck_assert_str_eq(case_fact(anatomy, "complete"), "yes");
    ck_assert_ptr_nonnull(case_find(anatomy, "header"));
    unit_rmdir(directory);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *s = suite_create("format-bam");
    UNIT_ADD(s, first_blocks_and_the_end);
    UNIT_ADD(s, no_block);
    UNIT_ADD(s, damaged_anywhere);
    /* Not every distribution has it. */
    if (case_has("samtools"))
        UNIT_ADD(s, as_samtools_says);
    return s;
}
