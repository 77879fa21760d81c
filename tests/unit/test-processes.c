/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/processes.h"
#include "proc-fixture.h"

#define PAGES 10
#define MINSIZE_PAGES 5

/*
 * Stories: what happens to processes, and what is told of it. Words, divided by blanks:
 *
 *     x10a    process 10 execs a (b, c; s, known to be small; r, rejected; p and q, two scripts of
 *             Python; k, a small script), or begins with it, and that is told
 *     f10-11  process 10 forks 11
 *     e10     process 10 ends
 *     X10a F10-11 E10      the same, and it is not told yet or at all
 *     >x10 >f10-11 >e10    now it is
 *     |       a pass
 *     t5      five seconds pass
 *     on off  events are told from now on, or not
 *     j+a j-a a look at a's mappings tells that it is large, or small
 *     g       all is forgotten
 *     ns      the file s is replaced
 *
 * The answers, a word each (none to t, on, off, j, g and n): what scanner_exec() said, "!" for
 * launched, and the report after it, "." if nothing; of a pass "|", its report, and "?2" for two
 * missed.
 */
static const struct {
    const char *story;
    const char *answer;
} stories[] = {
    /* launches */
    {"on | x10a |", "| a!+a |"},
    {"on | x10a e10 |", "| a!+a -a |"},
    {"on | x10a x11a e10 e11 |", "| a!+a a . -a |"},
    {"on | x10a e10 x10a e10", "| a!+a -a a!+a -a"},
    {"on | x10a x11b e10 e11 |", "| a!+a b!+b -a -b |"},
    {"on | >x10 >e10 |", "| . . |"}, /* gone before anybody could look */
    {"on | x10a E10 >x10 >e10 |", "| a!+a -a . |"},
    /* an exec of another program, as by a wrapper */
    {"on | x10a x10b e10 |", "| a!+a b!-a+b -b |"},
    {"on | x10a x11a x10b |", "| a!+a a b!+b |"},
    {"on | x10a x10r e10 |", "| a!+a -a . |"},
    {"on | x10r x10a |", "| . a!+a |"},
    {"on | x10p x10a |", "| p!+p a!-p+a |"},
    {"X10b on | x10a |", "|+b a!-b+a |"},
    /* of the same one */
    {"on | x10a x10a |", "| a!+a a |"},         /* it starts so */
    {"on | x10a t5 x10a |", "| a!+a a!-a+a |"}, /* a restart */
    {"X10a on | t5 | x10a |", "|+a | a!-a+a |"},
    {"on | x10a x11a t5 x11a |", "| a!+a a a |"}, /* another one runs on */
    {"on | x10p t5 x10q |", "| p!+p q!-p+q |"},   /* of the same interpreter */
    /* forks */
    {"on | x10a f10-11 |", "| a!+a . |"},
    {"on | x10a f10-11 e10 | e11", "| a!+a . . | -a"}, /* into the background */
    {"on | x10a f10-11 x11a |", "| a!+a . a |"},       /* and an exec of itself */
    {"on | x10a f10-11 x11b e11 |", "| a!+a . b!+b -b |"},
    {"on | x10a f10-11 x11r e11 e10 |", "| a!+a . . . -a |"},
    {"on | x10a f10-11 f11-12 e10 e11 e12", "| a!+a . . . . -a"},
    {"on | x10r f10-11 x11a |", "| . . a!+a |"},
    {"on | x10a f10-11 E11 f10-11 e11 e10", "| a!+a . . . -a"}, /* an end that was not told */
    {"on | x10a f10-10 e10", "| a!+a . -a"},
    {"on | f10-11", "| ."},
    /* what is of no interest */
    {"on | x10r e10 x10r |", "| . . . |"},
    {"on | x10s e10 |", "| . . |"},
    {"on | x10s | e10 |", "| . |+s . |-s"}, /* only the passes tell of it */
    {"on | x10s f10-11 x11a |", "| . . a!+a |+s"},
    {"on | x10a x10s e10 |", "| a!+a -a . |"},
    {"on | x10k x11p |", "| . p!+p |+k"}, /* a small script says nothing of others */
    {"on | x10a j-a e10 |", "| a!+a . |-a"},
    {"on | x10a j-a e10 | x10a |", "| a!+a . |-a . |+a"},
    {"on | x10a j+a j-a e10", "| a!+a -a"},
    {"on | x10s j+s e10 x11s", "| . . s!+s"},
    {"on | x10s ns x11s | x12s", "| . . |+s s"}, /* what is known is asked anew by a pass */
    /* a pass repeats nothing, and misses nothing */
    {"X10a on | | | |", "|+a | | |"},
    {"on | x10a | | |", "| a!+a | | |"},
    {"on | X10a | | |", "| |+a |?1 |"},
    {"on | X10r | | X10s | |", "| | | |+s |"},
    {"on | x10r | x10a X10r | |", "| . | a!+a |-a |"},
    {"on | x10a | E10 | |", "| a!+a | |-a |?1"},
    {"on | x10a | E10 X11b | | |", "| a!+a | |-a+b |?2 |"},
    {"on | x10a E10 X10b | |", "| a!+a |-a+b |?1"},
    {"on | x10a | E10 X10b | |", "| a!+a | |-a+b |?1"},
    {"on | X10a | e10 |", "| |+a -a |?1"},
    {"X10a on | | E10 off | | on |", "|+a | |-a | |"},
    {"X10a on | | E10 on | |", "|+a | |-a |"}, /* lost ones are made up for */
    {"X10a on | | | | X10b on | |", "|+a | | | |-a+b |"},
    {"X10a on | | g | |", "|+a | |+a |"},
    {"x10a | e10 |", "a!+a | -a |"}, /* told all the same */
    /* a pass is ahead of the events */
    {"on | X10a | >x10 | |", "| |+a a! | |"},
    {"on | X10a | >x10 >x10 |", "| |+a a! a |"},
    {"on | X10a | >x10 e10 |", "| |+a a! -a |"},
    {"on | x10b | X10a | >x10 |", "| b!+b | |-b+a a! |"},
    {"on | x10a F10-11 | >f10-11 | |", "| a!+a | . | |"},
    {"on | x10a F10-11 X11b | >f10-11 >x11 |", "| a!+a |+b . b! |"},
    {"on | x10a F10-11 X11a | >f10-11 >x11 |", "| a!+a | . a |"},
    {"on | x10a | E10 | >e10 | |", "| a!+a | |-a . | |"},
    {"on | x10a | E10 X11a | >e10 >x11 | |", "| a!+a | |-a+a . a! | |"},
    {"X10a on | >x10 |", "|+a a! |"},
    {"on | X10p | >x10 |", "| |+p p! |"},
    /* storms */
    {"on | x10a e10 x10a e10 x10a e10 x10a e10 x10a e10 x10a e10 x10a e10 x10a e10 x10a e10 x10a "
     "e10 x10a e10 x10a | e10 x10a | e10 |",
     "| a!+a -a a!+a -a a!+a -a a!+a -a a!+a -a a!+a -a a!+a -a a!+a -a a!+a -a a!+a -a "
     "a . . |+a . a |-a+a . |-a"},
    /* others of it run meanwhile, as with make -j2 */
    {"on | x10a x11a e10 x10a e11 x11a e10 x10a e11 x11a e10 x10a e11 x11a e10 x10a e11 x11a e10 "
     "x10a e11 e10 | x12b x10a e10 f12-13 x13a e13 |",
     "| a!+a a . a . a . a . a . a . a . a . a . a . . |-a b!+b a . . . . |"},
    /* a program that starts more of itself */
    {"on | x10a f10-11 x11a e11 f10-11 x11a e11 f10-11 x11a e11 f10-11 x11a e11 f10-11 x11a e11 "
     "f10-11 x11a e11 f10-11 x11a e11 f10-11 x11a e11 f10-11 x11a e11 f10-11 x11a e11 e10 x10a |",
     "| a!+a . a . . a . . a . . a . . a . . a . . a . . a . . a . . a . -a a!+a |"},
    {"on | x10a e10 x10a e10 x10a e10 x10a e10 x10a e10 x10a e10 x10a e10 x10a e10 x10a e10 x10a "
     "e10 x10a e10 t59 x10a | t59 e10 | t60 x10a e10 |",
     "| a!+a -a a!+a -a a!+a -a a!+a -a a!+a -a a!+a -a a!+a -a a!+a -a a!+a -a a!+a -a "
     "a . a |+a . |-a a!+a -a |"},
};

