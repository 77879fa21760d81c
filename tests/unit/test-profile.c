/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given.h"
#include "model/footprint.h"
#include "model/profile-text.h"
#include "model/state.h"
#include "model/words.h"
#include "unit.h"

/* A model that has learnt two launches of /usr/bin/a, which needs what is private as well, one of
 * /home/x/b, and one that runs a module. */
static Model *given_learnt(void)
{
    Model *model = given_model(0);
    for (uint64_t launch = 1; launch <= 2; launch++)
        when_launched(model, given_launch("/usr/bin/a", launch,
                                          "/usr/lib/z=0-3@1 /usr/lib/b=2@2 /home/x/secret=0@3 "
                                          "/usr/share/d/ /etc/a.conf"));
    when_launched(model, given_launch("/home/x/b", 3, "/usr/lib/b=1@1"));
    Sighting *module = given_launch("/usr/bin/python3", 4, "/usr/lib/b=1@1");
    exe_key_unref(module->key);
    module->key = exe_key_new("/usr/bin/python3", "private_module");
    when_launched(model, module);
    return model;
}

static Profile *profile_of(const Model *model)
{
    g_autoptr(Image) image = image_of_model(model, 1700000000);
    return profile_of_image(image);
}

static Profile *profile_again(const Profile *profile)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = profile_encode(profile);
    Profile *again = profile_decode(text->str, text->len, &error);
    ck_assert_msg(again != NULL, "%s", error != NULL ? error->message : "");
    return again;
}

static const struct {
    const char *path;
    bool portable;
} paths[] = {
    {"/usr/bin/x", true},    {"/opt/x", true},
    {"/lib64/x", true},      {"/etc/x", true},
    {"/snap/x/1/x", true},   {"/var/lib/flatpak/app/x", true},
    {"/nix/store/x", true},  {"/home/x/y", false},
    {"/usr", false},         {"/usr/", false},
    {"/usr/../home", false}, {"/usr/./x", false},
    {"/usr/x/..", false},    {"/usr//x", false},
    {"/usr/x/", false},      {"/usr/..x", true},
    {"/usr/...", true},      {"/var/lib/x", false},
    {"/root/x", false},      {"/tmp/x", false},
    {"usr/x", false},        {"", false},
    {"/usrx/y", false},      {"/proc/1/exe", false},
};

START_TEST(what_is_portable)
{
    ck_assert_msg(profile_is_portable(paths[_i].path) == paths[_i].portable, "%s", paths[_i].path);
}
END_TEST

START_TEST(nothing_private_is_in_it)
{
    g_autoptr(Model) model = given_learnt();
    g_autoptr(Profile) profile = profile_of(model);
    ck_assert_uint_eq(profile->programs->len, 1);
    const ProfileProgram *program = profile->programs->pdata[0];
    ck_assert_str_eq(program->key->path, "/usr/bin/a");
    ck_assert_uint_eq(program->files->len, 4);
    g_autoptr(GString) text = profile_encode(profile);
    ck_assert_ptr_null(strstr(text->str, "home"));
    ck_assert_ptr_null(strstr(text->str, "private"));
    ck_assert_ptr_null(strstr(text->str, "1700000000"));
}
END_TEST

START_TEST(what_was_written_is_read)
{
    g_autoptr(Model) model = given_learnt();
    g_autoptr(Profile) profile = profile_of(model);
    g_autoptr(Profile) again = profile_again(profile);
    g_autoptr(GString) one = profile_encode(profile);
    g_autoptr(GString) two = profile_encode(again);
    ck_assert_str_eq(one->str, two->str);
}
END_TEST

START_TEST(a_graft_is_the_footprint_that_was_learnt)
{
    g_autoptr(Model) there = given_learnt();
    g_autoptr(Profile) profile = profile_of(there);
    g_autoptr(Model) here = given_model(0);
    uint64_t generation = here->generation;
    GraftReport report = model_graft(here, profile, "profile x");
    ck_assert_uint_eq(report.n_taken, 1);
    ck_assert_uint_gt(here->generation, generation);
    const Exe *exe = exe_of(here, "/usr/bin/a");
    ck_assert_uint_eq(exe->launches, 0);
    ck_assert_uint_eq(exe->n_learnt, 2);
    ck_assert_str_eq(exe->seed_source, "profile x");
    ck_assert_uint_eq(footprint_bytes(exe), 5 * BLOCK_BYTES);
    ck_assert(model_find_edge(exe, "/usr/share/d")->map->directory);
    ck_assert(!exe_has_run(exe));
}
END_TEST

START_TEST(what_is_learnt_wins)
{
    g_autoptr(Model) there = given_learnt();
    g_autoptr(Profile) profile = profile_of(there);
    g_autoptr(Model) here = given_model(0);
    when(here, 0, given_pass("/usr/bin/a", "")); /* so that the launch counts */
    when_launched(here, given_launch("/usr/bin/a", 1, "/usr/lib/own=0@1"));
    GraftReport report = model_graft(here, profile, "profile x");
    ck_assert_uint_eq(report.n_known, 1);
    ck_assert_uint_eq(report.n_taken, 0);
    const Exe *exe = exe_of(here, "/usr/bin/a");
    ck_assert_ptr_null(exe->seed_source);
    ck_assert_uint_eq(exe->edges->len, 1);
}
END_TEST

