/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "disk.h"
#include "observe/opengroup.h"
#include "observe/opens.h"
#include "quiet.h"
#include <dirent.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <sys/fanotify.h>
#include <sys/resource.h>
#include <sys/wait.h>

typedef struct {
    char *directory;
    Mounts *mounts;
    Opens *opens;
    uint32_t wanted; /* pid */
    GPtrArray *told; /* paths, relative to the directory */
    GArray *asked;   /* uint32_t: pids */
    bool disarming;  /* disarms when it is told something */
} Fixture;

static bool wants(uint32_t pid, gpointer data)
{
    Fixture *f = data;
    g_array_append_val(f->asked, pid);
    return pid == f->wanted;
}

static void take(const OpenEvent *event, gpointer data)
{
    Fixture *f = data;
    struct stat st;
    ck_assert_uint_eq(event->pid, f->wanted);
    ck_assert_int_eq(fstat(event->fd, &st), 0); /* open, and the very file */
    ck_assert_uint_eq(event->st.st_ino, st.st_ino);
    ck_assert_int_eq(stat(event->path, &st), 0);
    ck_assert_uint_eq(event->st.st_ino, st.st_ino);
    ck_assert_uint_eq(event->st.st_dev, st.st_dev);
    ck_assert(g_str_has_prefix(event->path, f->directory));
    g_ptr_array_add(f->told, g_strdup(event->path + strlen(f->directory)));
    if (f->disarming)
        opens_disarm(f->opens);
}

/* False: the test is to be skipped. */
static bool fixture_init(Fixture *f)
{
    int error = 0;
    *f = (Fixture){.opens = opens_new(&error)};
    if (f->opens == NULL) {
        ck_assert_msg(error == -EPERM || error == -ENOSYS, "%d", error);
        return false;
    }
    f->directory = quiet_mkdir();
    if (f->directory == NULL) {
        opens_free(f->opens);
        return false;
    }
    f->mounts = quiet_mounts(f->directory);
    f->told = g_ptr_array_new_with_free_func(g_free);
    f->asked = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return true;
}

static void fixture_clear(Fixture *f)
{
    opens_free(f->opens);
    mounts_free(f->mounts);
    g_ptr_array_unref(f->told);
    g_array_unref(f->asked);
    quiet_rmdir(f->directory);
}

#define SKIP_REASON "no fanotify group, or no mounting"

static void arm(Fixture *f)
{
    ck_assert_uint_eq(opens_arm(f->opens, f->mounts), 1);
    ck_assert(opens_armed(f->opens));
}

/* Until there is nothing more; whether there was an overflow. */
static bool read_all(Fixture *f)
{
    const OpensSink sink = {wants, take, f};
    bool overflow = false;
    for (;;) {
        OpensResult result = opens_read(f->opens, &sink);
        ck_assert_int_ne(result, OPENS_BROKEN);
        overflow = overflow || result == OPENS_OVERFLOW;
        if (result == OPENS_DRAINED)
            return overflow;
    }
}

static bool is_readable(const Opens *opens)
{
    struct pollfd poll_fd = {.fd = opens_fd(opens), .events = POLLIN};
    ck_assert_int_ge(poll(&poll_fd, 1, 0), 0);
    return (poll_fd.revents & POLLIN) != 0;
}

static guint count_fds(void)
{
    guint n = 0;
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    while (g_dir_read_name(dir) != NULL)
        n++;
    return n;
}

typedef void (*Deed)(const char *path);

/* Done by a child, which has ended when this returns. In its directory: paths are short. */
static uint32_t child_does(const Fixture *f, Deed deed, const char *path)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        if (chdir(f->directory) == 0)
            deed(path);
        _exit(0);
    }
    int status = -1;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    return (uint32_t)pid;
}

static void demand(bool condition)
{
    if (!condition)
        _exit(1);
}

static int demand_open(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0644);
    demand(fd >= 0);
    return fd;
}

