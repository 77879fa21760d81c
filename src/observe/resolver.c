/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/resolver.h"
#include "base/fd.h"
#include "observe/candidates.h"
#include "observe/follow.h"
#include "observe/look.h"
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

/* Of a namespace with more mounts than fit nothing is found: a part of them would lead astray. A
 * mount takes 100 to 300 bytes, with many layers 4 KiB. */
#define OUR_MOUNTS_BYTES ((size_t)16 << 20)
#define THEIR_MOUNTS_BYTES ((size_t)1 << 20)
/* Of all namespaces of a period; what has been learnt is dropped when there is more. */
#define SPACES_BYTES ((size_t)4 << 20)
#define SPACES_MAX 256
#define LAYERS_MAX 2048

struct Resolver {
    ProcRoot *root;
    Mounts *ours;        /* NULL: not read in this period */
    GHashTable *spaces;  /* namespace and root directory -> Mounts, as seen from there */
    size_t spaces_bytes; /* of the text that they were made of */
    GHashTable *layers;  /* directory of an overlay -> where its links lead, "" for nowhere */
};

static void free_mounts(gpointer mounts)
{
    mounts_free(mounts);
}

Resolver *resolver_new(ProcRoot *root)
{
    Resolver *resolver = g_new0(Resolver, 1);
    resolver->root = root;
    resolver->spaces = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_mounts);
    resolver->layers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return resolver;
}

static void forget_spaces(Resolver *resolver)
{
    g_hash_table_remove_all(resolver->spaces);
    resolver->spaces_bytes = 0;
}

void resolver_refresh(Resolver *resolver)
{
    forget_spaces(resolver);
    g_hash_table_remove_all(resolver->layers);
    g_clear_pointer(&resolver->ours, mounts_free);
}

void resolver_free(Resolver *resolver)
{
    if (resolver == NULL)
        return;
    resolver_refresh(resolver);
    g_hash_table_unref(resolver->spaces);
    g_hash_table_unref(resolver->layers);
    g_free(resolver);
}

/* Nothing is mounted for us if it cannot be told. */
static const Mounts *our_mounts(Resolver *resolver)
{
    g_autoptr(GString) text = NULL;
    if (resolver->ours != NULL)
        return resolver->ours;
    bool told = proc_read_global(resolver->root, "self/mountinfo", OUR_MOUNTS_BYTES, &text) == 0 &&
                text->len < OUR_MOUNTS_BYTES;
    resolver->ours = mounts_parse(told ? cursor_of(text->str, text->len) : cursor_of("", 0));
    return resolver->ours;
}

static const Mounts *read_space(Resolver *resolver, uint32_t pid, char *key)
{
    g_autofree char *owned_key = key;
    g_autoptr(GString) text = NULL;
    if (proc_read(resolver->root, pid, "mountinfo", THEIR_MOUNTS_BYTES, &text) < 0)
        return NULL;
    bool whole = text->len < THEIR_MOUNTS_BYTES;
    size_t length = whole ? text->len : 0;
    if (resolver->spaces_bytes + length > SPACES_BYTES ||
        g_hash_table_size(resolver->spaces) >= SPACES_MAX)
        forget_spaces(resolver);
    Mounts *mounts = mounts_parse_layers(cursor_of(text->str, length));
    resolver->spaces_bytes += length;
    g_hash_table_insert(resolver->spaces, g_steal_pointer(&owned_key), mounts);
    return mounts;
}

/* What a process with this root directory sees mounted; NULL if that is not told. */
static const Mounts *their_mounts(Resolver *resolver, uint32_t pid, const char *root)
{
    g_autofree char *space = NULL;
    if (proc_link(resolver->root, pid, "ns/mnt", &space) < 0)
        return NULL;
    char *key = g_strconcat(space, " ", root, NULL);
    const Mounts *known = g_hash_table_lookup(resolver->spaces, key);
    if (known == NULL)
        return read_space(resolver, pid, key);
    g_free(key);
    return known;
}

/* One question. */
typedef struct {
    Resolver *resolver;
    const PrefixList *accepted;
    uint32_t pid;
    const char *path;   /* as it was asked for */
    const char *inside; /* the path as seen from the process's root directory */
    uint64_t dev;
    uint64_t ino;
    bool rejected; /* by the path that was asked for, which is the one here as well */
    bool asked;    /* it is known what is there: */
    bool is_there; /* at that path, for the process */
    struct stat there;
} Question;

static bool ask_there(Question *question)
{
    if (question->asked)
        return question->is_there;
    question->asked = true;
    autofd root = proc_open_place(question->resolver->root, question->pid, "root");
    question->is_there =
        root >= 0 && follow_stat(root, question->inside + 1, &question->there) == 0;
    return question->is_there;
}

static bool is_sparse(const struct stat *st)
{
    return S_ISREG(st->st_mode) && st->st_size > 0 && st->st_blocks == 0;
}

/* An overlay invents device numbers, and some inode numbers; a copy of a layer's file that has its
 * size and, to the nanosecond, its time is the same for what it is read for. */
static bool is_in_layer(Question *question, const Candidate *candidate, const struct stat *here)
{
    if (question->ino == here->st_ino && question->dev == here->st_dev && major(here->st_dev) != 0)
        return true;
    const struct stat *there = &question->there;
    if (!ask_there(question) || (candidate->metacopy && is_sparse(here)))
        return false;
    return (there->st_mode & S_IFMT) == (here->st_mode & S_IFMT) &&
           there->st_size == here->st_size && there->st_mtim.tv_sec == here->st_mtim.tv_sec &&
           there->st_mtim.tv_nsec == here->st_mtim.tv_nsec;
}

