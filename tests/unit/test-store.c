/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/store.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory of its own and the path of a state in it. */
typedef struct {
    char *directory;
    char *path;
} Place;

static Place place_new(void)
{
    Place place = {.directory = unit_mkdir()};
    place.path = g_build_filename(place.directory, "state", NULL);
    return place;
}

static void place_clear(Place *place)
{
    unit_rmdir(place->directory);
    g_free(place->path);
}

#define PLACE __attribute__((cleanup(place_clear))) Place

static void assert_file(const char *path, const char *suffix, const char *expected)
{
    g_autofree char *name = g_strconcat(path, suffix, NULL);
    g_autofree char *content = NULL;
    if (expected == NULL) {
        ck_assert_msg(!g_file_test(name, G_FILE_TEST_EXISTS), "%s is there", name);
        return;
    }
    ck_assert_msg(g_file_get_contents(name, &content, NULL, NULL), "%s is not there", name);
    ck_assert_str_eq(content, expected);
}

static Store *open_or_abort(const char *path, const Io *io)
{
    g_autoptr(GError) error = NULL;
    Store *store = store_open(path, io, &error);
    ck_assert_msg(store != NULL, "%s", error != NULL ? error->message : "");
    return store;
}

static void replace_or_abort(Store *store, const char *content)
{
    g_autoptr(GError) error = NULL;
    bool replaced = store_replace(store, content, strlen(content), &error);
    ck_assert_msg(replaced, "%s", error != NULL ? error->message : "");
}

static void assert_loads(Store *store, StoreGeneration generation, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) content = store_load(store, generation, &error);
    ck_assert_msg(content != NULL, "%s", error != NULL ? error->message : "");
    ck_assert_str_eq(content->str, expected);
}

static void assert_load_fails(Store *store, StoreError code)
{
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(store_load(store, STORE_CURRENT, &error));
    ck_assert_msg(g_error_matches(error, STORE_ERROR, (gint)code), "%s", error->message);
}

START_TEST(others_may_not_read_it_once_it_was_loaded)
{
    char *dir = unit_mkdir();
    g_autofree char *path = unit_write(dir, "state", "old", -1);
    ck_assert_int_eq(chmod(path, 0664), 0);
    g_autoptr(Store) store = store_open(path, &io_system, NULL);
    GString *text = store_load(store, STORE_CURRENT, NULL);
    ck_assert_str_eq(text->str, "old");
    g_string_free(text, TRUE);
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0600);
    g_clear_pointer(&store, store_close);
    unit_rmdir(dir);
}
END_TEST

START_TEST(keeps_two_generations)
{
    PLACE place = place_new();
    g_autoptr(Store) store = open_or_abort(place.path, &io_system);
    ck_assert_str_eq(store_path(store), place.path);
    ck_assert(store_writable(store));
    assert_load_fails(store, STORE_ERROR_MISSING);
    replace_or_abort(store, "one");
    assert_file(place.path, ".prev", NULL);
    replace_or_abort(store, "two");
    replace_or_abort(store, "three");
    assert_loads(store, STORE_CURRENT, "three");
    assert_loads(store, STORE_PREVIOUS, "two");
    assert_file(place.path, ".tmp", NULL);
    assert_file(place.path, ".prev.tmp", NULL);
}
END_TEST

