/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/turns.h"

/* How soon a waiting thread notices that it is cancelled, or that the other one fell silent. */
#define LOOK_USEC (20 * INT64_C(1000))

struct Turns {
    GMutex lock;
    GCond changed;
    guint n_reading[CLASSES]; /* runs */
    gint64 asked_usec[CLASSES];
    GHashTable *heads; /* gint64: of the disks whose head somebody has */
};

const char *read_class_name(ReadClass class)
{
    static const char *const names[] = {[CLASS_ASSIST] = "assist",
                                        [CLASS_SESSION] = "session",
                                        [CLASS_PREDICTED] = "predicted",
                                        [CLASS_BULK] = "bulk"};
    G_STATIC_ASSERT(G_N_ELEMENTS(names) == CLASSES);
    return names[class];
}

Turns *turns_new(void)
{
    Turns *turns = g_new0(Turns, 1);
    g_mutex_init(&turns->lock);
    g_cond_init(&turns->changed);
    turns->heads = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    return turns;
}

void turns_free(Turns *turns)
{
    if (turns == NULL)
        return;
    g_hash_table_unref(turns->heads);
    g_cond_clear(&turns->changed);
    g_mutex_clear(&turns->lock);
    g_free(turns);
}

void turns_begin(Turns *turns, ReadClass class)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&turns->lock);
    turns->n_reading[class]++;
    turns->asked_usec[class] = g_get_monotonic_time();
}

void turns_end(Turns *turns, ReadClass class)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&turns->lock);
    turns->n_reading[class]--;
    g_cond_broadcast(&turns->changed);
}

static bool is_below_another(const Turns *turns, ReadClass class, gint64 now_usec)
{
    for (guint above = 0; above < class; above++)
        if (turns->n_reading[above] > 0 && now_usec - turns->asked_usec[above] < TURNS_SILENT_USEC)
            return true;
    return false;
}

bool turns_must_wait(Turns *turns, ReadClass class)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&turns->lock);
    return is_below_another(turns, class, g_get_monotonic_time());
}

bool turns_await(Turns *turns, ReadClass class, const int *cancel)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&turns->lock);
    gint64 now_usec = g_get_monotonic_time();
    while (is_below_another(turns, class, now_usec) && g_atomic_int_get(cancel) == 0) {
        (void)g_cond_wait_until(&turns->changed, &turns->lock, now_usec + LOOK_USEC);
        now_usec = g_get_monotonic_time();
    }
    turns->asked_usec[class] = now_usec;
    return g_atomic_int_get(cancel) == 0;
}

static gint64 head_key(uint32_t major, uint32_t minor)
{
    return (gint64)((uint64_t)major << 32 | minor);
}

bool turns_take_head(Turns *turns, uint32_t major, uint32_t minor)
{
    const gint64 key = head_key(major, minor);
    const gint64 end_usec = g_get_monotonic_time() + TURNS_SILENT_USEC;
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&turns->lock);
    while (g_hash_table_contains(turns->heads, &key)) {
        if (!g_cond_wait_until(&turns->changed, &turns->lock, end_usec))
            return false;
    }
    g_hash_table_add(turns->heads, g_memdup2(&key, sizeof key));
    return true;
}

void turns_give_head(Turns *turns, uint32_t major, uint32_t minor)
{
    const gint64 key = head_key(major, minor);
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&turns->lock);
    (void)g_hash_table_remove(turns->heads, &key);
    g_cond_broadcast(&turns->changed);
}
