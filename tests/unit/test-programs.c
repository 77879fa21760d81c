/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/programs.h"
#include "unit.h"

static const FileId old_file = {1, 2, 3, 4};
static const FileId new_file = {1, 9, 3, 5};

/*
 * What is done, from left to right: + a process more, f a fork of the youngest, - the oldest ends,
 * ~ the youngest ends, ! a launch of the only one, s it is small, | a pass's report, : a report of
 * news; a second passes with each blank. Then what the last report tells, which is of the kind of
 * the last letter.
 */
static const struct {
    const char *deeds;
    guint stopped;
    guint started;
} rows[] = {
    {"|", 0, 0},
    {"+|", 0, 1},
    {"++|", 0, 1},
    {"+||", 0, 0},
    {"+|+|", 0, 0},
    {"+|-|", 1, 0},
    {"++|-|", 0, 0},
    {"++|--|", 1, 0},
    {"+|-+|", 1, 1}, /* a restart */
    {"+|+-|", 1, 1}, /* only a process of before can be lost */
    {"+|+~|", 0, 0}, /* another one is */
    {"+|+~+~|", 0, 0},
    {"+|+~-|", 1, 0},
    {"++|-+|", 0, 0}, /* one of them lives on */
    {"++|--+|", 1, 1},
    {"+|-||", 0, 0},
    {"+|-|+|", 0, 1},
    {"+|f-|", 0, 0}, /* into the background */
    {"+|f--|", 1, 0},
    {"+|ff-~+|", 0, 0},
    {"+f-|", 0, 1},
    {"+f-|-|", 1, 0},
    {"+|+f--|", 1, 1},
    {"+|+f-|", 1, 1}, /* a child of the new one */
    {"+-|", 0, 0},    /* came and went */
    {":", 0, 0},
    {"+:", 0, 1},
    {"+:|", 0, 0}, /* is told once, */
    {"+|:", 0, 0}, /* by whoever comes first */
    {"+:-:", 1, 0},
    {"+:-:|", 0, 0},
    {"+:+:-:", 0, 0},
    {"+:+:-:~:", 1, 0},
    {"+|+:~:", 0, 0},
    {"s+:", 0, 0}, /* small ones wait for the pass */
    {"s+:|", 0, 1},
    {"s+|-:", 0, 0},
    {"s+|-:|", 1, 0},
    {"+!:-:+!:", 0, 1},
    {"+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:", 1, 0},    /* ten launches */
    {"+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:", 0, 0}, /* and one more */
    {"+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:", 0, 0},
    {"+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:|", 0, 1}, /* which the pass tells */
    {"+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:|", 0, 0},
    {"+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:-:+!:|-:|", 1, 0},
    {"+!: -: +!: -: +!: -: +!: -: +!: -: +!: -:+!:-:+!:-:+!:-:+!:-:+!:", 0, 1}, /* slower */
};

/* A program, and what is done to it. */
typedef struct {
    Programs *programs;
    ExeKey *key;
    Program *program;
    GArray *joined; /* of its processes, the oldest first */
    uint64_t now_usec;
    Observation *told; /* by the last report; may be NULL */
} Story;

static void end_process(Story *story, guint i)
{
    programs_lose(story->programs, story->program, g_array_index(story->joined, uint32_t, i));
    g_array_remove_index(story->joined, i);
}

static void report(Story *story, char deed)
{
    g_clear_pointer(&story->told, observation_free);
    if (deed == ':') {
        story->told = programs_report_news(story->programs, story->now_usec);
        return;
    }
    story->told = observation_new();
    programs_report(story->programs, story->told);
}

static void act(Story *story, char deed)
{
    if (deed == '+') {
        story->program = programs_gain(story->programs, story->key, &old_file);
        g_array_append_val(story->joined, story->program->n_reports);
    } else if (deed == 'f') {
        uint32_t joined = g_array_index(story->joined, uint32_t, story->joined->len - 1);
        programs_join(story->programs, story->program, joined);
        g_array_append_val(story->joined, joined);
    } else if (deed == '-') {
        end_process(story, 0);
    } else if (deed == '~') {
        end_process(story, story->joined->len - 1);
    } else if (deed == '!') {
        programs_launch(story->programs, story->program, story->now_usec);
        (void)programs_storm(story->programs, story->program, story->now_usec); /* seen later */
    } else if (deed == 's') {
        programs_set_small(story->programs, story->key);
    } else if (deed == ' ') {
        story->now_usec += G_USEC_PER_SEC;
    } else {
        report(story, deed);
    }
}

