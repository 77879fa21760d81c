/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "disk.h"
#include "observe/launch.h"
#include "unit.h"
#include <glib/gstdio.h>

#define MIB ((size_t)1 << 20)

static Launch *given_launch_of(const char *path)
{
    const FileId id = {1, 2, 3, 4};
    g_autoptr(ExeKey) key = exe_key_new(path, NULL);
    return launch_new(key, &id, 7, 1000);
}

/* "FILE=BLOCKS ...": what one process of the launch has mapped and touched, 1 MiB of each. */
static void when_touched(Launch *launch, const char *files, uint8_t step)
{
    g_auto(GStrv) words = g_strsplit(files, " ", -1);
    g_auto(Mappings) mappings = {.regions = g_array_new(FALSE, TRUE, sizeof(Region))};
    g_array_set_clear_func(mappings.regions, (GDestroyNotify)region_clear);
    g_autoptr(GArray) blocks = g_array_new(FALSE, TRUE, sizeof(BlockSet));
    g_array_set_clear_func(blocks, (GDestroyNotify)block_set_clear);
    for (guint i = 0; words[i] != NULL; i++) {
        char *list = strchr(words[i], '=');
        *list++ = '\0';
        BlockSet set = BLOCK_SET_NULL;
        if (*list != '\0')
            ck_assert(block_set_parse(cursor_of(list, strlen(list)), &set));
        Region region = {g_ref_string_new(words[i]), {1, g_str_hash(words[i]), MIB, 1}, 0, MIB};
        g_array_append_val(mappings.regions, region);
        g_array_append_val(blocks, set);
        mappings.mapped_bytes += MIB;
    }
    mappings.spans = g_array_new(FALSE, FALSE, sizeof(Span));
    launch_touch(launch, &mappings, blocks, step);
}

static void when_opened(Launch *launch, const Residency *residency, const char *path, uint8_t step)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fstat(fd, &st), 0);
    launch_open(launch, path, &st, fd, step, residency);
    (void)close(fd);
}

/* What was sighted, as "NAME=BLOCKS NAME/=" in the order of the ranks. */
static char *sighted(Launch *launch, const Residency *residency)
{
    Sighting *sighting = launch_sighting(launch, residency);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < sighting->files->len; i++) {
        const SightedFile *file = &g_array_index(sighting->files, SightedFile, i);
        g_autofree char *name = g_path_get_basename(file->path);
        ck_assert_uint_eq(file->rank, i);
        g_string_append_printf(text, "%s%s%s=", i > 0 ? " " : "", name, file->directory ? "/" : "");
        if (file->touched.n_runs > 0)
            touch_set_print(&file->touched, text);
    }
    sighting_free(sighting);
    return g_string_free(text, FALSE);
}

/* Looks at processes, one after the other, and what comes of them. */
static const struct {
    const char *looks[3];
    uint8_t steps[3];
    const char *sighted;
} looks[] = {
    {{"/a=0-3"}, {2}, "a=0-3:1.2"},
    {{"/a=0-3", "/a=2-9"}, {2, 5}, "a=0-3:1.2,4-9.5"},
    {{"/a=2-9", "/a=0-3"}, {5, 2}, "a=0-3:1.2,4-9.5"}, /* the earliest counts */
    {{"/a=0 /b=1", "/c=7"}, {0, 0}, "a=0:1.0 b=1:1.0 c=7:1.0"},
    {{"/a= /b=1"}, {0}, "b=1:1.0"}, /* mapped, not touched */
    {{"/a=", "/a=", "/a=5"}, {0, 1, 2}, "a=5:1.2"},
};

START_TEST(what_processes_touched)
{
    g_autoptr(Residency) residency = residency_new();
    g_autoptr(Launch) launch = given_launch_of("/x");
    for (gsize i = 0; i < 3 && looks[_i].looks[i] != NULL; i++)
        when_touched(launch, looks[_i].looks[i], looks[_i].steps[i]);
    g_autofree char *text = sighted(launch, residency);
    ck_assert_str_eq(text, looks[_i].sighted);
    g_autofree char *again = sighted(launch, residency); /* nothing is used up */
    ck_assert_str_eq(again, text);
}
END_TEST

START_TEST(whose_it_is)
{
    g_autoptr(Residency) residency = residency_new();
    g_autoptr(Launch) launch = given_launch_of("/x");
    when_touched(launch, "/a=0 /b=0 /c=0", 0);
    when_touched(launch, "/a=0", 0);
    ck_assert_uint_eq(launch_mapped_bytes(launch), 3 * MIB); /* the most of one process */
    ck_assert_uint_eq(launch_begun_usec(launch), 1000);
    ck_assert_str_eq(launch_key(launch)->path, "/x");
    for (int i = 0; i < 2; i++) {
        Sighting *sighting = launch_sighting(launch, residency);
        ck_assert_str_eq(sighting->key->path, "/x");
        ck_assert_uint_eq(sighting->id.ino, 2);
        ck_assert_uint_eq(sighting->launch, 7);
        ck_assert_uint_eq(sighting->mapped_bytes, 3 * MIB);
        ck_assert_ptr_null(sighting->regions);
        ck_assert(!sighting->ended);
        ck_assert_int_eq(sighting->partial, i == 1);
        sighting_free(sighting);
        launch_lost_events(launch);
    }
}
END_TEST

