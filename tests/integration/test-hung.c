/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/* What never answers, or answers with an error, holds the daemon up at no time: its passes, its
 * watchdog and its end go on. */
#include "rig.h"
#include "unit.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* The watchdog's pings are counted: a service manager that only listens. */
typedef struct {
    Rig *rig;
    int manager;
    GThread *listener;
    int n_pings; /* g_atomic_int */
} Scene;

/* All is read at once: the kernel holds back who sends to a queue of ten datagrams that nobody
 * empties (net.unix.max_dgram_qlen). */
static gpointer listen_on(gpointer data)
{
    Scene *scene = data;
    char text[4096];
    for (ssize_t n = 0; (n = recv(scene->manager, text, sizeof text - 1, 0)) > 0;) {
        text[n] = '\0';
        if (strstr(text, "WATCHDOG=1") != NULL)
            g_atomic_int_inc(&scene->n_pings);
    }
    return NULL;
}

/* With so short a period the daemon feeds its watchdog each 500 ms. */
static void scene_init(Scene *scene, const char *settings)
{
    *scene = (Scene){.rig = rig_new(settings)};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_autofree char *path = rig_path(scene->rig, "notify");
    ck_assert_uint_lt(strlen(path), sizeof address.sun_path);
    (void)g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    scene->manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(scene->manager, (struct sockaddr *)&address, sizeof address), 0);
    scene->listener = g_thread_new("manager", listen_on, scene);
    ck_assert(g_setenv("NOTIFY_SOCKET", path, TRUE));
    ck_assert(g_setenv("WATCHDOG_USEC", "1000000", TRUE));
}

static void scene_clear(Scene *scene)
{
    (void)shutdown(scene->manager, SHUT_RD); /* ends the listener */
    (void)g_thread_join(scene->listener);
    (void)close(scene->manager);
    rig_free(g_steal_pointer(&scene->rig));
}

/* Passes go on, and so do the pings: three passes take two seconds. */
static void expect_alive(Scene *scene)
{
    int before = g_atomic_int_get(&scene->n_pings);
    for (guint i = 0; i < 3; i++)
        rig_expect(scene->rig, "known, ");
    while (g_atomic_int_get(&scene->n_pings) < before + 2)
        rig_expect(scene->rig, "known, "); /* fails the test if nothing more is said */
}

