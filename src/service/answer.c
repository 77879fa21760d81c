/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/answer.h"
#include "base/log.h"

void answer_begin(GVariantBuilder *answer)
{
    g_variant_builder_init(answer, G_VARIANT_TYPE_VARDICT);
}

void answer_put(GVariantBuilder *answer, const char *key, GVariant *value)
{
    g_variant_builder_add(answer, "{sv}", key, value);
}

void answer_bool(GVariantBuilder *answer, const char *key, bool value)
{
    answer_put(answer, key, g_variant_new_boolean(value));
}

void answer_u32(GVariantBuilder *answer, const char *key, uint32_t value)
{
    answer_put(answer, key, g_variant_new_uint32(value));
}

void answer_u64(GVariantBuilder *answer, const char *key, uint64_t value)
{
    answer_put(answer, key, g_variant_new_uint64(value));
}

void answer_i64(GVariantBuilder *answer, const char *key, int64_t value)
{
    answer_put(answer, key, g_variant_new_int64(value));
}

void answer_double(GVariantBuilder *answer, const char *key, double value)
{
    answer_put(answer, key, g_variant_new_double(value));
}

void answer_text(GVariantBuilder *answer, const char *key, const char *value)
{
    answer_put(answer, key, g_variant_new_take_string(log_printable(value)));
}

GVariant *answer_end(GVariantBuilder *answer)
{
    return g_variant_builder_end(answer);
}

static double share(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

void answer_metrics(GVariantBuilder *answer, const Metrics *metrics)
{
    answer_u64(answer, "launches", metrics->launches);
    answer_u64(answer, "footprint_bytes", metrics->footprint_bytes);
    answer_u64(answer, "resident_bytes", metrics->resident_bytes);
    answer_u64(answer, "ours_bytes", metrics->ours_bytes);
    answer_u64(answer, "late_bytes", metrics->late_bytes);
    answer_u64(answer, "wasted_bytes", metrics->wasted_bytes);
    answer_double(answer, "hit_ratio", share(metrics->resident_bytes, metrics->footprint_bytes));
    answer_double(answer, "ours_ratio", share(metrics->ours_bytes, metrics->footprint_bytes));
}

uint64_t answer_saved_usec(uint64_t ours_bytes, const Day *speed)
{
    if (speed->timed_bytes == 0)
        return 0;
    return (uint64_t)((double)ours_bytes * (double)speed->read_usec / (double)speed->timed_bytes);
}

void answer_day(GVariantBuilder *answer, const Day *day, const Day *speed)
{
    answer_metrics(answer, &day->metrics);
    answer_u64(answer, "read_ahead_bytes", day->read_bytes);
    answer_u64(answer, "saved_usec_estimate", answer_saved_usec(day->metrics.ours_bytes, speed));
}
