/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/bus-peer.h"
#include <gio/gio.h>

/* Connections at once: of all, and of one user. More than these and the one that was silent for
 * longest goes: so the next one is always heard. */
#define PEERS_MAX 64
#define PEERS_OF_USER_MAX 24
/* How often it is looked for those that are stuck; only while there are any. */
#define LOOK_SEC 1

struct Bus {
    BusHost host;
    char *guid;
    GPtrArray *peers; /* Peer */
    guint look_source;
};

static Bus *bus_open(const BusHost *host)
{
    Bus *bus = g_new0(Bus, 1);
    bus->host = *host;
    bus->guid = g_dbus_generate_guid();
    bus->peers = g_ptr_array_new();
    return bus;
}

static void on_end(Peer *peer, gpointer data)
{
    Bus *bus = data;
    (void)g_ptr_array_remove_fast(bus->peers, peer); /* it is in there */
    peer_free(peer);
}

static void bus_drop(Bus *bus, Peer *peer)
{
    on_end(peer, bus);
}

static void bus_close(Bus *bus)
{
    while (bus->peers->len > 0)
        bus_drop(bus, bus->peers->pdata[0]);
    if (bus->look_source != 0)
        g_source_remove(bus->look_source);
    g_ptr_array_unref(bus->peers);
    g_free(bus->guid);
    g_free(bus);
}

static gboolean look(gpointer data)
{
    Bus *bus = data;
    gint64 now_usec = g_get_monotonic_time();
    for (guint i = bus->peers->len; i > 0; i--) {
        Peer *peer = bus->peers->pdata[i - 1];
        if (peer_is_stuck(peer, now_usec))
            bus_drop(bus, peer);
    }
    if (bus->peers->len > 0)
        return G_SOURCE_CONTINUE;
    bus->look_source = 0;
    return G_SOURCE_REMOVE;
}

static guint count_of(const Bus *bus, uid_t uid)
{
    guint n = 0;
    for (guint i = 0; i < bus->peers->len; i++)
        n += peer_caller(bus->peers->pdata[i])->uid == uid;
    return n;
}

/* Whose connections are the most. */
static uid_t find_greediest(const Bus *bus)
{
    uid_t uid = peer_caller(bus->peers->pdata[0])->uid;
    for (guint i = 1; i < bus->peers->len; i++) {
        uid_t other = peer_caller(bus->peers->pdata[i])->uid;
        if (count_of(bus, other) > count_of(bus, uid))
            uid = other;
    }
    return uid;
}

static void drop_idlest(Bus *bus, uid_t uid)
{
    Peer *idlest = NULL;
    for (guint i = 0; i < bus->peers->len; i++) {
        Peer *peer = bus->peers->pdata[i];
        if (peer_caller(peer)->uid != uid)
            continue;
        if (idlest == NULL || peer_active_usec(peer) < peer_active_usec(idlest))
            idlest = peer;
    }
    bus_drop(bus, idlest);
}

static void bus_adopt(Bus *bus, int fd, const Caller *caller)
{
    if (count_of(bus, caller->uid) >= PEERS_OF_USER_MAX)
        drop_idlest(bus, caller->uid);
    else if (bus->peers->len >= PEERS_MAX)
        drop_idlest(bus, find_greediest(bus));
    g_ptr_array_add(bus->peers, peer_new(&bus->host, fd, caller, bus->guid, on_end, bus));
    if (bus->look_source == 0)
        bus->look_source = g_timeout_add_seconds(LOOK_SEC, look, bus);
}

static void bus_emit(Bus *bus, const char *interface, const char *signal, GVariant *args, Deed deed)
{
    g_autoptr(GVariant) owned = g_variant_ref_sink(args);
    for (guint i = bus->peers->len; i > 0; i--) {
        Peer *peer = bus->peers->pdata[i - 1];
        if (bus->host.may(bus->host.data, peer_caller(peer), deed))
            peer_signal(peer, interface, signal, owned);
    }
}

static guint bus_clients(const Bus *bus)
{
    return bus->peers->len;
}

extern const BusModule preload_control_module;
G_MODULE_EXPORT const BusModule preload_control_module = {
    .version = BUS_VERSION,
    .open = bus_open,
    .close = bus_close,
    .adopt = bus_adopt,
    .emit = bus_emit,
    .clients = bus_clients,
};
