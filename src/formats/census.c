/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/census.h"
#include <errno.h>

int census_take(const Residency *residency, int fd, Census *ret)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return -errno;
    *ret = (Census){.size_bytes = (uint64_t)st.st_size,
                    .told = residency_tells(residency, &st),
                    .missing = g_array_new(FALSE, FALSE, sizeof(Range))};
    if (ret->told)
        ret->resident_bytes =
            residency_missing(residency, fd, &st, (Range){0, ret->size_bytes}, true, ret->missing);
    return 0;
}

void census_clear(Census *census)
{
    g_clear_pointer(&census->missing, g_array_unref);
}

static const Range *missing_at(const Census *census, guint index)
{
    return &g_array_index(census->missing, Range, index);
}

/* The first missing range that ends behind the offset. */
static guint find_missing(const Census *census, uint64_t offset_bytes)
{
    guint low = 0;
    guint high = census->missing->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        const Range *range = missing_at(census, middle);
        if (range->offset_bytes + range->length_bytes > offset_bytes)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

uint64_t census_resident(const Census *census, Range part)
{
    if (!census->told || part.offset_bytes >= census->size_bytes)
        return 0;
    uint64_t length_bytes = MIN(part.length_bytes, census->size_bytes - part.offset_bytes);
    uint64_t end_bytes = part.offset_bytes + length_bytes;
    uint64_t missing_bytes = 0;
    for (guint i = find_missing(census, part.offset_bytes); i < census->missing->len; i++) {
        const Range *range = missing_at(census, i);
        if (range->offset_bytes >= end_bytes)
            break;
        missing_bytes += MIN(range->offset_bytes + range->length_bytes, end_bytes) -
                         MAX(range->offset_bytes, part.offset_bytes);
    }
    return length_bytes - missing_bytes;
}

void census_present(const Census *census, GArray *ret)
{
    uint64_t at_bytes = 0;
    if (!census->told)
        return;
    for (guint i = 0; i <= census->missing->len; i++) {
        bool last = i == census->missing->len;
        uint64_t end_bytes = last ? census->size_bytes : missing_at(census, i)->offset_bytes;
        const Range range = {at_bytes, end_bytes - at_bytes};
        if (range.length_bytes > 0)
            g_array_append_val(ret, range);
        at_bytes = last ? end_bytes : end_bytes + missing_at(census, i)->length_bytes;
    }
}