/* Mounts that nobody else sees, and that end with the test. */
static bool own_mounts(void)
{
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* A FUSE file system whose server never answers, not even that it is there. */
static int mount_silent(const char *directory)
{
    int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    g_autofree char *options = g_strdup_printf("fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
    if (fd >= 0 && mount("silent", directory, "fuse", MS_NOSUID | MS_NODEV, options) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

static void unmount_silent(int fd, const char *directory)
{
    ck_assert_int_eq(umount2(directory, MNT_DETACH), 0);
    (void)close(fd); /* whoever waits for it is told that it is gone */
}

static const char *const fates[] = {"fifo", "device", "shrunk", "directory", "link"};

static void befall(const char *file, const char *fate)
{
    if (strcmp(fate, "shrunk") == 0) {
        ck_assert_int_eq(truncate(file, 4096), 0);
        return;
    }
    g_autofree char *other = g_strconcat(file, ".other", NULL);
    int made = -1;
    if (strcmp(fate, "fifo") == 0)
        made = mkfifo(other, 0644);
    if (strcmp(fate, "device") == 0)
        made = mknod(other, S_IFCHR | 0644, makedev(1, 3));
    if (strcmp(fate, "directory") == 0)
        made = g_mkdir(other, 0755);
    if (strcmp(fate, "link") == 0)
        made = symlink(file, other); /* to itself, when it is there */
    if (made != 0)
        unit_skip("cannot make a %s", fate);
    ck_assert_int_eq(unlink(file), 0);
    ck_assert_int_eq(rename(other, file), 0);
}

START_TEST(a_file_that_became_something_else)
{
    Scene scene;
    scene_init(&scene, NULL);
    rig_start_learnt(scene.rig, 4);
    g_autofree char *file = rig_path(scene.rig, "data");
    rig_drop(file);
    befall(file, fates[_i]);
    expect_alive(&scene);
    rig_stop(scene.rig);
    scene_clear(&scene);
}
END_TEST

/* The predicted file is below a server that has died. */
START_TEST(a_file_on_a_file_system_that_never_answers)
{
    if (!own_mounts())
        unit_skip("no mounts of our own: not root");
    Scene scene;
    scene_init(&scene, NULL);
    g_autofree char *program = rig_program(scene.rig, "application");
    g_autofree char *sub = rig_path(scene.rig, "sub");
    ck_assert_int_eq(g_mkdir(sub, 0755), 0);
    g_autofree char *file = rig_file(scene.rig, "sub/data", 4);
    rig_start(scene.rig);
    App app = rig_launch(program, file);
    rig_expect_learnt(scene.rig, "application");
    rig_close(&app);
    rig_expect(scene.rig, "ended: application");
    int server = mount_silent(sub);
    if (server >= 0) {
        expect_alive(&scene);
        rig_stop(scene.rig);
        unmount_silent(server, sub);
    }
    scene_clear(&scene);
    if (server < 0)
        unit_skip("no FUSE");
}
END_TEST

/* And so is what a running program maps, or the program itself: lstat(2) there never returns. */
static const char *const below[] = {"data", "application"};

START_TEST(a_program_on_a_file_system_that_never_answers)
{
    if (!own_mounts())
        unit_skip("no mounts of our own: not root");
    Scene scene;
    scene_init(&scene, NULL);
    g_autofree char *sub = rig_path(scene.rig, "sub");
    ck_assert_int_eq(g_mkdir(sub, 0755), 0);
    bool data = strcmp(below[_i], "data") == 0;
    g_autofree char *program = rig_program(scene.rig, data ? "application" : "sub/application");
    g_autofree char *file = rig_file(scene.rig, data ? "sub/data" : "data", 4);
    App app = rig_launch(program, file);
    int server = mount_silent(sub);
    if (server >= 0) {
        rig_start(scene.rig);
        expect_alive(&scene);
        rig_stop(scene.rig);
        unmount_silent(server, sub);
    }
    rig_close(&app);
    scene_clear(&scene);
    if (server < 0)
        unit_skip("no FUSE");
}
END_TEST

static bool run_tool(const char *const *argv, char **ret_output)
{
    int status = -1;
    return g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, ret_output,
                        NULL, &status, NULL) &&
           g_spawn_check_wait_status(status, NULL);
}

/* An ext4 file system in a file, mounted; the loop device goes with the mount. */
static bool mount_image(const char *image, const char *directory)
{
    const char *const make[] = {"mkfs.ext4", "-q", "-O", "^has_journal", image, "32M", NULL};
    const char *const attach[] = {"mount", "-o", "loop", image, directory, NULL};
    return g_mkdir(directory, 0755) == 0 && run_tool(make, NULL) && run_tool(attach, NULL);
}

/* Most of the device is gone: reads behind its end fail. */
static bool cut_device(const char *image)
{
    g_autofree char *device = NULL;
    const char *const find[] = {"losetup", "-n", "-O", "NAME", "-j", image, NULL};
    if (!run_tool(find, &device) || truncate(image, 1 << 20) != 0)
        return false;
    const char *const resize[] = {"losetup", "-c", g_strstrip(device), NULL};
    return run_tool(resize, NULL);
}

START_TEST(a_disk_that_fails)
{
    if (!own_mounts())
        unit_skip("no mounts of our own: not root");
    Scene scene;
    scene_init(&scene, NULL);
    g_autofree char *sub = rig_path(scene.rig, "sub");
    g_autofree char *image = rig_path(scene.rig, "image");
    bool mounted = mount_image(image, sub);
    if (mounted) {
        g_autofree char *program = rig_program(scene.rig, "application");
        g_autofree char *file = rig_file(scene.rig, "sub/data", 8);
        rig_start(scene.rig);
        App app = rig_launch(program, file);
        rig_expect_learnt(scene.rig, "application");
        rig_close(&app);
        rig_expect(scene.rig, "ended: application");
        ck_assert(cut_device(image));
        rig_drop(file);
        rig_expect(scene.rig, "failed");
        expect_alive(&scene);
        rig_stop(scene.rig);
        ck_assert_int_eq(umount2(sub, MNT_DETACH), 0);
    }
    scene_clear(&scene);
    if (!mounted)
        unit_skip("no loop device, or no ext4");
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("hung");
    UNIT_ADD_ROWS(suite, a_file_that_became_something_else, fates);
    UNIT_ADD(suite, a_file_on_a_file_system_that_never_answers);
    UNIT_ADD_ROWS(suite, a_program_on_a_file_system_that_never_answers, below);
    UNIT_ADD(suite, a_disk_that_fails);
    return suite;
}
