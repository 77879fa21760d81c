/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "format-case.h"

/* A container of version 3 with a body of so many bytes; records below 128. */
static void container(GString *bytes, uint32_t length, uint8_t records)
{
    put_le(bytes, length, 4);
    put_be(bytes, 0xffffffff0f, 5); /* no reference: -1 */
    put_be(bytes, 0, 1);
    put_be(bytes, 0, 1);
    put_be(bytes, records, 1);
    put_be(bytes, 0x80ff, 2); /* the counter: 255 */
    put_be(bytes, 0xc10000, 3);
    put_be(bytes, 1, 1);
    put_be(bytes, 1, 1); /* one landmark */
    put_be(bytes, 0x8100, 2);
    put_le(bytes, 0, 4);
    put_fill(bytes, 'x', length);
}

static GString *given_alignments(gsize *data)
{
    GString *bytes = g_string_new("CRAM\3");
    put_fill(bytes, 0, 21);
    bytes->str[5] = 1;
    container(bytes, 500, 0);
    *data = bytes->len;
    container(bytes, 3000, 40);
    container(bytes, 2000, 37);
    return bytes;
}

START_TEST(containers)
{
    gsize data = 0;
    g_autoptr(GString) bytes = given_alignments(&data);
    g_autoptr(Anatomy) anatomy = case_analyze("cram", "a.cram", bytes);
    case_check(anatomy, "file definition", 0, 26);
    case_check(anatomy, "header", 26, data - 26);
    case_check(anatomy, "alignments", data, bytes->len - data);
    ck_assert_str_eq(case_fact(anatomy, "version"), "3.1");
    ck_assert_str_eq(case_fact(anatomy, "records"), "77");
    ck_assert_str_eq(anatomy->companions->pdata[0], "a.cram.crai");
    ck_assert(!anatomy->clipped);
}
END_TEST

START_TEST(damaged_anywhere)
{
    gsize data = 0;
    g_autoptr(GString) bytes = given_alignments(&data);
    case_damage("cram", "a.cram", bytes);
    bytes->str[4] = 9;
    case_check_refused("cram", "a.cram", bytes, "version 9");
}
END_TEST

START_TEST(as_samtools_says)
{
    char *directory = unit_mkdir();
    g_autofree char *path = g_build_filename(directory, "a.cram", NULL);
    g_free(case_shell(directory,
                      "{ printf '@SQ\\tSN:c\\tLN:99999\\n'; i=1; while [ $i -le 500 ]; do "
                      "printf 'r%d\\t0\\tc\\t%d\\t60\\t4M\\t*\\t0\\t0\\tACGT\\tIIII\\n' $i $i; "
                      "i=$((i+1)); done; } |"
                      "samtools view -C --output-fmt-option no_ref "
                      "--output-fmt-option seqs_per_slice=100 -o a.cram -"));
    g_autofree char *said = case_shell(directory, "samtools view -c a.cram");
    g_autoptr(Anatomy) anatomy = case_analyze_file("cram", path);
    ck_assert_uint_eq(g_ascii_strtoull(case_fact(anatomy, "records"), NULL, 10),
                      g_ascii_strtoull(said, NULL, 10));
    ck_assert(!anatomy->clipped);
    unit_rmdir(directory);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *s = suite_create("format-cram");
    UNIT_ADD(s, containers);
    UNIT_ADD(s, damaged_anywhere);
    /* Not every distribution has it. */
    if (case_has("samtools"))
        UNIT_ADD(s, as_samtools_says);
    return s;
}
