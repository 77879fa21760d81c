/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/* Profiles: out of a state, into another one without a daemon, and into a daemon that runs. */
#include "ctl.h"
#include "model/profile-text.h"
#include "model/state.h"
#include "rig.h"
#include "unit.h"
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void expect(const Rig *rig, GSpawnChildSetupFunc who, int status, const char *said,
                   const char *format, ...) G_GNUC_PRINTF(5, 6);
static void expect(const Rig *rig, GSpawnChildSetupFunc who, int status, const char *said,
                   const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *words = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *text = ctl_as(rig, who, status, words);
    ck_assert_msg(strstr(text, said) != NULL, "'%s' did not say '%s', but: %s", words, said, text);
}

/* A program of the system's that runs for no time: nobody runs it while we look. */
static char *system_program(void)
{
    g_autofree char *found = g_find_program_in_path("false");
    char *path = realpath(found != NULL ? found : "/bin/false", NULL);
    ck_assert_ptr_nonnull(path);
    ck_assert(profile_is_portable(path));
    return path;
}

/* The state of a machine that has learnt that program, and one of somebody's own. */
static char *given_state(const Rig *rig, const char *program)
{
    struct stat st;
    ck_assert_int_eq(lstat(program, &st), 0);
    g_autoptr(Image) image = image_new();
    image->model_usec = 1000;
    const char *const paths[] = {program, "/home/somebody/secret"};
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        ImageExe exe = {.key = exe_key_new(paths[i], NULL), .id = file_id_of(&st), .launches = 3};
        exe.n_learnt = 3;
        ImageMap map = {g_ref_string_new(paths[i]), file_id_of(&st), false};
        TouchSet touched = TOUCH_SET_NULL;
        (void)touch_set_add_run(&touched, (TouchRun){0, 1, 7, 2});
        g_array_append_val(image->exes, exe);
        g_array_append_val(image->maps, map);
        image_add_edge(image, (ImageEdge){.exe = i, .map = i, .launches = 7}, &touched);
        touch_set_clear(&touched);
    }
    g_autoptr(GString) text = state_encode(image);
    return unit_write(rig->dir, "there/preload.state", text->str, (gssize)text->len);
}

static Image *read_state(const char *path)
{
    g_autofree char *bytes = NULL;
    gsize length = 0;
    g_autoptr(GError) error = NULL;
    ck_assert(g_file_get_contents(path, &bytes, &length, NULL));
    Image *image = state_decode(bytes, length, &error);
    ck_assert_msg(image != NULL, "%s", error != NULL ? error->message : "");
    return image;
}

START_TEST(from_state_to_state_without_a_daemon)
{
    g_autorig rig = rig_new(NULL);
    g_autofree char *program = system_program();
    g_autofree char *there = given_state(rig, program);
    g_autofree char *profile = rig_path(rig, "x.profile");
    g_autofree char *here = rig_path(rig, "image/preload.state");
    expect(rig, NULL, 0, "1 program in ", "--state %s export %s", there, profile);
    expect(rig, NULL, 0, "PRELOAD-PROFILE\t1\n", "--state %s export", there);
    g_autofree char *text = NULL;
    ck_assert(g_file_get_contents(profile, &text, NULL, NULL));
    ck_assert_ptr_null(strstr(text, "secret"));
    expect(rig, NULL, 0, "1 program taken over", "--state %s import %s", here, profile);
    expect(rig, NULL, 0, "\"programs\" : 1", "--json --state %s import %s", here, profile);
    expect(rig, NULL, 0, "1 learnt there already", "--state %s import %s", there, profile);
    g_autoptr(Image) image = read_state(here);
    ck_assert_uint_eq(image->exes->len, 1);
    const ImageExe *exe = &g_array_index(image->exes, ImageExe, 0);
    ck_assert_str_eq(exe->key->path, program);
    ck_assert_str_eq(exe->seed_source, "profile x.profile");
    ck_assert_uint_eq(exe->n_learnt, 3);
    ck_assert_uint_eq(exe->launches, 0);
    ck_assert_uint_eq(image->edges->len, 1);
    ck_assert(!image->seeded); /* the first run is one all the same */
}
END_TEST

START_TEST(what_is_no_profile_changes_nothing)
{
    g_autorig rig = rig_new(NULL);
    g_autofree char *program = system_program();
    g_autofree char *there = given_state(rig, program);
    g_autofree char *before = NULL;
    g_autofree char *after = NULL;
    ck_assert(g_file_get_contents(there, &before, NULL, NULL));
    expect(rig, NULL, 1, "not a profile", "--state %s import %s", there, there);
    expect(rig, NULL, 1, "not a profile", "--state %s import /dev/null", there);
    expect(rig, NULL, 1, "No such file", "--state %s import /no/such/file", there);
    expect(rig, NULL, 1, "No such file", "--state /no/such/state export");
    expect(rig, NULL, 64, "takes one file", "export a b");
    expect(rig, NULL, 64, "--state is for", "--state /x status");
    ck_assert(g_file_get_contents(there, &after, NULL, NULL));
    ck_assert_str_eq(before, after);
}
END_TEST

START_TEST(a_daemon_takes_it_over)
{
    g_autorig rig = rig_new(NULL);
    g_autofree char *program = system_program();
    g_autofree char *settings =
        g_strdup_printf("exeprefix = %s;!/\nmapprefix = %s;!/\n", program, program);
    rig_configure(rig, settings);
    g_autofree char *there = given_state(rig, program);
    g_autofree char *profile = rig_path(rig, "x.profile");
    expect(rig, NULL, 0, "1 program in ", "--state %s export %s", there, profile);
    rig_start(rig);
    rig_expect(rig, "known, ");
    /* Not into the file that the daemon will write over. */
    expect(rig, NULL, 0, "1 program given to the daemon", "import %s", profile);
    rig_expect(rig, "profile x.profile: 1 programs taken over");
    expect(rig, NULL, 0, "known before it ran, from: profile x.profile", "show %s", program);
    expect(rig, NULL, 0, "what it needs is known from", "explain %s", program);
    expect(rig, NULL, 0, program, "--state %s export", rig->state);
    g_autoptr(GDir) left = g_dir_open(rig->dir, 0, NULL);
    for (const char *name; (name = g_dir_read_name(left)) != NULL;)
        ck_assert(!g_str_has_prefix(name, "import-"));
    rig_stop(rig);
}
END_TEST

START_TEST(nobody_may_import)
{
    if (geteuid() != 0)
        unit_skip("not root, so nobody else to be");
    g_autorig rig = rig_new(NULL);
    g_autofree char *program = system_program();
    g_autofree char *there = given_state(rig, program);
    g_autofree char *profile = rig_path(rig, "x.profile");
    expect(rig, NULL, 0, "1 program in ", "--state %s export %s", there, profile);
    rig_start(rig);
    rig_expect(rig, "known, ");
    expect(rig, ctl_become_nobody, 1, "only root may change that", "import %s", profile);
    expect(rig, ctl_become_nobody, 1, "try sudo", "--state %s export", rig->state);
    ck_assert_uint_eq(rig_count(rig, "taken over"), 0);
    rig_stop(rig);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("transfer");
    UNIT_ADD(suite, from_state_to_state_without_a_daemon);
    UNIT_ADD(suite, what_is_no_profile_changes_nothing);
    UNIT_ADD(suite, a_daemon_takes_it_over);
    UNIT_ADD(suite, nobody_may_import);
    return suite;
}
