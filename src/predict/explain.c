/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/explain.h"
#include "base/wallclock.h"
#include "model/profile.h"
#include "model/seed.h"
#include "predict/mixing.h"
#include <math.h>

/* Of the latest launches of a program. */
#define LATEST_MAX 64
/* With fewer there is no "usually". */
#define LATEST_MIN 3
/* And on fewer days none of the time of day or of the days of the week: all was today. */
#define DAYS_MIN 3
#define USUAL_SHARE 0.5
/* Two days of seven are a weekend by chance, and five workdays. */
#define WORKDAY_SHARE 0.9
#define WEEKEND_SHARE 0.6
/* What came longer before it than this had nothing to do with it. */
#define AFTER_MAX_SEC 3600
/* Less of a seed changes nothing. */
#define SEED_TOLD 0.05
/* Among the first so many of a session. */
#define FIRST_PLACES 3

typedef struct {
    const char *name; /* of several days */
    int from_quarter;
    int to_quarter; /* not included; below `from`: past midnight */
} DayPart;

static const DayPart day_parts[] = {
    {"mornings", 20, 48}, {"afternoons", 48, 72}, {"evenings", 72, 92}, {"nights", 92, 20}};

/* What the latest launches have in common. */
typedef struct {
    guint n;
    guint n_days;
    int32_t day; /* of the one met last; once n > 0 */
    guint n_first;
    guint n_workdays;
    guint n_parts[G_N_ELEMENTS(day_parts)];
    GHashTable *before; /* Exe -> how often it was launched just before */
    GArray *gaps;       /* Gap */
} Traits;

typedef struct {
    const Exe *before;
    int64_t gap_sec;
} Gap;

static bool is_in(const DayPart *part, int quarter)
{
    if (part->from_quarter < part->to_quarter)
        return quarter >= part->from_quarter && quarter < part->to_quarter;
    return quarter >= part->from_quarter || quarter < part->to_quarter;
}

static void note_before(Traits *traits, const Launches *launches, uint64_t serial)
{
    const Launch *launch = launches_get(launches, serial);
    const Launch *before = launches_get(launches, serial - 1);
    if (before == NULL || before->exe == NULL || before->session != launch->session)
        return;
    const Gap gap = {before->exe, launch->local_sec - before->local_sec};
    if (gap.gap_sec < 0 || gap.gap_sec > AFTER_MAX_SEC)
        return;
    guint n = GPOINTER_TO_UINT(g_hash_table_lookup(traits->before, before->exe));
    g_hash_table_insert(traits->before, before->exe, GUINT_TO_POINTER(n + 1));
    g_array_append_val(traits->gaps, gap);
}

static void note(Traits *traits, const Launches *launches, uint64_t serial)
{
    const Launch *launch = launches_get(launches, serial);
    int32_t day = wallclock_day(launch->local_sec);
    traits->n_days += traits->n == 0 || day != traits->day;
    traits->day = day;
    traits->n++;
    traits->n_first += launch->place_log < launches_log(FIRST_PLACES);
    traits->n_workdays += !wallclock_is_weekend(wallclock_weekday(launch->local_sec));
    for (size_t i = 0; i < G_N_ELEMENTS(day_parts); i++)
        traits->n_parts[i] += is_in(&day_parts[i], wallclock_quarter(launch->local_sec));
    note_before(traits, launches, serial);
}

static void look_back(Traits *traits, const Model *model, const Exe *exe)
{
    uint64_t serial = exe->habit.last;
    while (traits->n < LATEST_MAX && launches_get(&model->launches, serial) != NULL) {
        note(traits, &model->launches, serial);
        serial = launches_get(&model->launches, serial)->before;
    }
}

static bool usual(guint n, const Traits *traits, double share)
{
    return traits->n >= LATEST_MIN && n >= share * traits->n;
}

/* The program that most of them came after; NULL if there is none. Of equals the first met. */
static const Exe *usual_before(const Traits *traits)
{
    for (guint i = 0; i < traits->gaps->len; i++) {
        const Exe *before = g_array_index(traits->gaps, Gap, i).before;
        guint n = GPOINTER_TO_UINT(g_hash_table_lookup(traits->before, before));
        if (usual(n, traits, USUAL_SHARE))
            return before;
    }
    return NULL;
}

static gint by_length(gconstpointer a, gconstpointer b)
{
    const int64_t *x = a;
    const int64_t *y = b;
    return *x < *y ? -1 : *x > *y;
}

static int64_t median_gap(const Traits *traits, const Exe *before)
{
    g_autoptr(GArray) gaps = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = 0; i < traits->gaps->len; i++) {
        const Gap *gap = &g_array_index(traits->gaps, Gap, i);
        if (gap->before == before)
            g_array_append_val(gaps, gap->gap_sec);
    }
    g_array_sort(gaps, by_length);
    return g_array_index(gaps, int64_t, gaps->len / 2);
}

static void append_after(GString *text, const Traits *traits, const Exe *before)
{
    g_autofree char *label = exe_key_label(before->key);
    int64_t gap_sec = median_gap(traits, before);
    g_string_append(text, text->len > 0 ? ", " : "");
    if (gap_sec < 60)
        g_string_append_printf(text, "right after %s", label);
    else
        g_string_append_printf(text, "%d minute%s after %s", (int)(gap_sec / 60),
                               gap_sec < 120 ? "" : "s", label);
}

