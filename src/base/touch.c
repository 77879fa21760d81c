/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/touch.h"
#include <string.h>

static const uint64_t step_ends_usec[TOUCH_STEPS - 1] = {
    15000,  30000,  50000,   75000,   110000,  160000,   230000,   330000,
    470000, 670000, 1000000, 1400000, 2000000, 10000000, 30000000,
};

uint8_t touch_step(uint64_t since_exec_usec)
{
    uint8_t step = 0;
    while (step < TOUCH_STEPS - 1 && since_exec_usec >= step_ends_usec[step])
        step++;
    return step;
}

uint64_t touch_step_end_usec(uint8_t step)
{
    return step < TOUCH_STEPS - 1 ? step_ends_usec[step] : UINT64_MAX;
}

void touch_set_clear(TouchSet *set)
{
    g_clear_pointer(&set->runs, g_free);
    set->n_runs = 0;
}

TouchSet touch_set_copy(const TouchSet *set)
{
    return (TouchSet){g_memdup2(set->runs, set->n_runs * sizeof(TouchRun)), set->n_runs};
}

static uint64_t run_end(TouchRun run)
{
    return (uint64_t)run.first + run.count;
}

/* A set in the making: runs are appended in rising order, equal neighbours become one. */
typedef struct {
    TouchRun *runs;
    uint32_t n_runs;
    uint32_t n_room;
} Maker;

static void maker_append(Maker *maker, uint64_t first, uint64_t end, uint8_t launches, uint8_t step)
{
    if (first >= end || launches == 0)
        return;
    step = MIN(step, TOUCH_STEPS - 1);
    if (maker->n_runs > 0) {
        TouchRun *last = &maker->runs[maker->n_runs - 1];
        if (run_end(*last) == first && last->launches == launches && last->step == step) {
            last->count += (uint32_t)(end - first);
            return;
        }
    }
    if (maker->n_runs == maker->n_room) {
        maker->n_room = maker->n_room * 2 + 1;
        maker->runs = g_renew(TouchRun, maker->runs, maker->n_room);
    }
    maker->runs[maker->n_runs++] =
        (TouchRun){(uint32_t)first, (uint32_t)(end - first), launches, step};
}

/* What is made takes the place of the set, without the room that it did not need. */
static void maker_finish(Maker *maker, TouchSet *set)
{
    g_free(set->runs);
    set->runs = g_renew(TouchRun, maker->runs, maker->n_runs);
    set->n_runs = maker->n_runs;
}

/* One pass over two rising lists of runs; where both have a block, their histories unite. */
static void merge(const TouchSet *a, const TouchSet *b, Maker *maker)
{
    uint32_t i = 0;
    uint32_t j = 0;
    uint64_t at = 0;
    while (i < a->n_runs || j < b->n_runs) {
        const TouchRun *x = i < a->n_runs ? &a->runs[i] : NULL;
        const TouchRun *y = j < b->n_runs ? &b->runs[j] : NULL;
        uint64_t x_first = x != NULL ? MAX(at, x->first) : UINT64_MAX;
        uint64_t y_first = y != NULL ? MAX(at, y->first) : UINT64_MAX;
        at = MIN(x_first, y_first);
        bool in_x = x_first == at;
        bool in_y = y_first == at;
        uint64_t end = MIN(in_x ? run_end(*x) : x_first, in_y ? run_end(*y) : y_first);
        uint8_t launches = (uint8_t)((in_x ? x->launches : 0) | (in_y ? y->launches : 0));
        uint8_t step = MIN(in_x ? x->step : UINT8_MAX, in_y ? y->step : UINT8_MAX);
        maker_append(maker, at, end, launches, step);
        at = end;
        i += x != NULL && run_end(*x) <= at ? 1 : 0;
        j += y != NULL && run_end(*y) <= at ? 1 : 0;
    }
}

bool touch_set_equal(const TouchSet *a, const TouchSet *b)
{
    if (a->n_runs != b->n_runs)
        return false;
    for (uint32_t i = 0; i < a->n_runs; i++) {
        const TouchRun *x = &a->runs[i];
        const TouchRun *y = &b->runs[i];
        if (x->first != y->first || x->count != y->count || x->launches != y->launches ||
            x->step != y->step)
            return false;
    }
    return true;
}

bool touch_set_unite(TouchSet *set, const TouchSet *other)
{
    Maker maker = {0};
    merge(set, other, &maker);
    TouchSet made = {maker.runs, maker.n_runs};
    if (made.n_runs > TOUCH_RUNS_MAX || touch_set_equal(set, &made)) {
        touch_set_clear(&made);
        return false;
    }
    maker_finish(&maker, set);
    return true;
}

bool touch_set_learn(TouchSet *set, const TouchSet *seen, uint8_t launches)
{
    TouchSet present = touch_set_copy(seen);
    for (uint32_t i = 0; i < present.n_runs; i++)
        present.runs[i].launches = launches;
    bool changed = touch_set_unite(set, &present);
    touch_set_clear(&present);
    return changed;
}

