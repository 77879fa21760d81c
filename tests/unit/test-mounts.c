/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "unit.h"

#include "observe/mounts.h"

/* A machine with initramfs (/proc older than /), stacked, covered, encoded and foreign mounts. */
static const char table[] =
    "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
    "27 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"
    "30 27 8:1 / /home rw master:2 propagate_from:3 - xfs /dev/sda1 rw\n"
    "31 30 0:40 / /home/ann/remote rw - nfs4 server:/export rw\n"
    "32 27 0:41 / /run rw - tmpfs tmpfs rw\n"
    "33 27 0:42 / /mnt/with\\040blank\\011tab\\012line\\134back rw - ext4 /dev/x\\043y rw\n"
    "34 27 0:43 / /media rw - fuse.sshfs ann@host: rw\n"
    "35 27 8:17 / /windows rw - fuseblk /dev/sdb1 rw\n"
    "36 27 259:0 / /dax rw - ext4 /dev/pmem0 rw,dax=always\n"
    "37 27 259:1 / /dax-never rw - ext4 /dev/pmem1 rw,dax=never\n"
    "38 27 8:33 / /data rw - ext4 /dev/sdc1 rw\n"
    "39 38 8:34 / /data/old rw - ext4 /dev/sdc2 rw\n"
    "40 38 0:50 / /data rw - nfs server:/data rw\n" /* covers 38, and 39 with it */
    "41 27 0:51 / /stack rw - tmpfs tmpfs rw\n"
    "42 41 8:49 / /stack rw - btrfs /dev/sdd1 rw\n" /* on top of 41 */
    "43 27 0:52 / /new rw - newfs /dev/sde1 rw\n"
    "44 27 0:53 / /strange rw - strangefs strange rw\n"
    "45 27 0:54 / /auto rw - autofs systemd-1 rw\n"
    "46 27 0:55 / /none rw - tmpfs  rw\n";

static Mounts *parse(const char *text)
{
    return mounts_parse(cursor_of(text, strlen(text)));
}

static const struct {
    const char *path;
    const char *mount; /* NULL: none */
    MountKind kind;
} finds[] = {
    {"/usr/bin/true", "/", MOUNT_LOCAL},
    {"/", "/", MOUNT_LOCAL},
    {"/proc/1/maps", "/proc", MOUNT_MEMORY},
    {"/process", "/", MOUNT_LOCAL},
    {"/home", "/home", MOUNT_LOCAL},
    {"/home/", "/home", MOUNT_LOCAL},
    {"/homestead/x", "/", MOUNT_LOCAL},
    {"/home/ann/x", "/home", MOUNT_LOCAL},
    {"/home/ann/remote/x", "/home/ann/remote", MOUNT_REMOTE},
    {"/home/ann/remote", "/home/ann/remote", MOUNT_REMOTE},
    {"/run/x", "/run", MOUNT_MEMORY},
    {"/mnt/with blank\ttab\nline\\back/x", "/mnt/with blank\ttab\nline\\back", MOUNT_LOCAL},
    {"/media/x", "/media", MOUNT_REMOTE},
    {"/windows/x", "/windows", MOUNT_REMOTE},
    {"/dax/x", "/dax", MOUNT_MEMORY},
    {"/dax-never/x", "/dax-never", MOUNT_LOCAL},
    {"/data/x", "/data", MOUNT_REMOTE},
    {"/data/old/x", "/data", MOUNT_REMOTE},
    {"/stack/x", "/stack", MOUNT_LOCAL},
    {"/new/x", "/new", MOUNT_LOCAL},
    {"/strange/x", "/strange", MOUNT_REMOTE},
    {"/auto/x", "/auto", MOUNT_REMOTE},
    {"/none/x", "/none", MOUNT_MEMORY},
    /* What the prefixes say nothing about. */
    {"relative", NULL, MOUNT_LOCAL},
    {"", NULL, MOUNT_LOCAL},
    {"//home/x", NULL, MOUNT_LOCAL},
    {"/usr//x", NULL, MOUNT_LOCAL},
    {"/usr/../home/ann/remote/x", NULL, MOUNT_LOCAL},
    {"/./home/x", NULL, MOUNT_LOCAL},
    {"/usr/..", NULL, MOUNT_LOCAL},
    {"/usr/..x/.y/...", "/", MOUNT_LOCAL},
};

