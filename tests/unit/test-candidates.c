/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/candidates.h"
#include "unit.h"

/* A machine with flatpak, snap and containers, on btrfs subvolumes at /srv. */
static const char ours_text[] =
    "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
    "23 22 0:5 / /proc rw - proc proc rw\n"
    "24 22 8:2 / /var rw - xfs /dev/sda2 rw\n"
    "25 22 7:3 / /snap/core22/1 ro - squashfs /dev/loop3 ro\n"
    "26 22 0:30 /@srv /srv rw - btrfs /dev/sdb rw\n"
    "27 22 0:30 / /mnt/top rw - btrfs /dev/sdb rw\n"
    "28 22 0:60 / /run/c1/merged rw - overlay overlay rw,lowerdir=/l1:/l2,upperdir=/u1\n"
    "29 22 0:70 / /nfs rw - nfs4 s:/x rw\n"
    "30 22 8:9 / /old rw - ext4 /dev/sda9 rw\n"
    "31 22 0:71 / /old rw - tmpfs none rw\n" /* covers 30 */
    "32 22 8:10 / /big rw - ext4 /dev/sdc1 rw,dax\n"
    "33 22 8:1 /data /again rw - ext4 /dev/sda1 rw\n"
    "34 22 8:1 /usr /opt/usr rw - ext4 /dev/sda1 rw\n"
    "35 22 0:80 / /tmp/.mount_x rw - fuse.x x rw\n";

/* What one process sees: nearly all is elsewhere. */
static const char theirs_text[] =
    "90 90 0:90 / / rw - tmpfs none rw\n"
    "91 90 8:2 /lib/flatpak/app/A/files /app ro - xfs /dev/sda2 rw\n"
    "92 90 8:1 /usr /usr ro - ext4 /dev/sda1 rw\n"
    "93 90 7:3 /usr/lib /lib ro - squashfs /dev/loop3 ro\n"
    "94 90 0:30 /@srv/x /srv rw - btrfs /dev/sdb rw\n"
    "95 90 0:30 /@srv2 /srv2 rw - btrfs /dev/sdb rw\n"
    "96 90 0:60 / /c1 rw - overlay overlay rw,lowerdir=/l1:/l2,upperdir=/u1\n"
    "97 90 0:60 /opt /c1opt rw - overlay overlay rw,lowerdir=/l1:/l2,upperdir=/u1\n"
    "98 90 0:61 / /c2 rw - overlay overlay rw,lowerdir=l/A:/l3:/,metacopy=on\n"
    "99 90 0:70 / /nfs rw - nfs4 s:/x rw\n"
    "100 90 8:9 / /old rw - ext4 /dev/sda9 rw\n"
    "101 90 8:10 / /big rw - ext4 /dev/sdc1 rw\n"
    "102 90 8:1 /data /data rw - ext4 /dev/sda1 rw\n"
    "103 90 8:1 /gone//deleted /gone rw - ext4 /dev/sda1 rw\n"
    "104 90 8:77 / /unknown rw - ext4 /dev/sdz rw\n"
    "105 90 0:80 / /fuse rw - fuse.x x rw\n"
    "106 90 0:4 mnt:[4026531841] /ns rw - ext4 /dev/x rw\n"
    "107 90 8:1 /usr/bin/one /bin/one rw - ext4 /dev/sda1 rw\n" /* a file on a file */
    "108 90 8:1 /usrlocal /usrlocal rw - ext4 /dev/sda1 rw\n";

/* Found: base, '+', rest; 'L' before a layer, 'M' before an overlay. */
static const struct {
    const char *path;
    const char *want;
} rows[] = {
    {"/app/bin/x", "/var+/lib/flatpak/app/A/files/bin/x"},
    {"/app", "/var+/lib/flatpak/app/A/files"},
    {"/usr/lib/x.so", "+/usr/lib/x.so /opt/usr+/lib/x.so"},
    {"/lib/x.so", "/snap/core22/1+/usr/lib/x.so"},
    {"/srv/a", "/srv+/x/a /mnt/top+/@srv/x/a"},
    {"/srv2/a", "/mnt/top+/@srv2/a"}, /* not below /@srv */
    {"/c1/usr/x", "L/u1+/usr/x L/l1+/usr/x L/l2+/usr/x M/run/c1/merged+/usr/x"},
    {"/c1opt/x", "L/u1+/opt/x L/l1+/opt/x L/l2+/opt/x M/run/c1/merged+/opt/x"},
    {"/c2/x", "L/l3+/x? L/+/x?"},
    {"/data/f", "+/data/f /again+/f"},
    {"/bin/one", "+/usr/bin/one /opt/usr+/bin/one"},
    {"/usrlocal/x", "+/usrlocal/x"}, /* not below /usr */
    {"/old/x", ""},                  /* covered here */
    {"/big/x", ""},                  /* pages that are the device */
    {"/nfs/x", ""},
    {"/fuse/x", ""},
    {"/tmp/x", ""}, /* on the tmpfs */
    {"/gone/x", ""},
    {"/unknown/x", ""},
    {"/ns/x", ""},
    {"/app/../usr/x", ""},
    {"relative", ""},
    {"", ""},
};

static Mounts *parse(const char *text)
{
    return mounts_parse_layers(cursor_of(text, strlen(text)));
}

static char *print(const GArray *candidates)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < candidates->len; i++) {
        const Candidate *candidate = &g_array_index(candidates, Candidate, i);
        static const char *const kinds[] = {"", "L", "M"};
        g_string_append_printf(text, "%s%s%s+%s%s", i == 0 ? "" : " ", kinds[candidate->kind],
                               candidate->base, candidate->rest, candidate->metacopy ? "?" : "");
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

START_TEST(finds_candidates)
{
    g_autoptr(Mounts) ours = parse(ours_text);
    g_autoptr(Mounts) theirs = parse(theirs_text);
    g_autoptr(GArray) candidates = candidates_find(theirs, ours, rows[_i].path);
    g_autofree char *got = print(candidates);
    ck_assert_str_eq(got, rows[_i].want);
}
END_TEST

/* A file system that is mounted here ten thousand times. */
START_TEST(bounds_candidates)
{
    g_autoptr(GString) text = g_string_new(ours_text);
    for (guint i = 0; i < 10000; i++)
        g_string_append_printf(text, "%u 22 8:1 / /m/%u rw - ext4 /dev/sda1 rw\n", 1000 + i, i);
    g_autoptr(Mounts) ours = parse(text->str);
    g_autoptr(Mounts) theirs = parse(theirs_text);
    g_autoptr(GArray) candidates = candidates_find(theirs, ours, "/usr/x");
    ck_assert_uint_le(candidates->len, 32);
    ck_assert_str_eq(g_array_index(candidates, Candidate, 0).base, "");
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("candidates");
    UNIT_ADD_ROWS(suite, finds_candidates, rows);
    UNIT_ADD(suite, bounds_candidates);
    return suite;
}
