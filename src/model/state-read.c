/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/state-format.h"

#include <math.h>
#include <string.h>

/* A pair of indices and where it was read; sorted, a pair that comes twice stands beside itself. */
typedef struct {
    uint64_t key;
    uint32_t line;
} Pair;

typedef struct {
    Image *image;
    GHashTable *paths; /* of the Maps; borrowed from image, as are the next two */
    GHashTable *keys;  /* of the Exes */
    GHashTable *bad_keys;
    GArray *edge_pairs; /* Pair */
    GArray *chain_pairs;
    uint32_t line;
    uint64_t records;
} Reader;

bool state_take_u64(Cursor *fields, uint64_t most, uint64_t *ret)
{
    Cursor field;
    return parse_field(fields, '\t', &field) && parse_whole_u64(field, ret) && *ret <= most;
}

bool state_take_i64(Cursor *fields, int64_t *ret)
{
    Cursor field;
    return parse_field(fields, '\t', &field) && parse_i64(&field, ret) && field.at == field.end;
}

/* An index into what was read so far. */
static bool take_index(Cursor *fields, guint length, uint32_t *ret)
{
    uint64_t index = 0;
    if (!state_take_u64(fields, UINT32_MAX, &index) || index >= length)
        return false;
    *ret = (uint32_t)index;
    return true;
}

/* The number of a record is where it stands among its kind. */
static bool take_seq(Cursor *fields, guint length)
{
    uint64_t seq = 0;
    return state_take_u64(fields, UINT32_MAX, &seq) && seq == length;
}

static bool take_id(Cursor *fields, FileId *ret)
{
    return state_take_u64(fields, UINT64_MAX, &ret->dev) &&
           state_take_u64(fields, UINT64_MAX, &ret->ino) &&
           state_take_u64(fields, INT64_MAX, &ret->size_bytes) &&
           state_take_i64(fields, &ret->mtime_nsec);
}

/* NULL if the field is not as we write it. */
static char *unescape(Cursor field, size_t most_bytes)
{
    for (const char *c = field.at; c < field.end; c++) {
        if (!g_ascii_isgraph(*c))
            return NULL;
    }
    g_autofree char *text = g_uri_unescape_segment(field.at, field.end, NULL);
    if (text == NULL || *text == '\0' || strlen(text) > most_bytes)
        return NULL;
    return g_steal_pointer(&text);
}

static char *take_path(Cursor *fields)
{
    Cursor field;
    if (!parse_field(fields, '\t', &field) || field.at == field.end || *field.at != '/')
        return NULL;
    return unescape(field, STATE_PATH_MAX);
}

static ExeKey *take_key(Cursor *fields)
{
    Cursor field;
    if (!parse_field(fields, '\t', &field))
        return NULL;
    bool none = cursor_is(&field, STATE_NONE);
    g_autofree char *script = none ? NULL : unescape(field, STATE_SCRIPT_MAX);
    g_autofree char *path = take_path(fields);
    if (path == NULL || (script == NULL && !none))
        return NULL;
    return exe_key_new(path, script);
}

static const char *read_map(Reader *reader, Cursor fields)
{
    Image *image = reader->image;
    ImageMap map = {0};
    if (!take_seq(&fields, image->maps->len))
        return "a number out of turn";
    if (!take_id(&fields, &map.id))
        return "not the identity of a file";
    g_autofree char *path = take_path(&fields);
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
    uint64_t now_usec = image->model_usec;
    ImageExe exe = {0};
    if (!take_seq(&fields, image->exes->len))
        return "a number out of turn";
    if (!state_take_u64(&fields, STATE_LAUNCHES_MAX, &exe.launches) ||
        !state_take_u64(&fields, now_usec, &exe.run_usec) ||
        !state_take_u64(&fields, now_usec, &exe.first_usec) ||
        !state_take_u64(&fields, now_usec, &exe.active_usec))
        return "a count or time out of range";
    if (!take_id(&fields, &exe.id))
        return "not the identity of a file";
    g_autoptr(ExeKey) key = take_key(&fields);
    if (key == NULL || fields.at != fields.end)
        return "not a script and an absolute path";
    if (g_hash_table_contains(reader->keys, key))
        return "a program that came before";
    exe.key = g_steal_pointer(&key);
    g_hash_table_add(reader->keys, exe.key);
    g_array_append_val(image->exes, exe);
    return NULL;
}