/* A scanner over a directory of the shape of /proc. */
typedef struct {
    char *path;
    char *proc;
    Clock clock;
    uint64_t now_usec;
    guint ticks; /* start time of the last process */
    Scanner *scanner;
    GString *answer;
} Story;

static uint64_t story_now_usec(void *data)
{
    return ((const Story *)data)->now_usec;
}

/* The executable or script of that letter. */
static char *path_of(const Story *story, char letter)
{
    const char name[] = {letter, '\0'};
    return letter == 'r' ? g_strdup("/bin/sh") : g_build_filename(story->path, name, NULL);
}

static bool is_script(char letter)
{
    return strchr("kpq", letter) != NULL;
}

static ExeKey *key_of(const Story *story, char letter)
{
    g_autofree char *path = path_of(story, letter);
    g_autofree char *python = g_build_filename(story->path, "python3", NULL);
    return is_script(letter) ? exe_key_new(python, path) : exe_key_new(path, NULL);
}

static void set_rules(Story *story, const char *const *prefixes)
{
    const char *const patterns[] = {"python*", NULL};
    g_autoptr(PrefixList) list = prefix_list_new(prefixes);
    g_autoptr(Interpreters) interpreters = interpreters_new(patterns);
    const ScanRules rules = {list, list, list, interpreters, MINSIZE_PAGES * 4096};
    if (story->scanner == NULL)
        story->scanner = scanner_new(proc_root_open(story->proc), &rules);
    else
        scanner_set_rules(story->scanner, &rules);
}

