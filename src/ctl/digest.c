/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/digest.h"
#include <errno.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "sha256-"
#define HEX_DIGITS 64
#define PIECE_BYTES (256u << 10)

/* NULL if the name has none. */
static const char *named(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *hex = slash != NULL ? slash + 1 : path;
    if (g_str_has_prefix(hex, PREFIX))
        hex += strlen(PREFIX);
    return strlen(hex) == HEX_DIGITS && strspn(hex, "0123456789abcdef") == HEX_DIGITS ? hex : NULL;
}

/* NULL if it cannot be read to the end. */
static char *sum_up(int fd)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree guchar *piece = g_malloc(PIECE_BYTES);
    for (off_t at = 0;;) {
        ssize_t n = pread(fd, piece, PIECE_BYTES, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return NULL;
        if (n == 0)
            return g_strdup(g_checksum_get_string(sum));
        g_checksum_update(sum, piece, n);
        at += n;
    }
}

Digest digest_check(int fd, const char *path)
{
    const char *wanted = named(path);
    if (wanted == NULL)
        return DIGEST_UNNAMED;
    g_autofree char *is = sum_up(fd);
    if (is == NULL)
        return DIGEST_UNREADABLE;
    return strcmp(is, wanted) == 0 ? DIGEST_MATCHES : DIGEST_DIFFERS;
}

const char *digest_text(Digest digest)
{
    static const char *const texts[] = {[DIGEST_UNNAMED] = "its name says none",
                                        [DIGEST_MATCHES] = "as its name says",
                                        [DIGEST_DIFFERS] = "not what its name says",
                                        [DIGEST_UNREADABLE] = "it cannot be read to the end"};
    return texts[digest];
}
