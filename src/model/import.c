/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/import.h"
#include "model/import-line.h"

#include <string.h>

static void take_lines(Importer *importer, Cursor text)
{
    ImportReport *report = importer->report;
    uint32_t number = 1;
    for (Cursor line; parse_line(&text, &line);) {
        number++;
        const Tokens tokens = import_tokenize(line);
        if (tokens.n == 0 || *tokens.at[0].at == '#')
            continue;
        LineOutcome outcome = import_line(importer, &tokens);
        if (outcome == LINE_IGNORED)
            report->n_ignored++;
        if (outcome == LINE_BAD && report->n_bad++ == 0)
            report->first_bad = number;
    }
}

static int compare_uses(gconstpointer a, gconstpointer b)
{
    const Use *x = a;
    const Use *y = b;
    if (x->exe != y->exe)
        return x->exe < y->exe ? -1 : 1;
    if (x->part.map != y->part.map)
        return x->part.map < y->part.map ? -1 : 1;
    return (x->part.offset_bytes > y->part.offset_bytes) -
           (x->part.offset_bytes < y->part.offset_bytes);
}

/* As of a mapping: which of it a launch touches is not known. */
static void make_edge(Image *image, const Use *use, BlockSet *blocks)
{
    TouchSet touched = TOUCH_SET_NULL;
    (void)touch_set_add(&touched, blocks, 1, TOUCH_STEPS - 1);
    image_add_edge(image, (ImageEdge){.exe = use->exe, .map = use->part.map, .launches = 1},
                   &touched);
    touch_set_clear(&touched);
    block_set_clear(blocks);
}

/* All parts of a file that an Exe uses become the blocks of one edge. */
static void make_edges(Importer *importer)
{
    GArray *uses = importer->uses;
    BlockSet blocks = BLOCK_SET_NULL;
    g_array_sort(uses, compare_uses);
    for (guint i = 0; i < uses->len; i++) {
        const Use *use = &g_array_index(uses, Use, i);
        block_set_add_bytes(&blocks, use->part.offset_bytes, use->part.length_bytes);
        if (i + 1 == uses->len || (use + 1)->exe != use->exe ||
            (use + 1)->part.map != use->part.map)
            make_edge(importer->image, use, &blocks);
    }
}

/* "PRELOAD <version> <model time>": what every dialect begins with. */
static bool read_header(Cursor *text, ImportReport *report, uint64_t *ret_sec)
{
    Cursor line;
    if (!parse_line(text, &line))
        return false;
    const Tokens tokens = import_tokenize(line);
    if (tokens.n != 3 || !cursor_is(&tokens.at[0], "PRELOAD") ||
        !import_token_u64(&tokens, 2, IMPORT_TIME_MAX_SEC, ret_sec))
        return false;
    Cursor version = tokens.at[1];
    size_t length = cursor_left(&version);
    uint64_t major = 0;
    if (length >= sizeof report->version || !parse_u64(&version, &major) ||
        !parse_char(&version, '.') || version.at == version.end)
        return false;
    for (const char *c = version.at; c < version.end; c++) {
        if (!g_ascii_isgraph(*c))
            return false;
    }
    memcpy(report->version, tokens.at[1].at, length);
    return true;
}

bool import_recognizes(const char *bytes, size_t length)
{
    Cursor text = cursor_of(bytes, length);
    ImportReport report = {0};
    uint64_t now_sec = 0;
    return read_header(&text, &report, &now_sec);
}

static void import_lines(Image *image, uint64_t now_sec, Cursor text, ImportReport *report)
{
    g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(Part));
    g_autoptr(GArray) uses = g_array_new(FALSE, FALSE, sizeof(Use));
    g_autoptr(GHashTable) part_by_seq = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) exe_by_seq = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) map_by_path = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) exe_paths = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) pairs = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    Importer importer = {
        .image = image,
        .report = report,
        .now_sec = now_sec,
        .parts = parts,
        .uses = uses,
        .part_by_seq = part_by_seq,
        .exe_by_seq = exe_by_seq,
        .map_by_path = map_by_path,
        .exe_paths = exe_paths,
        .pairs = pairs,
    };
    take_lines(&importer, text);
    make_edges(&importer);
}

Image *import_decode(const char *bytes, size_t length, ImportReport *ret_report, GError **error)
{
    Cursor text = cursor_of(bytes, length);
    ImportReport report = {0};
    uint64_t now_sec = 0;
    if (!read_header(&text, &report, &now_sec)) {
        g_set_error(error, STATE_ERROR, STATE_ERROR_FOREIGN,
                    "line 1: not the header of a state of preload 0.6");
        return NULL;
    }
    Image *image = image_new();
    image->model_usec = now_sec * G_USEC_PER_SEC;
    import_lines(image, now_sec, text, &report);
    image->seeded = image->exes->len > 0;
    *ret_report = report;
    return image;
}
