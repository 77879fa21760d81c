/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/look.h"
#include "proc-fixture.h"
#include <sys/sysmacros.h>

/* A /proc with the process 7, and files outside of it: good/ is accepted, bad/ is not. */
typedef struct {
    char *path;
    char *proc;
    ScanRules rules;
    Viewer viewer;
} Fixture;

static Fixture fixture(void)
{
    const char *const patterns[] = {"python*", NULL};
    Fixture f = {.path = unit_mkdir()};
    g_autofree char *reject = g_strconcat("!", f.path, "/bad", NULL);
    g_autofree char *accept = g_strconcat(f.path, "/", NULL);
    const char *const items[] = {reject, accept, "!/", NULL};
    f.proc = g_build_filename(f.path, "proc", NULL);
    ck_assert_int_eq(g_mkdir(f.proc, 0755), 0);
    f.rules = (ScanRules){prefix_list_new(items), prefix_list_new(items), prefix_list_new(items),
                          interpreters_new(patterns), 0};
    f.viewer = (Viewer){.root = proc_root_open(f.proc), .rules = &f.rules};
    ck_assert_ptr_nonnull(f.viewer.root);
    return f;
}

static void fixture_clear(Fixture *f)
{
    proc_root_close(f->viewer.root);
    prefix_list_unref(f->rules.exeprefix);
    prefix_list_unref(f->rules.mapprefix);
    prefix_list_unref(f->rules.fileprefix);
    interpreters_unref(f->rules.interpreters);
    g_free(f->proc);
    unit_rmdir(f->path);
}

/* The viewer points into the fixture: to be called where it stays. */
static Look look(Fixture *f)
{
    f->viewer.rules = &f->rules;
    return look_at(&f->viewer, 7);
}

static const struct {
    const char *exe; /* below the fixture; a file is made unless it ends with "!" */
    LookResult want;
    const char *key; /* below the fixture, if another */
} exe_rows[] = {
    {"good/a", LOOK_TRACKED, NULL},
    {"good/a b\nc", LOOK_TRACKED, NULL},
    {"good/\xff\xfe", LOOK_TRACKED, NULL},
    {"good/a (deleted)", LOOK_TRACKED, NULL}, /* a file of that name */
    {"good/a (deleted) b", LOOK_TRACKED, NULL},
    {"good/a.#prelink#.X", LOOK_UNTRACKED, NULL}, /* there is no good/a */
    {"bad/a", LOOK_UNTRACKED, NULL},
    {"good/gone!", LOOK_NOTHING, NULL}, /* the link leads nowhere: as of an ended process */
};

START_TEST(looks_at_executables)
{
    Fixture f = fixture();
    g_autofree char *name = g_strdup(exe_rows[_i].exe);
    bool missing = g_str_has_suffix(name, "!");
    if (missing)
        name[strlen(name) - 1] = '\0';
    g_autofree char *exe = g_build_filename(f.path, name, NULL);
    if (!missing)
        g_free(unit_write(f.path, name, "x", 1));
    proc_set_link(f.proc, "7", "exe", exe);
    g_auto(Look) got = look(&f);
    ck_assert_int_eq(got.result, exe_rows[_i].want);
    ck_assert_int_eq(got.key != NULL, got.result == LOOK_TRACKED);
    ck_assert_int_eq(got.rejected, g_str_has_prefix(name, "bad/"));
    if (got.key != NULL) {
        ck_assert_str_eq(got.key->path, exe);
        ck_assert_ptr_null(got.key->script);
        ck_assert_uint_eq(got.id.size_bytes, 1);
    }
    uint32_t hash = 0;
    ck_assert(look_link_hash(&f.viewer, 7, &hash));
    ck_assert_uint_eq(hash, got.link_hash);
    fixture_clear(&f);
}
END_TEST

