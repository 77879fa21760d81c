/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Digest: whether a file has the SHA-256 that its name says: blobs of Ollama ("sha256-" and 64
 * hexadecimal digits) and those of the Hugging Face hub cache (the digits alone) do. All of it is
 * read, in pieces.
 */
#include <stdint.h>

typedef enum {
    DIGEST_UNNAMED, /* its name says none */
    DIGEST_MATCHES,
    DIGEST_DIFFERS,
    DIGEST_UNREADABLE, /* not to the end */
} Digest;

/* path: of the file behind fd, no link. The position of fd is not used. */
Digest digest_check(int fd, const char *path);
/* For people; static. */
const char *digest_text(Digest digest);
