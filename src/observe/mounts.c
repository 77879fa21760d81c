/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/mounts.h"

#include <string.h>

/* fs/namespace.c, sysctl_mount_max: 100,000 by default; we give up on fewer, no machine of use has
 * them. */
#define MOUNTS_MAX 65536

/*
 * Paths are resolved as the kernel does (fs/namespace.c, __lookup_mnt): from the root, whenever the
 * mount that one is on carries another mount at the present directory, step onto that. So a mount
 * that a later one covers is not found, though it is listed and though its path may be the longer
 * one.
 */
typedef struct {
    uint64_t parent_id;
    const char *path;
    size_t length;
} Place;

typedef struct {
    Mount mount;
    uint64_t id;
    Place place;
} Entry;

struct Mounts {
    GPtrArray *entries;    /* Entry, in the order of the text; owned */
    GHashTable *by_place;  /* Place -> Entry, in it */
    GStringChunk *strings; /* all text of the entries */
    Entry *root;           /* NULL: none */
    bool with_layers;
};

static const char *const memory_types[] = {
    "binder",    "binfmt_misc", "bpf",        "cgroup",    "cgroup2",    "configfs",
    "cpuset",    "debugfs",     "devpts",     "devtmpfs",  "efivarfs",   "fusectl",
    "hugetlbfs", "mqueue",      "nsfs",       "proc",      "pstore",     "ramfs",
    "resctrl",   "rootfs",      "rpc_pipefs", "secretmem", "securityfs", "selinuxfs",
    "smackfs",   "sysfs",       "tmpfs",      "tracefs",   NULL,
};

/* Answered by another machine or by a process, either of which may never do it. */
static const char *const remote_types[] = {
    "9p",   "afs",   "autofs",   "beegfs",    "ceph",   "cifs",  "coda",   "fuse",     "fuseblk",
    "gfs",  "gfs2",  "gpfs",     "glusterfs", "lustre", "ncp",   "ncpfs",  "nfs",      "nfs4",
    "nfsd", "ocfs2", "orangefs", "pvfs2",     "smb3",   "smbfs", "vboxsf", "virtiofs", NULL,
};

static const char *const local_types[] = {
    "adfs", "affs",     "aufs",  "bcachefs", "befs", "btrfs",   "erofs",   "exfat",
    "ext2", "ext3",     "ext4",  "f2fs",     "hfs",  "hfsplus", "iso9660", "jffs2",
    "jfs",  "minix",    "msdos", "nilfs2",   "ntfs", "ntfs3",   "overlay", "qnx4",
    "qnx6", "reiserfs", "romfs", "squashfs", "sysv", "ubifs",   "udf",     "ufs",
    "vfat", "xfs",      "zfs",   "zonefs",   NULL,
};

static bool is_fuse(const char *type)
{
    return g_str_has_prefix(type, "fuse.") || g_str_has_prefix(type, "fuseblk.");
}

static bool has_option(Cursor options, const char *wanted)
{
    Cursor option;
    while (parse_field(&options, ',', &option)) {
        if (cursor_is(&option, wanted))
            return true;
    }
    return false;
}

