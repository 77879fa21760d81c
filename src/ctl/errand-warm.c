/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "config/config.h"
#include "ctl/account.h"
#include "ctl/errands.h"
#include "ctl/exit.h"
#include "ctl/finds.h"
#include "ctl/goals.h"
#include "ctl/list-file.h"
#include "ctl/say.h"
#include "ctl/view-file.h"
#include "ctl/view-warm.h"
#include <stdio.h>
#include <unistd.h>

/* More files than these nobody looks at one by one. */
#define FILES_SHOWN 16
#define LINE_CLEAR "\r\033[K"

static BudgetRules rules_of(const Config *config)
{
    return (BudgetRules){.memtotal_percent = config->memtotal_percent,
                         .memfree_percent = config->memfree_percent,
                         .memcached_percent = config->memcached_percent};
}

/* The system's configuration; where that cannot be had, the defaults. */
static Config *load_config(void)
{
    g_autoptr(GError) error = NULL;
    Config *config = config_load_chosen(NULL, &error);
    if (config == NULL)
        say_problem("%s; the defaults are taken", error->message);
    return config != NULL ? config : config_load("", NULL, NULL);
}

static WarmOrder order_of(const Errand *errand, const Config *config, const Goals *goals)
{
    bool slow = errand->policy == POLICY_SLOW;
    return (WarmOrder){.goals = goals->all,
                       .memory = rules_of(config),
                       .budget_bytes = errand->budget_bytes,
                       .force = errand->force,
                       .yield = slow,
                       .rate_bytes = errand->rate_bytes,
                       .n_threads = slow ? 1 : errand->n_threads,
                       .merging_bytes = config->mergingsize_bytes};
}

static void show_progress(const WarmProgress *progress, gpointer data)
{
    g_autoptr(GString) line = g_string_new(LINE_CLEAR);
    view_progress(data, progress, line);
    (void)fputs(line->str, stderr); /* the next one comes soon */
}

/* As it is now, not as it was asked for; NULL if it cannot be looked at any more. */
static GVariant *account_goal(const Residency *residency, const Goal *goal)
{
    g_auto(Census) census = {0};
    autofd fd = fd_open_foreign(goal->path, NULL);
    if (fd < 0 || census_take(residency, fd, &census) < 0)
        return NULL;
    return account_residency(goal->path, &census, goal->anatomy);
}

static GVariant *account_goals(const Goals *goals)
{
    GVariantBuilder all;
    g_autoptr(Residency) residency = residency_new();
    g_variant_builder_init(&all, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < goals->all->len && goals->all->len <= FILES_SHOWN; i++) {
        GVariant *file = account_goal(residency, goals->all->pdata[i]);
        if (file != NULL)
            g_variant_builder_add_value(&all, file);
    }
    return g_variant_builder_end(&all);
}

static int show_outcome(const Errand *errand, const Goals *goals, const WarmOutcome *outcome)
{
    if (errand->json)
        return say_json(outcome_account(outcome, account_goals(goals)));
    const Paint paint = paint_for_stdout();
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GVariant) files = g_variant_ref_sink(account_goals(goals));
    for (gsize i = 0; i < g_variant_n_children(files); i++) {
        g_autoptr(GVariant) file = g_variant_get_child_value(files, i);
        view_residency(&paint, file, text);
    }
    view_outcome(&paint, outcome, text);
    return say_text(text);
}

/* To look inside of a file is to read it, too, and it was not in memory before. */
static void count_seen(const Goals *goals, WarmOutcome *outcome)
{
    uint64_t seen_bytes = 0;
    for (guint i = 0; i < goals->all->len; i++)
        seen_bytes += ((const Goal *)goals->all->pdata[i])->seen_bytes;
    seen_bytes = MIN(seen_bytes, outcome->resident_bytes);
    outcome->resident_bytes -= seen_bytes;
    outcome->loaded_bytes += seen_bytes;
    outcome->progress.read_bytes += seen_bytes;
}

