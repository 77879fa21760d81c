/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given.h"
#include "model/footprint.h"
#include "unit.h"

/* "/path/:LAUNCHES:RANK=TOUCHED ..." of all edges. */
static char *printed(const Exe *exe)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < exe->edges->len; i++) {
        const Edge *edge = &g_array_index(exe->edges, Edge, i);
        TouchRun room;
        TouchSet touched = edge_touched(edge, &room);
        g_string_append_printf(text, "%s%s%s:%x:%d", i > 0 ? " " : "", edge->map->path,
                               edge->map->directory ? "/" : "", edge->launches, edge->rank);
        if (touched.n_runs > 0)
            g_string_append_c(text, '=');
        touch_set_print(&touched, text);
    }
    return g_string_free(text, FALSE);
}

static void assert_edges(const Model *model, const char *expected)
{
    g_autofree char *text = printed(exe_of(model, "/x"));
    ck_assert_str_eq(text, expected);
}

/* Sightings of /x, "LAUNCH[p] FILES", p if partial; and what is known then. */
static const struct {
    const char *sightings[4];
    const char *edges;
    uint32_t n_learnt;
} histories[] = {
    {{"1 /a=0-3@2 /b /c/"}, "/a:1:0=0-3:1.2 /b:1:1 /c/:1:2", 1},
    /* several sightings of one launch unite; the earliest rank and step hold */
    {{"1 /a=0-3@2 /b", "1 /b=1@3 /a=2-5@1"}, "/a:1:0=0-1:1.2,2-5.1 /b:1:0=1:1.3", 1},
    /* another launch: history, and the order of the later one */
    {{"1 /a=0-3@2 /b", "2 /b /a=2-5@4"}, "/a:3:1=0-1:2.2,2-3:3,4-5:1.4 /b:3:0", 2},
    {{"1 /a=0@1", "2 /b=0@1", "3 /b=0@1"}, "/a:4:0=0:4.1 /b:3:0=0:3.1", 3},
    /* a number that does not rise is another launch, too: the observer began anew */
    {{"7 /a=0@1", "1 /a=0@1"}, "/a:3:0=0:3.1", 2},
    /* before anybody looked: provisional, gone with the first launch */
    {{"0 /a=0@1 /b"}, "/a:1:0=0:1.1 /b:1:1", 0},
    {{"0 /a=0@1 /b", "1 /b=3@2"}, "/b:1:0=3:1.2", 1},
    {{"1 /b=3@2", "0 /a=0@1 /b=0@0"}, "/b:1:0=3:1.2", 1},
    /* partial: nothing ages, nothing is missing */
    {{"1 /a=0@1", "2p /b=1@1"}, "/a:1:0=0:1.1 /b:1:0=1:1.1", 1},
    {{"1 /a=0@1", "2p /b=1@1", "2 /b=2@1"}, "/a:1:0=0:1.1 /b:1:0=1-2:1.1", 1},
    {{"1 /a=0@1", "2 /b=1@1", "2p /c=2@1"}, "/a:2:0=0:2.1 /b:1:0=1:1.1 /c:1:0=2:1.1", 2},
    {{"0 /a=0@1", "1p /b=1@1"}, "/a:1:0=0:1.1 /b:1:0=1:1.1", 0},
    {{"0 /a=0@1", "1p /b=1@1", "2 /b=1@1"}, "/b:1:0=1:1.1", 1},
    /* a directory has no blocks */
    {{"1 /c/=0@1"}, "/c/:1:0", 1},
};

static void when_seen(Model *model, const char *text)
{
    char *rest = NULL;
    uint64_t launch = g_ascii_strtoull(text, &rest, 10);
    bool partial = *rest == 'p';
    Sighting *sighting = given_launch("/x", launch, rest + (partial ? 2 : 1));
    sighting->partial = partial;
    when_launched(model, sighting);
}

START_TEST(launches_are_learnt)
{
    Model *model = given_model(0);
    for (gsize i = 0; i < 4 && histories[_i].sightings[i] != NULL; i++)
        when_seen(model, histories[_i].sightings[i]);
    assert_edges(model, histories[_i].edges);
    ck_assert_uint_eq(exe_of(model, "/x")->n_learnt, histories[_i].n_learnt);
    model_free(model);
}
END_TEST