START_TEST(sees_through_prelink)
{
    Fixture f = fixture();
    g_autofree char *now = unit_write(f.path, "good/a", "new", 3);
    g_autofree char *then = unit_write(f.path, "good/a.#prelink#.Xy", "o", 1);
    proc_set_link(f.proc, "7", "exe", then);
    g_auto(Look) got = look(&f);
    ck_assert_int_eq(got.result, LOOK_TRACKED);
    ck_assert_str_eq(got.key->path, now);
    ck_assert_uint_eq(got.id.size_bytes, 3);
    fixture_clear(&f);
}
END_TEST

START_TEST(knows_a_kernel_thread)
{
    Fixture f = fixture();
    proc_set_file(f.proc, "7", "stat", "", 0);
    g_auto(Look) got = look(&f);
    uint32_t hash = 1;
    ck_assert_int_eq(got.result, LOOK_NOTHING);
    ck_assert(look_link_hash(&f.viewer, 7, &hash));
    ck_assert_uint_eq(hash, 0);
    fixture_clear(&f);
}
END_TEST

START_TEST(leaves_devices_alone)
{
    Fixture f = fixture();
    g_autofree char *fifo = g_build_filename(f.path, "fifo", NULL);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    proc_set_link(f.proc, "7", "exe", fifo); /* would hang whoever opens it */
    g_auto(Look) got = look(&f);
    ck_assert_int_eq(got.result, LOOK_UNTRACKED);
    proc_set_link(f.proc, "7", "exe", "/memfd:x (deleted)");
    g_auto(Look) memory = look(&f);
    ck_assert_int_eq(memory.result, LOOK_UNTRACKED);
    fixture_clear(&f);
}
END_TEST

typedef struct {
    const char *cmdline; /* '|' stands for NUL, '~' for the fixture's path */
    const char *cwd;     /* below the fixture */
    LookResult want;
    const char *script;
} ScriptRow;

static const ScriptRow script_rows[] = {
    {"python3|~/good/s.py|", "good", LOOK_TRACKED, "~/good/s.py"},
    {"python3|s.py|", "good", LOOK_TRACKED, "~/good/s.py"},
    {"python3|./../good/./s.py|", "bad", LOOK_TRACKED, "~/good/s.py"},
    {"python3|~/bad/../good/s.py|", "bad", LOOK_TRACKED, "~/good/s.py"},
    {"python3|/~/good/s.py|", "good", LOOK_TRACKED, "~/good/s.py"}, /* two slashes */
    {"python3|//~/bad/s.py|", "good", LOOK_UNTRACKED, NULL},
    {"python3|~/bad/s.py|", "good", LOOK_UNTRACKED, NULL},
    {"python3|/~/bad/s.py|", "good", LOOK_UNTRACKED, NULL},
    {"python3|s.py|", "bad", LOOK_UNTRACKED, NULL},
    {"python3|../bad/s.py|", "good", LOOK_UNTRACKED, NULL},
    {"python3|~/good/none.py|", "good", LOOK_UNTRACKED, NULL},
    {"python3|~/good|", "good", LOOK_UNTRACKED, NULL}, /* a directory */
    {"python3|/dev/fd/63|", "good", LOOK_UNTRACKED, NULL},
    {"python3|/proc/self/exe|", "good", LOOK_UNTRACKED, NULL},
    {"python3|-m|venv|", "bad", LOOK_TRACKED, "venv"},
    {"python3|-c|1|", "bad", LOOK_TRACKED, NULL},
    {"python3|", "bad", LOOK_TRACKED, NULL},
    {"", "bad", LOOK_TRACKED, NULL},
};

/* With the fixture's path in the place of '~' and NUL for '|'; its length in *ret_length. */
static char *fill(const Fixture *f, const char *text, gsize *ret_length)
{
    g_auto(GStrv) parts = g_strsplit(text, "~", -1);
    char *filled = g_strjoinv(f->path, parts);
    *ret_length = strlen(filled);
    for (gsize i = 0; i < *ret_length; i++)
        if (filled[i] == '|')
            filled[i] = '\0';
    return filled;
}

