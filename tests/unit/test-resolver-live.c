/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */

/* Real processes in mount namespaces of their own, as flatpak, snap and container engines make
 * them: where their program is found here, by the resolver and by those who ask it. */
#include "base/fd.h"
#include "disk.h"
#include "observe/look.h"
#include "observe/mappings.h"
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* A directory on a disk, and a program that runs until its standard input ends. */
typedef struct {
    char *path;
    ProcRoot *root;
    Resolver *resolver;
    pid_t pid;
    int stop_fd;
} Fixture;

static char *in(const Fixture *f, const char *name)
{
    return g_build_filename(f->path, name, NULL);
}

static bool make_dir(const Fixture *f, const char *name)
{
    g_autofree char *path = in(f, name);
    return g_mkdir_with_parents(path, 0755) == 0;
}

static bool bind_at(const char *from, const char *to)
{
    return g_mkdir_with_parents(to, 0755) == 0 &&
           mount(from, to, NULL, MS_BIND | MS_REC, NULL) == 0;
}

static bool bind_in(const Fixture *f, const char *from, const char *to)
{
    g_autofree char *source = in(f, from);
    g_autofree char *target = in(f, to);
    return bind_at(source, target);
}

/* The system's programs and libraries, below a new root. */
static bool bind_system(const Fixture *f, const char *root)
{
    static const char *const names[] = {"usr", "bin", "lib", "lib64", "lib32"};
    bool done = true;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *from = g_build_filename("/", names[i], NULL);
        g_autofree char *to = g_build_filename(f->path, root, names[i], NULL);
        done = done && (access(from, F_OK) != 0 || bind_at(from, to));
    }
    return done;
}

static bool mount_overlay(const Fixture *f, const char *options, const char *to)
{
    g_auto(GStrv) parts = g_strsplit(options, "~", -1);
    g_autofree char *filled = g_strjoinv(f->path, parts);
    g_autofree char *target = in(f, to);
    return mount("overlay", target, "overlay", 0, filled) == 0;
}

static bool mount_tmpfs(const Fixture *f, const char *to)
{
    g_autofree char *target = in(f, to);
    return mount("tmpfs", target, "tmpfs", 0, NULL) == 0;
}

static bool copy_program(const Fixture *f, const char *to)
{
    g_autofree char *path = in(f, to);
    g_autofree char *content = NULL;
    gsize length = 0;
    return g_file_get_contents("/bin/cat", &content, &length, NULL) &&
           g_file_set_contents(path, content, (gssize)length, NULL) && chmod(path, 0755) == 0;
}

static bool set_bind(const Fixture *f)
{
    return bind_in(f, "real", "there");
}

/* A part of a bind mount, mounted a second time. */
static bool set_nested(const Fixture *f)
{
    return bind_in(f, ".", "there") && bind_in(f, "there/real", "other");
}

static bool set_overlay(const Fixture *f)
{
    return mount_overlay(f, "lowerdir=~/empty:~/real,upperdir=~/upper,workdir=~/scratch", "there");
}

/* As container engines do to keep the options short. */
static bool set_overlay_link(const Fixture *f)
{
    return mount_overlay(f, "lowerdir=~/empty:~/link", "there");
}

/* Written there: it is in the upper directory now, and no more the lower one's. */
static bool set_overlay_upper(const Fixture *f)
{
    g_autofree char *path = in(f, "there/prog");
    if (!set_overlay(f))
        return false;
    autofd fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    return fd >= 0 && write(fd, "x", 1) == 1;
}

static bool set_overlay_part(const Fixture *f)
{
    return mount_overlay(f, "lowerdir=~/empty:~/image", "other") &&
           bind_in(f, "other/app", "there");
}

static bool set_tmpfs(const Fixture *f)
{
    return mount_tmpfs(f, "there") && copy_program(f, "there/prog");
}

static bool enter(const Fixture *f, const char *root)
{
    g_autofree char *path = in(f, root);
    return chdir(path) == 0 && syscall(SYS_pivot_root, ".", ".") == 0 &&
           umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
}

/* bwrap: a tmpfs with binds becomes the root. */
static bool set_pivot(const Fixture *f)
{
    return mount_tmpfs(f, "there") && bind_in(f, "real", "there/app") && bind_system(f, "there") &&
           enter(f, "there");
}

/* A container: an overlay becomes the root. */
static bool set_container(const Fixture *f)
{
    return mount_overlay(f, "lowerdir=~/empty:~/image,upperdir=~/upper,workdir=~/scratch",
                         "there") &&
           bind_system(f, "there") && enter(f, "there");
}

static bool set_chroot(const Fixture *f)
{
    g_autofree char *there = in(f, "there");
    return mount_tmpfs(f, "there") && bind_in(f, "real", "there/app") && bind_system(f, "there") &&
           chroot(there) == 0 && chdir("/") == 0;
}

