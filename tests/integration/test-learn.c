/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/*
 * What a launch needs is learnt and read ahead: the blocks that it touched and the files that it
 * read, be it ever so short; nothing else of them, and nothing that may not be recorded.
 */
#include "model/state.h"
#include "rig.h"
#include "unit.h"
#include <glib/gstdio.h>
#include <signal.h>
#include <unistd.h>

/* Reading ahead is asked for when the files are out of memory, and not before. */
#define QUIET "dopredict = false\nassist = false\n"

/* The files of an application. Blocks that are not to be read lie MiBs from those that are. */
typedef struct {
    Rig *rig;
    char *program;
    char *data;  /* mapped, 32 MiB */
    char *small; /* read, 200 KiB */
    char *large; /* of which a part is read, 16 MiB */
    char *plugins;
} Given;

static char *write_small(const Rig *rig, const char *name)
{
    g_autofree char *content = g_strnfill(200 << 10, 's');
    char *path = unit_write(rig->dir, name, content, 200 << 10);
    return path;
}

static Given given(const char *settings)
{
    Rig *rig = rig_new(settings);
    Given given = {.rig = rig,
                   .program = rig_toucher(rig, "application"),
                   .data = rig_file(rig, "data", 32),
                   .small = write_small(rig, "small"),
                   .large = rig_file(rig, "large", 16),
                   .plugins = rig_path(rig, "plugins")};
    g_free(unit_write(given.plugins, "one", "1", 1));
    return given;
}

static void given_clear(Given *given)
{
    g_free(given->program);
    g_free(given->data);
    g_free(given->small);
    g_free(given->large);
    g_free(given->plugins);
    rig_free(given->rig);
}

static void drop(const Given *given)
{
    rig_drop(given->data);
    rig_drop(given->small);
    rig_drop(given->large);
}

/* Arguments as "touch=%s:1,2"; those that are NULL are left out. */
static void launch(const Given *given, const char *const *args, guint n_args)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_ptr_array_add(argv, given->program);
    for (guint i = 0; i < n_args; i++)
        if (args[i] != NULL)
            g_ptr_array_add(argv, (char *)args[i]);
    g_ptr_array_add(argv, NULL);
    App app = rig_spawn((char *const *)argv->pdata);
    rig_reap(&app);
}

/* The application as it is: it lives 300 ms. `more`: another argument, or NULL. */
static void launch_short(const Given *given, const char *more)
{
    g_autofree char *touch = g_strdup_printf("touch=%s:0,1,80", given->data);
    g_autofree char *write = g_strdup_printf("write=%s:160", given->data);
    g_autofree char *read = g_strdup_printf("read=%s", given->small);
    g_autofree char *part = g_strdup_printf("part=%s:64,65", given->large);
    g_autofree char *list = g_strdup_printf("list=%s", given->plugins);
    g_autofree char *child = g_strdup_printf("child=%s:320", given->data);
    const char *const args[] = {touch, write, read, part, list, child, more, "live=300"};
    launch(given, args, G_N_ELEMENTS(args));
}

/* Reads ahead what is predicted: with these settings, until all of it was. */
static void predict(const Given *given)
{
    rig_configure(given->rig, "assist = false\n");
    rig_signal(given->rig, SIGHUP);
    rig_expect(given->rig, "configuration reloaded");
    rig_expect(given->rig, "all of it loaded");
}

static void check_blocks(const char *file, const guint *blocks, guint n_blocks, double resident)
{
    for (guint i = 0; i < n_blocks; i++)
        ck_assert_msg(rig_resident_block(file, blocks[i]) == resident,
                      "block %u of %s: %f of it is in memory", blocks[i], file,
                      rig_resident_block(file, blocks[i]));
}

