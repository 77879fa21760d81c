/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/windows.h"

static void count(Calibration *calibration, double p, bool launched)
{
    double miss = p - (launched ? 1 : 0);
    calibration->n++;
    calibration->sum_squares += miss * miss;
    int bin = MIN((int)(p * RELIABILITY_BINS), RELIABILITY_BINS - 1);
    calibration->bins[bin].n++;
    calibration->bins[bin].sum_p += p;
    calibration->bins[bin].n_launched += launched;
}

static void end(Windows *windows, Model *model, Horizon horizon)
{
    Calibration *calibration = &windows->of[horizon].calibration;
    for (guint i = 0; i < model->exes->len; i++) {
        Exe *exe = model->exes->pdata[i];
        ExeWindow *window = &exe->windows[horizon];
        if (window->raw <= 0)
            continue;
        count(calibration, (double)window->bid, window->launched);
        rates_learn_outcome(&model->rates, horizon, (double)window->raw, window->launched);
        window->raw = 0;
    }
    rates_learn_number(&model->rates, horizon, windows->of[horizon].bin,
                       windows->of[horizon].n_launches);
    windows->of[horizon].open = false;
}

static void begin(Windows *windows, const Model *model, Horizon horizon, uint64_t length_usec)
{
    windows->of[horizon].open = true;
    windows->of[horizon].began_usec = model->now_usec;
    windows->of[horizon].length_usec = length_usec;
    windows->of[horizon].n_launches = 0;
    windows->of[horizon].bin = rates_bin(model);
    for (guint i = 0; i < model->exes->len; i++) {
        Exe *exe = model->exes->pdata[i];
        exe->windows[horizon] = (ExeWindow){exe->raw[horizon], exe->bid[horizon], false};
    }
}

static bool is_over(const Windows *windows, const Model *model, Horizon horizon)
{
    return model->now_usec - windows->of[horizon].began_usec >= windows->of[horizon].length_usec;
}

void windows_turn(Windows *windows, Model *model, double soon_sec)
{
    const double lengths_sec[HORIZONS] = {soon_sec, HORIZON_LATER_SEC};
    for (int horizon = 0; horizon < HORIZONS; horizon++) {
        if (windows->of[horizon].open && is_over(windows, model, (Horizon)horizon))
            end(windows, model, (Horizon)horizon);
        if (!windows->of[horizon].open)
            begin(windows, model, (Horizon)horizon,
                  (uint64_t)(lengths_sec[horizon] * G_USEC_PER_SEC));
    }
}

void windows_note(Windows *windows, const Model *model, Exe *exe)
{
    for (int horizon = 0; horizon < HORIZONS; horizon++) {
        if (!windows->of[horizon].open || is_over(windows, model, (Horizon)horizon))
            continue;
        windows->of[horizon].n_launches++;
        exe->windows[horizon].launched = true;
    }
}

void windows_drop(Windows *windows)
{
    for (int horizon = 0; horizon < HORIZONS; horizon++)
        windows->of[horizon].open = false;
}

double calibration_brier(const Calibration *calibration)
{
    return calibration->n > 0 ? calibration->sum_squares / (double)calibration->n : 0;
}