START_TEST(what_no_remembered_launch_needed_goes)
{
    Model *model = given_model(0);
    when_seen(model, "1 /a=0@1 /b=0@1");
    for (int launch = 2; launch <= 1 + TOUCH_LAUNCHES; launch++) {
        ck_assert_uint_eq(exe_of(model, "/x")->edges->len, 2);
        g_autofree char *text = g_strdup_printf("%d /a=%s@1", launch, launch == 2 ? "5" : "0");
        when_seen(model, text);
    }
    assert_edges(model, "/a:ff:0=0:7f.1,5:80");
    ck_assert_ptr_null(model_find_map(model, "/b"));
    ck_assert_uint_eq(exe_of(model, "/x")->n_learnt, TOUCH_LAUNCHES);
    model_free(model);
}
END_TEST

START_TEST(mappings_are_provisional)
{
    Model *model = given_model(0);
    Observation *pass = given_pass("", "");
    add_sighting(pass, "/x", "/mapped", MIB);
    add_sighting(pass, "/x", "/both", MIB);
    when(model, 1, pass);
    assert_edges(model, "/both:1:0=0-15:1.15 /mapped:1:0=0-15:1.15");
    when_seen(model, "1 /both=3@2 /read");
    assert_edges(model, "/both:1:0=3:1.2 /read:1:1");
    pass = given_pass("", "");
    add_sighting(pass, "/x", "/mapped", MIB);
    add_sighting(pass, "/x", "/both", 2 * MIB); /* which is another one now */
    when(model, 1, pass);
    assert_edges(model, "/both:1:0 /read:1:1");
    Sighting *empty = given_launch("/x", 0, "");
    g_clear_pointer(&empty->files, g_array_unref);
    when_launched(model, empty); /* neither regions nor files */
    assert_edges(model, "/both:1:0 /read:1:1");
    model_free(model);
}
END_TEST

/* The blocks that are learnt first of the new file stand for those of the old one; thereafter it is
 * a file like any other. */
START_TEST(an_upgraded_file_keeps_its_place)
{
    Model *model = given_model(0);
    for (int launch = 1; launch <= 4; launch++) {
        g_autofree char *text = g_strdup_printf("%d /a=0-9@1 /b=0@1", launch);
        when_seen(model, text);
    }
    Sighting *upgraded = given_launch("/x", 5, "/a=20-25@1 /b=0@1");
    g_array_index(upgraded->files, SightedFile, 0).id.mtime_nsec = 77;
    when_launched(model, upgraded);
    assert_edges(model, "/a:1f:0=20-25:1f.1 /b:1f:1=0:1f.1");
    upgraded = given_launch("/x", 6, "/a=30@1 /b=0@1");
    g_array_index(upgraded->files, SightedFile, 0).id.mtime_nsec = 77;
    when_launched(model, upgraded);
    assert_edges(model, "/a:3f:0=20-25:3e.1,30:1 /b:3f:1=0:3f.1");
    model_free(model);
}
END_TEST

START_TEST(an_upgraded_executable_is_learnt_on)
{
    Model *model = given_model(0);
    when_seen(model, "1 /a=0@1");
    when_seen(model, "2 /a=0@1");
    Sighting *upgraded = given_launch("/x", 2, "/b=0@1");
    upgraded->id.ino = 99;
    when_launched(model, upgraded);
    assert_edges(model, "/a:3:0=0:3.1 /b:1:0=0:1.1");
    ck_assert_uint_eq(exe_of(model, "/x")->n_learnt, 3);
    ck_assert_uint_eq(exe_of(model, "/x")->n_stable, 0);
    model_free(model);
}
END_TEST

/* Three launches like the first (100 blocks, 2 files), then this one, then it ends. */
static const struct {
    const char *files;
    uint32_t n_stable;
    uint32_t rest_before; /* while it goes on */
} changes[] = {
    {"/a=0-99@1 /b", 3, FOOTPRINT_REST},
    {"/a=0-108@1 /b", 3, FOOTPRINT_REST}, /* a twentieth and the slack more */
    {"/a=0-109@1 /b", 0, 0},
    {"/a=14-99@1 /b", 3, FOOTPRINT_REST}, /* a tenth and the slack less */
    {"/a=15-99@1 /b", 0, FOOTPRINT_REST}, /* may come yet */
    {"/a=0-99@1 /b /c /d", 3, FOOTPRINT_REST},
    {"/a=0-99@1 /b /c /d /e", 0, 0},
    {"/a=0-99@1", 3, FOOTPRINT_REST},
    {"/other=0-99@1 /b", 0, 0},
};