static void story_init(Story *story)
{
    const char *const names[] = {"a", "b", "c", "s", "k", "p", "q", "python3"};
    story->path = unit_mkdir();
    g_autofree char *accept = g_strconcat(story->path, "/", NULL);
    const char *const items[] = {accept, "!/", NULL};
    story->proc = g_build_filename(story->path, "proc", NULL);
    g_free(unit_write(story->proc, "meminfo", PROC_MEMINFO, -1));
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        g_free(unit_write(story->path, names[i], "x", 1));
    story->now_usec = 1000;
    story->clock = (Clock){.awake_usec = story_now_usec, .data = story};
    story->answer = g_string_new(NULL);
    set_rules(story, items);
    scanner_set_clock(story->scanner, &story->clock);
    for (const char *small = "sk"; *small != '\0'; small++) {
        g_autoptr(ExeKey) key = key_of(story, *small);
        scanner_skip(story->scanner, key);
    }
}

static void story_clear(Story *story)
{
    scanner_free(story->scanner);
    g_string_free(story->answer, TRUE);
    g_free(story->proc);
    unit_rmdir(story->path);
}

static void set_program(Story *story, const char *pid, char letter)
{
    g_autofree char *path = path_of(story, letter);
    g_autofree char *python = g_build_filename(story->path, "python3", NULL);
    const char *exe = is_script(letter) ? python : path;
    g_autoptr(GString) cmdline = g_string_new(exe);
    g_string_append_c(cmdline, '\0');
    g_string_append_len(cmdline, path, (gssize)strlen(path) + 1);
    g_autofree char *directory = g_build_filename(story->proc, pid, NULL);
    if (!g_file_test(directory, G_FILE_TEST_IS_DIR))
        proc_add(story->proc, pid, exe, PAGES, ++story->ticks);
    proc_set_link(story->proc, pid, "exe", exe);
    if (is_script(letter))
        proc_set_file(story->proc, pid, "cmdline", cmdline->str, (gssize)cmdline->len);
}