static void do_open(const char *path)
{
    (void)close(demand_open(path, O_RDONLY));
}

static void do_open_to_write(const char *path)
{
    (void)close(demand_open(path, O_WRONLY));
}

static void do_list(const char *path)
{
    DIR *dir = opendir(path);
    demand(dir != NULL && readdir(dir) != NULL && closedir(dir) == 0);
}

static void do_exec(const char *path)
{
    execl(path, path, NULL);
    demand(false);
}

static void do_stat(const char *path)
{
    struct stat st;
    demand(stat(path, &st) == 0 && access(path, R_OK) == 0);
}

static void do_open_path_only(const char *path)
{
    (void)close(demand_open(path, O_PATH));
}

static void do_open_fifo(const char *path)
{
    (void)close(demand_open(path, O_RDWR));
}

static void do_open_and_delete(const char *path)
{
    do_open(path);
    demand(unlink(path) == 0);
}

static void do_list_and_delete(const char *path)
{
    demand(mkdir(path, 0755) == 0);
    do_list(path);
    demand(rmdir(path) == 0);
}

static void do_open_other_link_and_delete(const char *path)
{
    demand(link(path, "link") == 0);
    do_open("link");
    demand(unlink("link") == 0);
}

static void do_rename_what_is_open(const char *path)
{
    do_open(path);
    demand(g_rename(path, "renamed") == 0);
}

/* Deeper than a path can say. */
static void do_open_deep(const char *path)
{
    char name[201];
    memset(name, 'd', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (int i = 0; i < PATH_MAX / 200 + 1; i++)
        demand(mkdir(name, 0755) == 0 && chdir(name) == 0);
    (void)close(demand_open(path, O_RDWR | O_CREAT));
}

/* given what a child does to the path; then what is told of it. */
static const struct {
    Deed deed;
    const char *path;
    const char *told; /* NULL: nothing */
} rows[] = {
    {do_open, "file", "/file"},
    {do_open, "sub/../sub/inner", "/sub/inner"},
    {do_open, "symlink", "/file"},
    {do_open, "new\nline", "/new\nline"},
    {do_open_to_write, "file", "/file"},
    {do_list, "sub", "/sub"},
    {do_list, ".", ""},
    {do_exec, "program", "/program"},
    {do_rename_what_is_open, "file", "/renamed"},
    {do_stat, "file", NULL},
    {do_open_path_only, "file", NULL},
    {do_open_fifo, "fifo", NULL},
    {do_open_and_delete, "file", NULL},
    {do_list_and_delete, "passing", NULL},
    {do_open_other_link_and_delete, "file", NULL},
    {do_open, "really (deleted)", NULL}, /* cannot be told from one that is */
    {do_open_deep, "x", NULL},
};

static void make_entries(const Fixture *f)
{
    const char *const files[] = {"file", "sub/inner", "new\nline", "really (deleted)"};
    for (guint i = 0; i < G_N_ELEMENTS(files); i++)
        g_free(unit_write(f->directory, files[i], "content", -1));
    g_autofree char *program = NULL;
    gsize length = 0;
    ck_assert(g_file_get_contents("/bin/true", &program, &length, NULL));
    g_autofree char *program_path = unit_write(f->directory, "program", program, (gssize)length);
    ck_assert_int_eq(chmod(program_path, 0755), 0);
    g_autofree char *link_path = g_build_filename(f->directory, "symlink", NULL);
    ck_assert_int_eq(symlink("file", link_path), 0);
    g_autofree char *fifo = g_build_filename(f->directory, "fifo", NULL);
    ck_assert_int_eq(mkfifo(fifo, 0644), 0);
}

START_TEST(tells_what_was_opened)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip(SKIP_REASON);
    make_entries(&f);
    guint n_fds = count_fds();
    arm(&f);
    f.wanted = child_does(&f, rows[_i].deed, rows[_i].path);
    ck_assert(!read_all(&f));
    ck_assert_uint_eq(f.told->len, rows[_i].told != NULL ? 1 : 0);
    if (rows[_i].told != NULL)
        ck_assert_str_eq(f.told->pdata[0], rows[_i].told);
    ck_assert_uint_eq(count_fds(), n_fds);
    fixture_clear(&f);
}
END_TEST

