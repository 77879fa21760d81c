/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/rawopen.h"
#include "unit.h"
#include <sys/fanotify.h>

#define SIZE ((uint32_t)sizeof(struct fanotify_event_metadata))

static const struct fanotify_event_metadata good = {
    .event_len = SIZE,
    .vers = FANOTIFY_METADATA_VERSION,
    .metadata_len = SIZE,
    .mask = FAN_OPEN | FAN_ONDIR,
    .fd = 7,
    .pid = 42,
};

/* given one event, altered, in so many bytes; then whether it is taken. */
static const struct {
    uint32_t event_len;
    uint32_t metadata_len;
    int version;
    size_t n_bytes;
    bool taken;
} rows[] = {
    {SIZE, SIZE, FANOTIFY_METADATA_VERSION, SIZE, true},
    {SIZE, SIZE, FANOTIFY_METADATA_VERSION, SIZE + 1, true},
    {SIZE + 16, SIZE, FANOTIFY_METADATA_VERSION, SIZE + 16, true}, /* a record behind it */
    {SIZE + 16, SIZE + 8, FANOTIFY_METADATA_VERSION, SIZE + 16, true},
    {SIZE, SIZE, FANOTIFY_METADATA_VERSION, SIZE - 1, false},
    {SIZE, SIZE, FANOTIFY_METADATA_VERSION, 1, false},
    {SIZE, SIZE, FANOTIFY_METADATA_VERSION, 0, false},
    {SIZE + 1, SIZE, FANOTIFY_METADATA_VERSION, SIZE, false},
    {UINT32_MAX, SIZE, FANOTIFY_METADATA_VERSION, SIZE + 16, false},
    {SIZE - 1, SIZE, FANOTIFY_METADATA_VERSION, SIZE, false},
    {0, SIZE, FANOTIFY_METADATA_VERSION, SIZE, false},
    {0, 0, FANOTIFY_METADATA_VERSION, SIZE, false}, /* would never end */
    {SIZE, SIZE - 1, FANOTIFY_METADATA_VERSION, SIZE, false},
    {SIZE, SIZE + 1, FANOTIFY_METADATA_VERSION, SIZE, false},
    {SIZE, SIZE, FANOTIFY_METADATA_VERSION + 1, SIZE, false},
    {SIZE, SIZE, 0, SIZE, false},
};

START_TEST(one_event)
{
    struct fanotify_event_metadata metadata = good;
    metadata.event_len = rows[_i].event_len;
    metadata.metadata_len = (uint16_t)rows[_i].metadata_len;
    metadata.vers = (uint8_t)rows[_i].version;
    /* Of its very size, so that the address sanitizer sees what is read behind it. */
    g_autofree char *bytes = g_malloc0(rows[_i].n_bytes);
    if (bytes != NULL)
        memcpy(bytes, &metadata, MIN(rows[_i].n_bytes, sizeof metadata));
    Cursor c = cursor_of(bytes, rows[_i].n_bytes);
    RawOpen raw = {1, 2, 3};
    ck_assert(raw_open_parse(&c, &raw) == rows[_i].taken);
    ck_assert_uint_eq((size_t)(c.at - bytes), rows[_i].taken ? rows[_i].event_len : 0);
    ck_assert_uint_eq(raw.mask, rows[_i].taken ? good.mask : 1);
    ck_assert_int_eq(raw.fd, rows[_i].taken ? good.fd : 2);
    ck_assert_int_eq(raw.pid, rows[_i].taken ? good.pid : 3);
}
END_TEST

START_TEST(one_after_the_other)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_byte_array_append(bytes, (const guint8 *)"x", 1); /* nothing has to be aligned */
    struct fanotify_event_metadata metadata = good;
    for (int i = 0; i < 3; i++) {
        metadata.fd = i == 1 ? FAN_NOFD : i;
        metadata.mask = i == 1 ? FAN_Q_OVERFLOW : FAN_OPEN;
        g_byte_array_append(bytes, (const guint8 *)&metadata, sizeof metadata);
    }
    Cursor c = cursor_of((const char *)bytes->data + 1, bytes->len - 1);
    RawOpen raw;
    for (int i = 0; i < 3; i++) {
        ck_assert(raw_open_parse(&c, &raw));
        ck_assert_int_eq(raw.fd, i == 1 ? -1 : i);
        ck_assert_uint_eq(raw.mask, i == 1 ? FAN_Q_OVERFLOW : FAN_OPEN);
    }
    ck_assert(!raw_open_parse(&c, &raw));
    ck_assert_uint_eq(cursor_left(&c), 0);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("rawopen");
    UNIT_ADD_ROWS(suite, one_event, rows);
    UNIT_ADD(suite, one_after_the_other);
    return suite;
}
