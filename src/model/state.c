/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/state.h"
#include "model/state-append.h"
#include "model/state-exe.h"
#include "model/state-habits.h"
#include "model/state-take.h"

#include <inttypes.h>
#include <string.h>

G_DEFINE_QUARK(preload - state - error - quark, state_error)

static void append_map(GString *out, const ImageMap *map, guint seq)
{
    g_string_append_printf(out, STATE_MAP "\t%u\t%s", seq,
                           map->directory ? STATE_DIRECTORY : STATE_FILE);
    state_append_id(out, &map->id);
    g_string_append_c(out, '\t');
    state_append_text(out, map->path);
    g_string_append_c(out, '\n');
}

static void append_edge(GString *out, const Image *image, const ImageEdge *edge)
{
    const TouchSet touched = image_touched(image, edge);
    g_string_append_printf(out, STATE_EDGE "\t%u\t%u\t%u\t%x\t", edge->exe, edge->map,
                           (unsigned)edge->rank, (unsigned)edge->launches);
    if (touched.n_runs > 0)
        touch_set_print(&touched, out);
    else
        g_string_append(out, STATE_NONE);
    g_string_append_c(out, '\n');
}

static void append_chain(GString *out, const ImageChain *chain)
{
    g_string_append_printf(out, STATE_CHAIN "\t%u\t%u\t%" PRIu64 "\t%" PRIu64, chain->a, chain->b,
                           chain->markov.both_usec, chain->markov.changed_usec);
    state_append_sparse(out, chain->markov.dwell_sec, 1);
    state_append_sparse(out, chain->markov.count[0], MARKOV_STATES);
    g_string_append_c(out, '\n');
}

static void append_bad(GString *out, const ImageBad *bad)
{
    g_string_append_printf(out, STATE_BADEXE "\t%" PRIu64 "\t%" PRIu64, bad->size_bytes,
                           bad->seen_usec);
    state_append_key(out, bad->key);
}

static void append_word(GString *out, const ImageWord *word)
{
    g_string_append_printf(out, STATE_WORD "\t%s", word_name(word->word));
    state_append_key(out, word->key);
}

static void append_pin(GString *out, const ExeKey *key)
{
    g_string_append(out, STATE_PIN);
    state_append_key(out, key);
}

static void append_day(GString *out, const Day *day)
{
    g_string_append_printf(out, STATE_DAY "\t%" PRId32 "\t", day->day);
    state_append_metrics(out, &day->metrics);
    g_string_append_printf(out, "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", day->read_bytes,
                           day->read_usec, day->timed_bytes);
}

/* How many. */
static uint64_t append_records(GString *out, const Image *image)
{
    bool has_metrics = !metrics_are_none(&image->metrics);
    if (has_metrics) {
        g_string_append(out, STATE_METRICS "\t");
        state_append_metrics(out, &image->metrics);
        g_string_append_c(out, '\n');
    }
    for (uint32_t i = 0; i < image->days.n; i++)
        append_day(out, &image->days.of[i]);
    if (image->seeded)
        g_string_append(out, STATE_SEEDED "\t1\n");
    for (guint i = 0; i < image->maps->len; i++)
        append_map(out, &g_array_index(image->maps, ImageMap, i), i);
    for (guint i = 0; i < image->exes->len; i++)
        state_append_exe(out, &g_array_index(image->exes, ImageExe, i), i);
    for (guint i = 0; i < image->edges->len; i++)
        append_edge(out, image, &g_array_index(image->edges, ImageEdge, i));
    for (guint i = 0; i < image->chains->len; i++)
        append_chain(out, &g_array_index(image->chains, ImageChain, i));
    for (guint i = 0; i < image->bad->len; i++)
        append_bad(out, &g_array_index(image->bad, ImageBad, i));
    for (guint i = 0; i < image->words->len; i++)
        append_word(out, &g_array_index(image->words, ImageWord, i));
    for (guint i = 0; i < image->pinned->len; i++)
        append_pin(out, image->pinned->pdata[i]);
    return (uint64_t)has_metrics + image->days.n + (uint64_t)image->seeded +
           state_append_habits(out, image) + image->maps->len + image->exes->len +
           image->edges->len + image->chains->len + image->bad->len + image->words->len +
           image->pinned->len;
}

void state_append_trailer(GString *out, uint64_t records)
{
    g_autofree char *sum =
        g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)out->str, out->len);
    g_string_append_printf(out, STATE_END "\t%" PRIu64 "\t%s\n", records, sum);
}

