/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/seeds.h"
#include "mockup.h"
#include "model/words.h"
#include "service/seeding.h"
#include <sys/stat.h>

#define ENTRY(exec) "[Desktop Entry]\nType=Application\nExec=" exec "\n"

/* A daemon, so far as seeding needs one, on a machine of its own. */
typedef struct {
    Mockup mockup;
    SeedingPlaces places;
    const char *shares[2];
    Daemon daemon;
} Given;

/* There is nowhere to hand a directory through: the test has the only one. */
static GPtrArray *the_home(const Mounts *mounts)
{
    GPtrArray *homes = g_ptr_array_new_with_free_func((GDestroyNotify)home_free);
    Home *home = home_open(mounts, g_getenv("TEST_HOME"), getuid());
    if (home != NULL)
        g_ptr_array_add(homes, home);
    return homes;
}

static void write_conf(const Given *given, const char *seed)
{
    g_autofree char *text = g_strdup_printf("[model]\nminsize = 0\n[system]\nseed = %s\n"
                                            "exeprefix = %s/;!/\nmapprefix = %s/;!/\n",
                                            seed, given->mockup.directory, given->mockup.directory);
    g_free(unit_write(given->mockup.directory, "conf", text, -1));
}

static void load_conf(Given *given)
{
    g_autofree char *conf = mockup_path(&given->mockup, "conf");
    config_unref(given->daemon.config);
    given->daemon.config = config_load(conf, NULL, NULL);
    ck_assert_ptr_nonnull(given->daemon.config);
}

static Given *given_daemon(const char *seed)
{
    static const char *const none[] = {NULL};
    Given *given = g_new0(Given, 1);
    Mockup *mockup = &given->mockup;
    *mockup = mockup_new();
    mockup->commands[0] = mockup->bin; /* it was moved */
    mockup_elf(mockup, "bin/app", 10, "libc.so");
    mockup_elf(mockup, "bin/tool", 10, "");
    mockup_elf(mockup, "lib/libc.so", 10, "");
    mockup_write(mockup, "share/app.desktop", ENTRY("app"), -1);
    g_free(unit_write(mockup->directory, "home/.bash_history", "app\napp\napp\n", -1));
    given->shares[0] = mockup_path(mockup, "share");
    given->places =
        (SeedingPlaces){"/proc/self/mountinfo", "/nowhere", given->shares, mockup->commands,
                        mockup->libraries,      none,       none,          the_home};
    g_autofree char *home = mockup_path(mockup, "home");
    ck_assert(g_setenv("TEST_HOME", home, TRUE));
    write_conf(given, seed);
    load_conf(given);
    Daemon *daemon = &given->daemon;
    const char *const all[] = {NULL};
    ModelRules rules = {.exeprefix = prefix_list_new(all), .mapprefix = prefix_list_new(all)};
    daemon->model = model_new(&rules);
    prefix_list_unref(rules.exeprefix);
    prefix_list_unref(rules.mapprefix);
    static const Options options = {.nice = 0};
    daemon->options = &options;
    daemon->clock = &clock_system;
    daemon->log = log_new("/dev/null", LEVEL_ERROR, NULL);
    return given;
}

static void given_free(Given *given)
{
    g_atomic_int_set(&given->daemon.cancel, 1);
    seeding_stop(&given->daemon);
    model_free(given->daemon.model);
    config_unref(given->daemon.config);
    log_free(given->daemon.log);
    g_free((char *)given->shares[0]);
    mockup_free(&given->mockup);
    g_free(given);
}

static Exe *exe_named(const Given *given, const char *name)
{
    g_autofree char *path = mockup_path(&given->mockup, name);
    g_autoptr(ExeKey) key = exe_key_new(path, NULL);
    return model_find_exe(given->daemon.model, key);
}

static Exe *add_exe(const Given *given, const char *name)
{
    const FileId id = {1, 2, 3, 4};
    g_autofree char *path = mockup_path(&given->mockup, name);
    g_autoptr(ExeKey) key = exe_key_new(path, NULL);
    return model_add_exe(given->daemon.model, key, &id);
}

static void await(const bool *done)
{
    while (!*done)
        g_main_context_iteration(NULL, TRUE);
}

START_TEST(a_first_run_is_seeded_once)
{
    Given *given = given_daemon("true");
    seeding_start(&given->daemon, &given->places);
    await(&given->daemon.model->seeded);
    const Exe *app = exe_named(given, "bin/app");
    ck_assert_ptr_nonnull(app);
    ck_assert_str_eq(app->seed_source, "shell history");
    ck_assert_uint_eq(app->edges->len, 2);
    ck_assert(app->application);
    ck_assert_uint_eq(given->daemon.model->exes->len, 1);
    given_free(given);
}
END_TEST

START_TEST(applications_are_told_from_others)
{
    Given *given = given_daemon("false");
    Exe *app = add_exe(given, "bin/app");
    const Exe *tool = add_exe(given, "bin/tool");
    seeding_start(&given->daemon, &given->places);
    seeding_reconfigure(&given->daemon); /* for it to be soon, whatever the uptime */
    await(&app->application);
    ck_assert(!tool->application && !given->daemon.model->seeded);
    ck_assert_float_eq(app->seed_weight, 0);
    /* It is launched by the user: that is enough for an application. */
    app->user_launches = app->launches = 1;
    model_judge_pool(given->daemon.model, app);
    ck_assert_int_eq(exe_pool(app), POOL_PRIORITY);
    /* One that is installed later. */
    mockup_write(&given->mockup, "share/tool.desktop", ENTRY("tool"), -1);
    seeding_reconfigure(&given->daemon);
    await(&tool->application);
    given_free(given);
}
END_TEST

START_TEST(turned_on_later)
{
    Given *given = given_daemon("false");
    seeding_start(&given->daemon, &given->places);
    write_conf(given, "true");
    load_conf(given);
    seeding_reconfigure(&given->daemon);
    await(&given->daemon.model->seeded);
    ck_assert_ptr_nonnull(exe_named(given, "bin/app"));
    given_free(given);
}
END_TEST

START_TEST(an_early_end)
{
    Given *given = given_daemon("true");
    seeding_start(&given->daemon, &given->places);
    given_free(given);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("seeding");
    UNIT_ADD(suite, a_first_run_is_seeded_once);
    UNIT_ADD(suite, applications_are_told_from_others);
    UNIT_ADD(suite, turned_on_later);
    UNIT_ADD(suite, an_early_end);
    return suite;
}