START_TEST(tells_of_nobody_who_is_not_wanted)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip(SKIP_REASON);
    make_entries(&f);
    guint n_fds = count_fds();
    arm(&f);
    uint32_t other = child_does(&f, do_open, "file");
    f.wanted = child_does(&f, do_open, "sub/inner");
    ck_assert_uint_ne(other, f.wanted);
    ck_assert(!read_all(&f));
    ck_assert_uint_eq(f.told->len, 1);
    ck_assert_str_eq(f.told->pdata[0], "/sub/inner");
    ck_assert_uint_eq(f.asked->len, 2);
    ck_assert_uint_eq(g_array_index(f.asked, uint32_t, 0), other);
    ck_assert_uint_eq(count_fds(), n_fds);
    fixture_clear(&f);
}
END_TEST

START_TEST(tells_nothing_of_ourselves)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip(SKIP_REASON);
    arm(&f);
    f.wanted = (uint32_t)getpid();
    g_free(unit_write(f.directory, "file", "x", 1));
    ck_assert(is_readable(f.opens));
    ck_assert(!read_all(&f));
    ck_assert_uint_eq(f.asked->len, 0);
    fixture_clear(&f);
}
END_TEST

static void do_open_many(const char *path)
{
    int n = atoi(path);
    for (int i = 0; i < n; i++) {
        char name[16];
        (void)g_snprintf(name, sizeof name, "%d", i);
        (void)close(demand_open(name, O_WRONLY | O_CREAT));
    }
}

/* More than one read takes: the caller is told to come again, and nothing is lost. */
START_TEST(goes_on_where_it_was)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip(SKIP_REASON);
    guint n_fds = count_fds();
    arm(&f);
    f.wanted = child_does(&f, do_open_many, "1000");
    const OpensSink sink = {wants, take, &f};
    ck_assert_int_eq(opens_read(f.opens, &sink), OPENS_MORE);
    ck_assert_uint_gt(f.told->len, 0);
    ck_assert_uint_lt(f.told->len, 1000);
    ck_assert(!read_all(&f));
    ck_assert_uint_eq(f.told->len, 1000);
    ck_assert_str_eq(f.told->pdata[999], "/999");
    ck_assert_uint_eq(count_fds(), n_fds);
    fixture_clear(&f);
}
END_TEST

START_TEST(tells_of_an_overflow)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip(SKIP_REASON);
    g_autofree char *text = NULL;
    const char *bound_path = "/proc/sys/fs/fanotify/max_queued_events";
    if (!g_file_get_contents(bound_path, &text, NULL, NULL))
        text = g_strdup("16384"); /* before Linux 5.13 */
    guint64 bound = g_ascii_strtoull(text, NULL, 10);
    if (bound > 200000)
        unit_skip("the queue takes %s events", text);
    guint n_fds = count_fds();
    arm(&f);
    g_autofree char *many = g_strdup_printf("%u", (guint)bound + 100);
    f.wanted = child_does(&f, do_open_many, many);
    ck_assert(read_all(&f));
    guint n_told = f.told->len;
    ck_assert_uint_gt(n_told, bound / 2);
    ck_assert_uint_le(n_told, bound);
    ck_assert_uint_eq(count_fds(), n_fds);
    /* It is over then. */
    f.wanted = child_does(&f, do_open_to_write, "7");
    ck_assert(!read_all(&f));
    ck_assert_uint_eq(f.told->len, n_told + 1);
    fixture_clear(&f);
}
END_TEST