/* What happens to processes, whether told or not; word: "x10a", "f10-11" or "e10". */
static void happen(Story *story, const char *word)
{
    g_auto(GStrv) pids = g_strsplit(word + 1, "-", 2);
    if (word[0] == 'x') {
        char letter = word[strlen(word) - 1];
        pids[0][strlen(pids[0]) - 1] = '\0';
        set_program(story, pids[0], letter);
    } else if (word[0] == 'e') {
        proc_remove(story->proc, pids[0]);
    } else if (strcmp(pids[0], pids[1]) != 0) {
        g_autofree char *link = g_build_filename(story->proc, pids[0], "exe", NULL);
        g_autofree char *exe = g_file_read_link(link, NULL);
        if (exe != NULL)
            proc_add(story->proc, pids[1], exe, PAGES, ++story->ticks);
    }
}

static char name_of(const ExeKey *key)
{
    const char *path = key->script != NULL ? key->script : key->path;
    return path[strlen(path) - 1];
}

static void add_report(GString *answer, const Observation *observation)
{
    for (guint i = 0; observation != NULL && i < observation->stopped->len; i++)
        g_string_append_printf(answer, "-%c", name_of(observation->stopped->pdata[i]));
    for (guint i = 0; observation != NULL && i < observation->started->len; i++)
        g_string_append_printf(answer, "+%c", name_of(observation->started->pdata[i]));
}

static void tell(Story *story, const char *word)
{
    char *rest = NULL;
    uint32_t pid = (uint32_t)strtoul(word + 1, &rest, 10);
    gsize before = story->answer->len;
    if (word[0] == 'x') {
        ScannedExec exec = scanner_exec(story->scanner, pid);
        if (exec.program != NULL)
            g_string_append_c(story->answer, name_of(exec.program->key));
        g_string_append(story->answer, exec.launched ? "!" : "");
        ck_assert(exec.program == NULL || exec.program == scanner_program(story->scanner, pid));
    } else if (word[0] == 'e') {
        scanner_exit(story->scanner, pid);
        ck_assert_ptr_null(scanner_program(story->scanner, pid));
    } else {
        scanner_fork(story->scanner, pid, (uint32_t)strtoul(rest + 1, NULL, 10));
    }
    g_autoptr(Observation) report = scanner_report(story->scanner);
    add_report(story->answer, report);
    g_string_append(story->answer, story->answer->len == before ? ". " : " ");
}

static void pass(Story *story)
{
    g_autoptr(Observation) got = scanner_pass(story->scanner);
    ck_assert_int_eq(got->error, 0);
    g_string_append(story->answer, "|");
    add_report(story->answer, got);
    if (got->n_missed > 0)
        g_string_append_printf(story->answer, "?%u", got->n_missed);
    g_string_append(story->answer, " ");
    ck_assert_ptr_null(scanner_report(story->scanner)); /* all was told */
}

static void judge(Story *story, const char *word)
{
    g_autoptr(ExeKey) key = key_of(story, word[2]);
    scanner_judge(story->scanner, key, (word[1] == '+' ? MINSIZE_PAGES : MINSIZE_PAGES - 1) * 4096);
}

static void act(Story *story, const char *word)
{
    g_autofree char *lower = g_strdup(word);
    lower[0] = g_ascii_tolower(lower[0]);
    if (strcmp(word, "|") == 0)
        pass(story);
    else if (strcmp(word, "on") == 0 || strcmp(word, "off") == 0)
        scanner_set_events(story->scanner, word[1] == 'n');
    else if (word[0] == 't')
        story->now_usec += strtoul(word + 1, NULL, 10) * G_USEC_PER_SEC;
    else if (word[0] == 'j')
        judge(story, word);
    else if (word[0] == 'g')
        scanner_forget(story->scanner);
    else if (word[0] == 'n')
        g_free(unit_write(story->path, word + 1, "new", 3));
    else if (word[0] != '>')
        happen(story, lower);
    if (strchr("xfe", word[0]) != NULL || word[0] == '>')
        tell(story, word[0] == '>' ? word + 1 : word);
}