static const struct {
    const char *name;
    bool (*set)(const Fixture *f);
    const char *exec; /* '~': the fixture's directory */
    const char *want; /* in it; NULL: not to be found */
    bool deleted;
} rows[] = {
    {"bind", set_bind, "~/there/prog", "real/prog", false},
    {"nested", set_nested, "~/other/prog", "real/prog", false},
    {"deleted", set_bind, "~/there/prog", NULL, true},
    {"tmpfs", set_tmpfs, "~/there/prog", NULL, false},
    {"pivot", set_pivot, "/app/prog", "real/prog", false},
    {"chroot", set_chroot, "/app/prog", "real/prog", false},
    {"overlay", set_overlay, "~/there/prog", "real/prog", false},
    {"overlay link", set_overlay_link, "~/there/prog", "real/prog", false},
    {"overlay upper", set_overlay_upper, "~/there/prog", "upper/prog", false},
    {"overlay part", set_overlay_part, "~/there/prog", "image/app/prog", false},
    {"container", set_container, "/app/prog", "image/app/prog", false},
};

/* Exit status 1: it may not, or the kernel cannot. */
static void run(const Fixture *f, int row, int input, int ready)
{
    g_auto(GStrv) parts = g_strsplit(rows[row].exec, "~", -1);
    g_autofree char *exec = g_strjoinv(f->path, parts);
    if (unshare(CLONE_NEWNS) == 0 && mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
        rows[row].set(f) && dup2(input, STDIN_FILENO) == STDIN_FILENO)
        (void)execl(exec, "cat", NULL);
    (void)!write(ready, "n", 1);
    _exit(1);
}

/* Returns when the program runs, or false. */
static bool start(Fixture *f, int row)
{
    int input[2];
    int ready[2];
    char byte = 0;
    ck_assert_int_eq(pipe2(input, O_CLOEXEC), 0);
    ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
    f->pid = fork();
    if (f->pid == 0)
        run(f, row, input[0], ready[1]);
    ck_assert_int_gt(f->pid, 0);
    (void)close(input[0]);
    (void)close(ready[1]);
    f->stop_fd = input[1];
    ssize_t got = read(ready[0], &byte, 1); /* the exec closes it */
    (void)close(ready[0]);
    return got == 0;
}

