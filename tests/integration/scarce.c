/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/*
 * Loaded before a program (LD_PRELOAD): its SCARCE_AT-th allocation fails, and with SCARCE_LASTS in
 * the environment all after it. At its end the program says "scarce: N allocations" on standard
 * error. For glibc, which lets malloc be replaced and be called by another name.
 */
#include <errno.h>
#include <features.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef __GLIBC__

#define EXPORT __attribute__((visibility("default")))

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

EXPORT void *malloc(size_t size);
EXPORT void *calloc(size_t n, size_t size);
EXPORT void *realloc(void *old, size_t size);
static void tell(void) __attribute__((destructor));

static long n_allocations;
static long fails_at; /* 0: the environment was not looked at yet; -1: none does */
static bool lasts;

/* By its first caller, before there are threads. */
static void look(void)
{
    const char *at = getenv("SCARCE_AT");
    lasts = getenv("SCARCE_LASTS") != NULL;
    fails_at = at != NULL ? strtol(at, NULL, 10) : -1;
}

static bool fails(void)
{
    if (fails_at == 0)
        look();
    long n = __atomic_add_fetch(&n_allocations, 1, __ATOMIC_RELAXED);
    if (n != fails_at && !(lasts && fails_at > 0 && n > fails_at))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

static void tell(void)
{
    char text[64];
    int length = snprintf(text, sizeof text, "scarce: %ld allocations\n", n_allocations);
    (void)!write(STDERR_FILENO, text, (size_t)length);
}

#endif