/* No descriptors left: events are lost, which is told, and it goes on when there are some again. */
START_TEST(survives_a_lack_of_descriptors)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip(SKIP_REASON);
    arm(&f);
    f.wanted = child_does(&f, do_open_many, "10");
    struct rlimit usual;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &usual), 0);
    autofd next = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const struct rlimit few = {(rlim_t)next + 1, usual.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    ck_assert(read_all(&f));
    ck_assert_uint_eq(f.told->len, 0);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &usual), 0);
    f.wanted = child_does(&f, do_open_to_write, "3");
    ck_assert(!read_all(&f));
    ck_assert_uint_eq(f.told->len, 1);
    fixture_clear(&f);
}
END_TEST

START_TEST(disarmed_tells_nothing)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip(SKIP_REASON);
    make_entries(&f);
    guint n_fds = count_fds();
    ck_assert(!opens_armed(f.opens));
    f.wanted = child_does(&f, do_open, "file"); /* not armed yet */
    ck_assert(!is_readable(f.opens));
    arm(&f);
    f.wanted = child_does(&f, do_open_many, "1000"); /* not read yet */
    opens_disarm(f.opens);
    opens_disarm(f.opens); /* once more does nothing */
    ck_assert(!opens_armed(f.opens));
    ck_assert(!is_readable(f.opens));
    f.wanted = child_does(&f, do_open, "file"); /* not armed any more */
    ck_assert(!is_readable(f.opens));
    ck_assert(!read_all(&f));
    arm(&f);
    ck_assert(!read_all(&f));
    ck_assert_uint_eq(f.told->len + f.asked->len, 0);
    f.wanted = child_does(&f, do_open, "sub/inner");
    ck_assert(!read_all(&f));
    ck_assert_uint_eq(f.told->len, 1);
    ck_assert_uint_eq(count_fds(), n_fds);
    fixture_clear(&f);
}
END_TEST

/* By the sink, out of the middle of what was read at once. */
START_TEST(disarmed_by_whom_it_tells)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip(SKIP_REASON);
    guint n_fds = count_fds();
    arm(&f);
    f.wanted = child_does(&f, do_open_many, "300");
    f.disarming = true;
    ck_assert(!read_all(&f));
    ck_assert_uint_eq(f.told->len, 1);
    ck_assert(!opens_armed(f.opens));
    ck_assert_uint_eq(count_fds(), n_fds);
    fixture_clear(&f);
}
END_TEST

START_TEST(armed_anew_with_other_mounts)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip(SKIP_REASON);
    make_entries(&f);
    g_autoptr(Mounts) none = mounts_parse(cursor_of("", 0));
    const char *why = "";
    ck_assert_uint_eq(opens_arm(f.opens, none), 0);
    ck_assert(!opens_armed(f.opens));
    ck_assert_uint_eq(opens_unmarked(f.opens, &why), 0);
    ck_assert_ptr_null(why);
    g_autofree char *gone = g_build_filename(f.directory, "gone", NULL);
    g_autoptr(GString) text = quiet_table();
    quiet_add_line(text, 2, 1, quiet_device(f.directory), f.directory, "ext4");
    quiet_add_line(text, 3, 2, makedev(8, 1), gone, "ext4");
    g_autoptr(Mounts) more = mounts_parse(cursor_of(text->str, text->len));
    ck_assert_uint_eq(opens_arm(f.opens, more), 1);
    ck_assert_uint_eq(opens_unmarked(f.opens, &why), 1);
    ck_assert(g_str_has_prefix(why, gone));
    f.wanted = child_does(&f, do_open, "file");
    arm(&f); /* what is armed stays so, and nothing is lost */
    ck_assert_uint_eq(opens_unmarked(f.opens, &why), 0);
    ck_assert(!read_all(&f));
    ck_assert_uint_eq(f.told->len, 1);
    ck_assert_uint_eq(opens_arm(f.opens, none), 0);
    ck_assert(!opens_armed(f.opens));
    fixture_clear(&f);
}
END_TEST

