/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/bucket.h"

#include <glib.h>

#define BURST_SEC 0.1
#define DEBT_SEC 1.0

Bucket bucket_make(uint64_t rate_bytes, uint64_t now_usec)
{
    return (Bucket){rate_bytes, BURST_SEC * (double)rate_bytes, now_usec};
}

static void fill(Bucket *bucket, uint64_t now_usec)
{
    double rate_bytes = (double)bucket->rate_bytes;
    double passed_sec =
        now_usec > bucket->at_usec ? (double)(now_usec - bucket->at_usec) / G_USEC_PER_SEC : 0;
    bucket->level_bytes =
        MIN(bucket->level_bytes + rate_bytes * passed_sec, BURST_SEC * rate_bytes);
    bucket->at_usec = now_usec;
}

uint64_t bucket_wait_usec(Bucket *bucket, uint64_t now_usec)
{
    if (bucket->rate_bytes == 0)
        return 0;
    fill(bucket, now_usec);
    if (bucket->level_bytes > 0)
        return 0;
    return 1 + (uint64_t)(-bucket->level_bytes / (double)bucket->rate_bytes * G_USEC_PER_SEC);
}

void bucket_charge(Bucket *bucket, uint64_t bytes)
{
    double least_bytes = -DEBT_SEC * (double)bucket->rate_bytes;
    bucket->level_bytes = MAX(bucket->level_bytes - (double)bytes, least_bytes);
}
