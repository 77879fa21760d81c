/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/pins.h"

struct Pins {
    GHashTable *by_path; /* char * -> Pin */
    uint64_t bytes;
    uint32_t n_runs;
};

/* One wish while it is being settled. */
typedef struct {
    PinLook look;
    PinOutcome outcome; /* PIN_LOCKED: it is to be */
} Choice;

static void choice_clear(gpointer data)
{
    Choice *choice = data;
    pin_look_clear(&choice->look);
}

static void release_pin(gpointer data)
{
    pin_free(data);
}

Pins *pins_new(void)
{
    Pins *pins = g_new0(Pins, 1);
    pins->by_path = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, release_pin);
    return pins;
}

void pins_free(Pins *pins)
{
    if (pins == NULL)
        return;
    g_hash_table_unref(pins->by_path);
    g_free(pins);
}

static void wish_clear(gpointer data)
{
    PinWish *wish = data;
    g_free(wish->path);
    block_set_clear(&wish->blocks);
}

static void state_clear(gpointer data)
{
    PinState *state = data;
    g_free(state->path);
}

GArray *pins_wishes_new(void)
{
    GArray *wishes = g_array_new(FALSE, FALSE, sizeof(PinWish));
    g_array_set_clear_func(wishes, wish_clear);
    return wishes;
}

GArray *pins_states_new(void)
{
    GArray *states = g_array_new(FALSE, FALSE, sizeof(PinState));
    g_array_set_clear_func(states, state_clear);
    return states;
}

static PinOutcome look_at(const PinWish *wish, const Storage *storage, PinLook *ret)
{
    if (wish->path[0] != '/' || !storage_is_local(storage, wish->path))
        return PIN_REFUSED;
    return pin_look(wish->path, &wish->blocks, ret);
}

/* What each wish needs, in their order, as far as that fits. */
static GArray *choose(const GArray *wishes, uint64_t limit_bytes, const Storage *storage,
                      const PinGate *gate)
{
    GArray *choices = g_array_sized_new(FALSE, TRUE, sizeof(Choice), wishes->len);
    g_array_set_clear_func(choices, choice_clear);
    uint64_t room_bytes = limit_bytes;
    uint32_t room_runs = PINS_RUNS_MAX;
    for (guint i = 0; i < wishes->len; i++) {
        Choice choice = {.outcome = PIN_STOPPED};
        if (i < PINS_WISHES_MAX && (gate->may == NULL || gate->may(gate->data)))
            choice.outcome = look_at(&g_array_index(wishes, PinWish, i), storage, &choice.look);
        bool fits = choice.look.bytes <= room_bytes && choice.look.blocks.n_runs <= room_runs;
        if (choice.outcome == PIN_LOCKED && !fits)
            choice.outcome = PIN_LIMIT;
        if (choice.outcome == PIN_LOCKED) {
            room_bytes -= choice.look.bytes;
            room_runs -= choice.look.blocks.n_runs;
        }
        g_array_append_val(choices, choice);
    }
    return choices;
}

static void drop(Pins *pins, const Pin *pin)
{
    pins->bytes -= pin_bytes(pin);
    pins->n_runs -= pin_runs(pin);
}

static const Choice *choice_for(const GArray *wishes, const GArray *choices, GHashTable *places,
                                const char *path)
{
    gpointer place = NULL;
    if (!g_hash_table_lookup_extended(places, path, NULL, &place) ||
        GPOINTER_TO_UINT(place) >= wishes->len)
        return NULL;
    return &g_array_index(choices, Choice, GPOINTER_TO_UINT(place));
}

/* Whether the pin stays: what could not be looked at is left as it is. */
static bool stays(const Choice *choice, const Pin *pin)
{
    if (choice == NULL)
        return false;
    return choice->outcome == PIN_STOPPED ||
           (choice->outcome == PIN_LOCKED && pin_is(pin, &choice->look));
}

static void drop_others(Pins *pins, const GArray *wishes, const GArray *choices)
{
    g_autoptr(GHashTable) places = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < wishes->len; i++)
        g_hash_table_insert(places, g_array_index(wishes, PinWish, i).path, GUINT_TO_POINTER(i));
    GHashTableIter iter;
    gpointer path = NULL;
    g_hash_table_iter_init(&iter, pins->by_path);
    for (gpointer pin = NULL; g_hash_table_iter_next(&iter, &path, &pin);) {
        if (stays(choice_for(wishes, choices, places, path), pin))
            continue;
        drop(pins, pin);
        g_hash_table_iter_remove(&iter);
    }
}

/* Whether there is room beside all that is locked: what could not be looked at has some, too. */
static bool has_room(const Pins *pins, const PinLook *look, uint64_t limit_bytes)
{
    return pins->bytes <= limit_bytes && look->bytes <= limit_bytes - pins->bytes &&
           look->blocks.n_runs <= PINS_RUNS_MAX - pins->n_runs;
}

static PinOutcome take(Pins *pins, const PinWish *wish, const Choice *choice, uint64_t limit_bytes,
                       const PinGate *gate)
{
    PinOutcome outcome = choice->outcome;
    const Pin *old = g_hash_table_lookup(pins->by_path, wish->path);
    if (outcome != PIN_LOCKED || old != NULL)
        return old != NULL ? PIN_LOCKED : outcome;
    if (!has_room(pins, &choice->look, limit_bytes))
        return PIN_LIMIT;
    Pin *pin = pin_new(wish->path, &choice->look, gate, &outcome);
    if (pin == NULL)
        return outcome;
    pins->bytes += pin_bytes(pin);
    pins->n_runs += pin_runs(pin);
    g_hash_table_insert(pins->by_path, g_strdup(wish->path), pin);
    return PIN_LOCKED;
}

GArray *pins_settle(Pins *pins, const GArray *wishes, uint64_t limit_bytes, Storage *storage,
                    const PinGate *gate)
{
    GArray *states = pins_states_new();
    storage_refresh(storage);
    g_autoptr(GArray) choices = choose(wishes, limit_bytes, storage, gate);
    drop_others(pins, wishes, choices);
    for (guint i = 0; i < wishes->len; i++) {
        const PinWish *wish = &g_array_index(wishes, PinWish, i);
        const Choice *choice = &g_array_index(choices, Choice, i);
        PinState state = {g_strdup(wish->path), wish->origin,
                          take(pins, wish, choice, limit_bytes, gate), choice->look.bytes};
        g_array_append_val(states, state);
    }
    return states;
}

void pins_release(Pins *pins)
{
    g_hash_table_remove_all(pins->by_path);
    pins->bytes = 0;
    pins->n_runs = 0;
}

uint64_t pins_bytes(const Pins *pins)
{
    return pins->bytes;
}
