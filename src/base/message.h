/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Messages that an administrator may want to find again: each has a MESSAGE_ID, the same for ever,
 * and an entry in data/preload.catalog ("journalctl -x").
 */
typedef enum {
    MESSAGE_NONE,
    MESSAGE_STARTED,
    MESSAGE_STOPPED,
    MESSAGE_RELOADED,
    MESSAGE_CONFIG_INVALID,
    MESSAGE_STATE_LOADED,
    MESSAGE_STATE_SAVED,
    MESSAGE_STATE_IMPORTED,
    MESSAGE_STATE_DAMAGED,
    MESSAGE_STATE_NOT_SAVED,
    MESSAGE_READ_AHEAD,
    MESSAGE_ASSISTED,
    MESSAGE_EVENTS_MISSING,
    MESSAGE_EVENTS_LOST,
    MESSAGE_CAPABILITY_MISSING,
    MESSAGE_PROC_UNREADABLE,
    MESSAGE_WATCHES_EXHAUSTED,
    MESSAGE_FILES_GONE,
    MESSAGE_OVERRUN,
    MESSAGE_PAUSED,
    MESSAGE_RESUMED,
    MESSAGE_WORD,
    MESSAGE_LOGIN,
    MESSAGE_WOKE_UP,
    MESSAGE_STANCE,
    MESSAGE_SEEDED,
    MESSAGE_PROFILE,
    MESSAGES
} MessageId;

/* 32 hexadecimal digits; NULL for MESSAGE_NONE. */
const char *message_id(MessageId id);
