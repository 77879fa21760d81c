/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/footprint.h"
#include "model/pinned.h"
#include "model/state-exe.h"
#include "model/state-habits.h"
#include "model/state-take.h"

#include <math.h>

/* A pair of indices and where it was read; sorted, a pair that comes twice stands beside itself. */
typedef struct {
    uint64_t key;
    uint32_t line;
} Pair;

typedef struct {
    Image *image;
    GHashTable *paths; /* of the Maps; borrowed from image, as are the next three */
    GHashTable *keys;  /* of the Exes */
    GHashTable *bad_keys;
    GHashTable *word_keys;
    GArray *edge_pairs; /* Pair */
    GArray *chain_pairs;
    uint32_t line;
    uint64_t records;
    uint64_t version;
    bool has_metrics;
} Reader;

static const char *read_map(Reader *reader, Cursor fields)
{
    Image *image = reader->image;
    ImageMap map = {0};
    if (!state_take_seq(&fields, image->maps->len))
        return "a number out of turn";
    if (reader->version >= 2 && !state_take_kind(&fields, &map.directory))
        return "neither file nor directory";
    if (!state_take_id(&fields, &map.id))
        return "not the identity of a file";
    g_autofree char *path = state_take_path(&fields);
    if (path == NULL || fields.at != fields.end)
        return "not an absolute path";
    if (g_hash_table_contains(reader->paths, path))
        return "a file that came before";
    map.path = g_ref_string_new(path);
    g_hash_table_add(reader->paths, map.path);
    g_array_append_val(image->maps, map);
    return NULL;
}

static const char *read_exe(Reader *reader, Cursor fields)
{
    Image *image = reader->image;
    ImageExe exe = {0};
    if (!state_take_seq(&fields, image->exes->len))
        return "a number out of turn";
    const char *wrong = state_take_exe(&fields, reader->version, image->model_usec, &exe);
    if (wrong == NULL && g_hash_table_contains(reader->keys, exe.key))
        wrong = "a program that came before";
    if (wrong != NULL) {
        image_exe_clear(&exe);
        return wrong;
    }
    g_hash_table_add(reader->keys, exe.key);
    g_array_append_val(image->exes, exe);
    return NULL;
}

/* No launch that touched a block, or that was before the first that was learnt, is left out. */
static bool launches_add_up(const ImageExe *exe, uint8_t launches, const TouchSet *touched)
{
    if (launches >> MAX(exe->n_learnt, 1) != 0)
        return false;
    for (uint32_t i = 0; i < touched->n_runs; i++) {
        if ((touched->runs[i].launches & ~launches) != 0)
            return false;
    }
    return true;
}

/* The fields behind the two numbers. */
static const char *take_history(const Reader *reader, Cursor *fields, ImageEdge *edge,
                                TouchSet *touched)
{
    const Image *image = reader->image;
    uint64_t rank = 0;
    edge->launches = 1;
    if (reader->version == 1)
        return state_take_blocks(fields, touched) ? NULL : "not a list of blocks";
    if (!state_take_u64(fields, UINT16_MAX, &rank) || !state_take_launches(fields, &edge->launches))
        return "not a rank and launches";
    edge->rank = (uint16_t)rank;
    if (!state_take_touched(fields, touched))
        return "not a list of blocks";
    if (!launches_add_up(&g_array_index(image->exes, ImageExe, edge->exe), edge->launches, touched))
        return "launches that do not add up";
    if (touched->n_runs > 0 && g_array_index(image->maps, ImageMap, edge->map).directory)
        return "blocks of a directory";
    return NULL;
}

static const char *read_edge(Reader *reader, Cursor fields)
{
    Image *image = reader->image;
    ImageEdge edge = {0};
    TouchSet touched = TOUCH_SET_NULL;
    if (!state_take_index(&fields, image->exes->len, &edge.exe) ||
        !state_take_index(&fields, image->maps->len, &edge.map))
        return "no such program or file";
    const char *wrong = take_history(reader, &fields, &edge, &touched);
    if (wrong == NULL && fields.at != fields.end)
        wrong = "a field too many";
    if (wrong == NULL) {
        Pair pair = {(uint64_t)edge.exe << 32 | edge.map, reader->line};
        g_array_append_val(reader->edge_pairs, pair);
        image_add_edge(image, edge, &touched);
    }
    touch_set_clear(&touched);
    return wrong;
}

static const char *read_metrics(Reader *reader, Cursor fields)
{
    if (reader->version < 2)
        return "a record of no known kind";
    if (reader->has_metrics)
        return "metrics that came before";
    reader->has_metrics = true;
    if (!state_take_metrics(&fields, &reader->image->metrics) || fields.at != fields.end ||
        metrics_are_none(&reader->image->metrics))
        return "not metrics";
    return NULL;
}

