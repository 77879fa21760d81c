/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/provider.h"
#include "formats/formats.h"
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

G_DEFINE_QUARK(preload - provider - error - quark, provider_error)

/* The order is that of asking: those with weak magic numbers are last. */
static const Provider *const providers[] = {
    /* An AppImage is an ELF program as well. */
    &provider_gguf,        &provider_sqlite,
    &provider_squashfs,    &provider_elf,
    &provider_zip,         &provider_matroska,
    &provider_parquet,     &provider_cram,
    &provider_git_pack,    &provider_git_index,
    &provider_orc,         &provider_tiff,
    &provider_bam,         &provider_mp4,
    &provider_safetensors, &provider_safetensors_index,
    &provider_hdf5,        NULL,
};

const Provider *const *provider_all(void)
{
    return providers;
}

const Provider *provider_by_name(const char *name)
{
    for (const Provider *const *at = providers; *at != NULL; at++)
        if (strcmp((*at)->name, name) == 0)
            return *at;
    return NULL;
}

bool provider_fail(GError **error, int code, const char *what)
{
    if (code == -EBADMSG)
        g_set_error(error, PROVIDER_ERROR, PROVIDER_ERROR_DAMAGED, "the file ends before its %s",
                    what);
    else if (code == -E2BIG)
        g_set_error(error, PROVIDER_ERROR, PROVIDER_ERROR_DAMAGED,
                    "its %s would be more than is ever read of such a file", what);
    else
        g_set_error(error, PROVIDER_ERROR, PROVIDER_ERROR_READ, "cannot read its %s: %s", what,
                    g_strerror(-code));
    return false;
}

bool provider_damaged(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, PROVIDER_ERROR, PROVIDER_ERROR_DAMAGED, message);
    return false;
}

static const Provider *recognize(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                                 const char *name)
{
    for (const Provider *const *at = providers; *at != NULL; at++)
        if ((*at)->recognizes(head, n_head, size_bytes, name))
            return *at;
    return NULL;
}

Anatomy *provider_analyze(int fd, const char *name, const Provider *provider, GError **error)
{
    struct stat st;
    if (fstat(fd, &st) < 0) {
        provider_fail(error, -errno, "size");
        return NULL;
    }
    Window window = window_make(fd, (uint64_t)st.st_size);
    uint8_t head[PROVIDER_HEAD_BYTES];
    size_t n_head = MIN(sizeof head, window.size_bytes);
    int r = window_read(&window, 0, head, n_head);
    if (r < 0) {
        provider_fail(error, r, "first bytes");
        return NULL;
    }
    g_autofree char *base = g_path_get_basename(name);
    if (provider == NULL)
        provider = recognize(head, n_head, window.size_bytes, base);
    if (provider == NULL) {
        g_set_error(error, PROVIDER_ERROR, PROVIDER_ERROR_UNKNOWN, "no known format");
        return NULL;
    }
    g_autoptr(Anatomy) anatomy = anatomy_new(window.size_bytes);
    anatomy->format = provider->name;
    if (!provider->analyze(&window, base, anatomy, error))
        return NULL;
    anatomy_sort(anatomy);
    return g_steal_pointer(&anatomy);
}
