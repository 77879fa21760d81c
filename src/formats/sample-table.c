/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/sample-table.h"
#include "formats/stream.h"
#include "observe/residency.h"

/* All three tables that are read side by side. */
typedef struct {
    Stream sizes;
    Stream chunks;
    Stream offsets;
    uint32_t each_bytes; /* of all samples; 0: of each its own */
    uint32_t size_bits;
    uint8_t nibbles; /* of 4 bits: the byte that has the next size as well */
    uint32_t n_sizes;
    uint32_t n_runs; /* of stsc, that are not read yet */
    uint32_t next_run_chunk;
    uint32_t next_run_samples;
    uint32_t chunk_samples; /* samples to a chunk now */
    uint32_t n_chunks;
    bool wide;
} Walk;

/* How many samples there are in the first seconds. */
static uint32_t count_samples(const SampleTable *table, Window *window, uint32_t seconds)
{
    g_autofree Stream *stream = g_new0(Stream, 1);
    const uint64_t end = (uint64_t)table->scale * seconds;
    uint64_t time = 0;
    uint64_t n = 0;
    stream_open(stream, window, table->times_at + 4);
    stream->big_endian = true;
    uint32_t entries = stream_u32(stream);
    for (; entries > 0 && time < end && n < SAMPLE_TABLE_SAMPLES_MAX; entries--) {
        const uint32_t count = stream_u32(stream);
        const uint32_t each = stream_u32(stream);
        if (stream->error < 0)
            break;
        const uint64_t left = each > 0 ? (end - time + each - 1) / each : UINT64_MAX;
        n += MIN((uint64_t)count, left);
        time += (uint64_t)count * each;
    }
    return (uint32_t)MIN(n, (uint64_t)SAMPLE_TABLE_SAMPLES_MAX);
}

static void open_at(Stream *stream, Window *window, uint64_t at)
{
    stream_open(stream, window, at);
    stream->big_endian = true;
}

static void take_run(Walk *walk)
{
    walk->next_run_chunk = walk->next_run_samples = 0;
    if (walk->n_runs == 0)
        return;
    walk->n_runs--;
    walk->next_run_chunk = stream_u32(&walk->chunks);
    walk->next_run_samples = stream_u32(&walk->chunks);
    (void)stream_u32(&walk->chunks); /* which description */
}

static void begin(Walk *walk, const SampleTable *table, Window *window)
{
    open_at(&walk->sizes, window, table->sizes_at + 4);
    open_at(&walk->chunks, window, table->chunks_at + 4);
    open_at(&walk->offsets, window, table->offsets_at + 4);
    uint32_t size = stream_u32(&walk->sizes);
    walk->size_bits = table->compact ? size & 0xff : 32;
    walk->each_bytes = table->compact ? 0 : size;
    walk->n_sizes = stream_u32(&walk->sizes);
    walk->n_runs = stream_u32(&walk->chunks);
    walk->n_chunks = stream_u32(&walk->offsets);
    walk->wide = table->wide;
    take_run(walk);
}

static uint32_t take_nibble(Walk *walk, uint32_t number)
{
    if (number % 2 == 0)
        walk->nibbles = stream_u8(&walk->sizes);
    return number % 2 == 0 ? walk->nibbles >> 4 : walk->nibbles & 15;
}

static uint32_t take_size(Walk *walk, uint32_t number)
{
    if (walk->each_bytes > 0)
        return walk->each_bytes;
    switch (walk->size_bits) {
    case 4:
        return take_nibble(walk, number);
    case 8:
        return stream_u8(&walk->sizes);
    case 16:
        return stream_u16(&walk->sizes);
    default:
        return stream_u32(&walk->sizes);
    }
}

/* Its place; how many samples it has is in chunk_samples then. */
static uint64_t take_chunk(Walk *walk, uint32_t number)
{
    if (number + 1 == walk->next_run_chunk) {
        walk->chunk_samples = walk->next_run_samples;
        take_run(walk);
    }
    return walk->wide ? stream_u64(&walk->offsets) : stream_u32(&walk->offsets);
}

static bool is_sound(const Walk *walk)
{
    return walk->sizes.error == 0 && walk->chunks.error == 0 && walk->offsets.error == 0;
}

bool sample_table_first(const SampleTable *table, Window *window, uint32_t seconds,
                        uint64_t most_bytes, GArray *ranges)
{
    if (table->times_at == 0 || table->chunks_at == 0 || table->sizes_at == 0 ||
        table->offsets_at == 0)
        return true; /* of a fragmented film these may be missing */
    g_autofree Walk *walk = g_new0(Walk, 1);
    begin(walk, table, window);
    const uint32_t n = MIN(count_samples(table, window, seconds), walk->n_sizes);
    uint32_t done = 0;
    uint64_t bytes = 0;
    for (uint32_t chunk = 0; done < n && bytes < most_bytes && chunk < walk->n_chunks; chunk++) {
        Range range = {take_chunk(walk, chunk), 0};
        if (!is_sound(walk) || walk->chunk_samples == 0)
            return false;
        for (uint32_t i = 0; i < walk->chunk_samples && done < n && is_sound(walk); i++)
            range.length_bytes += take_size(walk, done++);
        bytes += range.length_bytes;
        g_array_append_val(ranges, range);
    }
    return is_sound(walk);
}