START_TEST(test_find)
{
    g_autoptr(Mounts) mounts = parse(table);
    const Mount *mount = mounts_find(mounts, finds[_i].path);
    if (finds[_i].mount == NULL) {
        ck_assert_ptr_null(mount);
        return;
    }
    ck_assert_ptr_nonnull(mount);
    ck_assert_str_eq(mount->path, finds[_i].mount);
    ck_assert_int_eq(mount->kind, finds[_i].kind);
}
END_TEST

START_TEST(test_fields)
{
    g_autoptr(Mounts) mounts = parse(table);
    const Mount *mount = mounts_find(mounts, "/mnt/with blank\ttab\nline\\back/x");
    ck_assert_str_eq(mount->source, "/dev/x#y");
    ck_assert_str_eq(mount->type, "ext4");
    ck_assert_uint_eq(mount->dev_major, 0);
    ck_assert_uint_eq(mount->dev_minor, 42);
}
END_TEST

START_TEST(test_find_dev)
{
    g_autoptr(Mounts) mounts = parse(table);
    ck_assert_str_eq(mounts_find_dev(mounts, 8, 1)->path, "/home");
    ck_assert_str_eq(mounts_find_dev(mounts, 254, 1)->path, "/");
    ck_assert_ptr_null(mounts_find_dev(mounts, 8, 2));
}
END_TEST

/* given a line of this table; then whether its mount point may be touched. */
static const char walks[] = "1 0 8:0 / / rw - ext4 none rw\n"
                            "2 1 8:1 / /home rw - ext4 none rw\n"
                            "3 1 0:30 / /net rw - nfs a:/b rw\n"
                            "4 3 8:2 / /net/disk rw - ext4 none rw\n"
                            "5 1 0:31 / /run rw - tmpfs none rw\n"
                            "6 5 8:3 / /run/media/disk rw - vfat none rw\n"
                            "7 1 8:4 / /covered rw - ext4 none rw\n"
                            "8 7 0:32 / /covered rw - nfs a:/b rw\n"
                            "9 1 0:33 / /boot rw - autofs systemd-1 rw\n"
                            "10 9 8:5 / /boot rw - vfat none rw\n"
                            "11 1 8:6 / /a/../b rw - ext4 none rw\n";
static const bool reachable[] = {true,  true, true,  false, true, true,
                                 false, true, false, true,  false};

START_TEST(test_reachable)
{
    g_autoptr(Mounts) mounts = parse(walks);
    ck_assert_uint_eq(mounts_count(mounts), G_N_ELEMENTS(reachable));
    const Mount *mount = mounts_get(mounts, (uint32_t)_i);
    ck_assert_msg(mounts_reachable(mounts, mount) == reachable[_i], "%s", mount->path);
}
END_TEST

START_TEST(test_nothing_is_reachable_without_a_root)
{
    g_autoptr(Mounts) mounts = parse("1 0 8:0 / /a rw - ext4 none rw\n");
    ck_assert_uint_eq(mounts_count(mounts), 1);
    ck_assert(!mounts_reachable(mounts, mounts_get(mounts, 0)));
    g_autoptr(Mounts) none = parse("");
    ck_assert_uint_eq(mounts_count(none), 0);
}
END_TEST

START_TEST(test_root_and_layers)
{
    static const char text[] = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
                               "2 1 8:1 /a\\040b /m rw - ext4 /dev/sda1 rw,lowerdir=/no\n"
                               "3 1 0:9 / /o rw - overlay overlay rw,lowerdir=/l\\054x:/k\n"
                               "4 1 0:4 mnt:[1] /n rw - nsfs nsfs rw\n";
    g_autoptr(Mounts) full = mounts_parse_layers(cursor_of(text, strlen(text)));
    g_autoptr(Mounts) lean = parse(text);
    ck_assert_uint_eq(mounts_count(full), 4);
    ck_assert_str_eq(mounts_get(full, 0)->root, "/");
    ck_assert_str_eq(mounts_get(full, 1)->root, "/a b");
    ck_assert_str_eq(mounts_get(full, 3)->root, "mnt:[1]");
    ck_assert_ptr_null(mounts_get(full, 1)->layers);
    ck_assert_str_eq(mounts_get(full, 2)->layers, "rw,lowerdir=/l\\054x:/k");
    ck_assert_ptr_null(mounts_get(lean, 2)->layers);
    ck_assert_ptr_eq(mounts_find(full, "/o/x"), mounts_get(full, 2));
}
END_TEST

