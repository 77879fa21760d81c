/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Providers: one for each file format that we know the inside of.
 *
 * A provider is a constant struct in a file of its own and a line in the table of provider.c. It is
 * pure but for what it reads through the window, keeps nothing, and believes nothing: counts are
 * bounded before anything is allocated by them, what points at something else may do so in a
 * circle, and depths are bounded (no recursion without a limit).
 */
#include "formats/anatomy.h"
#include "formats/window.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* What recognizes() sees of a file: enough for a tar's magic number and HDF5's first user block. */
#define PROVIDER_HEAD_BYTES 4096u

typedef struct {
    const char *name;    /* "gguf": what analyze and --json call it */
    const char *summary; /* "GGUF model": for people */
    /* By the first bytes, and by the name (which has no directories) only where the format has no
     * magic number. */
    bool (*recognizes)(const uint8_t *head, size_t n_head, uint64_t size_bytes, const char *name);
    /*
     * Adds segments and facts. False with error set if the file is none of this format or
     * contradicts itself beyond use; a file that lies about some of its parts gets a plan for the
     * others (Anatomy.clipped).
     */
    bool (*analyze)(Window *window, const char *name, Anatomy *anatomy, GError **error);
} Provider;

typedef enum {
    PROVIDER_ERROR_UNKNOWN, /* no provider recognizes it */
    PROVIDER_ERROR_DAMAGED, /* the message says what is wrong */
    PROVIDER_ERROR_READ,    /* it cannot be read */
} ProviderError;
#define PROVIDER_ERROR (provider_error_quark())
GQuark provider_error_quark(void);

/* All, NULL-terminated. */
const Provider *const *provider_all(void);
const Provider *provider_by_name(const char *name);

/*
 * The anatomy of the regular file behind fd, sorted; to be freed. name: of the file, with or
 * without its directories. provider: NULL to find it by the contents. NULL with error set.
 */
Anatomy *provider_analyze(int fd, const char *name, const Provider *provider, GError **error);

/* Sets the error of a window_read() that failed while `what` was read; always false. */
bool provider_fail(GError **error, int code, const char *what);
/* Sets PROVIDER_ERROR_DAMAGED; always false. */
bool provider_damaged(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