static MountKind kind_of(const char *type, const char *source, Cursor options)
{
    if (g_strv_contains(memory_types, type))
        return MOUNT_MEMORY;
    if (g_strv_contains(remote_types, type) || is_fuse(type))
        return MOUNT_REMOTE;
    /* The pages are the device: there is no page cache (Documentation/filesystems/dax.rst). */
    if (has_option(options, "dax") || has_option(options, "dax=always"))
        return MOUNT_MEMORY;
    if (g_strv_contains(local_types, type) || g_str_has_prefix(source, "/dev/"))
        return MOUNT_LOCAL;
    return MOUNT_REMOTE; /* not known: better not touched than hung */
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

/* fs/proc_namespace.c mangles blank, tab, newline, '\' and '#' as \ooo. */
char mounts_decode(Cursor *c)
{
    const char *at = c->at;
    if (cursor_left(c) >= 4 && at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && is_octal(at[2]) &&
        is_octal(at[3])) {
        char decoded = (char)((at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0'));
        if (decoded != '\0') {
            c->at += 4;
            return decoded;
        }
    }
    c->at++;
    return *at;
}

static char *decode(Mounts *mounts, Cursor field)
{
    g_autoptr(GString) text = g_string_sized_new(cursor_left(&field));
    while (cursor_left(&field) > 0)
        g_string_append_c(text, mounts_decode(&field));
    /* Equal strings are stored once: most mounts share types and sources. */
    return g_string_chunk_insert_const(mounts->strings, text->str);
}

typedef struct {
    uint64_t id;
    uint64_t parent_id;
    uint64_t dev_major;
    uint64_t dev_minor;
    Cursor root;
    Cursor path;
    Cursor type;
    Cursor source;
    Cursor options; /* of the file system */
} Line;

/* "36 35 98:0 /root /mnt rw,noatime", up to the optional fields. */
static bool parse_fixed_fields(Cursor *c, Line *line)
{
    Cursor ignored;
    return parse_u64(c, &line->id) && parse_char(c, ' ') && parse_u64(c, &line->parent_id) &&
           parse_char(c, ' ') && parse_u64(c, &line->dev_major) && parse_char(c, ':') &&
           parse_u64(c, &line->dev_minor) && parse_char(c, ' ') &&
           parse_field(c, ' ', &line->root) && parse_field(c, ' ', &line->path) &&
           parse_field(c, ' ', &ignored);
}

static bool skip_optional_fields(Cursor *c)
{
    Cursor field;
    while (parse_field(c, ' ', &field)) {
        if (cursor_is(&field, "-"))
            return true;
    }
    return false;
}

static bool parse_mount_line(Cursor text, Line *line)
{
    if (!parse_fixed_fields(&text, line) || !skip_optional_fields(&text) ||
        !parse_field(&text, ' ', &line->type) || !parse_field(&text, ' ', &line->source))
        return false;
    line->options = text;
    return line->dev_major <= UINT32_MAX && line->dev_minor <= UINT32_MAX &&
           cursor_left(&line->path) > 0 && *line->path.at == '/' && cursor_left(&line->type) > 0;
}

static guint place_hash(gconstpointer data)
{
    const Place *place = data;
    uint32_t hash = (uint32_t)place->parent_id * UINT32_C(2654435761);
    for (size_t i = 0; i < place->length; i++)
        hash = hash * 31 + (unsigned char)place->path[i];
    return hash;
}

static gboolean place_equal(gconstpointer left, gconstpointer right)
{
    const Place *a = left;
    const Place *b = right;
    return a->parent_id == b->parent_id && a->length == b->length &&
           memcmp(a->path, b->path, a->length) == 0;
}

static void add_mount(Mounts *mounts, const Line *line)
{
    Entry *entry = g_new0(Entry, 1);
    Mount *mount = &entry->mount;
    mount->path = decode(mounts, line->path);
    mount->root = decode(mounts, line->root);
    mount->type = decode(mounts, line->type);
    mount->source = decode(mounts, line->source);
    if (mounts->with_layers && strcmp(mount->type, "overlay") == 0)
        mount->layers = g_string_chunk_insert_len(mounts->strings, line->options.at,
                                                  (gssize)cursor_left(&line->options));
    mount->dev_major = (uint32_t)line->dev_major;
    mount->dev_minor = (uint32_t)line->dev_minor;
    mount->kind = kind_of(mount->type, mount->source, line->options);
    entry->id = line->id;
    entry->place = (Place){line->parent_id, mount->path, strlen(mount->path)};
    g_ptr_array_add(mounts->entries, entry);
}

/* The root's parent is itself or is not listed, for it cannot be reached from the process's root.
 */
static void find_root(Mounts *mounts)
{
    g_autoptr(GHashTable) ids = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (guint i = 0; i < mounts->entries->len; i++) {
        Entry *entry = mounts->entries->pdata[i];
        g_hash_table_add(ids, &entry->id);
    }
    for (guint i = 0; i < mounts->entries->len; i++) {
        Entry *entry = mounts->entries->pdata[i];
        bool on_top = entry->place.parent_id == entry->id ||
                      !g_hash_table_contains(ids, &entry->place.parent_id);
        if (on_top && strcmp(entry->mount.path, "/") == 0)
            mounts->root = entry;
    }
}

/* All but the root, which carries the others and is carried by none. */
static void index_places(Mounts *mounts)
{
    for (guint i = 0; i < mounts->entries->len; i++) {
        Entry *entry = mounts->entries->pdata[i];
        if (entry != mounts->root && entry->place.parent_id != entry->id)
            g_hash_table_replace(mounts->by_place, &entry->place, entry);
    }
}

static Mounts *parse(Cursor text, bool with_layers)
{
    Mounts *mounts = g_new0(Mounts, 1);
    mounts->with_layers = with_layers;
    mounts->entries = g_ptr_array_new_with_free_func(g_free);
    mounts->by_place = g_hash_table_new(place_hash, place_equal);
    mounts->strings = g_string_chunk_new(1024);
    Cursor row;
    while (mounts->entries->len < MOUNTS_MAX && parse_line(&text, &row)) {
        Line line;
        if (parse_mount_line(row, &line))
            add_mount(mounts, &line);
    }
    find_root(mounts);
    index_places(mounts);
    return mounts;
}

Mounts *mounts_parse(Cursor text)
{
    return parse(text, false);
}

Mounts *mounts_parse_layers(Cursor text)
{
    return parse(text, true);
}

void mounts_free(Mounts *mounts)
{
    if (mounts == NULL)
        return;
    g_hash_table_unref(mounts->by_place);
    g_ptr_array_unref(mounts->entries);
    g_string_chunk_free(mounts->strings);
    g_free(mounts);
}

/* Onto what is mounted at this directory, and on top of that at the same place, and so on. */
static const Entry *climb(const Mounts *mounts, const Entry *on, const char *path, size_t length)
{
    /* Bounded: text in which two mounts carry each other is hostile, but must not hang us. */
    for (guint i = 0; i < mounts->entries->len; i++) {
        const Place place = {on->id, path, length};
        const Entry *above = g_hash_table_lookup(mounts->by_place, &place);
        if (above == NULL)
            break;
        on = above;
    }
    return on;
}

/* Absolute, without "//", "." and ".." in it: for any other the prefixes tell nothing. */
static bool is_canonical(const char *path)
{
    if (path[0] != '/')
        return false;
    while (*path != '\0') {
        const char *name = path + 1;
        path = strchrnul(name, '/');
        size_t length = (size_t)(path - name);
        bool dots = (length == 1 || length == 2) && memcmp(name, "..", length) == 0;
        if (dots || (length == 0 && *path != '\0'))
            return false;
    }
    return true;
}

/* Where a walk along the path ends; NULL: not known. ret_remote: whether it comes by a remote mount
 * before that. */
static const Entry *walk(const Mounts *mounts, const char *path, bool *ret_remote)
{
    bool remote = false;
    if (mounts->root == NULL || !is_canonical(path))
        return NULL;
    const Entry *on = climb(mounts, mounts->root, "/", 1);
    const char *end = path + 1;
    while (*end != '\0') {
        remote = remote || on->mount.kind == MOUNT_REMOTE;
        end = strchrnul(end, '/');
        on = climb(mounts, on, path, (size_t)(end - path));
        if (*end == '/')
            end++;
    }
    *ret_remote = remote;
    return on;
}

const Mount *mounts_find(const Mounts *mounts, const char *path)
{
    bool remote = false;
    const Entry *on = walk(mounts, path, &remote);
    return on != NULL ? &on->mount : NULL;
}

bool mounts_is_remote(const Mounts *mounts, const char *path)
{
    bool remote = false;
    const Entry *on = walk(mounts, path, &remote);
    return on != NULL && (remote || on->mount.kind == MOUNT_REMOTE);
}

uint32_t mounts_count(const Mounts *mounts)
{
    return mounts->entries->len;
}

const Mount *mounts_get(const Mounts *mounts, uint32_t index)
{
    const Entry *entry = mounts->entries->pdata[index];
    return &entry->mount;
}

bool mounts_reachable(const Mounts *mounts, const Mount *mount)
{
    bool remote = false;
    const Entry *on = walk(mounts, mount->path, &remote);
    return on != NULL && &on->mount == mount && !remote;
}

const Mount *mounts_find_dev(const Mounts *mounts, uint32_t dev_major, uint32_t dev_minor)
{
    for (guint i = 0; i < mounts->entries->len; i++) {
        const Entry *entry = mounts->entries->pdata[i];
        if (entry->mount.dev_major == dev_major && entry->mount.dev_minor == dev_minor)
            return &entry->mount;
    }
    return NULL;
}