bool touch_set_add_run(TouchSet *set, TouchRun run)
{
    run.count = MIN(run.count, UINT32_MAX - run.first);
    const TouchSet other = {&run, 1};
    return run.count > 0 && touch_set_unite(set, &other);
}

bool touch_set_add(TouchSet *set, const BlockSet *blocks, uint8_t launches, uint8_t step)
{
    Maker maker = {0};
    for (uint32_t i = 0; i < blocks->n_runs; i++)
        maker_append(&maker, blocks->runs[i].first,
                     (uint64_t)blocks->runs[i].first + blocks->runs[i].count, launches, step);
    TouchSet other = {maker.runs, maker.n_runs};
    bool changed = touch_set_unite(set, &other);
    touch_set_clear(&other);
    return changed;
}

void touch_set_age(TouchSet *set)
{
    Maker maker = {0};
    for (uint32_t i = 0; i < set->n_runs; i++) {
        const TouchRun *run = &set->runs[i];
        maker_append(&maker, run->first, run_end(*run), (uint8_t)(run->launches << 1), run->step);
    }
    maker_finish(&maker, set);
}

bool touch_wanted(uint8_t launches, uint32_t n_learnt)
{
    uint32_t n = CLAMP(n_learnt, 1, TOUCH_LAUNCHES);
    uint32_t recent = launches & ((1U << n) - 1);
    return recent != 0 && (uint32_t)__builtin_popcount(recent) * 3 >= n;
}

void touch_set_wanted(const TouchSet *set, uint32_t n_learnt, uint8_t from, uint8_t to,
                      BlockSet *out)
{
    for (uint32_t i = 0; i < set->n_runs; i++) {
        const TouchRun *run = &set->runs[i];
        if (run->step >= from && run->step <= to && touch_wanted(run->launches, n_learnt))
            (void)block_set_add_run(out, run->first, run->count);
    }
}

void touch_set_blocks(const TouchSet *set, BlockSet *out)
{
    for (uint32_t i = 0; i < set->n_runs; i++)
        (void)block_set_add_run(out, set->runs[i].first, set->runs[i].count);
}

void touch_set_print(const TouchSet *set, GString *out)
{
    for (uint32_t i = 0; i < set->n_runs; i++) {
        const TouchRun *run = &set->runs[i];
        g_string_append_printf(out, i > 0 ? ",%u" : "%u", run->first);
        if (run->count > 1)
            g_string_append_printf(out, "-%u", run->first + (run->count - 1));
        if (i == 0 || run->launches != (run - 1)->launches)
            g_string_append_printf(out, ":%x", (unsigned)run->launches);
        if (i == 0 || run->step != (run - 1)->step)
            g_string_append_printf(out, ".%u", (unsigned)run->step);
    }
}

/* A part of a run's history: without it, it is that of the run before, and must not repeat it. */
static bool parse_history(Cursor *text, char mark, uint64_t most, uint8_t *value)
{
    uint64_t parsed = 0;
    if (!parse_char(text, mark))
        return *value <= most;
    bool is_number = mark == ':' ? parse_hex(text, &parsed) : parse_u64(text, &parsed);
    if (!is_number || parsed > most || parsed == *value)
        return false;
    *value = (uint8_t)parsed;
    return true;
}

/* *run is the run before. */
static bool parse_run(Cursor text, TouchRun *run)
{
    uint64_t first = 0;
    if (!parse_u64(&text, &first))
        return false;
    uint64_t last = first;
    if (parse_char(&text, '-') && (!parse_u64(&text, &last) || last <= first))
        return false;
    if (!parse_history(&text, ':', UINT8_MAX, &run->launches) ||
        !parse_history(&text, '.', TOUCH_STEPS - 1, &run->step) || text.at != text.end ||
        last >= UINT32_MAX || run->launches == 0)
        return false;
    run->first = (uint32_t)first;
    run->count = (uint32_t)(last - first + 1);
    return true;
}

/* Rising, and not one with the run before. */
static bool follows(const GArray *runs, const TouchRun *run)
{
    if (runs->len == 0)
        return true;
    const TouchRun *last = &g_array_index(runs, TouchRun, runs->len - 1);
    if (run->first != run_end(*last))
        return run->first > run_end(*last);
    return last->launches != run->launches || last->step != run->step;
}

bool touch_set_parse(Cursor text, TouchSet *ret)
{
    g_autoptr(GArray) runs = g_array_new(FALSE, FALSE, sizeof(TouchRun));
    if (text.at == text.end || text.end[-1] == ',')
        return false;
    TouchRun run = {.step = TOUCH_STEPS}; /* no history: the first run has one of its own */
    for (Cursor field; parse_field(&text, ',', &field);) {
        if (runs->len == TOUCH_RUNS_MAX || !parse_run(field, &run) || !follows(runs, &run))
            return false;
        g_array_append_val(runs, run);
    }
    gsize n_runs = 0;
    ret->runs = g_array_steal(runs, &n_runs);
    ret->n_runs = (uint32_t)n_runs;
    return true;
}
