/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/launcher.h"
#include "mockup.h"

/* A machine with a program for each way that leads to one. */
static Mockup given_mockup(void)
{
    Mockup mockup = mockup_new();
    mockup_elf(&mockup, "bin/app", 10, "");
    mockup_link(&mockup, "bin/linked", "../opt/real");
    mockup_elf(&mockup, "opt/real", 10, "");
    mockup_elf(&mockup, "bin/dash", 10, "");
    mockup_link(&mockup, "bin/sh", "dash");
    mockup_elf(&mockup, "bin/python3.11", 10, "");
    mockup_link(&mockup, "bin/python3", "python3.11");
    g_autofree char *head = g_strdup_printf("#!%s/sh\n", mockup.bin);
    g_autofree char *exec = g_strdup_printf("%sD=%s/opt\nexec $D/real\n", head, mockup.directory);
    g_autofree char *beside = g_strdup_printf("%sd=`pwd`\n$d/small\n$d/office.bin\n", head);
    g_autofree char *loop = g_strdup_printf("%sexec loop\nexec %s/loop\n", head, mockup.bin);
    g_autofree char *none = g_strdup_printf("%secho\n", head);
    g_autofree char *named = g_strdup_printf("%sexec wrapped \"$@\"\n", head);
    g_autofree char *python = g_strdup_printf("#!%s/python3 -E\n", mockup.bin);
    mockup_write(&mockup, "bin/wrapped", exec, -1);
    mockup_write(&mockup, "bin/named", named, -1);
    mockup_write(&mockup, "opt/office/office", beside, -1);
    mockup_link(&mockup, "bin/office", "../opt/office/office");
    mockup_elf(&mockup, "opt/office/small", 10, "");
    mockup_elf(&mockup, "opt/office/office.bin", 10, "libbig.so");
    mockup_elf(&mockup, "lib/libbig.so", 100000, "");
    mockup_write(&mockup, "bin/loop", loop, -1);
    mockup_write(&mockup, "bin/none", none, -1);
    mockup_write(&mockup, "bin/tweaks", python, -1);
    mockup_write(&mockup, "bin/env-tweaks", "#!/usr/bin/env -S python3 -E\n", -1);
    mockup_write(&mockup, "bin/text", "nothing", -1);
    mockup_write(&mockup, "share/app.py", "", -1);
    mockup_elf(&mockup, "bin/snap", 10, "");
    mockup_link(&mockup, "bin/snapped", "snap");
    g_free(unit_write(mockup.directory, "bin/plain",
                      "\x7f"
                      "ELF",
                      -1));
    return mockup;
}

static const struct {
    const char *words; /* "@" is the machine's directory */
    LauncherResult result;
    const char *path; /* below it */
    const char *script;
} commands[] = {
    {"app", LAUNCHER_FOUND, "bin/app", NULL},
    {"@/bin/app --flag", LAUNCHER_FOUND, "bin/app", NULL},
    {"@/bin/../bin/app", LAUNCHER_FOUND, "bin/app", NULL},
    {"linked", LAUNCHER_FOUND, "opt/real", NULL},
    {"wrapped", LAUNCHER_FOUND, "opt/real", NULL},
    {"named", LAUNCHER_FOUND, "opt/real", NULL},
    {"office", LAUNCHER_FOUND, "opt/office/office.bin", NULL},
    {"none", LAUNCHER_FOUND, "bin/dash", "bin/none"},
    {"loop", LAUNCHER_FOUND, "bin/dash", "bin/loop"},
    {"tweaks", LAUNCHER_FOUND, "bin/python3.11", "bin/tweaks"},
    {"env-tweaks", LAUNCHER_FOUND, "bin/python3.11", "bin/env-tweaks"},
    {"python3 @/share/app.py", LAUNCHER_FOUND, "bin/python3.11", "share/app.py"},
    {"python3", LAUNCHER_NOT_FOUND, NULL, NULL},
    {"python3 relative.py", LAUNCHER_NOT_FOUND, NULL, NULL},
    {"sh -c app", LAUNCHER_NOT_FOUND, NULL, NULL},
    {"flatpak run org.app", LAUNCHER_CONTAINED, NULL, NULL},
    {"/usr/bin/flatpak run org.app", LAUNCHER_CONTAINED, NULL, NULL},
    {"snapped", LAUNCHER_CONTAINED, NULL, NULL},
    {"text", LAUNCHER_NOT_FOUND, NULL, NULL},
    {"plain", LAUNCHER_NOT_FOUND, NULL, NULL}, /* not executable */
    {"bin/app", LAUNCHER_NOT_FOUND, NULL, NULL},
    {"missing", LAUNCHER_NOT_FOUND, NULL, NULL},
};

static char *below(const Mockup *mockup, const char *name)
{
    return name != NULL ? mockup_path(mockup, name) : NULL;
}

START_TEST(from_a_command_to_a_program)
{
    g_auto(Mockup) mockup = given_mockup();
    const Launcher launcher = mockup_launcher(&mockup);
    g_auto(GStrv) parts = g_strsplit(commands[_i].words, "@", -1);
    g_autofree char *line = g_strjoinv(mockup.directory, parts);
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    g_auto(Program) program = {0};
    LauncherResult result = launcher_find(&launcher, (const char *const *)words, &program);
    ck_assert_int_eq(result, commands[_i].result);
    if (result != LAUNCHER_FOUND)
        return;
    g_autofree char *path = below(&mockup, commands[_i].path);
    g_autofree char *script = below(&mockup, commands[_i].script);
    ck_assert_str_eq(program.key->path, path);
    ck_assert_pstr_eq(program.key->script, script);
    ck_assert(file_id_known(&program.id));
}
END_TEST

START_TEST(what_is_rejected)
{
    g_auto(Mockup) mockup = given_mockup();
    g_autofree char *no_opt = g_strdup_printf("!%s/opt/", mockup.directory);
    const char *const items[] = {no_opt, NULL};
    g_autoptr(PrefixList) prefixes = prefix_list_new(items);
    Launcher launcher = mockup_launcher(&mockup);
    launcher.exeprefix = prefixes;
    const char *const linked[] = {"linked", NULL};
    const char *const app[] = {"app", NULL};
    g_auto(Program) program = {0};
    ck_assert_int_eq(launcher_find(&launcher, linked, &program), LAUNCHER_NOT_FOUND);
    ck_assert_int_eq(launcher_find(&launcher, app, &program), LAUNCHER_FOUND);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("launcher");
    UNIT_ADD_ROWS(suite, from_a_command_to_a_program, commands);
    UNIT_ADD(suite, what_is_rejected);
    return suite;
}
