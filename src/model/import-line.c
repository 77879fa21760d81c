/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/import-line.h"

#include <string.h>

/* Where they stand in a MARKOV line. */
#define DWELLS_AT 4
#define COUNTS_AT (DWELLS_AT + MARKOV_STATES)
/* What a BlockSet can hold of a file. */
#define MAP_END_MAX ((uint64_t)UINT32_MAX * BLOCK_BYTES)

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

Tokens import_tokenize(Cursor line)
{
    Tokens tokens = {.n = 0};
    for (;;) {
        while (line.at < line.end && is_blank(*line.at))
            line.at++;
        if (line.at == line.end || tokens.n > IMPORT_TOKENS_MAX)
            return tokens;
        const char *start = line.at;
        while (line.at < line.end && !is_blank(*line.at))
            line.at++;
        if (tokens.n < IMPORT_TOKENS_MAX)
            tokens.at[tokens.n] = (Cursor){start, line.at};
        tokens.n++;
    }
}

bool import_token_u64(const Tokens *tokens, size_t i, uint64_t most, uint64_t *ret)
{
    uint64_t value = 0;
    if (!parse_whole_u64(tokens->at[i], &value) || value > most)
        return false;
    *ret = value;
    return true;
}

/* A model time. -1 stands for "not known"; what lies in the future is cut to the present. */
static bool token_time(const Importer *importer, const Tokens *tokens, size_t i, uint64_t *ret_usec)
{
    Cursor token = tokens->at[i];
    int64_t sec = 0;
    if (!parse_i64(&token, &sec) || token.at != token.end || sec < -1)
        return false;
    *ret_usec = MIN((uint64_t)MAX(sec, 0), importer->now_sec) * G_USEC_PER_SEC;
    return true;
}

/* What the number in the file refers to, as index; false if to nothing. */
static bool token_ref(GHashTable *by_seq, const Tokens *tokens, size_t i, uint32_t *ret)
{
    uint64_t seq = 0;
    if (!import_token_u64(tokens, i, UINT32_MAX, &seq))
        return false;
    guint found = GPOINTER_TO_UINT(g_hash_table_lookup(by_seq, GUINT_TO_POINTER((guint)seq)));
    if (found == 0)
        return false;
    *ret = found - 1;
    return true;
}

/* A new number that has not been given yet. */
static bool token_new_seq(GHashTable *by_seq, const Tokens *tokens, size_t i, guint *ret)
{
    uint64_t seq = 0;
    if (!import_token_u64(tokens, i, UINT32_MAX, &seq) ||
        g_hash_table_contains(by_seq, GUINT_TO_POINTER((guint)seq)))
        return false;
    *ret = (guint)seq;
    return true;
}

/* "file:///usr/bin/x%20y". NULL if it is none, or of another host. */
static char *token_path(const Tokens *tokens, size_t i)
{
    Cursor token = tokens->at[i];
    if (memchr(token.at, '\0', cursor_left(&token)) != NULL)
        return NULL;
    g_autofree char *uri = g_strndup(token.at, cursor_left(&token));
    g_autofree char *host = NULL;
    g_autofree char *path = g_filename_from_uri(uri, &host, NULL);
    if (path == NULL || host != NULL || *path != '/' || strlen(path) > STATE_PATH_MAX)
        return NULL;
    return g_steal_pointer(&path);
}

static uint32_t add_map(Importer *importer, const char *path)
{
    GArray *maps = importer->image->maps;
    guint found = GPOINTER_TO_UINT(g_hash_table_lookup(importer->map_by_path, path));
    if (found > 0)
        return found - 1;
    ImageMap map = {.path = g_ref_string_new(path)};
    g_array_append_val(maps, map);
    g_hash_table_insert(importer->map_by_path, map.path, GUINT_TO_POINTER(maps->len));
    return maps->len - 1;
}