static bool is_proved(Question *question, const Candidate *candidate, const struct stat *here)
{
    const struct stat *there = &question->there;
    switch (candidate->kind) {
    case CANDIDATE_SAME:
        if (question->ino != 0)
            return look_same_file(question->ino, question->dev, here->st_ino, here->st_dev);
        return ask_there(question) &&
               look_same_file(there->st_ino, there->st_dev, here->st_ino, here->st_dev);
    case CANDIDATE_LAYER:
        return is_in_layer(question, candidate, here);
    case CANDIDATE_MERGED: /* maps has other numbers of it than stat(2) */
        return ask_there(question) && there->st_ino == here->st_ino &&
               there->st_dev == here->st_dev;
    }
    g_assert_not_reached();
}

/* Where the links in a directory of an overlay lead; "" for nowhere that we go. */
static const char *layer_path(Resolver *resolver, const char *layer)
{
    const char *known = g_hash_table_lookup(resolver->layers, layer);
    if (known != NULL)
        return known;
    if (g_hash_table_size(resolver->layers) >= LAYERS_MAX)
        g_hash_table_remove_all(resolver->layers);
    char *path = follow_links(our_mounts(resolver), layer);
    if (path == NULL)
        path = g_strdup("");
    g_hash_table_insert(resolver->layers, g_strdup(layer), path);
    return path;
}

/* Where the candidate is here, by text; NULL if on no disk of this machine. */
static char *place_of(const Question *question, const Candidate *candidate)
{
    if (candidate->kind != CANDIDATE_LAYER)
        return g_strconcat(candidate->base, candidate->rest, NULL);
    const char *layer = layer_path(question->resolver, candidate->base);
    if (*layer == '\0')
        return NULL;
    g_autofree char *path =
        g_strconcat(strcmp(layer, "/") == 0 ? "" : layer, candidate->rest, NULL);
    return follow_is_local(our_mounts(question->resolver), path) ? g_steal_pointer(&path) : NULL;
}

/* The same, if it is one that may be touched. */
static char *path_of(Question *question, const Candidate *candidate)
{
    g_autofree char *path = place_of(question, candidate);
    if (path == NULL || path[0] != '/' || strlen(path) >= PATH_MAX || look_is_pseudo(path))
        return NULL;
    if (question->accepted != NULL && !prefix_list_accepts(question->accepted, path)) {
        question->rejected |= strcmp(path, question->path) == 0;
        return NULL;
    }
    return g_steal_pointer(&path);
}

static char *try_candidate(Question *question, const Candidate *candidate, struct stat *ret_st)
{
    struct stat here;
    g_autofree char *path = path_of(question, candidate);
    if (path == NULL || follow_stat(AT_FDCWD, path, &here) < 0)
        return NULL;
    if ((!S_ISREG(here.st_mode) && !S_ISDIR(here.st_mode)) ||
        !is_proved(question, candidate, &here))
        return NULL;
    *ret_st = here;
    return g_steal_pointer(&path);
}

/* What the kernel tells of a process in another namespace is seen from the root of that namespace
 * (fs/d_path.c), its mountinfo from the root directory of the process. NULL if it is not below. */
static const char *seen_from(const char *root, const char *path)
{
    size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);
    return strncmp(path, root, length) == 0 && path[length] == '/' ? path + length : NULL;
}

char *resolver_find_accepted(Resolver *resolver, const PrefixList *accepted, uint32_t pid,
                             const char *path, uint64_t dev, uint64_t ino, struct stat *ret_st)
{
    g_autofree char *root = NULL;
    if (path[0] != '/' || proc_link(resolver->root, pid, "root", &root) < 0)
        return NULL;
    const char *inside = seen_from(root, path);
    const Mounts *theirs = inside == NULL ? NULL : their_mounts(resolver, pid, root);
    if (theirs == NULL)
        return NULL;
    Question question = {
        .resolver = resolver,
        .accepted = accepted,
        .pid = pid,
        .path = path,
        .inside = inside,
        .dev = dev,
        .ino = ino,
    };
    g_autoptr(GArray) candidates = candidates_find(theirs, our_mounts(resolver), inside);
    char *found = NULL;
    for (guint i = 0; i < candidates->len && found == NULL && !question.rejected; i++)
        found = try_candidate(&question, &g_array_index(candidates, Candidate, i), ret_st);
    return found;
}

char *resolver_find(Resolver *resolver, uint32_t pid, const char *path, uint64_t dev, uint64_t ino,
                    struct stat *ret_st)
{
    return resolver_find_accepted(resolver, NULL, pid, path, dev, ino, ret_st);
}

bool resolver_is_remote(Resolver *resolver, const char *path)
{
    return mounts_is_remote(our_mounts(resolver), path);
}

bool resolver_is_remote_there(Resolver *resolver, uint32_t pid, const char *path)
{
    g_autofree char *root = NULL;
    if (path[0] != '/' || proc_link(resolver->root, pid, "root", &root) < 0)
        return false;
    const char *inside = seen_from(root, path);
    const Mounts *theirs = inside == NULL ? NULL : their_mounts(resolver, pid, root);
    return theirs != NULL && mounts_is_remote(theirs, inside);
}