GString *state_encode(const Image *image)
{
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, STATE_MAGIC "\t%d\t%" PRIu64 "\t%" PRId64 "\n", STATE_VERSION,
                           image->model_usec, image->saved_unix_sec);
    state_append_trailer(out, append_records(out, image));
    return out;
}

bool state_damaged(GError **error, uint32_t line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, STATE_ERROR, STATE_ERROR_DAMAGED, "line %u: %s", line, what);
    return false;
}

static uint32_t count_lines(const char *bytes, size_t length)
{
    uint32_t lines = 1;
    const char *end = bytes + length;
    for (const char *c = bytes; (c = memchr(c, '\n', (size_t)(end - c))) != NULL; c++)
        lines++;
    return lines;
}

/* The last line: what it says, and where it begins. */
typedef struct {
    uint64_t records;
    Cursor sum;
    size_t summed; /* bytes before it */
    uint32_t line;
} Trailer;

static bool split_trailer(Cursor text, const char *bytes, Trailer *ret, GError **error)
{
    size_t length = (size_t)(text.end - bytes);
    const char *newline = bytes != NULL && length > 1 ? memrchr(bytes, '\n', length - 1) : NULL;
    ret->summed = newline != NULL ? (size_t)(newline + 1 - bytes) : 0;
    ret->line = count_lines(bytes, ret->summed);
    Cursor trailer = {bytes + ret->summed, text.end - 1};
    if (ret->summed == 0 || *trailer.end != '\n' || newline < text.at)
        return state_damaged(error, ret->line, "cut off");
    if (!parse_literal(&trailer, STATE_END "\t") ||
        !state_take_u64(&trailer, UINT64_MAX, &ret->records) ||
        !parse_field(&trailer, '\t', &ret->sum) || trailer.at != trailer.end)
        return state_damaged(error, ret->line, "not the END record, the file was cut off");
    return true;
}

static bool check_sum(const Trailer *trailer, const char *bytes, GError **error)
{
    g_autofree char *expected =
        g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes, trailer->summed);
    if (!cursor_is(&trailer->sum, expected))
        return state_damaged(error, trailer->line, "the checksum is not that of the content");
    return true;
}

bool state_check_trailer(Cursor *text, const char *bytes, uint64_t *ret_records, GError **error)
{
    Trailer trailer;
    if (!split_trailer(*text, bytes, &trailer, error) || !check_sum(&trailer, bytes, error))
        return false;
    *ret_records = trailer.records;
    text->end = bytes + trailer.summed;
    return true;
}

/*
 * A later version may end in another way. One that ends with an END has its checksum, too: where
 * that is wrong, it may be a file of our own the version of which was damaged, and to leave that
 * untouched would be to learn nothing any more.
 */
static void refuse_later(Cursor text, const char *bytes, uint64_t version, GError **error)
{
    Trailer trailer;
    if (split_trailer(text, bytes, &trailer, NULL) && !check_sum(&trailer, bytes, error))
        return;
    g_set_error(error, STATE_ERROR, STATE_ERROR_NEWER,
                "a state file of version %" G_GUINT64_FORMAT "; this preload knows version %d",
                version, STATE_VERSION);
}

/* The rest of the first line, behind the version. */
static bool read_header(Cursor *text, Image *image, GError **error)
{
    Cursor line;
    if (!parse_char(text, '\t') || !parse_line(text, &line) ||
        !state_take_u64(&line, STATE_TIME_MAX_USEC, &image->model_usec) ||
        !state_take_i64(&line, &image->saved_unix_sec) || line.at != line.end ||
        line.end[-1] == '\t')
        return state_damaged(error, 1, "not a header");
    return true;
}

Image *state_decode(const char *bytes, size_t length, GError **error)
{
    Cursor text = cursor_of(bytes, length);
    uint64_t version = 0;
    uint64_t records = 0;
    if (!parse_literal(&text, STATE_MAGIC "\t")) {
        g_set_error(error, STATE_ERROR, STATE_ERROR_FOREIGN, "not a state file of preload 1");
        return NULL;
    }
    if (!parse_u64(&text, &version) || version == 0) {
        state_damaged(error, 1, "not a header");
        return NULL;
    }
    if (version > STATE_VERSION) {
        refuse_later(text, bytes, version, error);
        return NULL;
    }
    g_autoptr(Image) image = image_new();
    image->seeded = version < 3;
    if (!state_check_trailer(&text, bytes, &records, error) || !read_header(&text, image, error) ||
        !state_read_records(image, version, text, records, error))
        return NULL;
    return g_steal_pointer(&image);
}