/* A file that is opened: what of it is in memory then, and what is read of it. */
static const struct {
    size_t size_bytes;
    bool warm;
    const char *read; /* one block, or "" */
    const char *mapped;
    const char *sighted;
} files[] = {
    {1, true, "", NULL, "file=0:1.3"},
    {65536, false, "", NULL, "file=0:1.3"}, /* small: whole, whatever is in memory */
    {65537, true, "", NULL, "file=0-1:1.3"},
    {READ_SMALL_BYTES, false, "2", NULL, "file=0-3:1.3"},
    {READ_SMALL_BYTES + 1, false, "2", NULL, "file=2:1.3"}, /* large: what was read */
    {2 * MIB, false, "20", NULL, "file=20:1.3"},
    {2 * MIB, false, "", NULL, "file="},
    {2 * MIB, true, "", NULL, "file=0-31:1.3"},
    {20 * MIB, true, "", NULL, "file=0-255:1.3"}, /* warm: no more than 16 MiB */
    {2 * MIB, true, "", "1", "file=1:1.0"},       /* mapped, too: its page tables tell */
    {65536, true, "", "0", "file=0:1.0"},
    {0, true, "", NULL, "file="},
};

START_TEST(what_was_read)
{
    g_autoptr(Residency) residency = residency_new();
    char *directory = disk_mkdir();
    if (directory == NULL)
        unit_skip("no disk");
    g_autofree char *path = disk_file(directory, "file", files[_i].size_bytes);
    if (!files[_i].warm)
        disk_drop(path);
    else if (files[_i].size_bytes > 0)
        disk_load(path, 0, files[_i].size_bytes);
    g_autoptr(Launch) launch = given_launch_of("/x");
    ck_assert(!launch_opened(launch, path));
    when_opened(launch, residency, path, 3);
    when_opened(launch, residency, path, 5); /* once more tells nothing new */
    ck_assert(launch_opened(launch, path));
    if (*files[_i].read != '\0')
        disk_load(path, strtol(files[_i].read, NULL, 10) << 16, 65536);
    if (files[_i].mapped != NULL) {
        struct stat st;
        ck_assert_int_eq(stat(path, &st), 0);
        Region region = {g_ref_string_new(path), file_id_of(&st), 0, MIB};
        g_auto(Mappings) mappings = {.regions = g_array_new(FALSE, TRUE, sizeof(Region)),
                                     .spans = g_array_new(FALSE, FALSE, sizeof(Span))};
        g_array_set_clear_func(mappings.regions, (GDestroyNotify)region_clear);
        g_array_append_val(mappings.regions, region);
        g_autoptr(GArray) blocks = g_array_new(FALSE, TRUE, sizeof(BlockSet));
        g_array_set_clear_func(blocks, (GDestroyNotify)block_set_clear);
        BlockSet set = BLOCK_SET_NULL;
        ck_assert(block_set_parse(cursor_of(files[_i].mapped, strlen(files[_i].mapped)), &set));
        g_array_append_val(blocks, set);
        launch_touch(launch, &mappings, blocks, 0);
    }
    g_autofree char *text = sighted(launch, residency);
    ck_assert_str_eq(text, files[_i].sighted);
    unit_rmdir(directory);
}
END_TEST

/* A large file that is replaced, or gone, when it is asked for: nothing is known of what was read;
 * one that was replaced and is opened again counts as the new one. */
START_TEST(what_was_replaced)
{
    g_autoptr(Residency) residency = residency_new();
    char *directory = disk_mkdir();
    if (directory == NULL)
        unit_skip("no disk");
    g_autofree char *path = disk_file(directory, "file", 2 * MIB);
    g_autoptr(Launch) launch = given_launch_of("/x");
    when_opened(launch, residency, path, 1);
    g_autofree char *new = disk_file(directory, "new", 3 * MIB);
    ck_assert_int_eq(g_rename(new, path), 0);
    g_autofree char *replaced = sighted(launch, residency);
    ck_assert_str_eq(replaced, "file=");
    when_opened(launch, residency, path, 2);
    g_autofree char *opened = sighted(launch, residency);
    ck_assert_str_eq(opened, "file=0-47:1.2");
    ck_assert_int_eq(g_unlink(path), 0);
    g_autofree char *gone = sighted(launch, residency);
    ck_assert_str_eq(gone, "file=");
    unit_rmdir(directory);
}
END_TEST

START_TEST(what_was_listed)
{
    g_autoptr(Residency) residency = residency_new();
    char *directory = unit_mkdir();
    g_autofree char *file = unit_write(directory, "listed/file", "x", 1);
    g_autofree char *listed = g_path_get_dirname(file);
    g_autoptr(Launch) launch = given_launch_of("/x");
    when_opened(launch, residency, listed, 0);
    when_opened(launch, residency, file, 1);
    g_autofree char *text = sighted(launch, residency);
    ck_assert_str_eq(text, "listed/= file=0:1.1");
    unit_rmdir(directory);
}
END_TEST

START_TEST(bounds_files)
{
    g_autoptr(Residency) residency = residency_new();
    g_autoptr(Launch) launch = given_launch_of("/x");
    for (guint i = 0; i < LAUNCH_FILES_MAX + 10; i++) {
        g_autofree char *one = g_strdup_printf("/f%u=1", i);
        when_touched(launch, one, 0);
    }
    when_touched(launch, "/f0=2", 0); /* what is known goes on */
    Sighting *sighting = launch_sighting(launch, residency);
    ck_assert_uint_eq(sighting->files->len, LAUNCH_FILES_MAX);
    const SightedFile *first = &g_array_index(sighting->files, SightedFile, 0);
    ck_assert_str_eq(first->path, "/f0");
    ck_assert_uint_eq(first->touched.runs[0].count, 2);
    sighting_free(sighting);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("launch");
    UNIT_ADD_ROWS(suite, what_processes_touched, looks);
    UNIT_ADD(suite, whose_it_is);
    UNIT_ADD_ROWS(suite, what_was_read, files);
    UNIT_ADD(suite, what_was_replaced);
    UNIT_ADD(suite, what_was_listed);
    UNIT_ADD(suite, bounds_files);
    return suite;
}