START_TEST(tells_what_changed)
{
    Story story = {programs_new(), exe_key_new("/bin/a", NULL), NULL, NULL, 1000, NULL};
    story.joined = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (const char *deed = rows[_i].deeds; *deed != '\0'; deed++)
        act(&story, *deed);
    bool news = rows[_i].stopped + rows[_i].started > 0;
    ck_assert(story.told != NULL || !news);
    if (story.told != NULL) { /* and no empty reports of news */
        ck_assert(news || g_str_has_suffix(rows[_i].deeds, "|"));
        ck_assert_uint_eq(story.told->stopped->len, rows[_i].stopped);
        ck_assert_uint_eq(story.told->started->len, rows[_i].started);
        ck_assert(!story.told->memory_known);
    }
    if (rows[_i].started > 0)
        ck_assert(exe_key_equal(story.told->started->pdata[0], story.key));
    observation_free(story.told);
    g_array_unref(story.joined);
    exe_key_unref(story.key);
    programs_free(story.programs);
}
END_TEST

START_TEST(numbers_launches)
{
    g_autoptr(Programs) programs = programs_new();
    g_autoptr(ExeKey) key = exe_key_new("/bin/a", NULL);
    g_autoptr(ExeKey) other_key = exe_key_new("/bin/b", NULL);
    Program *program = programs_gain(programs, key, &old_file);
    Program *other = programs_gain(programs, other_key, &old_file);
    ck_assert_uint_eq(program->launch, 0); /* nobody saw it */
    programs_launch(programs, program, 7);
    programs_launch(programs, other, 8);
    ck_assert_uint_eq(program->launch, 1);
    ck_assert_uint_eq(program->launch_usec, 7);
    ck_assert_uint_eq(other->launch, 2);
    programs_join(programs, program, program->n_reports);
    ck_assert_uint_eq(program->n_processes, 2);
    programs_lose(programs, program, 0);
    ck_assert_uint_eq(program->launch, 1); /* it runs on */
    programs_lose(programs, program, 0);
    program = programs_gain(programs, key, &old_file);
    ck_assert_uint_eq(program->launch, 0); /* another launch, which nobody saw */
    programs_forget(programs);
    program = programs_gain(programs, key, &old_file);
    programs_launch(programs, program, 9);
    ck_assert_uint_eq(program->launch, 3); /* no number comes twice */
}
END_TEST

START_TEST(judges_by_mappings)
{
    g_autoptr(Programs) programs = programs_new();
    g_autoptr(ExeKey) key = exe_key_new("/bin/a", NULL);
    Program *program = programs_gain(programs, key, &old_file);
    programs_set_small(programs, key);
    programs_set_large(programs, key);
    ck_assert(program->large && !program->small);
    programs_set_small(programs, key); /* one of its processes may be */
    ck_assert(program->large && !program->small);
    programs_lose(programs, program, 0);
    g_autoptr(Observation) observation = observation_new();
    programs_report(programs, observation);
    ck_assert(!programs_gain(programs, key, &old_file)->small);
}
END_TEST

START_TEST(remembers_small_ones)
{
    g_autoptr(Programs) programs = programs_new();
    g_autoptr(ExeKey) key = exe_key_new("/bin/a", "script");
    g_autoptr(Observation) observation = observation_new();
    programs_set_small(programs, key); /* while it does not run */
    Program *program = programs_gain(programs, key, &old_file);
    ck_assert(program->small);
    programs_lose(programs, program, program->n_reports);
    programs_report(programs, observation); /* the Program is gone, what is known is not */
    program = programs_gain(programs, key, &old_file);
    ck_assert(program->small);
    programs_forget_mappings(programs);
    ck_assert(!program->small);
    programs_set_small(programs, key); /* while it runs */
    ck_assert(program->small);
}
END_TEST

START_TEST(bounds_the_small_ones)
{
    g_autoptr(Programs) programs = programs_new();
    g_autoptr(ExeKey) first = exe_key_new("/bin/0", NULL);
    programs_set_small(programs, first);
    for (int i = 1; i <= 4096; i++) {
        g_autofree char *path = g_strdup_printf("/bin/%d", i);
        g_autoptr(ExeKey) key = exe_key_new(path, NULL);
        programs_set_small(programs, key);
    }
    ck_assert(!programs_gain(programs, first, &old_file)->small); /* it began anew */
}
END_TEST

START_TEST(notices_a_replaced_file)
{
    g_autoptr(Programs) programs = programs_new();
    g_autoptr(ExeKey) key = exe_key_new("/bin/a", NULL);
    programs_set_small(programs, key);
    Program *program = programs_gain(programs, key, &old_file);
    programs_gain(programs, key, &old_file);
    ck_assert(!programs_take_replaced(programs));
    ck_assert(program->small);
    ck_assert_ptr_eq(programs_gain(programs, key, &new_file), program);
    ck_assert(!program->small); /* the new one may be large */
    ck_assert_uint_eq(program->id.ino, new_file.ino);
    ck_assert(programs_take_replaced(programs));
    ck_assert(!programs_take_replaced(programs));
    programs_free(NULL);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("programs");
    UNIT_ADD_ROWS(suite, tells_what_changed, rows);
    UNIT_ADD(suite, numbers_launches);
    UNIT_ADD(suite, judges_by_mappings);
    UNIT_ADD(suite, remembers_small_ones);
    UNIT_ADD(suite, bounds_the_small_ones);
    UNIT_ADD(suite, notices_a_replaced_file);
    return suite;
}
