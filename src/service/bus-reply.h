/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Replies: what is answered to a message of a peer. */
#include "service/bus.h"
#include <gio/gio.h>

/* The description of the interface: data/org.preload.Daemon1.xml. */
extern const char bus_interface_xml[];

/* NULL: nothing is, as to what is no call, or to one that wants none. */
GDBusMessage *bus_reply(const BusHost *host, const Caller *caller, GDBusMessage *message);
