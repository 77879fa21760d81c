/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/dissect.h"
#include "base/fd.h"
#include "formats/manifest.h"
#include "formats/provider.h"
#include <errno.h>
#include <fcntl.h>

static GString *read_manifest(const char *path, GError **error)
{
    autofd fd = fd_open_foreign(path, NULL);
    GString *text = fd >= 0 ? fd_read_all(fd, MANIFEST_LIMIT_BYTES) : NULL;
    if (text == NULL)
        g_set_error(error, MANIFEST_ERROR, MANIFEST_ERROR_FILE, "cannot read %s: %s", path,
                    g_strerror(fd < 0 ? -fd : errno));
    return text;
}

static Anatomy *by_manifest(int fd, const char *path, const char *manifest, GError **error)
{
    struct stat st;
    g_autofree char *name = g_path_get_basename(path);
    GString *text = fstat(fd, &st) == 0 ? read_manifest(manifest, error) : NULL;
    if (text == NULL)
        return NULL;
    Anatomy *anatomy =
        manifest_parse(cursor_of(text->str, text->len), name, (uint64_t)st.st_size, error);
    if (anatomy == NULL)
        g_prefix_error(error, "%s: ", manifest);
    g_string_free(text, TRUE);
    return anatomy;
}

Anatomy *dissect(int fd, const char *path, const char *manifest, GError **error)
{
    g_autofree char *beside = g_strconcat(path, MANIFEST_SUFFIX, NULL);
    if (manifest == NULL && g_file_test(beside, G_FILE_TEST_EXISTS))
        manifest = beside;
    /* A few bytes here and there are looked at: the kernel is not to read ahead around them. */
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
    return manifest != NULL ? by_manifest(fd, path, manifest, error)
                            : provider_analyze(fd, path, NULL, error);
}
