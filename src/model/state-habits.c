/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/state-habits.h"
#include "model/state-append.h"
#include "model/state-take.h"

#include <inttypes.h>
#include <math.h>

/* A year of 31,000 of them, as for model time, before and after 1970. */
#define LOCAL_MAX_SEC INT64_C(1000000000000)
#define RATE_MAX 1e6
#define OFFSET_MAX 100

static void append_session(GString *out, const Launches *now)
{
    g_string_append_printf(
        out, STATE_SESSION "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu32 "\t%" PRIu32 "\n",
        now->n_launches, now->last_usec, now->began_usec, now->session, now->place);
}

static void append_launch(GString *out, const ImageLaunch *from)
{
    const Launch *launch = &from->launch;
    g_string_append(out, STATE_LAUNCH "\t");
    if (from->exe != IMAGE_NO_EXE)
        g_string_append_printf(out, "%" PRIu32, from->exe);
    else
        g_string_append(out, STATE_NONE);
    g_string_append_printf(out, "\t%" PRId64 "\t%" PRIu32 "\t%u\t%u\t%u\n", launch->local_sec,
                           launch->session, launch->place_log, launch->session_log,
                           launch->rest_bin);
}

static void append_habit(GString *out, const ImageHabit *from)
{
    g_string_append_printf(out, STATE_HABIT "\t%" PRIu32 "\t%" PRIu64 "\t", from->exe,
                           from->habit.counted);
    state_append_float(out, from->habit.slow);
    g_string_append_c(out, '\t');
    state_append_float(out, from->habit.fast);
    g_string_append_c(out, '\t');
    state_append_float(out, from->habit.seen);
    g_string_append_c(out, '\n');
}

static void append_list(GString *out, const float *values, int n)
{
    for (int i = 0; i < n; i++) {
        g_string_append_c(out, i == 0 ? '\t' : ',');
        state_append_float(out, values[i]);
    }
}

static void append_rate(GString *out, const Rate *rate, int horizon)
{
    const float fitted[] = {rate->slope, rate->offset, rate->slope_steep, rate->offset_steep};
    g_string_append_printf(out, STATE_RATE "\t%d", horizon);
    append_list(out, fitted, (int)G_N_ELEMENTS(fitted));
    append_list(out, rate->launches, REST_BINS);
    append_list(out, rate->windows, REST_BINS);
    g_string_append_c(out, '\n');
}

uint64_t state_append_habits(GString *out, const Image *image)
{
    const ImageHabits *habits = &image->habits;
    if (!habits->known)
        return 0;
    append_session(out, &habits->now);
    for (guint i = 0; i < habits->launches->len; i++)
        append_launch(out, &g_array_index(habits->launches, ImageLaunch, i));
    for (guint i = 0; i < habits->habits->len; i++)
        append_habit(out, &g_array_index(habits->habits, ImageHabit, i));
    for (int moment = 0; moment < MOMENTS; moment++) {
        g_string_append_printf(out, STATE_MIXTURE "\t%d", moment);
        append_list(out, habits->mixture.weight[moment], EXPERTS);
        append_list(out, habits->mixture.steep[moment], EXPERTS);
        g_string_append_c(out, '\n');
    }
    for (int horizon = 0; horizon < HORIZONS; horizon++)
        append_rate(out, &habits->rates.of[horizon], horizon);
    return 1 + (uint64_t)habits->launches->len + habits->habits->len + MOMENTS + HORIZONS;
}

static bool take_u32(Cursor *fields, uint32_t most, uint32_t *ret)
{
    uint64_t value = 0;
    if (!state_take_u64(fields, most, &value))
        return false;
    *ret = (uint32_t)value;
    return true;
}

static bool take_u8(Cursor *fields, uint8_t most, uint8_t *ret)
{
    uint32_t value = 0;
    if (!take_u32(fields, most, &value))
        return false;
    *ret = (uint8_t)value;
    return true;
}

const char *state_take_session(Image *image, Cursor fields)
{
    ImageHabits *habits = &image->habits;
    Launches now = {0};
    if (habits->known)
        return "a session that came before";
    if (!state_take_u64(&fields, STATE_LAUNCHES_MAX, &now.n_launches) ||
        !state_take_u64(&fields, image->model_usec, &now.last_usec) ||
        !state_take_u64(&fields, image->model_usec, &now.began_usec) ||
        !take_u32(&fields, UINT32_MAX - 1, &now.session) ||
        !take_u32(&fields, UINT32_MAX - 1, &now.place) || fields.at != fields.end)
        return "not a session";
    habits->now = now;
    habits->known = true;
    return NULL;
}

