/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/digest.h"
#include "unit.h"
#include <fcntl.h>
#include <unistd.h>

/* Of "abc" (FIPS 180-2, B.1). */
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static Digest check(const char *name, const char *contents)
{
    char *directory = unit_mkdir();
    g_autofree char *path = unit_write(directory, name, contents, -1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    Digest digest = digest_check(fd, path);
    close(fd);
    unit_rmdir(directory);
    return digest;
}

START_TEST(a_blob_is_what_its_name_says)
{
    ck_assert_int_eq(check("sha256-" ABC, "abc"), DIGEST_MATCHES);
    ck_assert_int_eq(check(ABC, "abc"), DIGEST_MATCHES);
    ck_assert_int_eq(check("sha256-" ABC, "abd"), DIGEST_DIFFERS);
    ck_assert_int_eq(check("sha256-" ABC, ""), DIGEST_DIFFERS);
    ck_assert_str_eq(digest_text(DIGEST_DIFFERS), "not what its name says");
}
END_TEST

START_TEST(other_names_say_nothing)
{
    ck_assert_int_eq(check("model.gguf", "abc"), DIGEST_UNNAMED);
    ck_assert_int_eq(check("sha256-" ABC ".tmp", "abc"), DIGEST_UNNAMED);
    ck_assert_int_eq(check("sha256-ba78", "abc"), DIGEST_UNNAMED);
}
END_TEST

START_TEST(what_cannot_be_read)
{
    ck_assert_int_eq(digest_check(-1, "/" ABC), DIGEST_UNREADABLE);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("digest");
    UNIT_ADD(suite, a_blob_is_what_its_name_says);
    UNIT_ADD(suite, other_names_say_nothing);
    UNIT_ADD(suite, what_cannot_be_read);
    return suite;
}