static bool take_blocks(Cursor *fields, BlockSet *ret)
{
    Cursor field;
    if (!parse_field(fields, '\t', &field))
        return false;
    return cursor_is(&field, STATE_NONE) || block_set_parse(field, ret);
}

static const char *read_edge(Reader *reader, Cursor fields)
{
    Image *image = reader->image;
    ImageEdge edge = {0};
    if (!take_index(&fields, image->exes->len, &edge.exe) ||
        !take_index(&fields, image->maps->len, &edge.map))
        return "no such program or file";
    if (!take_blocks(&fields, &edge.blocks))
        return "not a list of blocks";
    if (fields.at != fields.end) {
        block_set_clear(&edge.blocks);
        return "a field too many";
    }
    Pair pair = {(uint64_t)edge.exe << 32 | edge.map, reader->line};
    g_array_append_val(reader->edge_pairs, pair);
    g_array_append_val(image->edges, edge);
    return NULL;
}

static bool take_value(Cursor *item, double most, float *ret)
{
    double value = 0;
    if (!parse_char(item, ':') || !parse_whole_double(*item, &value))
        return false;
    /* Not 0, also not when rounded: 0 is left out. */
    if (!(value > 0 && value <= most && (float)value > 0))
        return false;
    *ret = (float)value;
    return true;
}

/* What append_sparse() in state.c wrote. */
static bool take_sparse(Cursor *fields, double most, float *values, int rows)
{
    Cursor list;
    if (!parse_field(fields, '\t', &list) || list.at == list.end)
        return false;
    if (cursor_is(&list, STATE_NONE))
        return true;
    int least = 0;
    for (Cursor item; parse_field(&list, ',', &item);) {
        uint64_t key = 0;
        if (!parse_u64(&item, &key) || key % 10 >= MARKOV_STATES || key / 10 >= (uint64_t)rows)
            return false;
        int i = (int)(key / 10 * MARKOV_STATES + key % 10);
        if (i < least || !take_value(&item, most, &values[i]))
            return false;
        least = i + 1;
    }
    return list.end[-1] != ',';
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
    if (!take_index(&fields, image->exes->len, &chain.a) ||
        !take_index(&fields, image->exes->len, &chain.b) || chain.a == chain.b)
        return "not two programs";
    if (!state_take_u64(&fields, image->model_usec, &chain.markov.both_usec))
        return "a time out of range";
    if (!take_sparse(&fields, STATE_DWELL_MAX_SEC, chain.markov.dwell_sec, 1))
        return "not a list of dwell times";
    if (!take_sparse(&fields, STATE_COUNT_MAX, chain.markov.count[0], MARKOV_STATES) ||
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
    g_autoptr(ExeKey) key = take_key(&fields);
    if (key == NULL || fields.at != fields.end)
        return "not a script and an absolute path";
    if (g_hash_table_contains(reader->bad_keys, key))
        return "a program that came before";
    bad.key = g_steal_pointer(&key);
    g_hash_table_add(reader->bad_keys, bad.key);
    g_array_append_val(image->bad, bad);
    return NULL;
}

typedef struct {
    const char *tag;
    const char *(*read)(Reader *reader, Cursor fields); /* NULL, or what is wrong */
} RecordKind;

static const RecordKind record_kinds[] = {
    {STATE_CHAIN, read_chain}, {STATE_EDGE, read_edge},  {STATE_MAP, read_map},
    {STATE_EXE, read_exe},     {STATE_BADEXE, read_bad},
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
    return check_unique(reader->edge_pairs, error) && check_unique(reader->chain_pairs, error);
}

bool state_read_records(Image *image, Cursor body, uint64_t records, GError **error)
{
    g_autoptr(GHashTable) paths = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) keys = g_hash_table_new(exe_key_hash, exe_key_equal);
    g_autoptr(GHashTable) bad_keys = g_hash_table_new(exe_key_hash, exe_key_equal);
    g_autoptr(GArray) edge_pairs = g_array_new(FALSE, FALSE, sizeof(Pair));
    g_autoptr(GArray) chain_pairs = g_array_new(FALSE, FALSE, sizeof(Pair));
    Reader reader = {image, paths, keys, bad_keys, edge_pairs, chain_pairs, 1, 0};
    if (!read_records(&reader, body, error))
        return false;
    if (reader.records != records)
        return state_damaged(error, reader.line + 1,
                             "the number of records is not that of the content");
    return true;
}
