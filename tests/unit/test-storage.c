/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "unit.h"

#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "observe/storage.h"

/* Hundreds of files: none of them has to be durable. */
static void put(const char *directory, const char *name, const char *content)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    ck_assert_int_eq(g_mkdir_with_parents(parent, 0755), 0);
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(content, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void put_link(const char *directory, const char *name, const char *target)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    ck_assert_int_eq(g_mkdir_with_parents(parent, 0755), 0);
    ck_assert_int_eq(symlink(target, path), 0);
}

/* NULL: no such attribute. */
typedef struct {
    const char *name;
    const char *device;
    const char *rotational;
    const char *max_sectors_kb;
    const char *read_ahead_kb;
} DiskFixture;

static const DiskFixture disks[] = {
    {"sda", "8:0", "1\n", "512\n", "128\n"},
    {"nvme0n1", "259:0", "0\n", "64\n", "128\n"},
    {"huge", "9:1", "0\n", "4096\n", "8192\n"},
    {"tiny", "9:2", "0\n", "1\n", "0\n"},
    {"odd", "9:3", "0\n", "130\n", "0\n"},
    {"mute", "9:4", NULL, NULL, NULL},
    {"garbage", "9:5", "yes\n", "99999999999999999999999\n", "-5\n"},
    {"ahead-only", "9:6", "0\n", NULL, "256\n"},
    {"overflow", "9:7", "0\n", "18446744073709551615\n", "1\n"},
    {"dm-both", "253:0", "0\n", "256\n", "128\n"},
    {"dm-flash", "253:1", "1\n", "256\n", "128\n"},
    {"dm-circle", "253:2", "1\n", "256\n", "128\n"},
    {"dm-spin", "253:3", "0\n", "256\n", "128\n"},
    {"dm-crypt", "253:4", "0\n", "512\n", "128\n"},
    {"md0", "9:8", "0\n", "512\n", "128\n"},
    {"md1", "9:9", "1\n", "512\n", "128\n"},
    {"loop0", "7:0", "0\n", "1024\n", "128\n"},
    {"loop1", "7:1", "1\n", "1024\n", "128\n"},
    {"loop2", "7:2", "1\n", "1024\n", "128\n"},
    {"loop3", "7:3", "1\n", "1024\n", "128\n"},
    {"virtio1/block/vda", "254:0", "1\n", "512\n", "128\n"},
    {"virtio1/host0/sdv", "254:1", "1\n", "512\n", "128\n"},
};

static void put_attribute(const char *sys, const char *disk, const char *name, const char *content)
{
    g_autofree char *path = g_strdup_printf("devices/block/%s/%s", disk, name);
    if (content != NULL)
        put(sys, path, content);
}

static void put_disk(const char *sys, const DiskFixture *disk)
{
    g_autofree char *link = g_strdup_printf("dev/block/%s", disk->device);
    g_autofree char *target = g_strdup_printf("../../devices/block/%s", disk->name);
    g_autofree char *device = g_strdup_printf("%s\n", disk->device);
    put_link(sys, link, target);
    put_attribute(sys, disk->name, "dev", device);
    put_attribute(sys, disk->name, "queue/rotational", disk->rotational);
    put_attribute(sys, disk->name, "queue/max_sectors_kb", disk->max_sectors_kb);
    put_attribute(sys, disk->name, "queue/read_ahead_kb", disk->read_ahead_kb);
}

static const char table[] = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
                            "2 1 0:30 / /pool rw - btrfs none rw\n"
                            "3 1 0:31 / /net rw - nfs server:/ rw\n"
                            "4 1 0:32 / /run rw - tmpfs tmpfs rw\n"
                            "5 3 8:1 / /net/disk rw - ext4 /dev/sda1 rw\n"
                            "6 1 259:0 / /flash rw - ext4 /dev/nvme0n1 rw\n"
                            "7 1 7:3 / /on-itself rw - ext4 /dev/loop3 rw\n";

typedef struct {
    char *directory;
    char *sys;
    char *mountinfo;
} Fixture;

