/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Bucket: a token bucket in bytes. What was saved up lasts for a tenth of a second, so that a pause
 * is no licence for a flood; debts are forgiven but for a second's worth, so that what others read
 * at the full speed of a disk holds us up while it lasts, and not for minutes after. Pure.
 */
#include <stdint.h>

typedef struct {
    uint64_t rate_bytes; /* a second; 0: no limit */
    double level_bytes;  /* below 0: debt */
    uint64_t at_usec;
} Bucket;

/* Full at first. */
Bucket bucket_make(uint64_t rate_bytes, uint64_t now_usec);
/* 0: something may be read now, of whatever size; else for how long it has to wait. */
uint64_t bucket_wait_usec(Bucket *bucket, uint64_t now_usec);
/* So much was read, by whomever. */
void bucket_charge(Bucket *bucket, uint64_t bytes);
