/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "format-case.h"

/* The pack of a repository with some commits; without its suffix. */
static char *given_pack(const char *directory, const char *hash)
{
    g_autofree char *command = g_strdup_printf(
        "export HOME=\"$PWD\" GIT_CONFIG_NOSYSTEM=1; unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE;"
        "git init -q --object-format=%s r; cd r;"
        "for i in 1 2 3 4 5; do seq $i 99 > f$i; git add .; git -c user.name=a -c user.email=a@b "
        "commit -q -m $i; done; git gc -q; for p in .git/objects/pack/*.pack; do "
        "printf %%s \"$PWD/${p%%.pack}\"; done",
        hash);
    return case_shell(directory, command);
}

static const char *const hashes[] = {"sha1", "sha256"};

START_TEST(as_git_says)
{
    case_need("git");
    char *directory = unit_mkdir();
    g_autofree char *base = given_pack(directory, hashes[_i]);
    g_autofree char *name = g_path_get_basename(base);
    g_autofree char *pack_path = g_strconcat(base, ".pack", NULL);
    g_autofree char *index_path = g_strconcat(base, ".idx", NULL);
    g_autofree char *index_name = g_strconcat(name, ".idx", NULL);
    g_autofree char *said = case_shell(directory, "cd r; git count-objects -v");
    const uint64_t objects = case_number(said, "in-pack");
    g_autoptr(Anatomy) pack = case_analyze_file("git-pack", pack_path);
    g_autoptr(Anatomy) index = case_analyze_file("git-index", index_path);
    ck_assert_uint_eq(g_ascii_strtoull(case_fact(pack, "objects"), NULL, 10), objects);
    ck_assert_uint_eq(g_ascii_strtoull(case_fact(index, "objects"), NULL, 10), objects);
    ck_assert_str_eq(pack->companions->pdata[0], index_name);
    ck_assert_uint_eq(case_segment(index, "names")->length_bytes, objects * (_i == 0 ? 20 : 32));
    ck_assert_uint_eq(case_segment(index, "places")->length_bytes, objects * 4);
    ck_assert(!pack->clipped && !index->clipped);
    unit_rmdir(directory);
}
END_TEST

START_TEST(damaged_anywhere)
{
    case_need("git");
    char *directory = unit_mkdir();
    g_autofree char *base = given_pack(directory, "sha1");
    g_autofree char *pack_path = g_strconcat(base, ".pack", NULL);
    g_autofree char *index_path = g_strconcat(base, ".idx", NULL);
    g_autoptr(GString) pack = case_contents(pack_path);
    g_autoptr(GString) index = case_contents(index_path);
    case_damage("git-pack", "pack-1.pack", pack);
    case_damage("git-index", "pack-1.idx", index);
    memset(index->str + 8 + 1020, 0xff, 4);
    case_check_refused("git-index", "pack-1.idx", index, "fewer than");
    memset(index->str + 8, 0xff, 4);
    case_check_refused("git-index", "pack-1.idx", index, "goes down");
    pack->str[7] = 9;
    case_check_refused("git-pack", "pack-1.pack", pack, "version 9");
    unit_rmdir(directory);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *s = suite_create("format-git");
    UNIT_ADD_ROWS(s, as_git_says, hashes);
    UNIT_ADD(s, damaged_anywhere);
    return s;
}
