/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/interpreter.h"
#include "unit.h"
#include <limits.h>

typedef struct {
    const char *exe;
    const char *arguments; /* after the first, blank-separated; "~" stands for an empty one */
    ScriptKind kind;
    const char *script;
} Row;

#define NONE SCRIPT_NONE, NULL
#define FILE_(name) SCRIPT_FILE, name
#define MODULE(name) SCRIPT_MODULE, name

static const Row rows[] = {
    {"/usr/bin/python3", "", NONE},
    {"/usr/bin/python3", "/usr/bin/deluge", FILE_("/usr/bin/deluge")},
    {"/usr/bin/python3.11", "script.py arg -m x", FILE_("script.py")},
    {"/usr/bin/python3", "-u -B script.py", FILE_("script.py")},
    {"/usr/bin/python3", "-uB script.py", FILE_("script.py")},
    {"/usr/bin/python3", "-c print(1) x.py", NONE},
    {"/usr/bin/python3", "-uc print(1) x.py", NONE},
    {"/usr/bin/python3", "-cprint(1) x.py", NONE},
    {"/usr/bin/python3", "-m http.server 80", MODULE("http.server")},
    {"/usr/bin/python3", "-mhttp.server", MODULE("http.server")},
    {"/usr/bin/python3", "-Im venv /x", MODULE("venv")},
    {"/usr/bin/python3", "-m", NONE},
    {"/usr/bin/python3", "-m /home/a/b", NONE}, /* no module has such a name */
    {"/usr/bin/python3", "-W ignore -X dev a.py", FILE_("a.py")},
    {"/usr/bin/python3", "-Wignore -Xdev a.py", FILE_("a.py")},
    {"/usr/bin/python3", "-W", NONE},
    {"/usr/bin/python3", "--check-hash-based-pycs never a.py", FILE_("a.py")},
    {"/usr/bin/python3", "--version", NONE},
    {"/usr/bin/python3", "-", NONE},
    {"/usr/bin/python3", "- a.py", NONE},
    {"/usr/bin/python3", "-- a.py", FILE_("a.py")},
    {"/usr/bin/python3", "-- -c", FILE_("-c")},
    {"/usr/bin/python3", "--", NONE},
    {"/usr/bin/python3", "~ a.py", NONE},
    {"/usr/bin/pypy3.9", "-m pip", MODULE("pip")},
    {"/usr/bin/python3-dbg", "-X dev a.py", FILE_("a.py")},
    {"/opt/pythonic", "-X dev a.py", FILE_("dev")}, /* unknown: options stand alone */

    {"/usr/bin/perl", "-w /usr/bin/foo", FILE_("/usr/bin/foo")},
    {"/usr/bin/perl", "-e 1 foo", NONE},
    {"/usr/bin/perl", "-lne print foo", NONE},
    {"/usr/bin/perl", "-E say foo", NONE},
    {"/usr/bin/perl", "-I /lib -Mstrict -MFoo=bar s.pl", FILE_("s.pl")},
    {"/usr/bin/perl", "-I/lib s.pl", FILE_("s.pl")},
    {"/usr/bin/perl", "-i.bake s.pl", FILE_("s.pl")},
    {"/usr/bin/perl5.36.0", "-T s.pl", FILE_("s.pl")},

    {"/usr/bin/ruby", "-r json -I lib s.rb", FILE_("s.rb")},
    {"/usr/bin/ruby3.1", "-rjson s.rb", FILE_("s.rb")},
    {"/usr/bin/ruby", "-e p s.rb", NONE},
    {"/usr/bin/ruby", "--encoding utf-8 s.rb", FILE_("s.rb")},
    {"/usr/bin/ruby", "--disable=gems s.rb", FILE_("s.rb")},

    {"/usr/bin/node", "app.js -e", FILE_("app.js")},
    {"/usr/bin/nodejs", "-r dotenv --import x app.js", FILE_("app.js")},
    {"/usr/bin/node", "--require=x app.js", FILE_("app.js")},
    {"/usr/bin/node", "--max-old-space-size=99 app.js", FILE_("app.js")},
    {"/usr/bin/node", "-e 1 app.js", NONE},
    {"/usr/bin/node", "--eval=1 app.js", NONE},
    {"/usr/bin/node", "-p 1", NONE},
    {"/usr/bin/node", "-pe 1", NONE},
    {"/usr/bin/node", "inspect app.js", FILE_("app.js")},
    {"/usr/bin/deno", "run -A main.ts", FILE_("main.ts")},
    {"/usr/bin/deno", "run -r main.ts", FILE_("main.ts")},
    {"/usr/bin/deno", "eval 1", NONE},
    {"/usr/bin/deno", "main.ts", FILE_("main.ts")},
    {"/usr/bin/bun", "run -r x index.ts", FILE_("index.ts")},
    {"/usr/bin/bun", "x cowsay", NONE},

    {"/usr/lib/jvm/bin/java", "-Xmx2g -jar /usr/share/a.jar b", FILE_("/usr/share/a.jar")},
    {"/usr/lib/jvm/bin/java", "-cp /a:/b -Dx=y org.Main arg", MODULE("org.Main")},
    {"/usr/lib/jvm/bin/java", "--class-path=/a org.Main", MODULE("org.Main")},
    {"/usr/lib/jvm/bin/java", "-m mod/org.Main", MODULE("mod/org.Main")},
    {"/usr/lib/jvm/bin/java", "--module=mod", MODULE("mod")},
    {"/usr/lib/jvm/bin/java", "-p /mods --add-modules a -m mod", MODULE("mod")},
    {"/usr/lib/jvm/bin/java", "@args org.Main", MODULE("org.Main")},
    {"/usr/lib/jvm/bin/java", "Hello.java", FILE_("Hello.java")},
    {"/usr/lib/jvm/bin/java", "-jar", NONE},
    {"/usr/lib/jvm/bin/java", "-version", NONE},

    {"/bin/sh", "/usr/bin/xinitrc", FILE_("/usr/bin/xinitrc")},
    {"/bin/bash", "-c true", NONE},
    {"/bin/bash", "-lc true", NONE},
    {"/bin/bash", "-eo pipefail s.sh", FILE_("s.sh")},
    {"/bin/bash", "-O extglob +O nullglob s.sh", FILE_("s.sh")},
    {"/bin/bash", "+o history s.sh", FILE_("s.sh")},
    {"/bin/bash", "--rcfile x s.sh", FILE_("s.sh")},
    {"/bin/bash", "-s a b", NONE},
    {"/bin/bash", "-i", NONE},
    {"/bin/dash", "-x s.sh", FILE_("s.sh")},
    {"/bin/zsh5", "-f s.sh", FILE_("s.sh")},
    {"/usr/bin/fish", "-c true", NONE},

    {"/usr/bin/lua5.4", "-e x=1 -l mod s.lua", FILE_("s.lua")},
    {"/usr/bin/lua", "-i", NONE},
    {"/usr/bin/luajit", "-jon -O3 s.lua", FILE_("s.lua")},
    {"/usr/bin/php8.2", "-d a=b -f x.php", FILE_("x.php")},
    {"/usr/bin/php", "-r 1;", NONE},
    {"/usr/bin/php", "--file=x.php", FILE_("x.php")},
    {"/usr/bin/php", "-S :80 -t /w router.php", FILE_("router.php")},
    {"/usr/bin/guile", "-e main -s x.scm", FILE_("x.scm")},
    {"/usr/bin/guile", "-c (x) y", NONE},
    {"/usr/bin/wish8.6", "-encoding utf-8 x.tcl", FILE_("x.tcl")},
    {"/usr/bin/tclsh", "x.tcl -encoding", FILE_("x.tcl")},
    {"/usr/bin/mono", "--debug --config c x.exe", FILE_("x.exe")},
    {"/usr/bin/gjs", "-I /a -m x.js", FILE_("x.js")},
    {"/usr/bin/gjs-console", "-c 1", NONE},
    {"/usr/lib/R/bin/exec/R", "--no-echo --file=x.R --args 1", FILE_("x.R")},
    {"/usr/bin/Rscript", "-e 1", NONE},
    {"/usr/bin/emacs", "-l x.el", NONE},
    {"/usr/bin/emacs-gtk", "x.txt", NONE},
    {"/opt/thing", "--verbose run.thing more", FILE_("run.thing")},
    {"/opt/thing", "-", NONE},
    {"thing", "a", FILE_("a")},
};