static void check_footprint(const Given *given)
{
    static const guint touched[] = {0, 1, 80, 160, 320};
    static const guint untouched[] = {20, 40, 60, 100, 120, 140, 180, 240, 300, 340, 400, 511};
    static const guint read[] = {64, 65};
    static const guint unread[] = {0, 20, 40, 90, 128, 255};
    check_blocks(given->data, touched, G_N_ELEMENTS(touched), 1);
    check_blocks(given->data, untouched, G_N_ELEMENTS(untouched), 0);
    check_blocks(given->large, read, G_N_ELEMENTS(read), 1);
    check_blocks(given->large, unread, G_N_ELEMENTS(unread), 0);
    ck_assert_double_eq(rig_resident(given->small), 1);
}

static void learn_thrice(const Given *given)
{
    for (int i = 0; i < 3; i++) {
        drop(given);
        launch_short(given, NULL);
    }
}

/* Started and told of events; else the test is to be skipped, and what was given is cleared. */
static bool started(Given *given)
{
    if (rig_start_told(given->rig))
        return true;
    given_clear(given);
    return false;
}

static Given given_learnt(const char *settings)
{
    Given g = given(settings);
    if (started(&g)) {
        learn_thrice(&g);
        g_free(rig_await_dump(g.rig, "learnt from 3 launches"));
    } else {
        g.rig = NULL;
    }
    return g;
}

/* The blocks that the saved state has of a program's file, as it has them; "" for none; NULL if the
 * program is not known to need the file. */
static char *saved_blocks(const Given *given, const char *program, const char *file)
{
    g_autofree char *text = rig_saved(given->rig);
    g_autoptr(Image) image = state_decode(text, strlen(text), NULL);
    ck_assert_ptr_nonnull(image);
    for (guint i = 0; i < image->edges->len; i++) {
        const ImageEdge *edge = &g_array_index(image->edges, ImageEdge, i);
        const char *exe = g_array_index(image->exes, ImageExe, edge->exe).key->path;
        const char *map = g_array_index(image->maps, ImageMap, edge->map).path;
        TouchSet touched = image_touched(image, edge);
        GString *blocks = g_string_new(NULL);
        if (touched.n_runs > 0)
            touch_set_print(&touched, blocks);
        if (g_str_has_suffix(exe, program) && g_str_has_suffix(map, file))
            return g_string_free(blocks, FALSE);
        g_string_free(blocks, TRUE);
    }
    return NULL;
}

#define UNPERMITTED "events are not permitted here"

START_TEST(a_short_launch_is_learnt_and_read_ahead)
{
    Given g = given_learnt(QUIET);
    if (g.rig == NULL)
        unit_skip(UNPERMITTED);
    g_autofree char *dump = rig_dump(g.rig);
    ck_assert_msg(strstr(dump, "launched 3 times") != NULL, "%s", dump);
    ck_assert_msg(strstr(dump, "model: 1 program, ") != NULL, "%s", dump);
    g_autofree char *listed = saved_blocks(&g, "/application", "/plugins");
    ck_assert_str_eq(listed, "");
    drop(&g);
    predict(&g);
    check_footprint(&g);
    rig_stop(g.rig);
    given_clear(&g);
}
END_TEST

/* Given that nothing is to be learnt; then files are read ahead as they are mapped, and those that
 * are only read are not known. */
START_TEST(only_mappings_without_learning)
{
    Given g = given("learn = false\n" QUIET);
    rig_start(g.rig);
    rig_expect(g.rig, "known, ");
    g_autofree char *touch = g_strdup_printf("touch=%s:0", g.data);
    g_autofree char *read = g_strdup_printf("read=%s", g.small);
    char *argv[] = {g.program, touch, read, (char *)"wait", NULL};
    App app = rig_spawn(argv);
    rig_await_word(&app);
    rig_expect_learnt(g.rig, "application");
    rig_close(&app);
    rig_expect(g.rig, "ended: application");
    g_autofree char *dump = rig_dump(g.rig);
    ck_assert_msg(strstr(dump, "2 files of 32 MiB as mapped") != NULL, "%s", dump);
    ck_assert_uint_eq(rig_count(g.rig, "are not told"), 0); /* nobody asked for them */
    g_autofree char *state = rig_saved(g.rig);
    ck_assert_ptr_null(strstr(state, "/small"));
    drop(&g);
    rig_configure(g.rig, "learn = false\n");
    rig_signal(g.rig, SIGHUP);
    rig_expect(g.rig, "all of it loaded");
    ck_assert_double_eq(rig_resident(g.data), 1);
    ck_assert_double_eq(rig_resident(g.small), 0);
    rig_stop(g.rig);
    given_clear(&g);
}
END_TEST