START_TEST(whole_mappings_and_older_profiles_are_replaced)
{
    g_autoptr(Model) there = given_learnt();
    g_autoptr(Profile) profile = profile_of(there);
    g_autoptr(Model) here = given_model(0);
    Observation *mapped = given_pass("/usr/bin/a", "");
    add_sighting(mapped, "/usr/bin/a", "/usr/lib/z", 64 * MIB);
    when(here, 0, mapped);
    ck_assert_uint_eq(model_graft(here, profile, "profile 1").n_taken, 1);
    ck_assert_uint_eq(footprint_bytes(exe_of(here, "/usr/bin/a")), 5 * BLOCK_BYTES);
    g_autoptr(Model) other = given_model(0);
    ck_assert_uint_eq(model_graft(other, profile, "profile 1").n_taken, 1);
    ck_assert_uint_eq(model_graft(other, profile, "profile 2").n_taken, 1);
    ck_assert_str_eq(exe_of(other, "/usr/bin/a")->seed_source, "profile 2");
    ck_assert_uint_eq(exe_of(other, "/usr/bin/a")->edges->len, 4);
}
END_TEST

/* What the profile says is as of older launches. */
START_TEST(the_first_launch_is_learnt_on_top)
{
    g_autoptr(Model) there = given_learnt();
    g_autoptr(Profile) profile = profile_of(there);
    g_autoptr(Model) here = given_model(0);
    (void)model_graft(here, profile, "profile x");
    when_launched(here, given_launch("/usr/bin/a", 1, "/usr/lib/own=0@1"));
    const Exe *exe = exe_of(here, "/usr/bin/a");
    ck_assert_uint_eq(exe->n_learnt, 3);
    ck_assert_ptr_nonnull(model_find_edge(exe, "/usr/lib/own"));
    ck_assert_ptr_nonnull(model_find_edge(exe, "/usr/lib/z"));
}
END_TEST

START_TEST(rules_and_words_reject)
{
    g_autoptr(Model) there = given_learnt();
    g_autoptr(Profile) profile = profile_of(there);
    const char *const no_a[] = {"!/usr/bin/", NULL};
    const char *const no_lib[] = {"!/usr/lib/", NULL};
    ModelRules rules = {.exeprefix = prefix_list_new(no_a), .mapprefix = prefix_list_new(NULL)};
    g_autoptr(Model) strict = model_new(&rules);
    ck_assert_uint_eq(model_graft(strict, profile, "profile x").n_rejected, 1);
    prefix_list_unref(rules.exeprefix);
    prefix_list_unref(rules.mapprefix);
    g_autoptr(Model) ignoring = given_model(0);
    g_autoptr(ExeKey) key = exe_key_new("/usr/bin/a", NULL);
    ck_assert(model_say(ignoring, key, WORD_IGNORE));
    ck_assert_uint_eq(model_graft(ignoring, profile, "profile x").n_rejected, 1);
    rules = (ModelRules){.exeprefix = prefix_list_new(NULL), .mapprefix = prefix_list_new(no_lib)};
    g_autoptr(Model) picky = model_new(&rules);
    ck_assert_uint_eq(model_graft(picky, profile, "profile x").n_taken, 1);
    ck_assert_ptr_null(model_find_edge(exe_of(picky, "/usr/bin/a"), "/usr/lib/z"));
    prefix_list_unref(rules.exeprefix);
    prefix_list_unref(rules.mapprefix);
}
END_TEST

/* It is in the state as anything that was learnt is. */
START_TEST(a_graft_survives_the_state)
{
    g_autoptr(Model) there = given_learnt();
    g_autoptr(Profile) profile = profile_of(there);
    g_autoptr(Model) here = given_model(0);
    (void)model_graft(here, profile, "profile x");
    g_autoptr(Image) image = image_of_model(here, 1);
    g_autoptr(GString) text = state_encode(image);
    g_autoptr(Image) read = state_decode(text->str, text->len, NULL);
    ck_assert_ptr_nonnull(read);
    g_autoptr(Model) again = given_model(0);
    (void)image_to_model(read, again);
    const Exe *exe = exe_of(again, "/usr/bin/a");
    ck_assert_str_eq(exe->seed_source, "profile x");
    ck_assert_uint_eq(footprint_bytes(exe), 5 * BLOCK_BYTES);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("profile");
    UNIT_ADD_ROWS(suite, what_is_portable, paths);
    UNIT_ADD(suite, nothing_private_is_in_it);
    UNIT_ADD(suite, what_was_written_is_read);
    UNIT_ADD(suite, a_graft_is_the_footprint_that_was_learnt);
    UNIT_ADD(suite, what_is_learnt_wins);
    UNIT_ADD(suite, whole_mappings_and_older_profiles_are_replaced);
    UNIT_ADD(suite, the_first_launch_is_learnt_on_top);
    UNIT_ADD(suite, rules_and_words_reject);
    UNIT_ADD(suite, a_graft_survives_the_state);
    return suite;
}