/* "a b ~" as the kernel gives it: "NAME\0a\0b\0\0". */
static GString *cmdline_of(const char *arguments)
{
    GString *cmdline = g_string_new("called");
    g_string_append_c(cmdline, '\0');
    g_auto(GStrv) words = g_strsplit(arguments, " ", -1);
    for (char **word = words; *word != NULL; word++) {
        g_string_append(cmdline, strcmp(*word, "~") == 0 ? "" : *word);
        g_string_append_c(cmdline, '\0');
    }
    return cmdline;
}

static void check_cmdline(const char *exe, const char *bytes, size_t length, ScriptKind kind,
                          const char *want)
{
    g_autofree char *exact = g_memdup2(bytes, MAX(length, 1));
    g_autofree char *script = NULL;
    ck_assert_int_eq(interpreter_script(exe, cursor_of(exact, length), &script), kind);
    ck_assert_pstr_eq(script, want);
}

START_TEST(finds_the_script)
{
    const Row *row = &rows[_i];
    g_autoptr(GString) cmdline = cmdline_of(row->arguments);
    check_cmdline(row->exe, cmdline->str, cmdline->len, row->kind, row->script);
}
END_TEST

static const struct {
    const char *bytes;
    size_t length;
    ScriptKind kind;
    const char *script;
} odd_rows[] = {
    {"", 0, NONE},
    {"\0", 1, NONE},
    {"\0\0\0\0", 4, NONE},
    {"python3", 7, NONE},                           /* cut off */
    {"python3\0/usr/bin/lo", 19, NONE},             /* cut off in the script */
    {"python3: worker process [idle]\0", 31, NONE}, /* setproctitle */
    {"python3: worker\0\0\0\0\0", 20, NONE},        /* and padded */
    {"python3 /a b\0\0", 14, NONE},
    {"py\0-u\0\0x\0", 9, NONE},                     /* an empty script */
    {"\0a.py\0", 6, SCRIPT_FILE, "a.py"},           /* no name */
    {"py\0\xff\xfe\0", 6, SCRIPT_FILE, "\xff\xfe"}, /* not UTF-8 */
    {"py\0a\nb\0", 7, SCRIPT_FILE, "a\nb"},
};

