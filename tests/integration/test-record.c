/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/* --record: what is launched while the daemon runs becomes a trace, which --replay takes. */
#include "rig.h"
#include "unit.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
    bool anonymous;
    const char *said;
} recordings[] = {
    {false, "recording what is launched to"},
    {true, "recording what is launched, without names,"},
};

/* Launched before the daemon starts, and then once more while it runs. */
static void when_recorded(Rig *rig, const char *said)
{
    g_autofree char *program = rig_program(rig, "application");
    g_autofree char *before = rig_program(rig, "earlier");
    g_autofree char *file = rig_file(rig, "data", 1);
    App earlier = rig_launch(before, file);
    rig_start(rig);
    rig_expect(rig, said);
    rig_expect(rig, "known, ");
    App app = rig_launch(program, file);
    rig_expect_learnt(rig, "application");
    rig_close(&app);
    rig_expect(rig, "ended: application");
    rig_close(&earlier);
    rig_stop(rig);
}

static void check_replay(const char *trace)
{
    g_autofree char *argument = g_strconcat("--replay=", trace, NULL);
    const char *argv[] = {getenv("PRELOAD_DAEMON"), "-c", "", argument, NULL};
    g_autofree char *output = NULL;
    int status = -1;
    ck_assert(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL,
                           &status, NULL));
    ck_assert_int_eq(status, 0);
    ck_assert_msg(strstr(output, "launches=") != NULL, "%s", output);
}

START_TEST(a_launch_is_written_and_can_be_replayed)
{
    g_autorig rig = rig_new(NULL);
    g_autofree char *trace = rig_path(rig, "trace");
    g_ptr_array_add(rig->args, g_strconcat("--record=", trace, NULL));
    if (recordings[_i].anonymous)
        g_ptr_array_add(rig->args, g_strdup("--anonymous"));
    when_recorded(rig, recordings[_i].said);
    g_autofree char *text = NULL;
    ck_assert(g_file_get_contents(trace, &text, NULL, NULL));
    ck_assert_msg(strstr(text, "\tboot\t") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "\texec\t/") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "\texit\t/") != NULL, "%s", text);
    ck_assert((strstr(text, "/application\n") == NULL) == recordings[_i].anonymous);
    ck_assert((strstr(text, rig->dir) == NULL) == recordings[_i].anonymous);
    struct stat st;
    ck_assert_int_eq(stat(trace, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    check_replay(trace);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("record");
    UNIT_ADD_ROWS(suite, a_launch_is_written_and_can_be_replayed, recordings);
    return suite;
}