/* MAP seq update_time offset length expansion uri */
static LineOutcome take_map(Importer *importer, const Tokens *tokens)
{
    guint seq = 0;
    Part part = {0};
    uint64_t first_usec = 0;
    if (tokens->n != 7 || !token_new_seq(importer->part_by_seq, tokens, 1, &seq) ||
        !token_time(importer, tokens, 2, &first_usec) ||
        !import_token_u64(tokens, 3, MAP_END_MAX, &part.offset_bytes) ||
        !import_token_u64(tokens, 4, MAP_END_MAX - part.offset_bytes, &part.length_bytes) ||
        part.length_bytes == 0)
        return LINE_BAD;
    g_autofree char *path = token_path(tokens, 6);
    if (path == NULL)
        return LINE_BAD;
    part.map = add_map(importer, path);
    g_array_append_val(importer->parts, part);
    g_hash_table_insert(importer->part_by_seq, GUINT_TO_POINTER(seq),
                        GUINT_TO_POINTER(importer->parts->len));
    importer->report->n_maps++;
    return LINE_TAKEN;
}

/* The fields that only preheat has: pool, 1 for priority (src/state/state_io.c there); weighted
 * launches; launches, of which it counts the user's only. */
static bool take_use(const Tokens *tokens, ImageExe *exe)
{
    uint64_t pool = 1; /* 0.6.4 reads all ahead */
    uint64_t raw = 0;
    double weighted = 0;
    if (tokens->n >= 7 && !import_token_u64(tokens, 5, INT32_MAX, &pool))
        return false;
    if (tokens->n == 10 && (!parse_whole_double(tokens->at[6], &weighted) || weighted < 0 ||
                            !import_token_u64(tokens, 7, STATE_LAUNCHES_MAX, &raw)))
        return false;
    exe->pool = pool == 1 ? POOL_PRIORITY : POOL_OBSERVATION;
    exe->weighted_launches = MIN(weighted, WEIGHT_MAX);
    exe->user_launches = raw;
    exe->launches = MAX(exe->launches, raw);
    return true;
}

/* EXE seq update_time time expansion [pool [weighted raw duration]] uri */
static LineOutcome take_exe(Importer *importer, const Tokens *tokens)
{
    guint seq = 0;
    ImageExe exe = {.launches = 1};
    if ((tokens->n != 6 && tokens->n != 7 && tokens->n != 10) ||
        !token_new_seq(importer->exe_by_seq, tokens, 1, &seq) ||
        !token_time(importer, tokens, 2, &exe.first_usec) ||
        !token_time(importer, tokens, 3, &exe.run_usec) || !take_use(tokens, &exe))
        return LINE_BAD;
    g_autofree char *path = token_path(tokens, tokens->n - 1);
    if (path == NULL || g_hash_table_contains(importer->exe_paths, path))
        return LINE_BAD;
    /* Not known, but no earlier than if it had run from its first sight on without a pause. */
    exe.active_usec = MIN(exe.first_usec + exe.run_usec, importer->image->model_usec);
    exe.user_usec = exe.active_usec;
    exe.key = exe_key_new(path, NULL);
    g_array_append_val(importer->image->exes, exe);
    g_hash_table_add(importer->exe_paths, exe.key->path);
    g_hash_table_insert(importer->exe_by_seq, GUINT_TO_POINTER(seq),
                        GUINT_TO_POINTER(importer->image->exes->len));
    importer->report->n_exes++;
    return LINE_TAKEN;
}

/* EXEMAP exe map prob */
static LineOutcome take_exemap(Importer *importer, const Tokens *tokens)
{
    Use use = {0};
    uint32_t part = 0;
    double prob = 0;
    if (tokens->n != 4 || !token_ref(importer->exe_by_seq, tokens, 1, &use.exe) ||
        !token_ref(importer->part_by_seq, tokens, 2, &part) ||
        !parse_whole_double(tokens->at[3], &prob))
        return LINE_BAD;
    use.part = g_array_index(importer->parts, Part, part);
    g_array_append_val(importer->uses, use);
    importer->report->n_edges++;
    return LINE_TAKEN;
}

/*
 * One state of a chain. 0.6.4 did not set the time of the last change when it loaded a chain
 * (state.c:170), so that dwell times may be garbage: such a state is taken for one that was never
 * left.
 */
