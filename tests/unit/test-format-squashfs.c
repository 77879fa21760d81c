/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "elf-image.h"
#include "format-case.h"

static char *given_image(const char *directory)
{
    g_free(case_shell(directory,
                      "mkdir -p d/e; seq 1 20000 > d/numbers; echo hello > d/e/f;"
                      "mksquashfs d a.squashfs -quiet -no-progress -b 65536 >/dev/null"));
    return g_build_filename(directory, "a.squashfs", NULL);
}

START_TEST(as_unsquashfs_says)
{
    case_need("mksquashfs");
    char *directory = unit_mkdir();
    g_autofree char *path = given_image(directory);
    g_autofree char *said = case_shell(directory, "unsquashfs -s a.squashfs");
    g_autoptr(Anatomy) anatomy = case_analyze_file("squashfs", path);
    ck_assert_uint_eq(g_ascii_strtoull(case_fact(anatomy, "inodes"), NULL, 10),
                      case_number(said, "Number of inodes"));
    ck_assert_uint_eq(g_ascii_strtoull(case_fact(anatomy, "block_size"), NULL, 10),
                      case_number(said, "Block size"));
    ck_assert_ptr_nonnull(strstr(said, case_fact(anatomy, "compression")));
    const Segment *metadata = case_segment(anatomy, "inodes and directories");
    ck_assert_uint_eq(metadata->offset_bytes + metadata->length_bytes,
                      case_number(said, "Filesystem size"));
    ck_assert_uint_eq(case_segment(anatomy, "files")->length_bytes + 96, metadata->offset_bytes);
    unit_rmdir(directory);
}
END_TEST

START_TEST(an_appimage)
{
    case_need("mksquashfs");
    char *directory = unit_mkdir();
    g_autofree char *path = given_image(directory);
    g_autoptr(GString) image = case_contents(path);
    const ElfImage program = {"/lib64/ld.so", NULL, NULL, {"libc.so.6"}, 500, 0};
    g_autoptr(GString) bytes = elf_image(&program);
    const gsize runtime = bytes->len + 2 * sizeof(Elf64_Shdr);
    Elf64_Ehdr header;
    memcpy(&header, bytes->str, sizeof header);
    header.e_shoff = bytes->len;
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = 2;
    memcpy(header.e_ident + 8, "AI\2", 3);
    memcpy(bytes->str, &header, sizeof header);
    put_fill(bytes, 0, 2 * sizeof(Elf64_Shdr));
    g_string_append_len(bytes, image->str, (gssize)image->len);
    g_autoptr(Anatomy) anatomy = case_analyze("squashfs", "a.AppImage", bytes);
    ck_assert_str_eq(case_fact(anatomy, "kind"), "AppImage");
    case_check(anatomy, "runtime", 0, runtime);
    case_check(anatomy, "superblock", runtime, 96);
    unit_rmdir(directory);
}
END_TEST

START_TEST(damaged_anywhere)
{
    case_need("mksquashfs");
    char *directory = unit_mkdir();
    g_autofree char *path = given_image(directory);
    g_autoptr(GString) bytes = case_contents(path);
    case_damage("squashfs", "a.snap", bytes);
    memset(bytes->str + 64, 0x7f, 8);
    case_check_refused("squashfs", "a.snap", bytes, "inodes are outside");
    unit_rmdir(directory);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *s = suite_create("format-squashfs");
    UNIT_ADD(s, as_unsquashfs_says);
    UNIT_ADD(s, an_appimage);
    UNIT_ADD(s, damaged_anywhere);
    return s;
}
