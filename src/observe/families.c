/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/families.h"
#include <string.h>

/* python3 --help (3.13) */
static const Option python_words[] = {
    {"--check-hash-based-pycs", OPTION_VALUE},
    {NULL, OPTION_FLAG},
};

/* ruby --help (3.3) */
static const Option ruby_words[] = {
    {"--encoding", OPTION_VALUE},
    {"--external-encoding", OPTION_VALUE},
    {"--internal-encoding", OPTION_VALUE},
    {"--disable", OPTION_VALUE},
    {"--enable", OPTION_VALUE},
    {NULL, OPTION_FLAG},
};

/* node --help (22); options of V8 bring their value with them. */
static const Option node_words[] = {
    {"-e", OPTION_NONE},
    {"--eval", OPTION_NONE},
    {"-p", OPTION_NONE},
    {"--print", OPTION_NONE},
    {"-pe", OPTION_NONE},
    {"--run", OPTION_NONE},
    {"-r", OPTION_VALUE},
    {"--require", OPTION_VALUE},
    {"--import", OPTION_VALUE},
    {"--loader", OPTION_VALUE},
    {"--experimental-loader", OPTION_VALUE},
    {"-C", OPTION_VALUE},
    {"--conditions", OPTION_VALUE},
    {"--env-file", OPTION_VALUE},
    {"--icu-data-dir", OPTION_VALUE},
    {"--input-type", OPTION_VALUE},
    {"--openssl-config", OPTION_VALUE},
    {"--redirect-warnings", OPTION_VALUE},
    {"--title", OPTION_VALUE},
    {"--watch-path", OPTION_VALUE},
    {"inspect", OPTION_FLAG},
    {NULL, OPTION_FLAG},
};

/* deno --help (2.1) */
static const Option deno_words[] = {
    {"run", OPTION_FLAG},           {"serve", OPTION_FLAG},       {"test", OPTION_FLAG},
    {"bench", OPTION_FLAG},         {"eval", OPTION_NONE},        {"repl", OPTION_NONE},
    {"task", OPTION_NONE},          {"lsp", OPTION_NONE},         {"install", OPTION_NONE},
    {"compile", OPTION_NONE},       {"fmt", OPTION_NONE},         {"lint", OPTION_NONE},
    {"check", OPTION_NONE},         {"-c", OPTION_VALUE},         {"--config", OPTION_VALUE},
    {"--import-map", OPTION_VALUE}, {"-L", OPTION_VALUE},         {"--log-level", OPTION_VALUE},
    {"--cert", OPTION_VALUE},       {"--location", OPTION_VALUE}, {"--ext", OPTION_VALUE},
    {"--seed", OPTION_VALUE},       {NULL, OPTION_FLAG},
};

/* bun --help (1.1) */
static const Option bun_words[] = {
    {"run", OPTION_FLAG},        {"test", OPTION_FLAG},        {"exec", OPTION_NONE},
    {"x", OPTION_NONE},          {"repl", OPTION_NONE},        {"install", OPTION_NONE},
    {"add", OPTION_NONE},        {"build", OPTION_NONE},       {"upgrade", OPTION_NONE},
    {"-e", OPTION_NONE},         {"--eval", OPTION_NONE},      {"-p", OPTION_NONE},
    {"--print", OPTION_NONE},    {"-r", OPTION_VALUE},         {"--preload", OPTION_VALUE},
    {"--require", OPTION_VALUE}, {"--import", OPTION_VALUE},   {"--loader", OPTION_VALUE},
    {"--cwd", OPTION_VALUE},     {"--env-file", OPTION_VALUE}, {"--port", OPTION_VALUE},
    {NULL, OPTION_FLAG},
};

/* java(1), JDK 21 */
static const Option java_words[] = {
    {"-jar", OPTION_FILE},
    {"-m", OPTION_MODULE},
    {"--module", OPTION_MODULE},
    {"-cp", OPTION_VALUE},
    {"-classpath", OPTION_VALUE},
    {"--class-path", OPTION_VALUE},
    {"-p", OPTION_VALUE},
    {"--module-path", OPTION_VALUE},
    {"--upgrade-module-path", OPTION_VALUE},
    {"--add-modules", OPTION_VALUE},
    {"--add-reads", OPTION_VALUE},
    {"--add-exports", OPTION_VALUE},
    {"--add-opens", OPTION_VALUE},
    {"--limit-modules", OPTION_VALUE},
    {"--patch-module", OPTION_VALUE},
    {"--enable-native-access", OPTION_VALUE},
    {"--source", OPTION_VALUE},
    {"-d", OPTION_VALUE},
    {"--describe-module", OPTION_VALUE},
    {NULL, OPTION_FLAG},
};

