/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/needs.h"
#include "mockup.h"

/* The files that are needed, below the machine's directory, with their blocks. */
static char *needs_of(const Mockup *mockup, const char *name, uint64_t *ret_mapped_bytes)
{
    const Launcher launcher = mockup_launcher(mockup);
    g_autofree char *path = mockup_path(mockup, name);
    g_autoptr(GArray) files = needs_find(&launcher.needs, path, ret_mapped_bytes);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < files->len; i++) {
        const SeedFile *file = &g_array_index(files, SeedFile, i);
        ck_assert(file_id_known(&file->id));
        g_string_append_printf(text, "%s%s=", i > 0 ? " " : "",
                               file->path + strlen(mockup->directory) + 1);
        block_set_print(&file->blocks, text);
    }
    return g_string_free(text, FALSE);
}

START_TEST(libraries_of_libraries)
{
    g_auto(Mockup) mockup = mockup_new();
    uint64_t mapped_bytes = 0;
    mockup_elf(&mockup, "bin/app", 100000, "liba.so libb.so");
    mockup_elf(&mockup, "lib/liba.so.1", 10, "libb.so libc.so libmissing.so");
    mockup_link(&mockup, "lib/liba.so", "liba.so.1");
    mockup_elf(&mockup, "lib/libb.so", 10, "liba.so");
    mockup_elf(&mockup, "lib/libc.so", 10, "");
    g_autofree char *found = needs_of(&mockup, "bin/app", &mapped_bytes);
    ck_assert_str_eq(found, "bin/app=0-1 lib/liba.so.1=0 lib/libb.so=0 lib/libc.so=0");
    ck_assert_uint_gt(mapped_bytes, 100030);
}
END_TEST

static const struct {
    ElfImage image;
    const char *found;
} paths[] = {
    {{.runpath = "$ORIGIN/../own", .needed = {"liba.so"}}, "bin/app=0 own/liba.so=0"},
    {{.runpath = "/nowhere:${ORIGIN}/../own", .needed = {"liba.so"}}, "bin/app=0 own/liba.so=0"},
    {{.rpath = "$ORIGIN/../own", .needed = {"liba.so"}}, "bin/app=0 own/liba.so=0"},
    {{.runpath = "$LIB/own:relative:", .needed = {"liba.so"}}, "bin/app=0 lib/liba.so=0"},
    {{.needed = {"liba.so"}}, "bin/app=0 lib/liba.so=0"},
    {{.needed = {"other.so"}}, "bin/app=0"},       /* of another machine */
    {{.needed = {"../lib/liba.so"}}, "bin/app=0"}, /* relative to wherever it is started */
    {{.needed = {"fifo.so"}}, "bin/app=0"},
    {{.needed = {"text.so"}}, "bin/app=0"},
};

START_TEST(where_libraries_are)
{
    g_auto(Mockup) mockup = mockup_new();
    uint64_t mapped_bytes = 0;
    const ElfImage other = {.machine = EM_AARCH64};
    g_autoptr(GString) foreign = elf_image(&other);
    g_autoptr(GString) app = elf_image(&paths[_i].image);
    mockup_write(&mockup, "bin/app", app->str, (gssize)app->len);
    mockup_write(&mockup, "lib/other.so", foreign->str, (gssize)foreign->len);
    mockup_write(&mockup, "lib/text.so", "INPUT(-la)\n", -1);
    mockup_elf(&mockup, "lib/liba.so", 10, "");
    mockup_elf(&mockup, "own/liba.so", 10, "");
    g_autofree char *fifo = mockup_path(&mockup, "lib/fifo.so");
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    g_autofree char *found = needs_of(&mockup, "bin/app", &mapped_bytes);
    ck_assert_str_eq(found, paths[_i].found);
}
END_TEST

START_TEST(only_so_much_of_each)
{
    g_auto(Mockup) mockup = mockup_new();
    uint64_t mapped_bytes = 0;
    mockup_elf(&mockup, "bin/app", 40 * 1024 * 1024, "liba.so");
    mockup_elf(&mockup, "lib/liba.so", 4 * 1024 * 1024, "");
    g_autofree char *found = needs_of(&mockup, "bin/app", &mapped_bytes);
    ck_assert_str_eq(found, "bin/app=0-511 lib/liba.so=0-31");
    ck_assert_uint_gt(mapped_bytes, UINT64_C(44) * 1024 * 1024);
}
END_TEST

START_TEST(what_is_none)
{
    g_auto(Mockup) mockup = mockup_new();
    uint64_t mapped_bytes = 1;
    mockup_write(&mockup, "bin/app", "#!/bin/sh\n", -1);
    g_autofree char *script = needs_of(&mockup, "bin/app", &mapped_bytes);
    ck_assert_str_eq(script, "");
    ck_assert_uint_eq(mapped_bytes, 0);
    g_autofree char *missing = needs_of(&mockup, "bin/missing", &mapped_bytes);
    ck_assert_str_eq(missing, "");
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("needs");
    UNIT_ADD(suite, libraries_of_libraries);
    UNIT_ADD_ROWS(suite, where_libraries_are, paths);
    UNIT_ADD(suite, only_so_much_of_each);
    UNIT_ADD(suite, what_is_none);
    return suite;
}
