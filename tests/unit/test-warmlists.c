/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "disk.h"
#include "formats/warmlists.h"
#include "observe/residency.h"

typedef struct {
    char *directory;
    Mounts *mounts;
    Plan *plan;
    WarmLists found;
    int cancel;
} Fixture;

static bool setup(Fixture *fixture)
{
    const Budget budget = {.read_bytes = UINT64_MAX, .keep_bytes = UINT64_MAX};
    *fixture = (Fixture){.directory = disk_mkdir(), .plan = plan_of_ranges(&budget)};
    GString *text = fd_read_file(AT_FDCWD, "/proc/self/mountinfo", 1 << 20);
    fixture->mounts = mounts_parse(cursor_of(text->str, text->len));
    g_string_free(text, TRUE);
    return fixture->directory != NULL;
}

static void teardown(Fixture *fixture)
{
    plan_free(fixture->plan);
    mounts_free(fixture->mounts);
    if (fixture->directory != NULL)
        unit_rmdir(fixture->directory);
}

static void look(Fixture *fixture)
{
    warm_lists_read(fixture->directory, fixture->mounts, &fixture->cancel, fixture->plan,
                    &fixture->found);
}

static char *print(const Fixture *fixture)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < fixture->plan->items->len; i++) {
        const PlanItem *item = &g_array_index(fixture->plan->items, PlanItem, i);
        const Range *range = &g_array_index(item->ranges, Range, 0);
        g_string_append_printf(text, "%s:%u+%u ", strrchr(item->path, '/') + 1,
                               (unsigned)range->offset_bytes, (unsigned)range->length_bytes);
    }
    return g_strdup(text->str);
}

START_TEST(lists_become_a_plan_in_the_order_of_their_names)
{
    Fixture fixture;
    if (!setup(&fixture)) {
        teardown(&fixture);
        unit_skip("no disk here");
    }
    const char *d = fixture.directory;
    g_autofree char *a = g_strdup_printf("%s/files\n/nowhere/at/all\nrelative\n", d);
    g_autofree char *b = g_strdup_printf("%s/one\t5\t3\n%s/link\n", d, d);
    g_free(unit_write(d, "20-a.list", a, -1));
    g_free(unit_write(d, "10-b.list", b, -1));
    g_free(unit_write(d, "note.txt", a, -1));
    g_free(unit_write(d, "files/x", "12345", -1));
    g_free(unit_write(d, "files/empty", "", 0));
    g_free(unit_write(d, "one", "1234567890", -1));
    g_free(unit_write(d, "two", "12", -1));
    g_autofree char *link = g_build_filename(d, "link", NULL);
    ck_assert_int_eq(symlink("two", link), 0);
    look(&fixture);
    g_autofree char *text = print(&fixture);
    ck_assert_str_eq(text, "one:5+3 two:0+2 x:0+5 ");
    ck_assert_uint_eq(fixture.found.n_lists, 2);
    ck_assert_uint_eq(fixture.found.n_missing, 1);
    ck_assert_uint_eq(fixture.found.n_refused, 1);
    teardown(&fixture);
}
END_TEST

START_TEST(no_directory_has_no_lists)
{
    Fixture fixture;
    if (setup(&fixture)) {
        g_autofree char *none = g_build_filename(fixture.directory, "none", NULL);
        warm_lists_read(none, fixture.mounts, &fixture.cancel, fixture.plan, &fixture.found);
        ck_assert_uint_eq(fixture.found.n_lists, 0);
    }
    teardown(&fixture);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("warmlists");
    UNIT_ADD(suite, lists_become_a_plan_in_the_order_of_their_names);
    UNIT_ADD(suite, no_directory_has_no_lists);
    return suite;
}
