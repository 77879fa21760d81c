/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/finds.h"
#include "unit.h"
#include <glib/gstdio.h>
#include <unistd.h>

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define LAYER(type, digest, size)                                                                  \
    "{\"mediaType\":\"application/vnd.ollama.image." type "\",\"digest\":\"" digest                \
    "\",\"size\":" size "}"
#define MANIFEST(layers) "{\"schemaVersion\":2,\"layers\":[" layers "]}"
#define HERE "manifests/registry.ollama.ai/library/llama3/latest"

typedef struct {
    char *directory;
    GPtrArray *finds;
} Fixture;

static void put(const Fixture *fixture, const char *name, const char *text)
{
    g_free(unit_write(fixture->directory, name, text, -1));
}

static void look(Fixture *fixture)
{
    const char *const roots[] = {fixture->directory, NULL};
    const FindRoots all = {
        .ollama = roots, .huggingface = roots, .lmstudio = roots, .browsers = roots};
    fixture->finds = finds_look(&all);
}

static void teardown(Fixture *fixture)
{
    g_ptr_array_unref(fixture->finds);
    unit_rmdir(fixture->directory);
}

static char *print(const Fixture *fixture)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < fixture->finds->len; i++) {
        const Find *find = fixture->finds->pdata[i];
        g_string_append_printf(text, "%s %s %u files %u; ", find->from, find->name,
                               find->files->len, (unsigned)find->size_bytes);
    }
    return g_strdup(text->str);
}

static const struct {
    const char *manifest;
    const char *found;
} manifests[] = {
    {MANIFEST(LAYER("model", "sha256:" DIGEST, "5")), "ollama llama3:latest 1 files 5; "},
    {MANIFEST(LAYER("projector", "sha256:" OTHER, "3") "," LAYER(
         "template", "sha256:" OTHER, "3") "," LAYER("model", "sha256:" DIGEST, "5")),
     "ollama llama3:latest 2 files 8; "},
    {MANIFEST(LAYER("model", "sha256:" DIGEST, "6")), ""},
    {MANIFEST(LAYER("model", "sha256:../../" DIGEST, "5")), ""},
    {MANIFEST(LAYER("model", "md5:" DIGEST, "5")), ""},
    {MANIFEST(LAYER("model", "sha256:" DIGEST "0", "5")), ""},
    {MANIFEST("7"), ""},
    {"{\"layers\":7}", ""},
    {"[]", ""},
    {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", ""},
    {"", ""},
};

START_TEST(a_manifest_names_its_blobs_by_digest)
{
    Fixture fixture = {.directory = unit_mkdir()};
    put(&fixture, "blobs/sha256-" DIGEST, "12345");
    put(&fixture, "blobs/sha256-" OTHER, "123");
    put(&fixture, HERE, manifests[_i].manifest);
    look(&fixture);
    g_autofree char *found = print(&fixture);
    ck_assert_str_eq(found, manifests[_i].found);
    teardown(&fixture);
}
END_TEST

START_TEST(a_snapshot_leads_into_the_blobs_of_its_model)
{
    Fixture fixture = {.directory = unit_mkdir()};
    put(&fixture, "models--org--m/refs/main", "abc123\n");
    put(&fixture, "models--org--m/blobs/b1", "12345");
    put(&fixture, "models--org--m/snapshots/abc123/config.json", "{}");
    put(&fixture, "models--org--m/snapshots/abc123/real.gguf", "1234567");
    put(&fixture, "secret", "123456789");
    g_autofree char *snapshot =
        g_build_filename(fixture.directory, "models--org--m/snapshots/abc123", NULL);
    g_autofree char *link1 = g_build_filename(snapshot, "model.safetensors", NULL);
    g_autofree char *link2 = g_build_filename(snapshot, "x.safetensors", NULL);
    ck_assert_int_eq(symlink("../../blobs/b1", link1), 0);
    ck_assert_int_eq(symlink("../../../secret", link2), 0);
    const char *const roots[] = {fixture.directory, NULL};
    const FindRoots all = {.huggingface = roots};
    fixture.finds = finds_look(&all);
    g_autofree char *found = print(&fixture);
    ck_assert_str_eq(found, "huggingface org/m 2 files 12; ");
    teardown(&fixture);
}
END_TEST

START_TEST(parts_of_one_model_are_one)
{
    Fixture fixture = {.directory = unit_mkdir()};
    put(&fixture, "a/m-00001-of-00002.gguf", "123");
    put(&fixture, "a/m-00002-of-00002.gguf", "45");
    put(&fixture, "b.gguf", "6");
    put(&fixture, "readme", "7");
    look(&fixture);
    g_autofree char *found = print(&fixture);
    ck_assert_str_eq(found,
                     "lmstudio a/m-00001-of-00002.gguf 2 files 5; lmstudio b.gguf 1 files 1; ");
    teardown(&fixture);
}
END_TEST

START_TEST(databases_of_browsers_are_known_by_their_first_bytes)
{
    Fixture fixture = {.directory = unit_mkdir()};
    g_free(unit_write(fixture.directory, ".config/chromium/Default/History",
                      "SQLite format 3\0xxxx", 20));
    put(&fixture, ".config/chromium/Default/Preferences", "{}");
    g_free(unit_write(fixture.directory, ".mozilla/firefox/p.default/places.sqlite",
                      "SQLite format 3\0", 16));
    look(&fixture);
    g_autofree char *found = print(&fixture);
    ck_assert_str_eq(found, "browser chromium/Default/History 1 files 20; "
                            "browser firefox/p.default/places.sqlite 1 files 16; ");
    teardown(&fixture);
}
END_TEST

START_TEST(a_name_or_the_beginning_of_one_only)
{
    Fixture fixture = {.directory = unit_mkdir()};
    put(&fixture, "llama.gguf", "1");
    put(&fixture, "llava.gguf", "1");
    put(&fixture, "llama.gguf.gguf", "1");
    look(&fixture);
    g_autoptr(GError) several = NULL;
    g_autoptr(GError) none = NULL;
    ck_assert_str_eq(finds_by_name(fixture.finds, "llama.gguf", NULL)->name, "llama.gguf");
    ck_assert_str_eq(finds_by_name(fixture.finds, "llav", NULL)->name, "llava.gguf");
    ck_assert_ptr_null(finds_by_name(fixture.finds, "ll", &several));
    ck_assert_ptr_nonnull(strstr(several->message, "may be llama.gguf, llama.gguf.gguf, llava"));
    ck_assert_ptr_null(finds_by_name(fixture.finds, "x", &none));
    ck_assert_ptr_null(finds_by_name(fixture.finds, "", NULL));
    teardown(&fixture);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("finds");
    UNIT_ADD_ROWS(suite, a_manifest_names_its_blobs_by_digest, manifests);
    UNIT_ADD(suite, a_snapshot_leads_into_the_blobs_of_its_model);
    UNIT_ADD(suite, parts_of_one_model_are_one);
    UNIT_ADD(suite, databases_of_browsers_are_known_by_their_first_bytes);
    UNIT_ADD(suite, a_name_or_the_beginning_of_one_only);
    return suite;
}