/* What of a person's files is not recorded, in two ways to say so. */
static const struct {
    const char *fileprefix; /* %s: the rig's directory; NULL: the default */
    bool small;             /* another file, beside the document: is it known? */
} documents[] = {
    {"fileprefix = !%s/documents;/\n", true},
    {"fileprefix = !%s/*ocu;/\n", true},
    {NULL, false},
};

static char *settings_of(const Rig *rig, const char *fileprefix)
{
    if (fileprefix == NULL)
        return g_strdup(QUIET);
    g_auto(GStrv) halves = g_strsplit(fileprefix, "%s", 2);
    return g_strconcat(QUIET, halves[0], rig->dir, halves[1], NULL);
}

START_TEST(documents_are_not_recorded)
{
    Given g = given(NULL);
    g_autofree char *settings = settings_of(g.rig, documents[_i].fileprefix);
    g.rig->default_fileprefix = true;
    rig_configure(g.rig, settings);
    if (!started(&g))
        unit_skip(UNPERMITTED);
    if (documents[_i].fileprefix == NULL && strstr(g.rig->dir, "/.") != NULL)
        unit_skip("the default would let %s be recorded", g.rig->dir);
    g_autofree char *directory = rig_path(g.rig, "documents");
    g_autofree char *document = unit_write(directory, "diary", "dear diary", -1);
    g_autofree char *read = g_strdup_printf("read=%s", document);
    g_autofree char *touch = g_strdup_printf("touch=%s:0", g.data);
    g_autofree char *read_small = g_strdup_printf("read=%s", g.small);
    g_autofree char *list = g_strdup_printf("list=%s", directory);
    const char *const args[] = {read, touch, read_small, list, "live=300"};
    for (int i = 0; i < 3; i++)
        launch(&g, args, G_N_ELEMENTS(args));
    g_free(rig_await_dump(g.rig, "learnt from 3 launches"));
    g_autofree char *state = rig_saved(g.rig);
    ck_assert_ptr_nonnull(strstr(state, "/data\n"));
    ck_assert_int_eq(strstr(state, "/small\n") != NULL, documents[_i].small);
    ck_assert_ptr_null(strstr(state, "diary"));
    ck_assert_ptr_null(strstr(state, "documents"));
    rig_stop(g.rig);
    ck_assert_ptr_null(strstr(g.rig->log->str, "diary"));
    given_clear(&g);
}
END_TEST

/* Given one launch of four that needed more; then that is remembered, and not read ahead. */
START_TEST(what_one_of_four_launches_touched_is_not_read_ahead)
{
    Given g = given(QUIET);
    if (!started(&g))
        unit_skip(UNPERMITTED);
    g_autofree char *more = g_strdup_printf("touch=%s:440", g.data);
    for (int i = 0; i < 4; i++) {
        drop(&g);
        launch_short(&g, i == 1 ? more : NULL);
    }
    g_free(rig_await_dump(g.rig, "learnt from 4 launches"));
    g_autofree char *blocks = saved_blocks(&g, "/application", "/data");
    ck_assert_msg(strstr(blocks, "440:4") != NULL, "%s", blocks);
    drop(&g);
    predict(&g);
    check_footprint(&g);
    ck_assert_double_eq(rig_resident_block(g.data, 440), 0);
    rig_stop(g.rig);
    given_clear(&g);
}
END_TEST