START_TEST(files_are_for_the_owner_only)
{
    PLACE place = place_new();
    g_autofree char *path = g_build_filename(place.directory, "made", "state", NULL);
    g_autofree char *made = g_path_get_dirname(path);
    g_autofree char *lock = g_strconcat(path, ".lock", NULL);
    g_autoptr(Store) store = open_or_abort(path, &io_system);
    replace_or_abort(store, "secret");
    struct stat st;
    ck_assert_int_eq(stat(made, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0700);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    ck_assert_int_eq(stat(lock, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(bytes_are_kept_as_they_are)
{
    PLACE place = place_new();
    g_autoptr(Store) store = open_or_abort(place.path, &io_system);
    g_autoptr(GString) content = g_string_new(NULL);
    for (int i = 0; i < 300000; i++)
        g_string_append_c(content, (char)(i % 256));
    ck_assert(store_replace(store, content->str, content->len, NULL));
    g_autoptr(GString) loaded = store_load(store, STORE_CURRENT, NULL);
    ck_assert(g_string_equal(content, loaded));
    ck_assert(store_replace(store, "", 0, NULL));
    assert_loads(store, STORE_CURRENT, "");
}
END_TEST

START_TEST(second_store_is_busy)
{
    PLACE place = place_new();
    Store *store = open_or_abort(place.path, &io_system);
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(store_open(place.path, &io_system, &error));
    ck_assert(g_error_matches(error, STORE_ERROR, STORE_ERROR_BUSY));
    ck_assert_ptr_nonnull(strstr(error->message, "another preload is using the state"));
    store_close(store);
    store_close(open_or_abort(place.path, &io_system));
    store_close(NULL);
}
END_TEST

START_TEST(sweeps_what_a_crash_left)
{
    PLACE place = place_new();
    g_free(unit_write(place.directory, "state", "good", -1));
    g_free(unit_write(place.directory, "state.tmp", "half", -1));
    g_free(unit_write(place.directory, "state.prev.tmp", "half", -1));
    g_autoptr(Store) store = open_or_abort(place.path, &io_system);
    assert_file(place.path, ".tmp", NULL);
    assert_file(place.path, ".prev.tmp", NULL);
    assert_loads(store, STORE_CURRENT, "good");
}
END_TEST

/* After a crash between the two renames both names are of one file; rename(2) then does nothing. */
START_TEST(replaces_when_both_generations_are_one_file)
{
    PLACE place = place_new();
    g_free(unit_write(place.directory, "state", "one", -1));
    g_autofree char *prev = g_strconcat(place.path, ".prev", NULL);
    ck_assert_int_eq(link(place.path, prev), 0);
    g_autoptr(Store) store = open_or_abort(place.path, &io_system);
    replace_or_abort(store, "two");
    assert_file(place.path, "", "two");
    assert_file(place.path, ".prev", "one");
    assert_file(place.path, ".prev.tmp", NULL);
}
END_TEST

typedef enum { AS_SYMLINK, AS_FIFO, AS_DIRECTORY, AS_HUGE } Kind;

static const struct {
    Kind kind;
    StoreError code;
} not_files[] = {
    {AS_SYMLINK, STORE_ERROR_KIND},
    {AS_FIFO, STORE_ERROR_KIND},
    {AS_DIRECTORY, STORE_ERROR_KIND},
    {AS_HUGE, STORE_ERROR_TOO_BIG},
};

static void put(const Place *place, Kind kind)
{
    g_free(unit_write(place->directory, "other", "not ours", -1));
    switch (kind) {
    case AS_SYMLINK:
        ck_assert_int_eq(symlink("other", place->path), 0);
        break;
    case AS_FIFO:
        ck_assert_int_eq(mkfifo(place->path, 0600), 0);
        break;
    case AS_DIRECTORY:
        ck_assert_int_eq(g_mkdir(place->path, 0700), 0);
        break;
    case AS_HUGE:
        g_free(unit_write(place->directory, "state", "x", 1));
        ck_assert_int_eq(truncate(place->path, STORE_LIMIT_BYTES + 1L), 0);
        break;
    }
}

START_TEST(loads_regular_files_only)
{
    PLACE place = place_new();
    put(&place, not_files[_i].kind);
    g_autoptr(Store) store = open_or_abort(place.path, &io_system);
    assert_load_fails(store, not_files[_i].code);
}
END_TEST

START_TEST(a_symlink_is_replaced_not_followed)
{
    PLACE place = place_new();
    put(&place, AS_SYMLINK);
    g_autoptr(Store) store = open_or_abort(place.path, &io_system);
    replace_or_abort(store, "mine");
    assert_loads(store, STORE_CURRENT, "mine");
    g_autofree char *other = g_build_filename(place.directory, "other", NULL);
    assert_file(other, "", "not ours");
}
END_TEST

START_TEST(sets_aside_under_a_free_name)
{
    static const char *const expected[] = {".bad-20240229T120000Z", ".bad-20240229T120000Z.1",
                                           ".bad-20240229T120000Z.2"};
    PLACE place = place_new();
    g_autoptr(Store) store = open_or_abort(place.path, &io_system);
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        replace_or_abort(store, expected[i]);
        g_autofree char *to = store_set_aside(store, STORE_CURRENT, 1709208000, NULL);
        g_autofree char *wanted = g_strconcat(place.path, expected[i], NULL);
        ck_assert_str_eq(to, wanted);
        assert_file(to, "", expected[i]);
        assert_load_fails(store, STORE_ERROR_MISSING);
    }
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(store_set_aside(store, STORE_CURRENT, 0, &error));
    ck_assert(g_error_matches(error, STORE_ERROR, STORE_ERROR_MISSING));
}
END_TEST

START_TEST(sets_the_previous_aside_at_any_time)
{
    PLACE place = place_new();
    g_autoptr(Store) store = open_or_abort(place.path, &io_system);
    replace_or_abort(store, "one");
    replace_or_abort(store, "two");
    g_autofree char *to = store_set_aside(store, STORE_PREVIOUS, G_MAXINT64, NULL);
    assert_file(to, "", "one");
    ck_assert_ptr_nonnull(strstr(to, "state.bad-00000000T000000Z"));
    assert_loads(store, STORE_CURRENT, "two");
}
END_TEST

START_TEST(keeps_a_copy_once)
{
    PLACE place = place_new();
    g_autoptr(Store) store = open_or_abort(place.path, &io_system);
    g_autoptr(GError) error = NULL;
    ck_assert(!store_keep_copy(store, "0.6.4", &error));
    ck_assert(g_error_matches(error, STORE_ERROR, STORE_ERROR_MISSING));
    replace_or_abort(store, "imported");
    ck_assert(store_keep_copy(store, "0.6.4", NULL));
    replace_or_abort(store, "ours");
    ck_assert(store_keep_copy(store, "0.6.4", NULL));
    assert_file(place.path, ".0.6.4", "imported");
    assert_loads(store, STORE_CURRENT, "ours");
}
END_TEST

static int no_linkat(void *data, int dirfd, const char *from, const char *to)
{
    return *(const int *)data;
}

static const int no_link_errors[] = {-EPERM, -EOPNOTSUPP, -ENOSYS, -EMLINK};

START_TEST(does_without_hard_links)
{
    PLACE place = place_new();
    int outcome = no_link_errors[_i];
    Io io = io_system;
    io.linkat = no_linkat;
    io.data = &outcome;
    g_autoptr(Store) store = open_or_abort(place.path, &io);
    replace_or_abort(store, "one");
    replace_or_abort(store, "two");
    assert_file(place.path, ".prev", NULL);
    ck_assert(store_keep_copy(store, "copy", NULL));
    replace_or_abort(store, "three");
    ck_assert(store_keep_copy(store, "copy", NULL));
    assert_file(place.path, ".copy", "two");
    assert_loads(store, STORE_CURRENT, "three");
    assert_file(place.path, ".tmp", NULL);
}
END_TEST

/* An Io in which nothing can be made or changed, as on a read-only filesystem. */
static int readonly_openat(void *data, int dirfd, const char *path, int flags, mode_t mode)
{
    const int *allowed = data;
    if (*allowed == 0 && (flags & (O_CREAT | O_WRONLY | O_RDWR)) != 0)
        return -EROFS;
    return io_system.openat(NULL, dirfd, path, flags, mode);
}

START_TEST(reads_where_it_may_not_write)
{
    PLACE place = place_new();
    g_free(unit_write(place.directory, "state", "old", -1));
    int allowed = 0;
    Io io = io_system;
    io.openat = readonly_openat;
    io.data = &allowed;
    g_autoptr(Store) store = open_or_abort(place.path, &io);
    ck_assert(!store_writable(store));
    assert_loads(store, STORE_CURRENT, "old");
    g_autoptr(GError) error = NULL;
    ck_assert(!store_replace(store, "new", 3, &error));
    ck_assert(g_error_matches(error, STORE_ERROR, STORE_ERROR_WRITE));
    ck_assert_ptr_nonnull(strstr(error->message, g_strerror(EROFS)));
    ck_assert_ptr_null(store_set_aside(store, STORE_CURRENT, 0, NULL));
    ck_assert(!store_keep_copy(store, "copy", NULL));
    assert_loads(store, STORE_CURRENT, "old");
    allowed = 1; /* remounted */
    replace_or_abort(store, "new");
    ck_assert(store_writable(store));
    assert_loads(store, STORE_CURRENT, "new");
}
END_TEST

START_TEST(lock_lost_to_another_is_busy)
{
    PLACE place = place_new();
    int allowed = 0;
    Io io = io_system;
    io.openat = readonly_openat;
    io.data = &allowed;
    g_autoptr(Store) late = open_or_abort(place.path, &io);
    g_autoptr(Store) store = open_or_abort(place.path, &io_system);
    replace_or_abort(store, "mine");
    allowed = 1;
    g_autoptr(GError) error = NULL;
    ck_assert(!store_replace(late, "x", 1, &error));
    ck_assert(g_error_matches(error, STORE_ERROR, STORE_ERROR_BUSY));
    assert_loads(late, STORE_CURRENT, "mine");
}
END_TEST

START_TEST(a_directory_that_cannot_be_made_is_no_error)
{
    PLACE place = place_new();
    g_autofree char *path = g_build_filename(place.directory, "a", "b", "state", NULL);
    g_autoptr(Store) store = open_or_abort(path, &io_system);
    ck_assert(!store_writable(store));
    assert_load_fails(store, STORE_ERROR_MISSING);
    g_autofree char *a = g_build_filename(place.directory, "a", NULL);
    ck_assert_int_eq(g_mkdir(a, 0700), 0);
    replace_or_abort(store, "now it can");
    assert_loads(store, STORE_CURRENT, "now it can");
}
END_TEST

START_TEST(parent_that_is_a_file)
{
    PLACE place = place_new();
    g_free(unit_write(place.directory, "file", "", 0));
    g_autofree char *path = g_build_filename(place.directory, "file", "state", NULL);
    g_autoptr(Store) store = open_or_abort(path, &io_system);
    ck_assert(!store_writable(store));
    assert_load_fails(store, STORE_ERROR_READ);
}
END_TEST

static const char *const no_names[] = {"", "/", "/var/lib/preload/"};

START_TEST(refuses_what_is_no_name)
{
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(store_open(no_names[_i], &io_system, &error));
    ck_assert(g_error_matches(error, STORE_ERROR, STORE_ERROR_READ));
}
END_TEST

static gpointer replace_in_thread(gpointer data)
{
    return GINT_TO_POINTER(store_replace(data, "from a thread", 13, NULL));
}

START_TEST(replaces_from_another_thread)
{
    PLACE place = place_new();
    g_autoptr(Store) store = open_or_abort(place.path, &io_system);
    GThread *thread = g_thread_new("save", replace_in_thread, store);
    ck_assert_ptr_nonnull(g_thread_join(thread));
    assert_loads(store, STORE_CURRENT, "from a thread");
}
END_TEST

START_TEST(refuses_more_than_it_could_read)
{
    PLACE place = place_new();
    g_autoptr(Store) store = open_or_abort(place.path, &io_system);
    replace_or_abort(store, "small");
    g_autoptr(GError) error = NULL;
    /* Refused for its length alone: the bytes are not looked at. */
    ck_assert(!store_replace(store, "", (size_t)STORE_LIMIT_BYTES + 1, &error));
    ck_assert(g_error_matches(error, STORE_ERROR, STORE_ERROR_WRITE));
    assert_loads(store, STORE_CURRENT, "small");
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("store");
    UNIT_ADD(suite, others_may_not_read_it_once_it_was_loaded);
    UNIT_ADD(suite, keeps_two_generations);
    UNIT_ADD(suite, files_are_for_the_owner_only);
    UNIT_ADD(suite, bytes_are_kept_as_they_are);
    UNIT_ADD(suite, second_store_is_busy);
    UNIT_ADD(suite, sweeps_what_a_crash_left);
    UNIT_ADD(suite, replaces_when_both_generations_are_one_file);
    UNIT_ADD_ROWS(suite, loads_regular_files_only, not_files);
    UNIT_ADD(suite, a_symlink_is_replaced_not_followed);
    UNIT_ADD(suite, sets_aside_under_a_free_name);
    UNIT_ADD(suite, sets_the_previous_aside_at_any_time);
    UNIT_ADD(suite, keeps_a_copy_once);
    UNIT_ADD_ROWS(suite, does_without_hard_links, no_link_errors);
    UNIT_ADD(suite, reads_where_it_may_not_write);
    UNIT_ADD(suite, lock_lost_to_another_is_busy);
    UNIT_ADD(suite, a_directory_that_cannot_be_made_is_no_error);
    UNIT_ADD(suite, parent_that_is_a_file);
    UNIT_ADD_ROWS(suite, refuses_what_is_no_name, no_names);
    UNIT_ADD(suite, replaces_from_another_thread);
    UNIT_ADD(suite, refuses_more_than_it_could_read);
    return suite;
}