/* markov.h: count[i][i] is how often i was left, count[i][j] for where. */
static bool counts_add_up(const Markov *markov)
{
    for (int i = 0; i < MARKOV_STATES; i++) {
        double total = markov->count[i][i];
        double sum = -total;
        for (int j = 0; j < MARKOV_STATES; j++)
            sum += (double)markov->count[i][j];
        if (fabs(sum - total) > STATE_COUNT_TOLERANCE * (1 + total))
            return false;
    }
    return true;
}

static const char *read_chain(Reader *reader, Cursor fields)
{
    Image *image = reader->image;
    ImageChain chain = {0};
    if (!state_take_index(&fields, image->exes->len, &chain.a) ||
        !state_take_index(&fields, image->exes->len, &chain.b) || chain.a == chain.b)
        return "not two programs";
    if (!state_take_u64(&fields, image->model_usec, &chain.markov.both_usec))
        return "a time out of range";
    chain.markov.changed_usec = image->model_usec;
    if (reader->version >= 3 &&
        !state_take_u64(&fields, image->model_usec, &chain.markov.changed_usec))
        return "a time out of range";
    if (!state_take_sparse(&fields, STATE_DWELL_MAX_SEC, chain.markov.dwell_sec, 1))
        return "not a list of dwell times";
    if (!state_take_sparse(&fields, STATE_COUNT_MAX, chain.markov.count[0], MARKOV_STATES) ||
        fields.at != fields.end)
        return "not a list of counts";
    if (!counts_add_up(&chain.markov))
        return "counts that do not add up";
    uint64_t low = MIN(chain.a, chain.b);
    Pair pair = {low << 32 | MAX(chain.a, chain.b), reader->line};
    g_array_append_val(reader->chain_pairs, pair);
    g_array_append_val(image->chains, chain);
    return NULL;
}

static const char *read_bad(Reader *reader, Cursor fields)
{
    Image *image = reader->image;
    ImageBad bad = {0};
    if (!state_take_u64(&fields, INT64_MAX, &bad.size_bytes) ||
        !state_take_u64(&fields, image->model_usec, &bad.seen_usec))
        return "a size or time out of range";
    g_autoptr(ExeKey) key = state_take_key(&fields);
    if (key == NULL || fields.at != fields.end)
        return "not a script and an absolute path";
    if (g_hash_table_contains(reader->bad_keys, key))
        return "a program that came before";
    bad.key = g_steal_pointer(&key);
    g_hash_table_add(reader->bad_keys, bad.key);
    g_array_append_val(image->bad, bad);
    return NULL;
}

static const char *read_day(Reader *reader, Cursor fields)
{
    Days *days = &reader->image->days;
    int64_t number = 0;
    Day day = {0};
    if (reader->version < 3)
        return "a record of no known kind";
    if (!state_take_i64(&fields, &number) || number < -DAY_LIMIT || number > DAY_LIMIT)
        return "not a day";
    if (days->n == DAYS_MAX || (days->n > 0 && days->of[days->n - 1].day >= number))
        return "a day too many, or out of order";
    day.day = (int32_t)number;
    if (!state_take_metrics(&fields, &day.metrics) ||
        !state_take_u64(&fields, METRICS_BYTES_MAX, &day.read_bytes) ||
        !state_take_u64(&fields, METRICS_BYTES_MAX, &day.read_usec) ||
        !state_take_u64(&fields, day.read_bytes, &day.timed_bytes) || fields.at != fields.end)
        return "not an account of a day";
    days->of[days->n++] = day;
    return NULL;
}

static const char *read_word(Reader *reader, Cursor fields)
{
    Image *image = reader->image;
    ImageWord word = {0};
    if (reader->version < 3)
        return "a record of no known kind";
    if (!state_take_word(&fields, &word.word))
        return "no word that is said of programs";
    g_autoptr(ExeKey) key = state_take_key(&fields);
    if (key == NULL || fields.at != fields.end)
        return "not a script and an absolute path";
    if (g_hash_table_contains(reader->word_keys, key))
        return "a program that came before";
    word.key = g_steal_pointer(&key);
    g_hash_table_add(reader->word_keys, word.key);
    g_array_append_val(image->words, word);
    return NULL;
}