/* What a helper does: it has the same group. */
typedef struct {
    Fixture *f;
    int group;
    int n_marked; /* to be returned without marking, if it is not 1 */
    guint n_arms;
    guint n_disarms;
} Helper;

static int helper_arms(gpointer data, uint32_t *ret_unmarked, char **ret_why)
{
    Helper *helper = data;
    helper->n_arms++;
    if (helper->n_marked != 1)
        return helper->n_marked;
    (void)open_group_mark(helper->group, helper->f->mounts, ret_unmarked, ret_why);
    *ret_unmarked = 5;
    g_free(*ret_why);
    *ret_why = g_strdup("/x: for the case");
    return 1;
}

static void helper_disarms(gpointer data)
{
    Helper *helper = data;
    helper->n_disarms++;
    open_group_unmark(helper->group);
}

START_TEST(adopted_from_a_helper)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip(SKIP_REASON);
    make_entries(&f);
    opens_free(f.opens);
    Helper helper = {&f, open_group_new(), -EPERM, 0, 0};
    const OpensMarker marker = {helper_arms, helper_disarms, &helper};
    f.opens = opens_adopt(dup(helper.group), &marker);
    const char *why = NULL;
    ck_assert_uint_eq(opens_arm(f.opens, NULL), 0);
    (void)opens_unmarked(f.opens, &why);
    ck_assert_str_eq(why, g_strerror(EPERM));
    ck_assert_uint_eq(helper.n_arms, 1);
    helper.n_marked = 1;
    ck_assert_uint_eq(opens_arm(f.opens, NULL), 1);
    ck_assert_uint_eq(opens_unmarked(f.opens, &why), 5);
    ck_assert_str_eq(why, "/x: for the case");
    f.wanted = child_does(&f, do_open, "file");
    ck_assert(!read_all(&f));
    ck_assert_uint_eq(f.told->len, 1);
    opens_disarm(f.opens);
    ck_assert_uint_eq(helper.n_disarms, 1);
    ck_assert_uint_eq(opens_arm(f.opens, NULL), 1);
    opens_free(f.opens); /* armed: the helper has the group still, which must not fill */
    f.opens = NULL;
    ck_assert_uint_eq(helper.n_disarms, 2);
    fd_close(&helper.group);
    fixture_clear(&f);
}
END_TEST

/*
 * given one event from a pipe in place of a group; then the result, and who is asked for. Nothing
 * is told in any case, as the file is a device (newer kernels say nothing of these at all).
 */
static const struct {
    int version;
    uint64_t mask;
    bool has_fd;
    bool is_own;
    OpensResult result;
    guint n_asked;
} events[] = {
    {FANOTIFY_METADATA_VERSION, FAN_OPEN, true, false, OPENS_DRAINED, 1},
    {FANOTIFY_METADATA_VERSION, FAN_OPEN, false, false, OPENS_DRAINED, 0},
    {FANOTIFY_METADATA_VERSION, FAN_OPEN, true, true, OPENS_DRAINED, 0},
    {FANOTIFY_METADATA_VERSION, FAN_Q_OVERFLOW, false, false, OPENS_OVERFLOW, 0},
    {FANOTIFY_METADATA_VERSION + 1, FAN_OPEN, false, false, OPENS_BROKEN, 0},
};

static int arms_nothing(gpointer data, uint32_t *ret_unmarked, char **ret_why)
{
    (void)data, (void)ret_unmarked, (void)ret_why;
    return 1;
}

static void disarms_nothing(gpointer data)
{
    (void)data;
}