static void make_python(const Fixture *f)
{
    g_autofree char *exe = unit_write(f->path, "good/python3", "x", 1);
    g_free(unit_write(f->path, "good/s.py", "y", 1));
    g_free(unit_write(f->path, "bad/s.py", "y", 1));
    proc_set_link(f->proc, "7", "exe", exe);
}

START_TEST(looks_at_scripts)
{
    const ScriptRow *row = &script_rows[_i];
    Fixture f = fixture();
    gsize length = 0;
    g_autofree char *cmdline = fill(&f, row->cmdline, &length);
    g_autofree char *cwd = g_build_filename(f.path, row->cwd, NULL);
    make_python(&f);
    proc_set_file(f.proc, "7", "cmdline", cmdline, (gssize)length);
    proc_set_link(f.proc, "7", "cwd", cwd);
    proc_set_link(f.proc, "7", "root", "/");
    g_auto(Look) got = look(&f);
    ck_assert_int_eq(got.result, row->want);
    ck_assert(got.interpreted);
    if (got.result == LOOK_TRACKED) {
        g_autofree char *want = row->script == NULL ? NULL : fill(&f, row->script, &length);
        ck_assert_pstr_eq(got.key->script, want);
    }
    fixture_clear(&f);
}
END_TEST

START_TEST(finds_scripts_below_another_root)
{
    Fixture f = fixture();
    g_autofree char *root = g_build_filename(f.path, "good", NULL);
    g_autofree char *want = g_build_filename(f.path, "good/s.py", NULL);
    static const char cmdline[] = "python3\0/../s.py";
    make_python(&f);
    proc_set_file(f.proc, "7", "cmdline", cmdline, sizeof cmdline);
    proc_set_link(f.proc, "7", "root", root);
    g_auto(Look) got = look(&f);
    ck_assert_int_eq(got.result, LOOK_TRACKED);
    ck_assert_str_eq(got.key->script, want);
    fixture_clear(&f);
}
END_TEST

START_TEST(does_not_guess_where_a_script_is)
{
    Fixture f = fixture();
    static const char cmdline[] = "python3\0s.py";
    make_python(&f);
    proc_set_file(f.proc, "7", "cmdline", cmdline, sizeof cmdline);
    g_auto(Look) nowhere = look(&f); /* no cwd */
    ck_assert_int_eq(nowhere.result, LOOK_UNTRACKED);
    proc_set_link(f.proc, "7", "cwd", "(unreachable)/good");
    g_auto(Look) unreachable = look(&f);
    ck_assert_int_eq(unreachable.result, LOOK_UNTRACKED);
    fixture_clear(&f);
}
END_TEST

START_TEST(compares_scripts_of_other_namespaces)
{
    Fixture f = fixture();
    gsize length = 0;
    g_autofree char *cmdline = fill(&f, "python3|~/good/s.py|", &length);
    g_autofree char *inside = g_strconcat("root", f.path, "/good/s.py", NULL);
    g_autofree char *same = g_build_filename(f.path, "good/s.py", NULL);
    g_autofree char *other = g_build_filename(f.path, "bad/s.py", NULL);
    make_python(&f);
    proc_set_file(f.proc, "7", "cmdline", cmdline, (gssize)length);
    proc_set_link(f.proc, "7", "ns/mnt", "mnt:[2]");
    f.viewer.mount_namespace = "mnt:[1]";
    proc_set_link(f.proc, "7", inside, same);
    g_auto(Look) shared = look(&f);
    ck_assert_int_eq(shared.result, LOOK_TRACKED);
    proc_set_link(f.proc, "7", inside, other);
    g_auto(Look) foreign = look(&f);
    ck_assert_int_eq(foreign.result, LOOK_UNTRACKED);
    ck_assert(foreign.foreign);
    fixture_clear(&f);
}
END_TEST