/* The lines of the model in a dump, without those that tell the time. */
static char *known_in(const char *dump)
{
    const char *from = strstr(dump, "files of ");
    ck_assert_ptr_nonnull(from);
    return g_strndup(from, strcspn(from, "\n"));
}

START_TEST(footprints_and_metrics_survive_a_restart)
{
    Given g = given_learnt("dopredict = false\n");
    if (g.rig == NULL)
        unit_skip(UNPERMITTED);
    rig_expect(g.rig, "known, ");
    g_autofree char *dump = rig_dump(g.rig);
    g_autofree char *before = known_in(dump);
    ck_assert_msg(strstr(before, "learnt from 3 launches") != NULL, "%s", before);
    ck_assert_msg(strstr(before, " in memory, ") != NULL, "%s", before); /* metrics */
    g_autofree char *blocks = saved_blocks(&g, "/application", "/data");
    rig_stop(g.rig);
    drop(&g);
    rig_configure(g.rig, "assist = false\n");
    rig_start(g.rig);
    rig_expect(g.rig, "loaded 1 program");
    rig_expect(g.rig, "all of it loaded");
    check_footprint(&g);
    g_free(g_steal_pointer(&dump));
    dump = rig_dump(g.rig);
    g_autofree char *after = known_in(dump);
    /* the bid behind it depends on the time */
    after[strcspn(after, "%")] = before[strcspn(before, "%")] = '\0';
    ck_assert_str_eq(after, before);
    g_autofree char *blocks_after = saved_blocks(&g, "/application", "/data");
    ck_assert_str_eq(blocks_after, blocks);
    rig_stop(g.rig);
    given_clear(&g);
}
END_TEST

START_TEST(a_replaced_file_is_learnt_anew)
{
    Given g = given_learnt(QUIET);
    if (g.rig == NULL)
        unit_skip(UNPERMITTED);
    g_free(rig_file(g.rig, "data", 32)); /* by rename, as a package manager does */
    g_autofree char *touch = g_strdup_printf("touch=%s:200", g.data);
    const char *const args[] = {touch, "live=300"};
    launch(&g, args, G_N_ELEMENTS(args));
    g_free(rig_await_dump(g.rig, "learnt from 4 launches"));
    g_autofree char *blocks = saved_blocks(&g, "/application", "/data");
    ck_assert_msg(g_str_has_prefix(blocks, "200:"), "%s", blocks);
    ck_assert_msg(strchr(blocks, ',') == NULL, "%s", blocks);
    drop(&g);
    predict(&g);
    static const guint old[] = {0, 1, 80, 160, 320};
    static const guint new[] = {200};
    check_blocks(g.data, old, G_N_ELEMENTS(old), 0);
    check_blocks(g.data, new, G_N_ELEMENTS(new), 1);
    rig_stop(g.rig);
    given_clear(&g);
}
END_TEST

/* Given a wrapper that becomes the application; then both are programs, each with its files. */
START_TEST(a_wrapper_and_what_it_becomes_are_two_programs)
{
    Given g = given(QUIET);
    if (!started(&g))
        unit_skip(UNPERMITTED);
    g_autofree char *application = g_steal_pointer(&g.program);
    g.program = rig_toucher(g.rig, "wrapper");
    g_autofree char *settings = rig_file(g.rig, "settings", 8);
    g_autofree char *first = g_strdup_printf("touch=%s:100", settings);
    g_autofree char *exec = g_strdup_printf("exec=%s", application);
    g_autofree char *then = g_strdup_printf("touch=%s:300", g.data);
    const char *const args[] = {first, "live=200", exec, then, "live=300"};
    for (int i = 0; i < 3; i++)
        launch(&g, args, G_N_ELEMENTS(args));
    g_free(rig_await_dump(g.rig, "model: 2 programs"));
    const struct {
        const char *program;
        const char *file;
        const char *blocks; /* NULL: does not need it */
    } rows[] = {{"/wrapper", "/settings", "100:7."},
                {"/wrapper", "/data", NULL},
                {"/application", "/settings", NULL},
                {"/application", "/data", "300:7."}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *blocks = saved_blocks(&g, rows[i].program, rows[i].file);
        ck_assert_int_eq(blocks == NULL, rows[i].blocks == NULL);
        ck_assert_msg(blocks == NULL || g_str_has_prefix(blocks, rows[i].blocks), "%s", blocks);
    }
    rig_stop(g.rig);
    given_clear(&g);
}
END_TEST