static const char *usual_part(const Traits *traits)
{
    for (size_t i = 0; i < G_N_ELEMENTS(day_parts); i++) {
        if (usual(traits->n_parts[i], traits, USUAL_SHARE))
            return day_parts[i].name;
    }
    return NULL;
}

/* "on weekday mornings", "on weekends", "in the mornings". */
static void append_times(GString *text, const Traits *traits)
{
    const char *part = usual_part(traits);
    const char *days = NULL;
    if (usual(traits->n_workdays, traits, WORKDAY_SHARE))
        days = "weekday";
    else if (usual(traits->n - traits->n_workdays, traits, WEEKEND_SHARE))
        days = "weekend";
    if (part == NULL && days == NULL)
        return;
    g_string_append(text, text->len > 0 ? ", " : "");
    if (part == NULL)
        g_string_append_printf(text, "on %ss", days);
    else if (days == NULL)
        g_string_append_printf(text, "in the %s", part);
    else
        g_string_append_printf(text, "on %s %s", days, part);
}

static void append_traits(GString *text, const Traits *traits)
{
    if (usual(traits->n_first, traits, USUAL_SHARE))
        g_string_append(text, "at the beginning of a session");
    const Exe *before = usual_before(traits);
    if (before != NULL)
        append_after(text, traits, before);
    if (traits->n_days >= DAYS_MIN)
        append_times(text, traits);
}

char *explain_habit(const Model *model, const Exe *exe)
{
    g_autoptr(GHashTable) before = g_hash_table_new(NULL, NULL);
    g_autoptr(GArray) gaps = g_array_new(FALSE, FALSE, sizeof(Gap));
    Traits traits = {.before = before, .gaps = gaps};
    look_back(&traits, model, exe);
    if (traits.n == 0 && exe->seed_source != NULL &&
        g_str_has_prefix(exe->seed_source, PROFILE_SOURCE))
        return g_strdup_printf("not launched yet; what it needs is known from: %s",
                               exe->seed_source);
    if (traits.n == 0 && exe->seed_source != NULL)
        return g_strdup_printf("not launched yet; expected because of: %s", exe->seed_source);
    if (traits.n == 0)
        return g_strdup("no launch of it is remembered");
    g_autoptr(GString) text = g_string_new(NULL);
    append_traits(text, &traits);
    if (text->len > 0)
        return g_strconcat("usually ", text->str, NULL);
    return g_strdup(traits.n < LATEST_MIN ? "launched too rarely for a habit to show"
                                          : "at no particular time, after no particular program");
}

/* What each goes by. */
static const char *const expert_words[] = {
    [EXPERT_MARKOV] = "what runs, and for how long (0.6.4's chains)",
    [EXPERT_SLOW] = "how often it was launched in months",
    [EXPERT_FAST] = "how often it was launched lately",
    [EXPERT_RECENCY] = "how long ago it was launched last",
    [EXPERT_CONTEXT] = "what was launched just before",
    [EXPERT_CORUNNING] = "what runs beside it",
    [EXPERT_DAYTIME] = "the time of day, and the day of the week",
    [EXPERT_RENEWAL] = "how long ago it ended",
    [EXPERT_SESSION] = "how long the session lasts, and what was launched in it",
};
G_STATIC_ASSERT(G_N_ELEMENTS(expert_words) == EXPERTS);

static void append_parts(GString *text, const Prophet *prophet, const Exe *exe)
{
    const Mixture *mixture = &prophet->model->mixture;
    g_auto(Question) question =
        question_all(prophet->model, prophet->rules.horizon_sec, prophet->rules.usecorrelation);
    g_auto(Answer) answer = mixing_ask(&question, mixture, prophet->rules.experts);
    guint place = 0;
    if (!question_place(&question, exe, &place))
        return;
    double percent = 100 * (double)answer.chances[place];
    g_string_append_printf(text,
                           "  chance to be the next: %.*f %%; each expert raises it (above 1) or "
                           "lowers it:\n",
                           percent < 10 ? 2 : 0, percent);
    for (int expert = 0; expert < EXPERTS; expert++) {
        if ((prophet->rules.experts >> expert & 1) == 0)
            continue;
        double part = answer_part(&answer, &question, mixture, (ExpertId)expert, place);
        g_string_append_printf(text, "    %-10s x %-5.2f %s\n", expert_name((ExpertId)expert),
                               exp(part), expert_words[expert]);
    }
}

static void append_seed(GString *text, const Model *model, const Exe *exe)
{
    double weight = exe_seed_weight(model, exe);
    if (weight >= SEED_TOLD)
        g_string_append_printf(text, "  seeded as if launched %.1f times, because of: %s\n", weight,
                               exe->seed_source != NULL ? exe->seed_source : "?");
}

char *explain_exe(const Prophet *prophet, const Exe *exe)
{
    g_autofree char *label = exe_key_label(exe->key);
    g_autofree char *habit = explain_habit(prophet->model, exe);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s: %s\n", label, habit);
    append_seed(text, prophet->model, exe);
    if (exe->running)
        g_string_append(text, "  it runs\n");
    else
        append_parts(text, prophet, exe);
    return g_string_free(text, FALSE);
}
