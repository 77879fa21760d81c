/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/edge.h"

G_STATIC_ASSERT(sizeof(Edge) <= 32);
G_STATIC_ASSERT(TOUCH_RUNS_MAX <= UINT16_MAX);

TouchSet edge_touched(const Edge *edge, TouchRun *room)
{
    if (edge->n_runs != 1)
        return (TouchSet){edge->runs.many, edge->n_runs};
    *room =
        (TouchRun){edge->runs.one.first, edge->runs.one.count, edge->one_launches, edge->one_step};
    return (TouchSet){room, 1};
}

TouchSet edge_take_touched(Edge *edge)
{
    TouchRun room;
    TouchSet set = edge_touched(edge, &room);
    if (edge->n_runs == 1)
        set = touch_set_copy(&set);
    edge->runs.many = NULL;
    edge->n_runs = 0;
    return set;
}

void edge_give_touched(Edge *edge, TouchSet set)
{
    edge_forget_touched(edge);
    edge->n_runs = (uint16_t)set.n_runs;
    if (set.n_runs != 1) {
        edge->runs.many = set.runs;
        return;
    }
    edge->runs.one.first = set.runs->first;
    edge->runs.one.count = set.runs->count;
    edge->one_launches = set.runs->launches;
    edge->one_step = set.runs->step;
    touch_set_clear(&set);
}

void edge_forget_touched(Edge *edge)
{
    if (edge->n_runs != 1)
        g_free(edge->runs.many);
    edge->runs.many = NULL;
    edge->n_runs = 0;
}

void edge_clear(Edge *edge)
{
    edge_forget_touched(edge);
}

void edge_unite(Edge *edge, const Edge *other)
{
    TouchRun room;
    TouchSet theirs = edge_touched(other, &room);
    TouchSet touched = edge_take_touched(edge);
    (void)touch_set_unite(&touched, &theirs);
    edge_give_touched(edge, touched);
    edge->rank = edge->launches == 0    ? other->rank
                 : other->launches == 0 ? edge->rank
                                        : MIN(edge->rank, other->rank);
    edge->launches |= other->launches;
}