static const struct {
    const char *type;
    const char *source;
    MountKind kind;
} types[] = {
    {"ext2", "none", MOUNT_LOCAL},         {"btrfs", "none", MOUNT_LOCAL},
    {"zfs", "tank/home", MOUNT_LOCAL},     {"overlay", "overlay", MOUNT_LOCAL},
    {"squashfs", "none", MOUNT_LOCAL},     {"erofs", "none", MOUNT_LOCAL},
    {"bcachefs", "none", MOUNT_LOCAL},     {"vfat", "/dev/sda1", MOUNT_LOCAL},
    {"unheard", "/dev/sda1", MOUNT_LOCAL}, {"unheard", "unheard", MOUNT_REMOTE},
    {"nfs", "a:/b", MOUNT_REMOTE},         {"nfs4", "a:/b", MOUNT_REMOTE},
    {"cifs", "//a/b", MOUNT_REMOTE},       {"smb3", "//a/b", MOUNT_REMOTE},
    {"9p", "tag", MOUNT_REMOTE},           {"virtiofs", "tag", MOUNT_REMOTE},
    {"afs", "none", MOUNT_REMOTE},         {"ceph", "a:/", MOUNT_REMOTE},
    {"fuse", "/dev/fuse", MOUNT_REMOTE},   {"fuse.portal", "/dev/fuse", MOUNT_REMOTE},
    {"lustre", "none", MOUNT_REMOTE},      {"glusterfs", "none", MOUNT_REMOTE},
    {"coda", "none", MOUNT_REMOTE},        {"fuseblk", "/dev/sda1", MOUNT_REMOTE},
    {"tmpfs", "none", MOUNT_MEMORY},       {"ramfs", "none", MOUNT_MEMORY},
    {"sysfs", "none", MOUNT_MEMORY},       {"devtmpfs", "/dev/x", MOUNT_MEMORY},
    {"cgroup", "none", MOUNT_MEMORY},      {"cgroup2", "none", MOUNT_MEMORY},
    {"hugetlbfs", "none", MOUNT_MEMORY},   {"fusectl", "none", MOUNT_MEMORY},
};

START_TEST(test_kind)
{
    g_autofree char *text =
        g_strdup_printf("1 0 0:1 / / rw - %s %s rw", types[_i].type, types[_i].source);
    g_autoptr(Mounts) mounts = parse(text);
    ck_assert_int_eq(mounts_find(mounts, "/x")->kind, types[_i].kind);
}
END_TEST

/* None of these is a mount at "/"; each is followed by a good line, which must be found. */
static const char *const bad_lines[] = {
    "",
    "1",
    "1 0 0:1",
    "1 0 0:1 / / rw",
    "1 0 0:1 / / rw shared:1",
    "1 0 0:1 / / rw - ",
    "1 0 0:1 / / rw - ext4",
    "1 0 0:1 / / rw shared:1 ext4 /dev/sda rw",
    "1 0 01 / / rw - ext4 /dev/sda rw",
    "x 0 0:1 / / rw - ext4 /dev/sda rw",
    "1 -1 0:1 / / rw - ext4 /dev/sda rw",
    "1 0 4294967296:1 / / rw - ext4 /dev/sda rw",
    "1 0 1:4294967296 / / rw - ext4 /dev/sda rw",
    "99999999999999999999 0 0:1 / / rw - ext4 /dev/sda rw",
    "1 0 0:1 / relative rw - ext4 /dev/sda rw",
    "1 0 0:1 /  rw - ext4 /dev/sda rw",
    "1 0 0:1 / / rw -  /dev/sda rw",
    "\\040\\",
};

START_TEST(test_bad_line)
{
    g_autoptr(Mounts) alone = parse(bad_lines[_i]);
    ck_assert_ptr_null(mounts_find(alone, "/x"));
    ck_assert_ptr_null(mounts_find_dev(alone, 0, 1));
    g_autofree char *text =
        g_strdup_printf("%s\n7 0 8:1 / / rw - ext4 /dev/sda1 rw\n", bad_lines[_i]);
    g_autoptr(Mounts) mounts = parse(text);
    ck_assert_uint_eq(mounts_find(mounts, "/x")->dev_major, 8);
}
END_TEST

static const struct {
    const char *encoded;
    const char *decoded;
} escapes[] = {
    {"/a\\040b", "/a b"},     {"/a\\134040b", "/a\\040b"},    {"/a\\", "/a\\"},
    {"/a\\04", "/a\\04"},     {"/a\\089", "/a\\089"},         {"/a\\000b", "/a\\000b"},
    {"/a\\400b", "/a\\400b"}, {"/a\\303\\251", "/a\303\251"},
};

