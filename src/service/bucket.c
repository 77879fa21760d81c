/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/bucket.h"

typedef struct {
    uid_t uid;
    double tokens;
    uint64_t filled_usec;
} Bucket;

struct Buckets {
    Bucket of[BUCKET_USERS_MAX];
    guint n;
};

Buckets *buckets_new(void)
{
    return g_new0(Buckets, 1);
}

void buckets_free(Buckets *buckets)
{
    g_free(buckets);
}

/* A full one for a user who has none. */
static Bucket *find(Buckets *buckets, uid_t uid, uint64_t now_usec)
{
    guint oldest = 0;
    for (guint i = 0; i < buckets->n; i++) {
        if (buckets->of[i].uid == uid)
            return &buckets->of[i];
        if (buckets->of[i].filled_usec < buckets->of[oldest].filled_usec)
            oldest = i;
    }
    guint place = buckets->n < BUCKET_USERS_MAX ? buckets->n++ : oldest;
    buckets->of[place] = (Bucket){uid, BUCKET_BURST, now_usec};
    return &buckets->of[place];
}

bool buckets_take(Buckets *buckets, uid_t uid, double cost, uint64_t now_usec)
{
    Bucket *bucket = find(buckets, uid, now_usec);
    if (now_usec > bucket->filled_usec) {
        double passed_sec = (double)(now_usec - bucket->filled_usec) / G_USEC_PER_SEC;
        bucket->tokens = MIN(BUCKET_BURST, bucket->tokens + passed_sec * BUCKET_PER_SEC);
        bucket->filled_usec = now_usec;
    }
    if (bucket->tokens < cost)
        return false;
    bucket->tokens -= cost;
    return true;
}
