/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/ancestry.h"
#include <string.h>

/* Parents that are remembered; with more of them it begins anew. */
#define PARENTS_MAX 1024
#define STAT_BYTES ((size_t)1024)
/* A path of a control group has at most PATH_MAX bytes; version 1 has a dozen lines. */
#define CGROUP_BYTES ((size_t)16 << 10)
#define SESSIONID_BYTES ((size_t)32)
/* (unsigned)-1: AUDIT_SID_UNSET of linux/audit.h */
#define SESSIONID_NONE UINT32_MAX
#define INIT_PID 1

typedef struct {
    uint64_t start_ticks; /* of the parent */
    Origin origin;        /* of what it starts */
} Verdict;

struct Ancestry {
    GHashTable *verdicts; /* pid of a parent -> Verdict */
};

Ancestry *ancestry_new(void)
{
    Ancestry *ancestry = g_new0(Ancestry, 1);
    ancestry->verdicts = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    return ancestry;
}

void ancestry_free(Ancestry *ancestry)
{
    if (ancestry == NULL)
        return;
    g_hash_table_unref(ancestry->verdicts);
    g_free(ancestry);
}

static bool read_stat(ProcRoot *root, uint32_t pid, ProcStat *ret)
{
    g_autoptr(GString) text = NULL;
    return proc_read(root, pid, "stat", STAT_BYTES, &text) == 0 &&
           proc_stat_parse(cursor_of(text->str, text->len), ret);
}

static CgroupKind read_cgroup(ProcRoot *root, uint32_t pid)
{
    g_autoptr(GString) text = NULL;
    if (proc_read(root, pid, "cgroup", CGROUP_BYTES, &text) < 0)
        return CGROUP_SILENT;
    return origin_cgroup(cursor_of(text->str, text->len));
}

/* A kernel without audit has no such file: nobody is known to have logged in then. */
static bool read_login(ProcRoot *root, uint32_t pid)
{
    g_autoptr(GString) text = NULL;
    uint64_t session = SESSIONID_NONE;
    if (proc_read(root, pid, "sessionid", SESSIONID_BYTES, &text) < 0)
        return false;
    Cursor c = cursor_of(text->str, text->len);
    return parse_u64(&c, &session) && session != SESSIONID_NONE;
}

static Ancestor ancestor_of(const ProcStat *stat)
{
    Ancestor ancestor = {.terminal = stat->terminal, .kernel = stat->kernel};
    memcpy(ancestor.name, stat->name, sizeof ancestor.name);
    return ancestor;
}

/*
 * Up from a parent that is known, to one that decides or to init. A child is never older than its
 * parent: where that does not hold, the pid was given to another process meanwhile. A cycle, which
 * pids that are given anew can make, ends at the bound.
 */
static uint32_t climb(ProcRoot *root, const ProcStat *parent, Ancestor *ancestors)
{
    ProcStat at = *parent;
    uint32_t n = 0;
    for (;;) {
        ancestors[n] = ancestor_of(&at);
        if (origin_of_ancestor(&ancestors[n++]) != ORIGIN_UNKNOWN || at.ppid <= INIT_PID ||
            n == ORIGIN_DEPTH_MAX)
            return n;
        ProcStat next;
        if (!read_stat(root, at.ppid, &next) || next.start_ticks > at.start_ticks)
            return n;
        at = next;
    }
}

/* A service manager's children are of all kinds, each in a control group of its own. */
static bool is_manager(uint32_t pid, const ProcStat *stat)
{
    return pid == INIT_PID || strcmp(stat->name, "systemd") == 0;
}

static Origin decide(ProcRoot *root, uint32_t pid, const ProcStat *own, const ProcStat *parent)
{
    Ancestor ancestors[ORIGIN_DEPTH_MAX];
    uint32_t n = parent != NULL ? climb(root, parent, ancestors) : 0;
    OriginFacts facts = {.ancestors = ancestors, .n_ancestors = n};
    Origin origin = origin_decide(&facts);
    if (origin != ORIGIN_UNKNOWN)
        return origin;
    facts.cgroup = read_cgroup(root, pid);
    facts.login = read_login(root, pid);
    facts.terminal = own->terminal;
    return origin_decide(&facts);
}

static void remember(Ancestry *ancestry, uint32_t pid, const ProcStat *parent, Origin origin)
{
    if (g_hash_table_size(ancestry->verdicts) >= PARENTS_MAX)
        g_hash_table_remove_all(ancestry->verdicts);
    Verdict *verdict = g_new(Verdict, 1);
    *verdict = (Verdict){parent->start_ticks, origin};
    g_hash_table_replace(ancestry->verdicts, GUINT_TO_POINTER(pid), verdict);
}

Origin ancestry_ask(Ancestry *ancestry, ProcRoot *root, uint32_t pid)
{
    ProcStat own;
    ProcStat parent;
    if (!read_stat(root, pid, &own))
        return ORIGIN_UNKNOWN; /* it has ended */
    if (own.ppid == 0 || own.ppid == pid || !read_stat(root, own.ppid, &parent) ||
        parent.start_ticks > own.start_ticks)
        return decide(root, pid, &own, NULL);
    const Verdict *known = g_hash_table_lookup(ancestry->verdicts, GUINT_TO_POINTER(own.ppid));
    if (known != NULL && known->start_ticks == parent.start_ticks)
        return known->origin;
    Origin origin = decide(root, pid, &own, &parent);
    if (!is_manager(own.ppid, &parent))
        remember(ancestry, own.ppid, &parent, origin);
    return origin;
}