START_TEST(reads_events_one_by_one)
{
    Fixture f = {.wanted = 1, .told = g_ptr_array_new_with_free_func(g_free)};
    f.asked = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    f.directory = g_strdup("/");
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    guint n_fds = count_fds();
    const OpensMarker marker = {arms_nothing, disarms_nothing, NULL};
    f.opens = opens_adopt(ends[0], &marker);
    ck_assert_uint_eq(opens_arm(f.opens, NULL), 1);
    const struct fanotify_event_metadata metadata = {
        .event_len = sizeof metadata,
        .vers = (uint8_t)events[_i].version,
        .metadata_len = sizeof metadata,
        .mask = events[_i].mask,
        .fd = events[_i].has_fd ? open("/dev/null", O_RDONLY | O_CLOEXEC) : FAN_NOFD,
        .pid = events[_i].is_own ? getpid() : 1,
    };
    ck_assert_int_eq(write(ends[1], &metadata, sizeof metadata), sizeof metadata);
    const OpensSink sink = {wants, take, &f};
    ck_assert_int_eq(opens_read(f.opens, &sink), events[_i].result);
    ck_assert_uint_eq(f.asked->len, events[_i].n_asked);
    ck_assert_uint_eq(f.told->len, 0);
    ck_assert_uint_eq(count_fds(), n_fds);
    ck_assert_int_eq(close(ends[1]), 0);
    ck_assert_int_eq(opens_read(f.opens, &sink), OPENS_BROKEN); /* the end of file */
    opens_free(f.opens);
    g_array_unref(f.asked);
    g_ptr_array_unref(f.told);
    g_free(f.directory);
}
END_TEST

/* On a real disk, by the real table: others open files, too, so only this one is waited for. */
START_TEST(on_the_disks_of_this_machine)
{
    int error = 0;
    g_autoptr(Opens) opens = opens_new(&error);
    if (opens == NULL)
        unit_skip("no fanotify group: %s", g_strerror(-error));
    Fixture f = {.opens = opens, .directory = disk_mkdir()};
    g_autofree char *text = NULL;
    gsize length = 0;
    ck_assert(g_file_get_contents("/proc/self/mountinfo", &text, &length, NULL));
    g_autoptr(Mounts) mounts = mounts_parse(cursor_of(text, length));
    const Mount *mount = f.directory != NULL ? mounts_find(mounts, f.directory) : NULL;
    if (mount == NULL || mount->kind != MOUNT_LOCAL)
        unit_skip("no directory on a disk");
    g_free(unit_write(f.directory, "file", "x", 1));
    f.told = g_ptr_array_new_with_free_func(g_free);
    f.asked = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    ck_assert_uint_ge(opens_arm(opens, mounts), 1);
    for (int i = 0; i < 10 && f.told->len == 0; i++) {
        f.wanted = child_does(&f, do_open, "file");
        (void)read_all(&f); /* on an overflow, by others, once more */
    }
    ck_assert_uint_ge(f.told->len, 1);
    ck_assert_str_eq(f.told->pdata[f.told->len - 1], "/file");
    g_ptr_array_unref(f.told);
    g_array_unref(f.asked);
    unit_rmdir(f.directory);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("opens");
    UNIT_ADD_ROWS(suite, tells_what_was_opened, rows);
    UNIT_ADD(suite, tells_of_nobody_who_is_not_wanted);
    UNIT_ADD(suite, tells_nothing_of_ourselves);
    UNIT_ADD(suite, goes_on_where_it_was);
    UNIT_ADD(suite, tells_of_an_overflow);
    UNIT_ADD(suite, survives_a_lack_of_descriptors);
    UNIT_ADD(suite, disarmed_tells_nothing);
    UNIT_ADD(suite, disarmed_by_whom_it_tells);
    UNIT_ADD(suite, armed_anew_with_other_mounts);
    UNIT_ADD(suite, adopted_from_a_helper);
    UNIT_ADD_ROWS(suite, reads_events_one_by_one, events);
    UNIT_ADD(suite, on_the_disks_of_this_machine);
    return suite;
}