static bool take_exe(Cursor *fields, const Image *image, uint32_t *ret)
{
    Cursor ahead = *fields;
    Cursor field;
    if (parse_field(&ahead, '\t', &field) && cursor_is(&field, STATE_NONE)) {
        *fields = ahead;
        *ret = IMAGE_NO_EXE;
        return true;
    }
    return state_take_index(fields, image->exes->len, ret);
}

const char *state_take_launch(Image *image, Cursor fields)
{
    ImageHabits *habits = &image->habits;
    ImageLaunch taken = {0};
    Launch *launch = &taken.launch;
    if (!take_exe(&fields, image, &taken.exe))
        return "no such program";
    if (!state_take_i64(&fields, &launch->local_sec) || launch->local_sec > LOCAL_MAX_SEC ||
        launch->local_sec < -LOCAL_MAX_SEC)
        return "a time out of range";
    if (!take_u32(&fields, habits->now.session, &launch->session) ||
        !take_u8(&fields, UINT8_MAX, &launch->place_log) ||
        !take_u8(&fields, UINT8_MAX, &launch->session_log) ||
        !take_u8(&fields, REST_NEVER, &launch->rest_bin) || fields.at != fields.end)
        return "not a launch";
    if (!habits->known || habits->launches->len >= LAUNCHES_MAX)
        return "a launch too many";
    g_array_append_val(habits->launches, taken);
    return NULL;
}

static bool take_float(Cursor *fields, double most, float *ret)
{
    double value = 0;
    if (!state_take_double(fields, most, &value))
        return false;
    *ret = (float)value;
    return true;
}

const char *state_take_habit(Image *image, Cursor fields)
{
    ImageHabits *habits = &image->habits;
    ImageHabit taken = {0};
    if (!state_take_index(&fields, image->exes->len, &taken.exe))
        return "no such program";
    guint n = habits->habits->len;
    if (n > 0 && g_array_index(habits->habits, ImageHabit, n - 1).exe >= taken.exe)
        return "a program out of turn";
    if (!habits->known || !state_take_u64(&fields, habits->now.n_launches, &taken.habit.counted) ||
        !take_float(&fields, STATE_COUNT_MAX, &taken.habit.slow) ||
        !take_float(&fields, STATE_COUNT_MAX, &taken.habit.fast) ||
        !take_float(&fields, STATE_COUNT_MAX, &taken.habit.seen) || fields.at != fields.end)
        return "not counts of launches";
    g_array_append_val(habits->habits, taken);
    return NULL;
}

/* So many numbers from least to most. */
static bool take_list(Cursor *fields, double least, double most, float *ret, int n)
{
    Cursor list;
    if (!parse_field(fields, '\t', &list))
        return false;
    for (int i = 0; i < n; i++) {
        Cursor item;
        double value = 0;
        if (!parse_field(&list, ',', &item) || !parse_whole_double(item, &value) ||
            !(value >= least && value <= most))
            return false;
        ret[i] = (float)value;
    }
    return list.at == list.end && list.end[-1] != ',';
}

const char *state_take_mixture(Image *image, Cursor fields)
{
    Mixture *mixture = &image->habits.mixture;
    uint32_t moment = 0;
    if (!state_take_index(&fields, MOMENTS, &moment))
        return "no such moment";
    if (!take_list(&fields, 0, MIXTURE_WEIGHT_MAX, mixture->weight[moment], EXPERTS) ||
        !take_list(&fields, 1, STATE_LAUNCHES_MAX, mixture->steep[moment], EXPERTS) ||
        fields.at != fields.end)
        return "not weights of the experts";
    return NULL;
}

const char *state_take_rate(Image *image, Cursor fields)
{
    uint32_t horizon = 0;
    float fitted[4] = {0};
    if (!state_take_index(&fields, HORIZONS, &horizon))
        return "no such horizon";
    Rate *rate = &image->habits.rates.of[horizon];
    if (!take_list(&fields, -OFFSET_MAX, STATE_LAUNCHES_MAX, fitted, 4) ||
        !take_list(&fields, 0, RATE_MAX, rate->launches, REST_BINS) ||
        !take_list(&fields, 1, RATE_MAX, rate->windows, REST_BINS) || fields.at != fields.end)
        return "not rates";
    rate->slope = fitted[0];
    rate->offset = fitted[1];
    rate->slope_steep = fitted[2];
    rate->offset_steep = fitted[3];
    bool sane = rate->slope > 0 && rate->slope <= OFFSET_MAX && rate->offset <= OFFSET_MAX &&
                rate->slope_steep >= 1 && rate->offset_steep >= 1;
    return sane ? NULL : "not rates";
}

const char *state_check_habits(const Image *image)
{
    const ImageHabits *habits = &image->habits;
    uint64_t most = MIN(habits->now.n_launches, LAUNCHES_MAX);
    return habits->launches->len == (habits->known ? most : 0) ? NULL
                                                               : "launches that do not add up";
}