START_TEST(test_escape)
{
    g_autofree char *text = g_strdup_printf("1 0 8:0 / / rw - ext4 none rw\n"
                                            "2 1 8:1 / %s rw - ext4 none rw\n",
                                            escapes[_i].encoded);
    g_autoptr(Mounts) mounts = parse(text);
    const Mount *mount = mounts_find(mounts, escapes[_i].decoded);
    ck_assert_uint_eq(mount->dev_minor, 1);
    ck_assert_str_eq(mount->path, escapes[_i].decoded);
}
END_TEST

/* Two mounts that carry each other, one that carries itself: must end, whatever the answer is. */
START_TEST(test_circle)
{
    g_autoptr(Mounts) mounts = parse("1 1 8:0 / / rw - ext4 none rw\n"
                                     "2 1 8:1 / /a rw - ext4 none rw\n"
                                     "2 2 8:2 / /a rw - ext4 none rw\n"
                                     "3 2 8:3 / /a rw - ext4 none rw\n"
                                     "2 3 8:4 / /a rw - ext4 none rw\n");
    ck_assert_ptr_nonnull(mounts_find(mounts, "/a/x"));
    ck_assert_uint_eq(mounts_find(mounts, "/b")->dev_minor, 0);
}
END_TEST

START_TEST(test_last_root)
{
    g_autoptr(Mounts) mounts = parse("1 1 0:2 / / rw - rootfs rootfs rw\n"
                                     "27 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
    ck_assert_str_eq(mounts_find(mounts, "/x")->type, "ext4");
}
END_TEST

START_TEST(test_bound)
{
    g_autoptr(GString) text = g_string_new("1 0 8:0 / / rw - ext4 none rw\n");
    for (guint i = 2; i <= 65540; i++)
        g_string_append_printf(text, "%u 1 9:%u / /m/%u rw - ext4 none rw\n", i, i, i);
    g_autoptr(Mounts) mounts = parse(text->str);
    ck_assert_uint_eq(mounts_find(mounts, "/m/65536/x")->dev_minor, 65536);
    ck_assert_uint_eq(mounts_find(mounts, "/m/65537/x")->dev_minor, 0);
}
END_TEST

static const struct {
    const char *path;
    bool remote;
} remotes[] = {
    {"/usr/bin/true", false},
    {"/home/ann/x", false},
    {"/home/ann/remote/x", true},
    {"/media/x", true},
    {"/run/x", false},
    {"/data/old/x", true},
    {"/stack/x", false},
    {"/auto/x", true},
    {"/strange/x", true},
    {"relative", false},
    {"", false},
};

START_TEST(test_is_remote)
{
    g_autoptr(Mounts) mounts = parse(table);
    ck_assert_msg(mounts_is_remote(mounts, remotes[_i].path) == remotes[_i].remote, "%s",
                  remotes[_i].path);
}
END_TEST

/* A local disk that is reached through a network is as far away as that. */
START_TEST(test_is_remote_on_the_way)
{
    g_autoptr(Mounts) mounts = parse(walks);
    ck_assert(mounts_is_remote(mounts, "/net/disk/x"));
    ck_assert(!mounts_is_remote(mounts, "/run/media/disk/x"));
    ck_assert(mounts_is_remote(mounts, "/covered/x"));
    ck_assert_int_eq(mounts_find(mounts, "/net/disk/x")->kind, MOUNT_LOCAL);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("mounts");
    UNIT_ADD_ROWS(suite, test_find, finds);
    UNIT_ADD(suite, test_fields);
    UNIT_ADD(suite, test_root_and_layers);
    UNIT_ADD(suite, test_find_dev);
    UNIT_ADD_ROWS(suite, test_reachable, reachable);
    UNIT_ADD(suite, test_nothing_is_reachable_without_a_root);
    UNIT_ADD_ROWS(suite, test_is_remote, remotes);
    UNIT_ADD(suite, test_is_remote_on_the_way);
    UNIT_ADD_ROWS(suite, test_kind, types);
    UNIT_ADD_ROWS(suite, test_bad_line, bad_lines);
    UNIT_ADD_ROWS(suite, test_escape, escapes);
    UNIT_ADD(suite, test_circle);
    UNIT_ADD(suite, test_last_root);
    UNIT_ADD(suite, test_bound);
    return suite;
}