/* php --help (8.3) */
static const Option php_words[] = {
    {"--file", OPTION_FILE},
    {"--process-file", OPTION_FILE},
    {"--run", OPTION_NONE},
    {"--process-code", OPTION_NONE},
    {"--process-begin", OPTION_NONE},
    {"--process-end", OPTION_NONE},
    {"--define", OPTION_VALUE},
    {"--php-ini", OPTION_VALUE},
    {"--zend-extension", OPTION_VALUE},
    {"--server", OPTION_VALUE},
    {"--docroot", OPTION_VALUE},
    {NULL, OPTION_FLAG},
};

/* bash(1) */
static const Option sh_words[] = {
    {"--rcfile", OPTION_VALUE},
    {"--init-file", OPTION_VALUE},
    {NULL, OPTION_FLAG},
};

/* guile(1), 3.0 */
static const Option guile_words[] = {
    {"-s", OPTION_FILE},  {"-c", OPTION_NONE},  {"-e", OPTION_VALUE}, {"-l", OPTION_VALUE},
    {"-L", OPTION_VALUE}, {"-C", OPTION_VALUE}, {"-x", OPTION_VALUE}, {NULL, OPTION_FLAG},
};

/* tclsh(1), wish(1) */
static const Option tcl_words[] = {
    {"-encoding", OPTION_VALUE},
    {NULL, OPTION_FLAG},
};

/* mono(1) */
static const Option mono_words[] = {
    {"--config", OPTION_VALUE},
    {NULL, OPTION_FLAG},
};

/* gjs(1) */
static const Option gjs_words[] = {
    {"-c", OPTION_NONE},
    {"--command", OPTION_NONE},
    {"-I", OPTION_VALUE},
    {"--include-path", OPTION_VALUE},
    {"-C", OPTION_VALUE},
    {"--coverage-prefix", OPTION_VALUE},
    {"--coverage-output", OPTION_VALUE},
    {NULL, OPTION_FLAG},
};

/* Rscript(1) runs R with --file=. */
static const Option r_words[] = {
    {"-e", OPTION_NONE},     {"-f", OPTION_FILE},          {"--file", OPTION_FILE},
    {"--args", OPTION_NONE}, {"-g", OPTION_VALUE},         {"--gui", OPTION_VALUE},
    {"-d", OPTION_VALUE},    {"--debugger", OPTION_VALUE}, {NULL, OPTION_FLAG},
};

static const Family families[] = {
    {.names = "python pypy", .letters = "c!m@W:X:Q:", .words = python_words, .plain = SCRIPT_FILE},
    {.names = "perl", .letters = "e!E!I:M*m*i*x*D*F*C*V*d*", .plain = SCRIPT_FILE},
    {.names = "ruby",
     .letters = "e!r:I:C:X:E:F*K*T*W*i*x*",
     .words = ruby_words,
     .plain = SCRIPT_FILE},
    {.names = "node nodejs", .words = node_words, .plain = SCRIPT_FILE},
    {.names = "deno", .words = deno_words, .plain = SCRIPT_FILE},
    {.names = "bun", .words = bun_words, .plain = SCRIPT_FILE},
    {.names = "java",
     .words = java_words,
     .plain = SCRIPT_MODULE,
     .source_suffix = ".java",
     .at_files = true},
    /* -e runs its text and then the script. */
    {.names = "lua luajit texlua", .letters = "e:l:j:O*b!", .plain = SCRIPT_FILE},
    {.names = "php",
     .letters = "f/F/r!B!R!E!d:c:z:S:t:g:",
     .words = php_words,
     .plain = SCRIPT_FILE},
    {.names = "sh bash rbash dash ash ksh mksh zsh yash",
     .letters = "c!s!o>O>",
     .words = sh_words,
     .plain = SCRIPT_FILE,
     .plus_options = true},
    {.names = "fish", .letters = "c!C:d:f:o:D:", .plain = SCRIPT_FILE},
    {.names = "guile", .words = guile_words, .plain = SCRIPT_FILE},
    {.names = "tclsh wish", .words = tcl_words, .plain = SCRIPT_FILE},
    {.names = "mono", .words = mono_words, .plain = SCRIPT_FILE},
    {.names = "gjs", .words = gjs_words, .plain = SCRIPT_FILE},
    {.names = "Rscript R", .words = r_words, .plain = SCRIPT_FILE},
    {.names = "emacs", .no_scripts = true},
};

static const Family unknown = {.plain = SCRIPT_FILE};

/* "python" is the family name of python, python3 and python3.11-dbg, but not of pythonic. */
static bool begins_with_name(const char *name, Cursor family)
{
    size_t length = cursor_left(&family);
    return strncmp(name, family.at, length) == 0 && !g_ascii_isalpha(name[length]) &&
           name[length] != '_';
}

static bool has_name(const Family *family, const char *name)
{
    Cursor names = cursor_of(family->names, strlen(family->names));
    for (Cursor each; parse_field(&names, ' ', &each);)
        if (begins_with_name(name, each))
            return true;
    return false;
}

const Family *family_of(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(families); i++)
        if (has_name(&families[i], name))
            return &families[i];
    return &unknown;
}
