/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/state-take.h"

#include <string.h>

/* The fields of the state file, each checked by itself. */

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

bool state_take_index(Cursor *fields, guint length, uint32_t *ret)
{
    uint64_t index = 0;
    if (!state_take_u64(fields, UINT32_MAX, &index) || index >= length)
        return false;
    *ret = (uint32_t)index;
    return true;
}

bool state_take_seq(Cursor *fields, guint length)
{
    uint64_t seq = 0;
    return state_take_u64(fields, UINT32_MAX, &seq) && seq == length;
}

bool state_take_id(Cursor *fields, FileId *ret)
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

char *state_take_path(Cursor *fields)
{
    Cursor field;
    if (!parse_field(fields, '\t', &field) || field.at == field.end || *field.at != '/')
        return NULL;
    return unescape(field, STATE_PATH_MAX);
}

ExeKey *state_take_key(Cursor *fields)
{
    Cursor field;
    if (!parse_field(fields, '\t', &field))
        return NULL;
    bool none = cursor_is(&field, STATE_NONE);
    g_autofree char *script = none ? NULL : unescape(field, STATE_SCRIPT_MAX);
    g_autofree char *path = state_take_path(fields);
    if (path == NULL || (script == NULL && !none))
        return NULL;
    return exe_key_new(path, script);
}

bool state_take_kind(Cursor *fields, bool *ret_directory)
{
    Cursor field;
    if (!parse_field(fields, '\t', &field))
        return false;
    bool directory = cursor_is(&field, STATE_DIRECTORY);
    if (!directory && !cursor_is(&field, STATE_FILE))
        return false;
    *ret_directory = directory;
    return true;
}

bool state_take_launches(Cursor *fields, uint8_t *ret)
{
    Cursor field;
    uint64_t launches = 0;
    if (!parse_field(fields, '\t', &field) || !parse_hex(&field, &launches) ||
        field.at != field.end || launches == 0 || launches > UINT8_MAX)
        return false;
    *ret = (uint8_t)launches;
    return true;
}

bool state_take_touched(Cursor *fields, TouchSet *ret)
{
    Cursor field;
    if (!parse_field(fields, '\t', &field))
        return false;
    return cursor_is(&field, STATE_NONE) || touch_set_parse(field, ret);
}

bool state_take_blocks(Cursor *fields, TouchSet *ret)
{
    Cursor field;
    BlockSet blocks = BLOCK_SET_NULL;
    if (!parse_field(fields, '\t', &field))
        return false;
    if (cursor_is(&field, STATE_NONE))
        return true;
    if (!block_set_parse(field, &blocks))
        return false;
    (void)touch_set_add(ret, &blocks, 1, TOUCH_STEPS - 1);
    block_set_clear(&blocks);
    return true;
}

/* The next of a list of numbers. */
static bool take_item(Cursor *list, uint64_t most, uint64_t *ret)
{
    Cursor item;
    return parse_field(list, ',', &item) && parse_whole_u64(item, ret) && *ret <= most;
}

bool state_take_metrics(Cursor *fields, Metrics *ret)
{
    Cursor list;
    Metrics metrics = {0};
    if (!parse_field(fields, '\t', &list))
        return false;
    if (cursor_is(&list, STATE_NONE))
        return true;
    if (!take_item(&list, METRICS_LAUNCHES_MAX, &metrics.launches) ||
        !take_item(&list, METRICS_BYTES_MAX, &metrics.footprint_bytes) ||
        !take_item(&list, metrics.footprint_bytes, &metrics.resident_bytes) ||
        !take_item(&list, metrics.resident_bytes, &metrics.ours_bytes) ||
        !take_item(&list, metrics_missed_bytes(&metrics), &metrics.late_bytes) ||
        !take_item(&list, METRICS_BYTES_MAX, &metrics.wasted_bytes))
        return false;
    /* All of them 0 are left out. */
    if (list.at != list.end || list.end[-1] == ',' || metrics_are_none(&metrics))
        return false;
    *ret = metrics;
    return true;
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

bool state_take_sparse(Cursor *fields, double most, float *values, int rows)
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

bool state_take_double(Cursor *fields, double most, double *ret)
{
    Cursor field;
    double value = 0;
    if (!parse_field(fields, '\t', &field) || !parse_whole_double(field, &value) ||
        !(value >= 0 && value <= most))
        return false;
    *ret = value == 0 ? 0 : value; /* -0 is none of ours */
    return true;
}

bool state_take_pool(Cursor *fields, Pool *ret)
{
    Cursor field;
    if (!parse_field(fields, '\t', &field))
        return false;
    bool priority = cursor_is(&field, STATE_PRIORITY);
    *ret = priority ? POOL_PRIORITY : POOL_OBSERVATION;
    return priority || cursor_is(&field, STATE_OBSERVATION);
}

bool state_take_word(Cursor *fields, Word *ret)
{
    Cursor field;
    if (!parse_field(fields, '\t', &field))
        return false;
    for (Word word = WORD_PROMOTE; word <= WORD_IGNORE; word++) {
        if (!cursor_is(&field, word_name(word)))
            continue;
        *ret = word;
        return true;
    }
    return false;
}

bool state_take_source(Cursor *fields, GRefString **ret)
{
    Cursor field;
    if (!parse_field(fields, '\t', &field))
        return false;
    if (cursor_is(&field, STATE_NONE))
        return true;
    g_autofree char *source = unescape(field, STATE_SCRIPT_MAX);
    if (source == NULL)
        return false;
    *ret = g_ref_string_new(source);
    return true;
}