START_TEST(convergence)
{
    Model *model = given_model(0);
    for (int launch = 1; launch <= 5; launch++) {
        g_autofree char *text = g_strdup_printf("%d /a=0-99@1 /b", launch);
        when_seen(model, text);
        const Exe *exe = exe_of(model, "/x");
        ck_assert_uint_eq(exe->n_stable, (uint32_t)MAX(0, launch - 2));
        ck_assert_uint_eq(footprint_rest(exe), launch < 5 ? 0 : FOOTPRINT_REST);
    }
    g_autofree char *text = g_strdup_printf("6 %s", changes[_i].files);
    when_seen(model, text);
    ck_assert_uint_eq(footprint_rest(exe_of(model, "/x")), changes[_i].rest_before);
    when_seen(model, "7 /a=0-99@1 /b");
    ck_assert_uint_eq(exe_of(model, "/x")->n_stable, changes[_i].n_stable);
    model_free(model);
}
END_TEST

START_TEST(more_files_leave_nothing_out_at_random)
{
    enum { FILES = 50, NOISE = 3 };
    g_autoptr(GRand) rand = g_rand_new_with_seed(5);
    Model *model = given_model(0);
    for (int launch = 1; launch <= 12; launch++) {
        GString *text = g_string_new(NULL);
        g_string_append_printf(text, "%d /noise=%d-%d@3", launch, launch * 10, launch * 10 + NOISE);
        for (int i = 0; i < FILES; i++)
            g_string_append_printf(text, " /file%d=0-%d@%d", i, 2 + g_rand_int_range(rand, 0, 2),
                                   g_rand_int_range(rand, 0, 9));
        when_seen(model, text->str);
        g_string_free(text, TRUE);
    }
    const Exe *exe = exe_of(model, "/x");
    BlockSet blocks = BLOCK_SET_NULL;
    ck_assert(footprint_wanted(exe, model_find_edge(exe, "/noise"), &blocks));
    ck_assert_uint_eq(blocks.n_runs, 0); /* each block in one launch of eight */
    uint64_t n = footprint_bytes(exe) / BLOCK_BYTES;
    ck_assert_uint_ge(n, FILES * 3);
    ck_assert_uint_le(n, FILES * 4);
    model_free(model);
}
END_TEST

START_TEST(parts_are_in_the_order_of_the_launch)
{
    Model *model = given_model(0);
    when_seen(model, "1 /b=0-1@3 /dir/ /opened /c=5@1 /a=0@3");
    when_seen(model, "1 /b=7@1");
    const Exe *exe = exe_of(model, "/x");
    g_autoptr(GArray) parts = footprint_parts(exe);
    static const struct {
        const char *path;
        uint8_t step;
        uint16_t rank;
        uint64_t blocks;
    } expected[] = {
        {"/dir", 0, 1, 0}, {"/opened", 0, 2, 0}, {"/b", 1, 0, 1},
        {"/c", 1, 3, 1},   {"/b", 3, 0, 2},      {"/a", 3, 4, 1},
    };
    ck_assert_uint_eq(parts->len, G_N_ELEMENTS(expected));
    uint64_t bytes = 0;
    for (guint i = 0; i < parts->len; i++) {
        const FootprintPart *part = &g_array_index(parts, FootprintPart, i);
        ck_assert_str_eq(part->map->path, expected[i].path);
        ck_assert_uint_eq(part->step, expected[i].step);
        ck_assert_uint_eq(part->rank, expected[i].rank);
        ck_assert_uint_eq(block_set_bytes(&part->blocks), expected[i].blocks * BLOCK_BYTES);
        bytes += block_set_bytes(&part->blocks);
    }
    ck_assert_uint_eq(footprint_bytes(exe), bytes);
    model_free(model);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("footprint");
    UNIT_ADD_ROWS(suite, launches_are_learnt, histories);
    UNIT_ADD(suite, what_no_remembered_launch_needed_goes);
    UNIT_ADD(suite, mappings_are_provisional);
    UNIT_ADD(suite, an_upgraded_file_keeps_its_place);
    UNIT_ADD(suite, an_upgraded_executable_is_learnt_on);
    UNIT_ADD_ROWS(suite, convergence, changes);
    UNIT_ADD(suite, more_files_leave_nothing_out_at_random);
    UNIT_ADD(suite, parts_are_in_the_order_of_the_launch);
    return suite;
}
