/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/manifest.h"
#include "unit.h"

#define SEGMENT(name, offset, length)                                                              \
    "[[segments]]\nname = \"" name "\"\noffset = " #offset "\nlength = " #length "\n"

static Anatomy *parse(const char *text, GError **error)
{
    return manifest_parse(cursor_of(text, strlen(text)), "model.bin", 10000, error);
}

START_TEST(segments_come_by_priority)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Anatomy) anatomy =
        parse("format = \"raw\"\nfile = 'dir/model.bin'\n" SEGMENT(
                  "a", 0, 100) "priority = 7\n" SEGMENT("b", 0x64, 900) SEGMENT("c", 1_000, 9000),
              &error);
    ck_assert_msg(anatomy != NULL, "%s", error != NULL ? error->message : "");
    ck_assert_str_eq(anatomy->format, "manifest");
    ck_assert_uint_eq(anatomy->segments->len, 3);
    const Segment *first = &g_array_index(anatomy->segments, Segment, 0);
    const Segment *last = &g_array_index(anatomy->segments, Segment, 2);
    ck_assert_str_eq(first->name, "b"); /* its place in the list is its priority: 1 */
    ck_assert_int_eq(first->layer, -1);
    ck_assert_uint_eq(first->offset_bytes, 100);
    ck_assert_uint_eq(first->length_bytes, 900);
    ck_assert_str_eq(last->name, "a");
    ck_assert_int_eq(last->layer, 1);
    ck_assert_str_eq(g_array_index(anatomy->facts, Fact, 0).value, "raw");
}
END_TEST

START_TEST(an_empty_manifest_has_no_segments)
{
    g_autoptr(Anatomy) anatomy = parse("# nothing\n", NULL);
    ck_assert_uint_eq(anatomy->segments->len, 0);
}
END_TEST

static const struct {
    const char *text;
    const char *said;
} bad[] = {
    {"colour = 1\n", "line 1: there is no key 'colour'"},
    {"\nformat = 3\n", "line 2: format takes a string"},
    {"format = 'a'\nformat = 'b'\n", "line 2: format is given twice"},
    {"file = 'other'\n", "about the file 'other', not about 'model.bin'"},
    {"[[parts]]\n", "line 1: there is no table 'parts'"},
    {"[segments]\n", "line 1: only [[NAME]]"},
    {"x\n", "line 1: KEY = VALUE"},
    {"[[segments]]\nname = 'a'\noffset = 0\n", "line 1: a segment needs"},
    {SEGMENT("a", 0, 10) "size = 3\n", "line 5: there is no key 'size' in [[segments]]"},
    {SEGMENT("a", 0, 10) "offset = 3\n", "line 5: offset is given twice"},
    {SEGMENT("a", 0, 10) "priority = 'x'\n", "line 5: priority takes a number"},
    {SEGMENT("a", 0, 10) "priority = 4294967296\n", "line 1: a priority is at most"},
    {SEGMENT("a", 0, 10001), "line 1: 'a' ends at 10001, behind the end of the file at 10000"},
    {SEGMENT("a", 0, 10) SEGMENT("b", 10000, 1), "line 5: 'b' ends at 10001"},
    {SEGMENT("a", 18446744073709551615, 2), "line 1: offset and length of 'a' add up"},
    {SEGMENT("a", 0, 10) SEGMENT("b", 9, 1), "line 5: 'b' and 'a' (line 1) overlap"},
    {SEGMENT("a", 9, 10) SEGMENT("b", 0, 10), "line 5: 'b' and 'a' (line 1) overlap"},
    {SEGMENT("a", -1, 10), "line 3: a string on one line or a whole number"},
};

START_TEST(what_is_wrong_is_named_with_its_line)
{
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(parse(bad[_i].text, &error));
    ck_assert_msg(strstr(error->message, bad[_i].said) != NULL, "%s", error->message);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("manifest");
    UNIT_ADD(suite, segments_come_by_priority);
    UNIT_ADD(suite, an_empty_manifest_has_no_segments);
    UNIT_ADD_ROWS(suite, what_is_wrong_is_named_with_its_line, bad);
    return suite;
}