static const char *take_pin(Image *image, Cursor fields)
{
    GPtrArray *pinned = image->pinned;
    g_autoptr(ExeKey) key = state_take_key(&fields);
    if (key == NULL || fields.at != fields.end)
        return "not a script and an absolute path";
    if (pinned->len > 0 && pinned_compare(pinned->pdata[pinned->len - 1], key) >= 0)
        return "a pin out of order";
    g_ptr_array_add(pinned, g_steal_pointer(&key));
    return NULL;
}

static const char *take_seeded(Image *image, Cursor fields)
{
    uint64_t once = 0;
    if (image->seeded || !state_take_u64(&fields, 1, &once) || once != 1 || fields.at != fields.end)
        return "not that it was seeded, once";
    image->seeded = true;
    return NULL;
}

/* What version 3 brought, and stands behind the programs. */
static const struct {
    const char *tag;
    const char *(*take)(Image *image, Cursor fields);
} habit_kinds[] = {
    {STATE_SESSION, state_take_session},
    {STATE_LAUNCH, state_take_launch},
    {STATE_HABIT, state_take_habit},
    {STATE_MIXTURE, state_take_mixture},
    {STATE_RATE, state_take_rate},
    {STATE_SEEDED, take_seeded},
    {STATE_PIN, take_pin},
};

typedef struct {
    const char *tag;
    const char *(*read)(Reader *reader, Cursor fields); /* NULL, or what is wrong */
} RecordKind;

static const RecordKind record_kinds[] = {
    {STATE_CHAIN, read_chain}, {STATE_EDGE, read_edge},  {STATE_MAP, read_map},
    {STATE_EXE, read_exe},     {STATE_BADEXE, read_bad}, {STATE_METRICS, read_metrics},
    {STATE_DAY, read_day},     {STATE_WORD, read_word},
};

static const char *read_record(Reader *reader, Cursor line)
{
    Cursor tag;
    /* A tab at the end would be one empty field more, that no kind has. */
    if (!parse_field(&line, '\t', &tag) || line.at == line.end || line.end[-1] == '\t')
        return "not a record";
    for (size_t i = 0; i < G_N_ELEMENTS(record_kinds); i++) {
        if (cursor_is(&tag, record_kinds[i].tag))
            return record_kinds[i].read(reader, line);
    }
    for (size_t i = 0; reader->version >= 3 && i < G_N_ELEMENTS(habit_kinds); i++) {
        if (cursor_is(&tag, habit_kinds[i].tag))
            return habit_kinds[i].take(reader->image, line);
    }
    return "a record of no known kind";
}

static int compare_pairs(gconstpointer a, gconstpointer b)
{
    const Pair *x = a;
    const Pair *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->line < y->line ? -1 : 1;
}

static bool check_unique(GArray *pairs, GError **error)
{
    g_array_sort(pairs, compare_pairs);
    for (guint i = 1; i < pairs->len; i++) {
        const Pair *pair = &g_array_index(pairs, Pair, i);
        if (pair->key == (pair - 1)->key)
            return state_damaged(error, pair->line, "the same pair as in line %u",
                                 (pair - 1)->line);
    }
    return true;
}

static bool read_records(Reader *reader, Cursor body, GError **error)
{
    for (Cursor line; parse_line(&body, &line);) {
        reader->line++;
        const char *wrong = read_record(reader, line);
        if (wrong != NULL)
            return state_damaged(error, reader->line, "%s", wrong);
        reader->records++;
    }
    const char *wrong = state_check_habits(reader->image);
    if (wrong != NULL)
        return state_damaged(error, reader->line, "%s", wrong);
    return check_unique(reader->edge_pairs, error) && check_unique(reader->chain_pairs, error);
}

bool state_read_records(Image *image, uint64_t version, Cursor body, uint64_t records,
                        GError **error)
{
    g_autoptr(GHashTable) paths = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) keys = g_hash_table_new(exe_key_hash, exe_key_equal);
    g_autoptr(GHashTable) bad_keys = g_hash_table_new(exe_key_hash, exe_key_equal);
    g_autoptr(GHashTable) word_keys = g_hash_table_new(exe_key_hash, exe_key_equal);
    g_autoptr(GArray) edge_pairs = g_array_new(FALSE, FALSE, sizeof(Pair));
    g_autoptr(GArray) chain_pairs = g_array_new(FALSE, FALSE, sizeof(Pair));
    Reader reader = {
        .image = image,
        .paths = paths,
        .keys = keys,
        .bad_keys = bad_keys,
        .word_keys = word_keys,
        .edge_pairs = edge_pairs,
        .chain_pairs = chain_pairs,
        .line = 1,
        .version = version,
    };
    if (!read_records(&reader, body, error))
        return false;
    if (reader.records != records)
        return state_damaged(error, reader.line + 1,
                             "the number of records is not that of the content");
    return true;
}
