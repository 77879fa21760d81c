/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "formats/formats.h"
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>

/*
 * A file as the provider FORMAT (a macro, one target each) takes it: refused with an error, or
 * an anatomy that lies within the file, within a second of processor time. Its name has each suffix
 * that a format goes by.
 */
#define NAMES "model-00001-of-00002.safetensors", "a.safetensors.index.json", "a.bam", "a"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static double used_seconds(void)
{
    struct timespec used;
    g_assert_true(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void check(const Anatomy *anatomy, size_t size)
{
    g_assert_cmpuint(anatomy->segments->len, <=, ANATOMY_SEGMENTS_MAX);
    for (guint i = 0; i < anatomy->segments->len; i++) {
        const Segment *segment = &g_array_index(anatomy->segments, Segment, i);
        g_assert_true(segment->length_bytes > 0 && segment->offset_bytes < size &&
                      segment->length_bytes <= size - segment->offset_bytes);
        g_assert_true(g_utf8_validate(segment->name, -1, NULL));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {NAMES};
    autofd fd = memfd_create("format", MFD_CLOEXEC);
    g_assert_true(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    const Provider *provider = provider_by_name(FORMAT);
    g_assert_nonnull(provider);
    const char *name = names[size % G_N_ELEMENTS(names)];
    uint8_t head[PROVIDER_HEAD_BYTES];
    ssize_t n = pread(fd, head, sizeof head, 0);
    (void)provider->recognizes(head, (size_t)MAX(n, 0), size, name);
    g_autoptr(GError) error = NULL;
    const double before = used_seconds();
    g_autoptr(Anatomy) anatomy = provider_analyze(fd, name, provider, &error);
    g_assert_cmpfloat(used_seconds() - before, <, 1);
    g_assert_true((anatomy == NULL) == (error != NULL));
    if (anatomy != NULL)
        check(anatomy, size);
    return 0;
}
