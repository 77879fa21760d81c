/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/heads.h"

typedef struct {
    uint32_t major;
    uint32_t minor;
    uint64_t identity;
    bool has_head;
} Head;

struct Heads {
    GMutex lock;
    GArray *all; /* Head */
};

Heads *heads_new(void)
{
    Heads *heads = g_new0(Heads, 1);
    g_mutex_init(&heads->lock);
    heads->all = g_array_new(FALSE, FALSE, sizeof(Head));
    return heads;
}

void heads_free(Heads *heads)
{
    if (heads == NULL)
        return;
    g_array_unref(heads->all);
    g_mutex_clear(&heads->lock);
    g_free(heads);
}

static Head *find_number(const Heads *heads, uint32_t major, uint32_t minor)
{
    for (guint i = 0; i < heads->all->len; i++) {
        Head *head = &g_array_index(heads->all, Head, i);
        if (head->major == major && head->minor == minor)
            return head;
    }
    return NULL;
}

void heads_note(Heads *heads, uint32_t major, uint32_t minor, uint64_t identity, bool has_head)
{
    const Head noted = {major, minor, identity, has_head};
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&heads->lock);
    Head *known = find_number(heads, major, minor);
    if (known != NULL)
        *known = noted;
    else if (heads->all->len < HEADS_MAX)
        g_array_append_val(heads->all, noted);
}

bool heads_find(Heads *heads, uint32_t major, uint32_t minor, uint64_t identity, bool *ret)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&heads->lock);
    const Head *known = find_number(heads, major, minor);
    if (known == NULL || known->identity != identity)
        return false;
    *ret = known->has_head;
    return true;
}