static Fixture fixture_new(const char *mountinfo)
{
    Fixture fixture = {.directory = unit_mkdir()};
    fixture.sys = g_build_filename(fixture.directory, "sys", NULL);
    fixture.mountinfo = unit_write(fixture.directory, "mountinfo", mountinfo, -1);
    for (guint i = 0; i < G_N_ELEMENTS(disks); i++)
        put_disk(fixture.sys, &disks[i]);
    put(fixture.sys, "devices/block/sda/sda1/partition", "1\n");
    put(fixture.sys, "devices/block/sda/sda1/dev", "8:1\n");
    put_link(fixture.sys, "dev/block/8:1", "../../devices/block/sda/sda1");
    put_link(fixture.sys, "devices/block/dm-both/slaves/nvme0n1", "../../nvme0n1");
    put_link(fixture.sys, "devices/block/dm-both/slaves/sda1", "../../sda/sda1");
    put_link(fixture.sys, "devices/block/dm-flash/slaves/nvme0n1", "../../nvme0n1");
    put_link(fixture.sys, "devices/block/dm-circle/slaves/dm-circle", "../../dm-circle");
    put_link(fixture.sys, "devices/block/dm-spin/slaves/sda1", "../../sda/sda1");
    put_link(fixture.sys, "devices/block/dm-crypt/slaves/dm-spin", "../../dm-spin");
    put_link(fixture.sys, "devices/block/md0/slaves/dm-flash", "../../dm-flash");
    put_link(fixture.sys, "devices/block/md0/slaves/dm-crypt", "../../dm-crypt");
    put_link(fixture.sys, "devices/block/md1/slaves/nvme0n1", "../../nvme0n1");
    put_link(fixture.sys, "devices/block/md1/slaves/dm-flash", "../../dm-flash");
    put(fixture.sys, "devices/block/loop0/loop/backing_file", "/var/images/a b\n");
    put(fixture.sys, "devices/block/loop1/loop/backing_file", "/flash/image (deleted)\n");
    put(fixture.sys, "devices/block/loop2/loop/backing_file", "/net/image\n");
    put(fixture.sys, "devices/block/loop3/loop/backing_file", "/on-itself/image\n");
    put(fixture.sys, "class/bdi/0:40/read_ahead_kb", "512\n");
    put_link(fixture.sys, "fs/btrfs/other/devices/sda", "../../../../devices/block/sda");
    put_link(fixture.sys, "fs/btrfs/pool/devices/nvme0n1", "../../../../devices/block/nvme0n1");
    put_link(fixture.sys, "fs/btrfs/pool/devices/sda1", "../../../../devices/block/sda/sda1");
    put(fixture.sys, "fs/btrfs/features/x", "1\n");
    put_link(fixture.sys, "class/block/nvme0n1", "../../devices/block/nvme0n1");
    put_link(fixture.sys, "class/block/dm-flash", "../../devices/block/dm-flash");
    return fixture;
}

static Storage *fixture_storage(const Fixture *fixture)
{
    return storage_new(fixture->sys, fixture->mountinfo);
}

static void fixture_free(Fixture *fixture)
{
    g_free(fixture->sys);
    g_free(fixture->mountinfo);
    unit_rmdir(fixture->directory);
}

static const struct {
    uint32_t dev_major;
    uint32_t dev_minor;
    uint32_t disk_major;
    uint32_t disk_minor;
    bool rotational;
    uint64_t request_kib;
} finds[] = {
    {8, 0, 8, 0, true, 512},
    {8, 1, 8, 0, true, 512},
    {259, 0, 259, 0, false, 128},
    {9, 1, 9, 1, false, 1024},
    {9, 2, 9, 2, false, 4},
    {9, 3, 9, 3, false, 128},
    {9, 4, 9, 4, false, 128},
    {9, 5, 9, 5, false, 128},
    {9, 6, 9, 6, false, 256},
    {9, 7, 9, 7, false, 1024},
    {253, 0, 253, 0, true, 256},
    {253, 1, 259, 0, false, 256}, /* its number is that of the one below */
    {253, 3, 8, 0, true, 256},    /* LVM */
    {253, 4, 8, 0, true, 512},    /* dm-crypt on that */
    {9, 8, 9, 8, true, 512},      /* RAID, one leg of which has a head */
    {9, 9, 9, 9, false, 512},     /* and whose legs have none, whatever it says */
    {7, 0, 8, 0, true, 1024},     /* the disk of its file */
    {7, 1, 259, 0, false, 1024},
    {7, 2, 7, 2, true, 1024}, /* on a network: what it says of itself */
    {7, 3, 7, 3, true, 1024}, /* on itself: ends */
    {254, 0, 254, 0, false, 512},
    {254, 1, 254, 1, true, 512},
    {253, 2, 253, 2, true, 256},
    /* ends, at what it says of itself */ {77, 7, 0, 0, false, 128}, /* no such device */
    {0, 30, 0, 0, false, 128}, /* btrfs: of its own, and nothing known of its disk */
    {0, 40, 0, 0, false, 512}, /* with a bdi of its own */
};

