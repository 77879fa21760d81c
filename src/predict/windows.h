/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Windows: whether what was bid came true. For each horizon one window at a time is open: it begins
 * with the bids of a cycle, and once it is over the rates learn from it (model/rates.h), and it is
 * counted how good the bids were. Windows of one horizon do not overlap, so each launch counts
 * once.
 *
 * What is open is part of the model, but not of the state: a restart loses ten minutes of it.
 */
#include "model/model.h"

/* The bids' calibration: Brier's score (1950), the mean of (P - came true)^2, and for each tenth of
 * P how many there were, their mean, and how many came true. */
typedef struct {
    uint64_t n;
    double sum_p;
    uint64_t n_launched;
} Reliability;

enum { RELIABILITY_BINS = 10 };

typedef struct {
    uint64_t n;
    double sum_squares;
    Reliability bins[RELIABILITY_BINS];
} Calibration;

typedef struct Windows {
    struct {
        bool open;
        uint64_t began_usec; /* model time */
        uint64_t length_usec;
        uint32_t n_launches;
        uint8_t bin;
        Calibration calibration;
    } of[HORIZONS];
} Windows;

/* At the end of a prophecy: ends windows that are over and opens new ones with the bids in
 * exe->raw. soon_sec is the length of HORIZON_SOON. */
void windows_turn(Windows *windows, Model *model, double soon_sec);
/* An Exe is launched now. */
void windows_note(Windows *windows, const Model *model, Exe *exe);
/* Time was lost (the machine was off): what is open came to nothing. */
void windows_drop(Windows *windows);

double calibration_brier(const Calibration *calibration);