START_TEST(tells_namespaces)
{
    Fixture f = fixture();
    ck_assert(!look_is_foreign(&f.viewer, 7)); /* there are none */
    f.viewer.mount_namespace = "mnt:[1]";
    ck_assert(look_is_foreign(&f.viewer, 7)); /* who does not tell may be anywhere */
    proc_set_link(f.proc, "7", "ns/mnt", "mnt:[1]");
    ck_assert(!look_is_foreign(&f.viewer, 7));
    proc_set_link(f.proc, "7", "ns/mnt", "mnt:[2]");
    ck_assert(look_is_foreign(&f.viewer, 7));
    fixture_clear(&f);
}
END_TEST

/* The viewer's own namespace is 1. */
static const struct {
    const char *theirs; /* NULL: not told */
    const char *host;   /* that of process 1 */
    bool familiar;
} familiar_rows[] = {
    {"mnt:[1]", "mnt:[2]", true},  {"mnt:[1]", NULL, true},
    {"mnt:[2]", "mnt:[2]", true},  {"mnt:[2]", NULL, false},
    {"mnt:[3]", "mnt:[2]", false}, {NULL, "mnt:[2]", false},
    {NULL, NULL, false},           {"mnt:[22]", "mnt:[2]", false},
    {"mnt:[1]", "mnt:[1]", true},  {"mnt:[4294967295]", "mnt:[4294967295]", true},
};

typedef struct {
    char *own;
    char *host;
    Resolver *resolver;
} Spaces;

static Spaces set_spaces(Fixture *f, const char *theirs, const char *host)
{
    Spaces spaces = {0};
    proc_set_link(f->proc, "self", "ns/mnt", "mnt:[1]");
    proc_set_file(f->proc, "7", "mountinfo", "", 0);
    if (host != NULL)
        proc_set_link(f->proc, "1", "ns/mnt", host);
    if (theirs != NULL)
        proc_set_link(f->proc, "7", "ns/mnt", theirs);
    look_namespaces(f->viewer.root, &spaces.own, &spaces.host);
    spaces.resolver = resolver_new(f->viewer.root);
    f->viewer.mount_namespace = spaces.own;
    f->viewer.host_namespace = spaces.host;
    f->viewer.resolver = spaces.resolver;
    return spaces;
}

static void spaces_clear(Spaces *spaces)
{
    resolver_free(spaces->resolver);
    g_free(spaces->own);
    g_free(spaces->host);
}

START_TEST(rejects_by_text_where_it_is_familiar)
{
    Fixture f = fixture();
    g_autofree char *exe = unit_write(f.path, "bad/a", "x", 1);
    proc_set_link(f.proc, "7", "exe", exe);
    proc_set_link(f.proc, "7", "root", "/");
    Spaces spaces = set_spaces(&f, familiar_rows[_i].theirs, familiar_rows[_i].host);
    ck_assert_str_eq(spaces.own, "mnt:[1]");
    ck_assert_pstr_eq(spaces.host, familiar_rows[_i].host);
    ck_assert_int_eq(look_is_familiar(&f.viewer, 7), familiar_rows[_i].familiar);
    uint64_t n_opens = proc_root_opens(f.viewer.root);
    g_auto(Look) got = look(&f);
    ck_assert_int_eq(got.result, LOOK_UNTRACKED);
    ck_assert_int_eq(got.rejected, familiar_rows[_i].familiar);
    /* Only in the others it may have another path here: its mounts are asked. */
    ck_assert_int_eq(proc_root_opens(f.viewer.root) > n_opens,
                     familiar_rows[_i].theirs != NULL && !familiar_rows[_i].familiar);
    spaces_clear(&spaces);
    fixture_clear(&f);
}
END_TEST