START_TEST(test_disk)
{
    if (sysconf(_SC_PAGESIZE) != 4096)
        unit_skip("the table is for pages of 4 KiB");
    Fixture fixture = fixture_new(table);
    g_autoptr(Storage) storage = fixture_storage(&fixture);
    dev_t dev = makedev(finds[_i].dev_major, finds[_i].dev_minor);
    const Disk *disk = storage_disk(storage, dev, "/pool/x");
    ck_assert_uint_eq(disk->major, finds[_i].disk_major);
    ck_assert_uint_eq(disk->minor, finds[_i].disk_minor);
    ck_assert_int_eq(disk->rotational, finds[_i].rotational);
    ck_assert_uint_eq(disk->request_bytes, finds[_i].request_kib << 10);
    ck_assert_ptr_eq(storage_disk(storage, dev, "/pool/y"), disk);
    fixture_free(&fixture);
}
END_TEST

/* The user knows better, whatever the disk says of itself, and can change his mind. */
START_TEST(test_believe)
{
    Fixture fixture = fixture_new(table);
    g_autoptr(Storage) storage = fixture_storage(&fixture);
    const dev_t spinning = makedev(8, 1);
    const dev_t flash = makedev(259, 0);
    ck_assert(storage_disk(storage, spinning, "/x")->rotational);
    storage_believe(storage, HEAD_NO, NULL);
    ck_assert(!storage_disk(storage, spinning, "/x")->rotational);
    storage_believe(storage, HEAD_YES, NULL);
    ck_assert(storage_disk(storage, flash, "/x")->rotational);
    storage_believe(storage, HEAD_AUTO, NULL);
    ck_assert(!storage_disk(storage, flash, "/x")->rotational);
    fixture_free(&fixture);
}
END_TEST

/* What was measured counts for more than what a disk says, and less than what the user does; it is
 * the disk's below, and of that one disk, not of its number. */
START_TEST(test_believe_measured)
{
    Fixture fixture = fixture_new(table);
    put(fixture.sys, "devices/block/sda/diskseq", "7\n");
    put(fixture.sys, "devices/block/nvme0n1/size", "1000\n");
    g_autoptr(Heads) heads = heads_new();
    g_autoptr(Storage) storage = fixture_storage(&fixture);
    const dev_t spinning = makedev(8, 1);
    const dev_t flash = makedev(253, 1);
    heads_note(heads, 8, 0, 7, false);
    heads_note(heads, 259, 0, 1000, true);
    storage_believe(storage, HEAD_AUTO, heads);
    ck_assert_uint_eq(storage_disk(storage, spinning, "/x")->identity, 7);
    ck_assert_uint_eq(storage_disk(storage, flash, "/x")->identity, 1000);
    ck_assert(!storage_disk(storage, spinning, "/x")->rotational);
    ck_assert(storage_disk(storage, flash, "/x")->rotational);
    storage_believe(storage, HEAD_NO, heads);
    ck_assert(!storage_disk(storage, flash, "/x")->rotational);
    put(fixture.sys, "devices/block/sda/diskseq", "8\n");
    storage_believe(storage, HEAD_AUTO, heads);
    ck_assert(storage_disk(storage, spinning, "/x")->rotational);
    storage_believe(storage, HEAD_AUTO, NULL);
    ck_assert(!storage_disk(storage, flash, "/x")->rotational);
    fixture_free(&fixture);
}
END_TEST

static const struct {
    uint32_t dev_major;
    uint32_t dev_minor;
    uint32_t n_legs;
} legs[] = {
    {8, 1, 0},   {259, 0, 0}, {253, 0, 2}, {253, 4, 0}, /* each is made of one */
    {9, 8, 2},   /* RAID: the one leg below LVM, the other below that and dm-crypt */
    {9, 9, 0},   /* twice the same */
    {253, 2, 0}, /* itself */
    {0, 50, 2},  /* btrfs */
};

/* Whose other users are listened to. */
START_TEST(test_legs)
{
    Fixture fixture = fixture_new("1 0 0:50 / / rw - btrfs /dev/nvme0n1 rw\n");
    g_autoptr(Storage) storage = fixture_storage(&fixture);
    dev_t dev = makedev(legs[_i].dev_major, legs[_i].dev_minor);
    const Disk *disk = storage_disk(storage, dev, "/x");
    ck_assert_uint_eq(disk->n_legs, legs[_i].n_legs);
    bool flash = false;
    bool spinning = false;
    for (uint32_t i = 0; i < disk->n_legs; i++) {
        flash |= disk->legs[i].major == 259 && disk->legs[i].minor == 0;
        spinning |= disk->legs[i].major == 8 && disk->legs[i].minor == 0;
    }
    ck_assert(disk->n_legs == 0 || (flash && spinning));
    fixture_free(&fixture);
}
END_TEST