/* Linux tells execs to anybody (since 6.6), but only in the network that the machine began with. */
static const struct {
    const char *command[5];
    const char *said;
    const char *known; /* in a dump */
} rightless[] = {
    {{"setpriv", "--bounding-set=-net_admin,-sys_admin", "--inh-caps=-net_admin,-sys_admin"},
     "files that are opened are not told (fanotify: not permitted)",
     "learnt from 1 launch"},
    {{"unshare", "--net", "setpriv", "--bounding-set=-net_admin,-sys_admin",
      "--inh-caps=-net_admin,-sys_admin"},
     "programs that start are not told (proc connector: ",
     "as mapped"},
};

/* Given a daemon that may not hear of opens, or neither of these nor of execs; then it says so
 * once, and learns from what is left, be it only what its passes find. */
START_TEST(without_rights_it_learns_from_what_is_left)
{
    g_autofree char *setpriv = g_find_program_in_path("setpriv");
    g_autofree char *unshare = g_find_program_in_path("unshare");
    if (geteuid() != 0 || setpriv == NULL || unshare == NULL)
        unit_skip("needs root, setpriv and unshare");
    Given g = given(QUIET);
    for (gsize i = 0; i < 5 && rightless[_i].command[i] != NULL; i++)
        g_ptr_array_insert(g.rig->args, (gint)i, g_strdup(rightless[_i].command[i]));
    ck_assert(!rig_start_told(g.rig));
    rig_expect(g.rig, "known, ");
    g_autofree char *touch = g_strdup_printf("touch=%s:0,80", g.data);
    char *argv[] = {g.program, touch, (char *)"wait", NULL};
    App app = rig_spawn(argv);
    rig_await_word(&app);
    rig_expect_learnt(g.rig, "application");
    rig_close(&app);
    rig_expect(g.rig, "ended: application");
    g_autofree char *dump = rig_await_dump(g.rig, "launched 1 time");
    ck_assert_msg(strstr(dump, rightless[_i].known) != NULL, "%s", strstr(dump, "model: "));
    g_autofree char *blocks = saved_blocks(&g, "/application", "/data");
    ck_assert_msg(g_str_has_prefix(blocks, "0:") && strstr(blocks, ",80") != NULL, "%s", blocks);
    ck_assert_uint_eq(rig_count(g.rig, rightless[_i].said), 1);
    ck_assert_uint_eq(rig_count(g.rig, " are not told ("), 1);
    drop(&g);
    predict(&g);
    static const guint touched[] = {0, 80};
    static const guint untouched[] = {40, 160, 320};
    check_blocks(g.data, touched, G_N_ELEMENTS(touched), 1);
    check_blocks(g.data, untouched, G_N_ELEMENTS(untouched), 0);
    rig_stop(g.rig);
    given_clear(&g);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("learn");
    UNIT_ADD(suite, a_short_launch_is_learnt_and_read_ahead);
    UNIT_ADD(suite, only_mappings_without_learning);
    UNIT_ADD_ROWS(suite, documents_are_not_recorded, documents);
    UNIT_ADD(suite, what_one_of_four_launches_touched_is_not_read_ahead);
    UNIT_ADD(suite, footprints_and_metrics_survive_a_restart);
    UNIT_ADD(suite, a_replaced_file_is_learnt_anew);
    UNIT_ADD(suite, a_wrapper_and_what_it_becomes_are_two_programs);
    UNIT_ADD_ROWS(suite, without_rights_it_learns_from_what_is_left, rightless);
    return suite;
}
