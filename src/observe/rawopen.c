/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/rawopen.h"
#include <string.h>
#include <sys/fanotify.h>

bool raw_open_parse(Cursor *c, RawOpen *ret)
{
    struct fanotify_event_metadata metadata;
    if (cursor_left(c) < sizeof metadata)
        return false;
    memcpy(&metadata, c->at, sizeof metadata);
    /* What follows the metadata in an event (records of groups of other kinds) is passed over. */
    if (metadata.vers != FANOTIFY_METADATA_VERSION || metadata.metadata_len < sizeof metadata ||
        metadata.event_len < metadata.metadata_len || metadata.event_len > cursor_left(c))
        return false;
    c->at += metadata.event_len;
    *ret = (RawOpen){metadata.mask, metadata.fd, metadata.pid};
    return true;
}