static bool take_state(const Importer *importer, const Tokens *tokens, int state, Markov *markov)
{
    double dwell_sec = 0;
    uint64_t counts[MARKOV_STATES] = {0};
    uint64_t sum = 0;
    if (!parse_whole_double(tokens->at[DWELLS_AT + state], &dwell_sec))
        return false;
    for (int to = 0; to < MARKOV_STATES; to++) {
        size_t at = (size_t)(COUNTS_AT + state * MARKOV_STATES + to);
        if (!import_token_u64(tokens, at, (uint64_t)STATE_COUNT_MAX, &counts[to]))
            return false;
        sum += counts[to];
    }
    if (sum != 2 * counts[state]) /* it was left as often as another was entered */
        return false;
    /* "%lg" rounds to 6 digits: a mean may seem to exceed the whole by that. */
    if (counts[state] == 0 || dwell_sec < 0 || dwell_sec > (double)importer->now_sec * 1.00001 + 1)
        return true;
    markov->dwell_sec[state] = (float)dwell_sec;
    for (int to = 0; to < MARKOV_STATES; to++)
        markov->count[state][to] = (float)counts[to];
    return true;
}

/*
 * Launches are not in the file. An Exe was launched once before it was first seen, and at least as
 * often again as the best of its chains saw it start.
 */
static void count_launches(Importer *importer, const ImageChain *chain)
{
    GArray *exes = importer->image->exes;
    double starts_a = 0;
    double starts_b = 0;
    for (int from = 0; from < MARKOV_STATES; from++) {
        for (int to = 0; to < MARKOV_STATES; to++) {
            int started = to & ~from;
            starts_a += (started & MARKOV_A) != 0 ? (double)chain->markov.count[from][to] : 0;
            starts_b += (started & MARKOV_B) != 0 ? (double)chain->markov.count[from][to] : 0;
        }
    }
    ImageExe *a = &g_array_index(exes, ImageExe, chain->a);
    ImageExe *b = &g_array_index(exes, ImageExe, chain->b);
    a->launches = MAX(a->launches, 1 + (uint64_t)starts_a);
    b->launches = MAX(b->launches, 1 + (uint64_t)starts_b);
}

/* MARKOV a b time ttl[4] weight[4][4] */
static LineOutcome take_markov(Importer *importer, const Tokens *tokens)
{
    ImageChain chain = {0};
    if (tokens->n != IMPORT_TOKENS_MAX || !token_ref(importer->exe_by_seq, tokens, 1, &chain.a) ||
        !token_ref(importer->exe_by_seq, tokens, 2, &chain.b) || chain.a == chain.b ||
        !token_time(importer, tokens, 3, &chain.markov.both_usec))
        return LINE_BAD;
    for (int state = 0; state < MARKOV_STATES; state++) {
        if (!take_state(importer, tokens, state, &chain.markov))
            return LINE_BAD;
    }
    uint64_t pair = (uint64_t)MIN(chain.a, chain.b) << 32 | MAX(chain.a, chain.b);
    if (!g_hash_table_add(importer->pairs, g_memdup2(&pair, sizeof pair)))
        return LINE_BAD;
    chain.markov.changed_usec = importer->image->model_usec; /* when that was is not told */
    g_array_append_val(importer->image->chains, chain);
    count_launches(importer, &chain);
    importer->report->n_chains++;
    return LINE_TAKEN;
}

static LineOutcome take_nothing(Importer *importer, const Tokens *tokens)
{
    return LINE_IGNORED;
}

typedef struct {
    const char *tag;
    LineOutcome (*take)(Importer *importer, const Tokens *tokens);
} LineKind;

/* BADEXE: 0.6.4 itself gives them another chance at each start. PRELOAD: preheat's log of what it
 * read. */
static const LineKind line_kinds[] = {
    {"MAP", take_map},
    {"EXE", take_exe},
    {"EXEMAP", take_exemap},
    {"MARKOV", take_markov},
    {"BADEXE", take_nothing},
    {"VOMMNODE", take_nothing},
    {"PIDS", take_nothing},
    {"PID", take_nothing},
    {"FAMILY", take_nothing},
    {"PRELOAD", take_nothing},
    {"PRELOAD_TIMES", take_nothing},
    {"CRC32", take_nothing},
};

LineOutcome import_line(Importer *importer, const Tokens *tokens)
{
    for (size_t i = 0; i < G_N_ELEMENTS(line_kinds); i++) {
        if (cursor_is(&tokens->at[0], line_kinds[i].tag))
            return line_kinds[i].take(importer, tokens);
    }
    return LINE_BAD;
}
