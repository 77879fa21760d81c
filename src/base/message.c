/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/message.h"
#include <glib.h>

/* Made by "systemd-id128 new", once and for ever: catalogs and people's queries refer to them. */
static const char *const ids[MESSAGES] = {
    [MESSAGE_STARTED] = "93cffdbd6c21426cad168938f6e8977a",
    [MESSAGE_STOPPED] = "e9b67fde1fe14128ab097054f6e9025e",
    [MESSAGE_RELOADED] = "47c5cc4cb52d4ef38efc71879123d743",
    [MESSAGE_CONFIG_INVALID] = "03112b880f5843f6abfbfd608742e042",
    [MESSAGE_STATE_LOADED] = "7acb7f0216e54f6496a1f74d5ca3f140",
    [MESSAGE_STATE_SAVED] = "ef802a161960478ca8489a435427f9a3",
    [MESSAGE_STATE_IMPORTED] = "0a6115d13e114a2fbff9718bd115a8e2",
    [MESSAGE_STATE_DAMAGED] = "55f3f75c104749959601407b5bc3a474",
    [MESSAGE_STATE_NOT_SAVED] = "d83d5d1d655c422d89cf3d39ca59e80d",
    [MESSAGE_READ_AHEAD] = "183d7f0a3b904bb185c8cf65a61f050e",
    [MESSAGE_ASSISTED] = "3fa9c27382ec4984b907c9b39a762031",
    [MESSAGE_EVENTS_MISSING] = "c7fdba5d6d3a4ef7904c3194063e9aaf",
    [MESSAGE_EVENTS_LOST] = "979721627ac647b5851176f803aafe1f",
    [MESSAGE_CAPABILITY_MISSING] = "5e596961a31745e29aca50799ef2e7bc",
    [MESSAGE_PROC_UNREADABLE] = "bac093f44a54489a8d23ef689e25a764",
    [MESSAGE_WATCHES_EXHAUSTED] = "d9385cefaece48aba96c737be3f10d0f",
    [MESSAGE_FILES_GONE] = "f7a53bbed0a94d0fb8d3124b38810a5a",
    [MESSAGE_OVERRUN] = "2f0da5a6b5e64c179bd590560993b188",
    [MESSAGE_PAUSED] = "e516dc3fb8a748e0b4cb17e2c27778a8",
    [MESSAGE_RESUMED] = "ec8e70eaca9c456ea8c7c3291128e918",
    [MESSAGE_WORD] = "8f6135c61afa48c4813d3c1da48f8511",
    [MESSAGE_LOGIN] = "95d94eb89ae74525a7f5149779e7815a",
    [MESSAGE_WOKE_UP] = "449f773288df4defa95bbfe97be3995a",
    [MESSAGE_STANCE] = "72f3066ce36546fca085509e99fd80b3",
    [MESSAGE_SEEDED] = "c570305b745b48ca99615b6c2bc04772",
    [MESSAGE_PROFILE] = "8f0e5d1a77c04c0e9d6a3b54e21f7c96",
};

const char *message_id(MessageId id)
{
    g_return_val_if_fail((unsigned)id < MESSAGES, NULL);
    return ids[id];
}