static bool fixture_init(Fixture *f)
{
    g_autofree char *made = disk_mkdir();
    *f = (Fixture){.stop_fd = -1, .root = proc_root_open("/proc")};
    if (made == NULL || f->root == NULL)
        return false;
    char *canonical = realpath(made, NULL);
    f->path = g_strdup(canonical);
    free(canonical);
    f->resolver = resolver_new(f->root);
    static const char *const names[] = {"real",  "there",   "other",    "empty",
                                        "upper", "scratch", "image/app"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        ck_assert(make_dir(f, names[i]));
    g_autofree char *link = in(f, "link");
    ck_assert_int_eq(symlink("other/../real", link), 0);
    return copy_program(f, "real/prog") && copy_program(f, "image/app/prog");
}

static void fixture_clear(Fixture *f)
{
    if (f->pid > 0) {
        (void)kill(f->pid, SIGKILL);
        ck_assert_int_eq(waitpid(f->pid, NULL, 0), f->pid);
    }
    fd_close(&f->stop_fd);
    resolver_free(f->resolver);
    proc_root_close(f->root);
    if (f->path != NULL)
        unit_rmdir(f->path);
}

static void check_resolver(Fixture *f, const char *want)
{
    struct stat exe;
    struct stat here = {0};
    struct stat found = {0};
    g_autofree char *link = NULL;
    uint32_t pid = (uint32_t)f->pid;
    ck_assert_int_eq(proc_link(f->root, pid, "exe", &link), 0);
    ck_assert_int_eq(proc_stat_link(f->root, pid, "exe", &exe), 0);
    g_autofree char *told = resolver_find(f->resolver, pid, link, exe.st_dev, exe.st_ino, &found);
    g_autofree char *untold = resolver_find(f->resolver, pid, link, 0, 0, &found);
    ck_assert_pstr_eq(told, want);
    ck_assert_pstr_eq(untold, want);
    if (want == NULL)
        return;
    ck_assert_int_eq(stat(want, &here), 0);
    ck_assert_uint_eq(found.st_ino, here.st_ino);
    ck_assert_uint_eq(found.st_dev, here.st_dev);
    ck_assert_uint_eq(found.st_size, exe.st_size);
}

static bool has_region(const Mappings *mappings, const char *path)
{
    for (guint i = 0; i < mappings->regions->len; i++)
        if (strcmp(g_array_index(mappings->regions, Region, i).path, path) == 0)
            return true;
    return false;
}

/* Those who look at processes tell the path from here, if the rules accept it. */
static void check_viewer(Fixture *f, const char *want, bool accepts)
{
    g_autofree char *item = g_strconcat(accepts ? "" : "!", f->path, "/", NULL);
    const char *const items[] = {item, "!/app", NULL};
    const char *const none[] = {NULL};
    g_autofree char *ours = NULL;
    g_auto(Mappings) mappings = {0};
    g_auto(ScanRules) rules = {prefix_list_new(items), prefix_list_new(items),
                               prefix_list_new(items), interpreters_new(none), 0};
    ck_assert_int_eq(proc_link_global(f->root, "self/ns/mnt", &ours), 0);
    const Viewer viewer = {
        .root = f->root, .rules = &rules, .mount_namespace = ours, .resolver = f->resolver};
    g_auto(Look) look = look_at(&viewer, (uint32_t)f->pid);
    g_autoptr(MappedFiles) files = mapped_files_new(&viewer);
    ck_assert_int_eq(mappings_read(files, (uint32_t)f->pid, &mappings), 0);
    bool found = want != NULL && accepts;
    ck_assert_int_eq(look.result, found ? LOOK_TRACKED : LOOK_UNTRACKED);
    if (want != NULL)
        ck_assert_int_eq(has_region(&mappings, want), accepts);
    if (found) {
        ck_assert_str_eq(look.key->path, want);
        ck_assert(!look.foreign);
    }
}

START_TEST(finds_programs)
{
    Fixture f;
    bool started = geteuid() == 0 && fixture_init(&f) && start(&f, _i);
    if (geteuid() != 0)
        unit_skip("only root makes mount namespaces");
    if (!started) {
        fixture_clear(&f);
        unit_skip("cannot mount: %s", rows[_i].name);
    }
    g_autofree char *prog = in(&f, "real/prog");
    g_autofree char *want = rows[_i].want == NULL ? NULL : in(&f, rows[_i].want);
    if (rows[_i].deleted)
        ck_assert_int_eq(unlink(prog), 0);
    check_resolver(&f, want);
    check_viewer(&f, want, true);
    check_viewer(&f, want, false);
    fixture_clear(&f);
}
END_TEST

/* What the process has of the system is found by its plain path, or by where it is mounted. */
START_TEST(finds_libraries)
{
    Fixture f;
    enum { PIVOT = 4 };
    bool started = geteuid() == 0 && fixture_init(&f) && start(&f, PIVOT);
    if (geteuid() != 0)
        unit_skip("only root makes mount namespaces");
    if (!started) {
        fixture_clear(&f);
        unit_skip("cannot mount");
    }
    const char *const none[] = {NULL};
    g_auto(Mappings) mappings = {0};
    g_auto(ScanRules) rules = {prefix_list_new(none), prefix_list_new(none), prefix_list_new(none),
                               interpreters_new(none), 0};
    const Viewer viewer = {
        .root = f.root, .rules = &rules, .mount_namespace = "mnt:[1]", .resolver = f.resolver};
    g_autoptr(MappedFiles) files = mapped_files_new(&viewer);
    ck_assert_int_eq(mappings_read(files, (uint32_t)f.pid, &mappings), 0);
    ck_assert_uint_eq(mappings.n_foreign, 0);
    ck_assert_uint_gt(mappings.regions->len, 1);
    for (guint i = 0; i < mappings.regions->len; i++) {
        const Region *region = &g_array_index(mappings.regions, Region, i);
        struct stat st;
        ck_assert_int_eq(lstat(region->path, &st), 0);
        ck_assert_uint_eq(st.st_ino, region->id.ino);
    }
    fixture_clear(&f);
}
END_TEST

/* Without a resolver, or after its end, it is left out. */
START_TEST(leaves_out_what_it_cannot_find)
{
    Fixture f;
    bool started = geteuid() == 0 && fixture_init(&f) && start(&f, 0);
    if (geteuid() != 0)
        unit_skip("only root makes mount namespaces");
    if (!started) {
        fixture_clear(&f);
        unit_skip("cannot mount");
    }
    const char *const none[] = {NULL};
    g_auto(ScanRules) rules = {prefix_list_new(none), prefix_list_new(none), prefix_list_new(none),
                               interpreters_new(none), 0};
    const Viewer viewer = {.root = f.root, .rules = &rules, .mount_namespace = "mnt:[1]"};
    g_auto(Look) look = look_at(&viewer, (uint32_t)f.pid);
    ck_assert_int_eq(look.result, LOOK_UNTRACKED);
    ck_assert(look.foreign);
    struct stat st;
    uint32_t pid = (uint32_t)f.pid;
    g_autofree char *path = in(&f, "there/prog");
    ck_assert_int_eq(kill(f.pid, SIGKILL), 0);
    ck_assert_int_eq(waitpid(f.pid, NULL, 0), f.pid);
    f.pid = 0;
    ck_assert_ptr_null(resolver_find(f.resolver, pid, path, 0, 0, &st));
    fixture_clear(&f);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("resolver-live");
    UNIT_ADD_ROWS(suite, finds_programs, rows);
    UNIT_ADD(suite, finds_libraries);
    UNIT_ADD(suite, leaves_out_what_it_cannot_find);
    return suite;
}