/* That a namespace is familiar proves nothing of a file that is accepted. */
START_TEST(looks_whether_it_is_the_file_where_it_is_familiar)
{
    Fixture f = fixture();
    g_autofree char *accepted_exe = unit_write(f.path, "good/a", "x", 1);
    g_autofree char *other = unit_write(f.path, "bad/s.py", "x", 1);
    g_autofree char *inside = g_strconcat("root", f.path, "/good/s.py", NULL);
    gsize length = 0;
    g_autofree char *cmdline = fill(&f, "python3|~/good/s.py|", &length);
    Spaces spaces = set_spaces(&f, "mnt:[2]", "mnt:[2]");
    ck_assert(look_is_foreign(&f.viewer, 7));
    proc_set_link(f.proc, "7", "exe", accepted_exe);
    g_auto(Look) same = look(&f);
    ck_assert_int_eq(same.result, LOOK_TRACKED);
    make_python(&f);
    proc_set_file(f.proc, "7", "cmdline", cmdline, (gssize)length);
    proc_set_link(f.proc, "7", inside, other);
    g_auto(Look) another = look(&f);
    ck_assert_int_eq(another.result, LOOK_UNTRACKED);
    ck_assert(another.foreign && !another.rejected);
    spaces_clear(&spaces);
    fixture_clear(&f);
}
END_TEST

START_TEST(knows_kernels_without_namespaces)
{
    Fixture f = fixture();
    char *own = f.path;
    char *host = f.path;
    look_namespaces(f.viewer.root, &own, &host);
    ck_assert_ptr_null(own);
    ck_assert_ptr_null(host);
    ck_assert(look_is_familiar(&f.viewer, 7));
    fixture_clear(&f);
}
END_TEST

/* Two files: inode, major and minor number of the device. */
static const struct {
    unsigned a[3];
    unsigned b[3];
    bool same;
} file_rows[] = {
    {{1, 8, 1}, {1, 8, 1}, true},   {{1, 8, 1}, {2, 8, 1}, false},   {{1, 8, 1}, {1, 8, 2}, false},
    {{1, 0, 30}, {1, 0, 31}, true}, /* btrfs: another number in stat than in maps */
    {{1, 8, 1}, {1, 0, 31}, true},  {{1, 0, 30}, {2, 0, 30}, false},
};

START_TEST(compares_files)
{
    const unsigned *a = file_rows[_i].a;
    const unsigned *b = file_rows[_i].b;
    ck_assert_int_eq(look_same_file(a[0], makedev(a[1], a[2]), b[0], makedev(b[1], b[2])),
                     file_rows[_i].same);
}
END_TEST

START_TEST(tells_when_it_is_denied)
{
    Fixture f = fixture();
    proc_root_close(f.viewer.root);
    f.viewer.root = proc_root_open("/proc");
    if (f.viewer.root == NULL || geteuid() != 0) {
        fixture_clear(&f);
        unit_skip("not root: cannot give up rights");
    }
    ck_assert_int_eq(seteuid(65534), 0);
    g_auto(Look) got = look_at(&f.viewer, 1);
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(got.result, LOOK_DENIED);
    fixture_clear(&f);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("look");
    UNIT_ADD_ROWS(suite, looks_at_executables, exe_rows);
    UNIT_ADD(suite, sees_through_prelink);
    UNIT_ADD(suite, knows_a_kernel_thread);
    UNIT_ADD(suite, leaves_devices_alone);
    UNIT_ADD_ROWS(suite, looks_at_scripts, script_rows);
    UNIT_ADD(suite, finds_scripts_below_another_root);
    UNIT_ADD(suite, does_not_guess_where_a_script_is);
    UNIT_ADD(suite, compares_scripts_of_other_namespaces);
    UNIT_ADD(suite, tells_namespaces);
    UNIT_ADD_ROWS(suite, rejects_by_text_where_it_is_familiar, familiar_rows);
    UNIT_ADD(suite, looks_whether_it_is_the_file_where_it_is_familiar);
    UNIT_ADD(suite, knows_kernels_without_namespaces);
    UNIT_ADD_ROWS(suite, compares_files, file_rows);
    UNIT_ADD(suite, tells_when_it_is_denied);
    return suite;
}
