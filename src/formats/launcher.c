/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/launcher.h"
#include "base/fd.h"
#include "formats/script.h"
#include "observe/follow.h"
#include <elf.h>
#include <limits.h>
#include <string.h>

/* Files that are looked at for one command: a script may name many, and these others. */
#define LOOKS_MAX 64

const char *const launcher_directories[] = {
    "/usr/local/bin", "/usr/bin", "/bin", "/usr/local/games", "/usr/games", "/snap/bin", NULL};

static const char *const shells[] = {"sh",  "bash", "dash", "zsh",     "ksh",
                                     "ash", "mksh", "yash", "busybox", NULL};
static const char *const containers[] = {"flatpak", "snap", "bwrap", "firejail", NULL};

typedef struct {
    char *called; /* the path that it is called by: what a script is named by */
    char *path;   /* without links */
    struct stat st;
} Found;

static void found_clear(Found *found)
{
    g_clear_pointer(&found->called, g_free);
    g_clear_pointer(&found->path, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Found, found_clear)

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Takes the path that it is called by. */
static bool find_path(const Launcher *launcher, char *called, Found *ret)
{
    enum { EXECUTABLE = 0111 };
    struct stat st;
    char *path =
        strlen(called) < PATH_MAX ? follow_file(launcher->needs.mounts, called, &st) : NULL;
    if (path == NULL || (st.st_mode & EXECUTABLE) == 0) {
        g_free(called);
        g_free(path);
        return false;
    }
    *ret = (Found){called, path, st};
    return true;
}

static bool find_word(const Launcher *launcher, const char *word, Found *ret)
{
    if (word[0] == '/')
        return find_path(launcher, g_canonicalize_filename(word, "/"), ret);
    if (strchr(word, '/') != NULL)
        return false;
    for (const char *const *d = launcher->directories; *d != NULL; d++) {
        if (find_path(launcher, g_build_filename(*d, word, NULL), ret))
            return true;
    }
    return false;
}

/* The beginning of it; NULL if it cannot be read. */
static GString *read_head(const char *path)
{
    autofd fd = fd_open_foreign(path, NULL);
    if (fd < 0)
        return NULL;
    GString *head = g_string_sized_new(SCRIPT_LIMIT_BYTES);
    ssize_t n = pread(fd, head->str, SCRIPT_LIMIT_BYTES, 0);
    g_string_set_size(head, n > 0 ? (gsize)n : 0);
    return head;
}

static bool is_accepted(const Launcher *launcher, const char *path)
{
    return prefix_list_accepts(launcher->exeprefix, path);
}

static LauncherResult give(const Launcher *launcher, const Found *exe, const char *script,
                           Program *ret)
{
    if (!is_accepted(launcher, exe->path) ||
        (script != NULL && script[0] == '/' && !is_accepted(launcher, script)))
        return LAUNCHER_NOT_FOUND;
    *ret = (Program){exe_key_new(exe->path, script), file_id_of(&exe->st)};
    return LAUNCHER_FOUND;
}

/* The words as /proc/PID/cmdline has them. */
static GString *cmdline_of(const char *const *words)
{
    GString *cmdline = g_string_new(NULL);
    for (; *words != NULL; words++)
        g_string_append_len(cmdline, *words, (gssize)strlen(*words) + 1);
    return cmdline;
}

/* "python3 /usr/share/app/app.py": without a script it may become anything. */
static LauncherResult find_script(const Launcher *launcher, const Found *exe,
                                  const char *const *words, Program *ret)
{
    g_autoptr(GString) cmdline = cmdline_of(words);
    g_autofree char *script = NULL;
    ScriptKind kind = interpreter_script(exe->path, cursor_of(cmdline->str, cmdline->len), &script);
    if (kind == SCRIPT_NONE || (kind == SCRIPT_FILE && script[0] != '/'))
        return LAUNCHER_NOT_FOUND;
    g_auto(Found) file = {0};
    if (kind == SCRIPT_MODULE)
        return give(launcher, exe, script, ret);
    g_autofree char *path = g_canonicalize_filename(script, "/");
    file.path = follow_file(launcher->needs.mounts, path, &file.st);
    return file.path != NULL ? give(launcher, exe, path, ret) : LAUNCHER_NOT_FOUND;
}

static LauncherResult find(const Launcher *launcher, const char *const *words, guint *left,
                           Program *ret);

static uint64_t needed_bytes(const Launcher *launcher, const Program *program)
{
    uint64_t bytes = 0;
    GArray *files = needs_find(&launcher->needs, program->key->path, &bytes);
    g_clear_pointer(&files, g_array_unref);
    return bytes;
}

/* The one that needs more stays in *best; the other one is cleared. */
static void keep_larger(const Launcher *launcher, Program *best, Program *other)
{
    if (best->key == NULL || (!exe_key_equal(best->key, other->key) &&
                              needed_bytes(launcher, other) > needed_bytes(launcher, best))) {
        const Program larger = *other;
        *other = *best;
        *best = larger;
    }
    program_clear(other);
}

/* Of the targets that are likely, or are not, the one that needs most. */
static bool find_target(const Launcher *launcher, const GArray *targets, bool likely, guint *left,
                        Program *ret)
{
    Program best = {0};
    for (guint i = 0; i < targets->len; i++) {
        const ScriptTarget *target = &g_array_index(targets, ScriptTarget, i);
        const char *const words[] = {target->word, NULL};
        Program program = {0};
        if (target->likely == likely && find(launcher, words, left, &program) == LAUNCHER_FOUND)
            keep_larger(launcher, &best, &program);
    }
    *ret = best;
    return best.key != NULL;
}

/* What a wrapper becomes; a script of a shell that becomes nothing is a program itself. */
static LauncherResult find_wrapped(const Launcher *launcher, const Found *script, Cursor text,
                                   guint *left, Program *ret)
{
    g_autofree char *directory = g_path_get_dirname(script->path);
    g_autoptr(GArray) targets = script_targets(text, directory);
    bool found = find_target(launcher, targets, true, left, ret) ||
                 find_target(launcher, targets, false, left, ret);
    return found ? LAUNCHER_FOUND : LAUNCHER_NOT_FOUND;
}

/* The interpreter that "env [-S] NAME ..." finds in PATH, or the one that is named. */
static bool find_interpreter(const Launcher *launcher, const char *path, const char *argument,
                             Found *ret)
{
    if (strcmp(base_name(path), "env") != 0 || argument == NULL)
        return find_word(launcher, path, ret);
    const char *name = g_str_has_prefix(argument, "-S") ? argument + 2 : argument;
    name += strspn(name, " \t");
    g_auto(GStrv) words = g_strsplit_set(name, " \t", 2);
    return words[0] != NULL && *words[0] != '\0' && find_word(launcher, words[0], ret);
}

static LauncherResult find_by_text(const Launcher *launcher, const Found *script, Cursor text,
                                   guint *left, Program *ret)
{
    g_autofree char *path = NULL;
    g_autofree char *argument = NULL;
    g_auto(Found) interpreter = {0};
    if (!script_interpreter(text, &path, &argument) ||
        !find_interpreter(launcher, path, argument, &interpreter))
        return LAUNCHER_NOT_FOUND;
    if (g_strv_contains(shells, base_name(interpreter.called)) &&
        find_wrapped(launcher, script, text, left, ret) == LAUNCHER_FOUND)
        return LAUNCHER_FOUND;
    bool known = interpreters_match(launcher->interpreters, interpreter.path);
    return known ? give(launcher, &interpreter, script->called, ret) : LAUNCHER_NOT_FOUND;
}

static LauncherResult find(const Launcher *launcher, const char *const *words, guint *left,
                           Program *ret)
{
    g_auto(Found) found = {0};
    if (g_strv_contains(containers, base_name(words[0])))
        return LAUNCHER_CONTAINED;
    if (*left == 0 || !find_word(launcher, words[0], &found))
        return LAUNCHER_NOT_FOUND;
    (*left)--;
    if (g_strv_contains(containers, base_name(found.path)))
        return LAUNCHER_CONTAINED; /* a snap is a link to /usr/bin/snap */
    if (!is_accepted(launcher, found.path))
        return LAUNCHER_NOT_FOUND;
    g_autoptr(GString) head = read_head(found.path);
    if (head == NULL || head->len < SELFMAG)
        return LAUNCHER_NOT_FOUND;
    if (memcmp(head->str, ELFMAG, SELFMAG) != 0)
        return find_by_text(launcher, &found, cursor_of(head->str, head->len), left, ret);
    return interpreters_match(launcher->interpreters, found.path)
               ? find_script(launcher, &found, words, ret)
               : give(launcher, &found, NULL, ret);
}

LauncherResult launcher_find(const Launcher *launcher, const char *const *words, Program *ret)
{
    guint left = LOOKS_MAX;
    return find(launcher, words, &left, ret);
}

void program_clear(Program *program)
{
    g_clear_pointer(&program->key, exe_key_unref);
}