int warm_goals(const Errand *errand, const Goals *goals)
{
    WarmOutcome outcome;
    Paint paint = paint_for_stdout();
    bool shown = !errand->json && isatty(STDERR_FILENO) == 1;
    g_autoptr(Config) config = load_config();
    const WarmOrder order = order_of(errand, config, goals);
    warmer_run(&order, shown ? show_progress : NULL, &paint, &outcome);
    if (shown)
        (void)fputs(LINE_CLEAR, stderr);
    count_seen(goals, &outcome);
    int status = show_outcome(errand, goals, &outcome);
    if (outcome.interrupted)
        return EXIT_INTERRUPTED;
    bool failed = outcome.n_failed > 0 || outcome.n_skipped > 0 || outcome.stopped != LIMITER_GO;
    return status != EXIT_SUCCESS || !failed ? status : EXIT_REFUSED;
}

static void say_problems(const Goals *goals)
{
    for (guint i = 0; i < goals->problems->len; i++)
        say_problem("%s", (const char *)goals->problems->pdata[i]);
    for (guint i = 0; i < goals->all->len; i++) {
        const Goal *goal = goals->all->pdata[i];
        if (goal->note != NULL)
            say_problem("%s: %s; it is read from the beginning to the end", goal->path, goal->note);
    }
    if (goals->n_unfit > 0)
        say_problem("%u files have no such parts, and are left out", goals->n_unfit);
}

/* Only what would be read. */
static int show_goals(const Errand *errand, const Goals *goals)
{
    WarmOutcome outcome = {0};
    for (guint i = 0; i < goals->all->len; i++)
        outcome.progress.goal_bytes += ((const Goal *)goals->all->pdata[i])->goal_bytes;
    if (errand->json)
        return say_json(outcome_account(&outcome, account_goals(goals)));
    g_autofree char *size = text_bytes(outcome.progress.goal_bytes);
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "%u files, %s: nothing is read\n", goals->all->len, size);
    return say_text(text);
}

static bool add_list(const Errand *errand, const GoalRules *rules, Goals *goals)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(List) list = list_load(errand->from, &error);
    if (list == NULL) {
        say_problem("%s", error->message);
        return false;
    }
    if (list->n_refused > 0)
        say_problem("%s: %u entries are no absolute paths, or no entries: left out (the first in "
                    "line %u)",
                    errand->from, list->n_refused, list->first_refused);
    if (list->cut)
        say_problem("%s: too long: the rest is left out", errand->from);
    goals_add_list(goals, list, errand->policy, rules);
    return true;
}

/* What is no file may be a model's name. */
static void add_word(Goals *goals, const char *word, const GoalRules *rules)
{
    g_autoptr(GError) error = NULL;
    if (g_file_test(word, G_FILE_TEST_EXISTS)) {
        goals_add(goals, word, rules);
        return;
    }
    g_autoptr(GPtrArray) finds = finds_here(true);
    const Find *find = finds_by_name(finds, word, &error);
    for (guint i = 0; find != NULL && i < find->files->len; i++)
        goals_add(goals, find->files->pdata[i], rules);
    if (find == NULL)
        g_ptr_array_add(goals->problems, g_strdup(error->message));
}

static int warm_by_policy(const Errand *errand, const Goals *goals)
{
    if (errand->policy == POLICY_NONE)
        return show_goals(errand, goals);
    if (errand->policy == POLICY_REST || errand->policy == POLICY_DIRECTORY)
        return warm_on_first_use(errand, goals);
    return errand->queue ? warm_by_daemon(errand, goals) : warm_goals(errand, goals);
}

int errand_warm(const Errand *errand)
{
    g_autoptr(Goals) goals = goals_new();
    const GoalRules rules = {.strategy = errand->strategy,
                             .n_layers = errand->n_layers,
                             .ranges = errand->ranges,
                             .manifest = errand->manifest};
    if (errand->from != NULL && !add_list(errand, &rules, goals))
        return EXIT_REFUSED;
    for (char **word = errand->words; *word != NULL; word++)
        add_word(goals, *word, &rules);
    say_problems(goals);
    if (goals->all->len == 0 && goals->problems->len > 0)
        return EXIT_REFUSED;
    int status = warm_by_policy(errand, goals);
    return status == EXIT_SUCCESS && goals->problems->len > 0 ? EXIT_REFUSED : status;
}