/* An array of more disks than are listened to one by one counts as one. */
START_TEST(test_legs_are_bounded)
{
    Fixture fixture = fixture_new(table);
    const DiskFixture array = {"md9", "9:90", "0\n", "512\n", "128\n"};
    put_disk(fixture.sys, &array);
    for (guint i = 0; i < DISK_LEGS_MAX + (guint)_i; i++) {
        g_autofree char *name = g_strdup_printf("leg%u", i);
        g_autofree char *device = g_strdup_printf("65:%u", i);
        const DiskFixture leg = {name, device, "0\n", "512\n", "128\n"};
        put_disk(fixture.sys, &leg);
        g_autofree char *link = g_strdup_printf("devices/block/md9/slaves/%s", name);
        g_autofree char *target = g_strdup_printf("../../%s", name);
        put_link(fixture.sys, link, target);
    }
    g_autoptr(Storage) storage = fixture_storage(&fixture);
    const Disk *disk = storage_disk(storage, makedev(9, 90), "/x");
    ck_assert_uint_eq(disk->n_legs, _i == 0 ? DISK_LEGS_MAX : 0);
    fixture_free(&fixture);
}
END_TEST

static const struct {
    const char *path;
    bool local;
    bool remote;
} locals[] = {
    {"/usr/x", true, false},  {"/pool/x", true, false},
    {"/net/x", false, true},  {"/net/disk/x", false, true}, /* on the way there is the network */
    {"/run/x", false, false}, {"x", false, false},
};

START_TEST(test_local)
{
    Fixture fixture = fixture_new(table);
    g_autoptr(Storage) storage = fixture_storage(&fixture);
    ck_assert_int_eq(storage_is_local(storage, locals[_i].path), locals[_i].local);
    ck_assert_int_eq(storage_is_remote(storage, locals[_i].path), locals[_i].remote);
    fixture_free(&fixture);
}
END_TEST

/* By the mount alone: the path need not exist. */
START_TEST(test_disk_of)
{
    Fixture fixture = fixture_new(table);
    g_autoptr(Storage) storage = fixture_storage(&fixture);
    const Disk *disk = storage_disk_of(storage, locals[_i].path);
    ck_assert_int_eq(disk != NULL, locals[_i].local);
    if (disk != NULL)
        ck_assert_uint_eq(disk->major, strcmp(locals[_i].path, "/usr/x") == 0 ? 8 : 0);
    fixture_free(&fixture);
}
END_TEST

/* Without a mount table nothing is known to be local; once there is one, it is read. */
START_TEST(test_mountinfo_late)
{
    Fixture fixture = fixture_new(table);
    g_autofree char *late = g_build_filename(fixture.directory, "late", NULL);
    g_autoptr(Storage) storage = storage_new(fixture.sys, late);
    ck_assert(!storage_is_local(storage, "/usr/x"));
    ck_assert(g_file_set_contents(late, table, -1, NULL));
    storage_refresh(storage);
    ck_assert(storage_is_local(storage, "/usr/x"));
    fixture_free(&fixture);
}
END_TEST

START_TEST(test_mountinfo_unreadable)
{
    Fixture fixture = fixture_new(table);
    g_autoptr(Storage) storage = storage_new(fixture.sys, fixture.directory);
    storage_refresh(storage);
    ck_assert(!storage_is_local(storage, "/usr/x"));
    fixture_free(&fixture);
}
END_TEST

START_TEST(test_refresh_disks)
{
    Fixture fixture = fixture_new(table);
    g_autoptr(Storage) storage = fixture_storage(&fixture);
    ck_assert_uint_eq(storage_disk(storage, makedev(8, 1), "/x")->request_bytes, 512 << 10);
    put(fixture.sys, "devices/block/sda/queue/max_sectors_kb", "256\n");
    ck_assert_uint_eq(storage_disk(storage, makedev(8, 1), "/x")->request_bytes, 512 << 10);
    storage_refresh(storage);
    ck_assert_uint_eq(storage_disk(storage, makedev(8, 1), "/x")->request_bytes, 256 << 10);
    fixture_free(&fixture);
}
END_TEST

static const struct {
    const char *source;
    bool found;
} sources[] = {
    {"/dev/sdx", true},      {"/dev/mapper/root-crypt", true},
    {"/dev/nowhere", false}, {"/dev/mapper/other", false},
    {"/dev/", false},        {"/dev/../sdx", false},
    {"none", false},
};

