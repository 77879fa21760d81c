/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "elf-image.h"
#include "formats/elf.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

/* A file in memory. */
static int given_file(const char *bytes, gsize length)
{
    int fd = memfd_create("elf", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, length), (ssize_t)length);
    return fd;
}

static int read_bytes(const char *bytes, gsize length, Elf *ret)
{
    autofd fd = given_file(bytes, length);
    return elf_read(fd, ret);
}

START_TEST(what_a_program_needs)
{
    const ElfImage image = {"/lib64/ld.so", "$ORIGIN/lib", NULL, {"libb.so", "libc.so.6"}, 100, 0};
    g_autoptr(GString) bytes = elf_image(&image);
    g_auto(Elf) elf = {0};
    ck_assert_int_eq(read_bytes(bytes->str, bytes->len, &elf), 0);
    ck_assert_uint_eq(elf.bits, 64);
    ck_assert_uint_eq(elf.machine, EM_X86_64);
    ck_assert_str_eq(elf.interpreter, "/lib64/ld.so");
    ck_assert_str_eq(elf.runpath, "$ORIGIN/lib");
    ck_assert_ptr_null(elf.rpath);
    ck_assert_uint_eq(elf.needed->len, 2);
    ck_assert_str_eq(elf.needed->pdata[1], "libc.so.6");
    ck_assert_uint_eq(elf.loads->len, 1);
    ck_assert_uint_eq(g_array_index(elf.loads, ElfLoad, 0).length_bytes, bytes->len);
}
END_TEST

START_TEST(a_real_one)
{
    autofd fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    g_auto(Elf) elf = {0};
    ck_assert_int_eq(elf_read(fd, &elf), 0);
    ck_assert_uint_gt(elf.loads->len, 1);
    ck_assert_ptr_nonnull(elf.interpreter);
    bool found = false;
    for (guint i = 0; i < elf.needed->len; i++)
        found |= g_str_has_prefix(elf.needed->pdata[i], "libc.");
    ck_assert(found);
}
END_TEST

static const struct {
    const char *bytes;
    gsize length;
} none[] = {{"", 0},
            {"\x7f"
             "ELF",
             4},
            {"#!/bin/sh\n", 10}};

START_TEST(no_elf_file)
{
    Elf elf;
    ck_assert_int_eq(read_bytes(none[_i].bytes, none[_i].length, &elf), -ENOEXEC);
}
END_TEST

/* Cut anywhere, and any byte wrong in many ways: an error, or something within the bounds. */
START_TEST(damage)
{
    const ElfImage image = {"/lib64/ld.so", "$ORIGIN", "/r", {"libb.so", "libc.so.6"}, 0, 0};
    g_autoptr(GString) bytes = elf_image(&image);
    static const unsigned char masks[] = {0xff, 0x01, 0x80};
    for (gsize i = 0; i < bytes->len; i++) {
        g_auto(Elf) cut = {0};
        ck_assert_int_lt(read_bytes(bytes->str, i, &cut), 0);
        for (gsize j = 0; j < G_N_ELEMENTS(masks); j++) {
            g_autofree char *wrong = g_memdup2(bytes->str, bytes->len);
            wrong[i] = (char)(wrong[i] ^ masks[j]);
            g_auto(Elf) elf = {0};
            (void)read_bytes(wrong, bytes->len, &elf); /* either is right */
        }
    }
}
END_TEST

START_TEST(too_many_headers)
{
    const ElfImage image = {NULL, NULL, NULL, {NULL}, 0, 0};
    g_autoptr(GString) bytes = elf_image(&image);
    ((Elf64_Ehdr *)(void *)bytes->str)->e_phnum = ELF_HEADERS_MAX + 1;
    Elf elf;
    ck_assert_int_eq(read_bytes(bytes->str, bytes->len, &elf), -EBADMSG);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("elf");
    UNIT_ADD(suite, what_a_program_needs);
    UNIT_ADD(suite, a_real_one);
    UNIT_ADD_ROWS(suite, no_elf_file, none);
    UNIT_ADD(suite, damage);
    UNIT_ADD(suite, too_many_headers);
    return suite;
}