START_TEST(stands_odd_command_lines)
{
    check_cmdline("/usr/bin/python3", odd_rows[_i].bytes, odd_rows[_i].length, odd_rows[_i].kind,
                  odd_rows[_i].script);
}
END_TEST

static void check_length(size_t length, ScriptKind kind)
{
    g_autofree char *script = g_strnfill(length, 'x');
    g_autoptr(GString) cmdline = cmdline_of(script);
    check_cmdline("/bin/sh", cmdline->str, cmdline->len, kind, kind == SCRIPT_NONE ? NULL : script);
}

START_TEST(bounds_the_script)
{
    check_length(PATH_MAX - 1, SCRIPT_FILE);
    check_length(PATH_MAX, SCRIPT_NONE);
}
END_TEST

START_TEST(bounds_the_arguments)
{
    g_autoptr(GString) cmdline = g_string_new(NULL);
    for (int i = 0; i < 100000; i++)
        g_string_append_len(cmdline, "-v\0", 3);
    g_string_append_len(cmdline, "a.sh\0", 5);
    check_cmdline("/bin/sh", cmdline->str, cmdline->len, NONE);
}
END_TEST

static const struct {
    const char *exe;
    bool match;
} match_rows[] = {
    {"/usr/bin/python3", true},
    {"/usr/bin/python3.11", true},
    {"/usr/bin/python", false},
    {"/usr/bin/python3/x", false},
    {"/usr/bin/perl", true},
    {"/usr/bin/perlx", false},
    {"perl", true},
    {"/opt/lua5", true},
    {"/opt/luaX", false},
    {"/opt/x\xf0", true}, /* not UTF-8, and its last byte promises more */
    {"", false},
};

START_TEST(matches_names)
{
    const char *const patterns[] = {"python3*", "perl", "lua[0-9]", "x?", NULL};
    g_autoptr(Interpreters) interpreters = interpreters_new(patterns);
    g_autoptr(Interpreters) same = interpreters_ref(interpreters);
    ck_assert_int_eq(interpreters_match(same, match_rows[_i].exe), match_rows[_i].match);
}
END_TEST

START_TEST(matches_nothing_without_patterns)
{
    const char *const none[] = {NULL};
    g_autoptr(Interpreters) empty = interpreters_new(none);
    g_autoptr(Interpreters) null = interpreters_new(NULL);
    ck_assert(!interpreters_match(empty, "/usr/bin/perl"));
    ck_assert(!interpreters_match(null, "/usr/bin/perl"));
    interpreters_unref(NULL);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("interpreter");
    UNIT_ADD_ROWS(suite, finds_the_script, rows);
    UNIT_ADD_ROWS(suite, stands_odd_command_lines, odd_rows);
    UNIT_ADD(suite, bounds_the_script);
    UNIT_ADD(suite, bounds_the_arguments);
    UNIT_ADD_ROWS(suite, matches_names, match_rows);
    UNIT_ADD(suite, matches_nothing_without_patterns);
    return suite;
}