/* btrfs: st_dev is anonymous, the disk is found by what was mounted; the limit is not the disk's.
 */
START_TEST(test_anonymous)
{
    g_autofree char *mountinfo =
        g_strdup_printf("1 0 0:30 / / rw - btrfs %s rw\n", sources[_i].source);
    Fixture fixture = fixture_new(mountinfo);
    const DiskFixture below = {"below", "77:5", "1\n", "1024\n", "1024\n"};
    put_disk(fixture.sys, &below);
    put(fixture.sys, "class/block/sdx/dev", "77:5\n");
    put(fixture.sys, "class/block/dm-3/dev", "77:5\n");
    put(fixture.sys, "class/block/dm-3/dm/name", "root-crypt\n");
    put(fixture.sys, "class/block/dm-4/dev", "77:6\n");
    put(fixture.sys, "class/block/dm-4/dm/name", "root\n");
    g_autoptr(Storage) storage = fixture_storage(&fixture);
    const Disk *disk = storage_disk(storage, makedev(0, 30), "/x");
    ck_assert_uint_eq(disk->major, sources[_i].found ? 77 : 0);
    ck_assert_uint_eq(disk->minor, sources[_i].found ? 5 : 0);
    ck_assert(disk->rotational == sources[_i].found);
    ck_assert_uint_eq(disk->request_bytes, REQUEST_FALLBACK_BYTES);
    fixture_free(&fixture);
}
END_TEST

static const struct {
    const char *source;
    bool rotational;
} pools[] = {
    {"/dev/nvme0n1", true},   /* of two devices, one of which has a head */
    {"/dev/dm-flash", false}, /* of none that is known */
};

START_TEST(test_btrfs_of_many)
{
    g_autofree char *mountinfo =
        g_strdup_printf("1 0 0:30 / / rw - btrfs %s rw\n", pools[_i].source);
    Fixture fixture = fixture_new(mountinfo);
    g_autoptr(Storage) storage = fixture_storage(&fixture);
    const Disk *disk = storage_disk(storage, makedev(0, 30), "/x");
    ck_assert_uint_eq(disk->major, 259);
    ck_assert(disk->rotational == pools[_i].rotational);
    fixture_free(&fixture);
}
END_TEST

/* In a mount namespace of our own. 0: noticed; 1: not; 2: not permitted. */
static int child_mounts(const char *directory)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return 2;
    g_autofree char *path = g_build_filename(directory, "x", NULL);
    g_autoptr(Storage) storage = storage_new("/sys", "/proc/self/mountinfo");
    bool before = storage_is_local(storage, path);
    storage_refresh(storage);
    if (mount("none", directory, "ramfs", 0, NULL) != 0)
        return 2;
    storage_refresh(storage);
    bool during = storage_is_local(storage, path);
    if (umount(directory) != 0)
        return 2;
    storage_refresh(storage);
    return before && !during && storage_is_local(storage, path) ? 0 : 1;
}

START_TEST(test_refresh_mounts)
{
    g_autoptr(Storage) storage = storage_new("/sys", "/proc/self/mountinfo");
    char *directory = unit_mkdir();
    bool local = storage_is_local(storage, directory);
    pid_t pid = local ? fork() : -1;
    if (pid == 0)
        _exit(child_mounts(directory));
    int status = 0;
    ck_assert(!local || waitpid(pid, &status, 0) == pid);
    unit_rmdir(directory);
    if (!local || (WIFEXITED(status) && WEXITSTATUS(status) == 2))
        unit_skip("no mount namespace of our own, or no temporary directory on a disk");
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("storage");
    UNIT_ADD_ROWS(suite, test_disk, finds);
    UNIT_ADD(suite, test_believe);
    UNIT_ADD(suite, test_believe_measured);
    UNIT_ADD_ROWS(suite, test_legs, legs);
    UNIT_ADD_TIMES(suite, test_legs_are_bounded, 2);
    UNIT_ADD_ROWS(suite, test_local, locals);
    UNIT_ADD_ROWS(suite, test_disk_of, locals);
    UNIT_ADD(suite, test_mountinfo_late);
    UNIT_ADD(suite, test_mountinfo_unreadable);
    UNIT_ADD(suite, test_refresh_disks);
    UNIT_ADD_ROWS(suite, test_anonymous, sources);
    UNIT_ADD_ROWS(suite, test_btrfs_of_many, pools);
    UNIT_ADD(suite, test_refresh_mounts);
    return suite;
}