START_TEST(tells_its_story)
{
    Story story = {0};
    story_init(&story);
    g_auto(GStrv) words = g_strsplit(stories[_i].story, " ", -1);
    for (char **word = words; *word != NULL; word++)
        act(&story, *word);
    g_string_truncate(story.answer, story.answer->len - 1);
    ck_assert_msg(strcmp(story.answer->str, stories[_i].answer) == 0, "%s\nwanted: %s\ngot:    %s",
                  stories[_i].story, stories[_i].answer, story.answer->str);
    story_clear(&story);
}
END_TEST

START_TEST(applies_new_rules_at_once)
{
    Story story = {0};
    story_init(&story);
    const char *const none[] = {"!/", NULL};
    const char *const all[] = {"/", NULL};
    act(&story, "on");
    act(&story, "|");
    set_rules(&story, none);
    act(&story, "x10a");
    set_rules(&story, all);
    act(&story, "x11a");
    act(&story, "x12s"); /* whether it is small is not known any more */
    act(&story, "|");
    act(&story, "|");
    ck_assert_str_eq(story.answer->str, "| . a!+a s!+s | | ");
    story_clear(&story);
}
END_TEST

/* Namespaces: ours, process 1's, and the program's. */
static const struct {
    const char *own;
    const char *host;
    const char *theirs;
    bool kept; /* the verdict */
} verdict_rows[] = {
    {NULL, NULL, NULL, true},
    {"mnt:[1]", "mnt:[1]", "mnt:[1]", true},
    {"mnt:[1]", "mnt:[2]", "mnt:[2]", true}, /* in a service manager's sandbox */
    {"mnt:[1]", NULL, "mnt:[2]", false},
    {"mnt:[1]", "mnt:[2]", "mnt:[3]", false},
};

/* A verdict is kept until the scanner is told of rules: the processes themselves do not know that
 * they have changed. */
START_TEST(keeps_verdicts_of_familiar_namespaces)
{
    const char *const everything[] = {"/", NULL};
    const char *const nothing[] = {"!/", NULL};
    g_autoptr(PrefixList) accept = prefix_list_new(everything);
    g_autoptr(PrefixList) reject = prefix_list_new(nothing);
    g_autoptr(Interpreters) none = interpreters_new(nothing);
    const ScanRules rejecting = {reject, reject, reject, none, 0};
    const ScanRules accepting = {accept, accept, accept, none, 0};
    g_autofree char *path = unit_mkdir();
    g_autofree char *exe = unit_write(path, "a", "x", 1);
    proc_set_link(path, "7", "exe", exe);
    if (verdict_rows[_i].theirs != NULL)
        proc_set_link(path, "7", "ns/mnt", verdict_rows[_i].theirs);
    g_autoptr(ProcRoot) root = proc_root_open(path);
    g_autoptr(Processes) processes = processes_new();
    Viewer viewer = {.root = root,
                     .rules = &rejecting,
                     .mount_namespace = verdict_rows[_i].own,
                     .host_namespace = verdict_rows[_i].host};
    ck_assert_ptr_null(processes_exec(processes, &viewer, 7, 1).program);
    viewer.rules = &accepting;
    ScannedExec exec = processes_exec(processes, &viewer, 7, 2);
    ck_assert_int_eq(exec.program == NULL, verdict_rows[_i].kept);
    unit_rmdir(g_steal_pointer(&path));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("processes");
    UNIT_ADD_ROWS(suite, tells_its_story, stories);
    UNIT_ADD(suite, applies_new_rules_at_once);
    UNIT_ADD_ROWS(suite, keeps_verdicts_of_familiar_namespaces, verdict_rows);
    return suite;
}
