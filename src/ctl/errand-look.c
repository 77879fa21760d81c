/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "ctl/account.h"
#include "ctl/digest.h"
#include "ctl/errands.h"
#include "ctl/exit.h"
#include "ctl/say.h"
#include "ctl/view-file.h"
#include "formats/dissect.h"
#include "formats/provider.h"
#include <errno.h>
#include <stdlib.h>

/* The file; its path as it was given, for its name may tell its format; an owned descriptor, or -1,
 * and what is wrong was said. */
static int open_file(const char *word, char **ret_path)
{
    char *real = realpath(word, NULL);
    int fd = real != NULL ? fd_open_foreign(real, NULL) : -errno;
    *ret_path = g_canonicalize_filename(word, NULL);
    free(real);
    if (fd == -ENOTSUP)
        say_problem("%s: not a regular file", word);
    else if (fd < 0)
        say_problem("%s: %s", word, g_strerror(-fd));
    if (fd < 0)
        g_clear_pointer(ret_path, g_free);
    return MAX(fd, -1);
}

/* Floating; NULL, and what is wrong was said. */
typedef GVariant *(*Look)(const Errand *errand, int fd, const char *path);

/* The name that the file has, not that of a link to it. */
static Digest check_digest(int fd)
{
    g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", fd);
    g_autofree char *path = g_file_read_link(link, NULL);
    return path != NULL ? digest_check(fd, path) : DIGEST_UNREADABLE;
}

static GVariant *look_inside(const Errand *errand, int fd, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Anatomy) anatomy = dissect(fd, path, errand->manifest, &error);
    if (anatomy != NULL) {
        if (errand->verify)
            anatomy_add_fact(anatomy, "digest", digest_text(check_digest(fd)));
        return account_analysis(path, anatomy);
    }
    bool unknown = g_error_matches(error, PROVIDER_ERROR, PROVIDER_ERROR_UNKNOWN);
    say_problem("%s: %s%s", path, error->message,
                unknown ? "; warm reads it from the beginning to the end, or as a manifest "
                          "beside it (.prefetch.toml) says"
                        : "");
    return NULL;
}

static GVariant *look_what_is_resident(const Errand *errand, int fd, const char *path)
{
    g_auto(Census) census = {0};
    g_autoptr(Residency) residency = residency_new();
    /* First: to look inside reads some of it. */
    int r = census_take(residency, fd, &census);
    if (r < 0) {
        say_problem("%s: %s", path, g_strerror(-r));
        return NULL;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(Anatomy) anatomy = dissect(fd, path, errand->manifest, &error);
    if (anatomy == NULL && errand->manifest != NULL) {
        say_problem("%s", error->message);
        return NULL;
    }
    return account_residency(path, &census, anatomy);
}

/* Each file is looked at, whatever is wrong with others. */
static int look_at_all(const Errand *errand, Look look,
                       void (*view)(const Paint *paint, GVariant *file, GString *out))
{
    int status = EXIT_SUCCESS;
    const Paint paint = paint_for_stdout();
    GVariantBuilder all;
    g_autoptr(GString) text = g_string_new(NULL);
    g_variant_builder_init(&all, G_VARIANT_TYPE("aa{sv}"));
    for (char **word = errand->words; *word != NULL; word++) {
        g_autofree char *path = NULL;
        autofd fd = open_file(*word, &path);
        GVariant *found = fd >= 0 ? look(errand, fd, path) : NULL;
        if (found == NULL) {
            status = EXIT_REFUSED;
            continue;
        }
        g_autoptr(GVariant) file = g_variant_ref_sink(found);
        g_variant_builder_add_value(&all, file);
        if (!errand->json)
            view(&paint, file, text);
    }
    g_autoptr(GVariant) files = g_variant_ref_sink(g_variant_builder_end(&all));
    int said = errand->json ? say_json(files) : say_text(text);
    return said != EXIT_SUCCESS ? said : status;
}

int errand_analyze(const Errand *errand)
{
    return look_at_all(errand, look_inside, view_analysis);
}

int errand_residency(const Errand *errand)
{
    return look_at_all(errand, look_what_is_resident, view_residency);
}
