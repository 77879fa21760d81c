/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/bus-auth.h"
#include "service/bus-reply.h"
#include "service/methods.h"
#include <string.h>

/*
 * What a client of the private socket may send, from its first byte on: who it says it is, and
 * then messages, each of which has one reply that can be sent, or none. The methods are those of
 * the daemon, as far as their arguments are looked at.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static GVariant *call(gpointer data, const Caller *caller, const char *name, GVariant *args,
                      GError **error)
{
    const Method *method = method_find(name);
    if (method != NULL && g_variant_is_of_type(args, G_VARIANT_TYPE(method->takes)))
        return g_variant_new("(b)", TRUE);
    g_set_error(error, g_quark_from_static_string("fuzz"), 0, "no '%s'", name);
    return NULL;
}

static GVariant *property(gpointer data, const char *name)
{
    return name == NULL ? g_variant_new_parsed("@a{sv} {}") : NULL;
}

static bool may(gpointer data, const Caller *caller, Deed deed)
{
    return true;
}

static bool has_time(gpointer data, const Caller *caller)
{
    return true;
}

static void take_message(GString *in, gsize size)
{
    const BusHost host = {NULL, call, property, may, has_time};
    const Caller caller = {0};
    gsize length = 0;
    g_autoptr(GDBusMessage) message =
        g_dbus_message_new_from_blob((guchar *)in->str, size, G_DBUS_CAPABILITY_FLAGS_NONE, NULL);
    g_string_erase(in, 0, (gssize)size);
    g_autoptr(GDBusMessage) reply = message != NULL ? bus_reply(&host, &caller, message) : NULL;
    if (reply == NULL)
        return;
    g_dbus_message_set_serial(reply, 1);
    g_autoptr(GError) error = NULL;
    g_autofree guchar *blob =
        g_dbus_message_to_blob(reply, &length, G_DBUS_CAPABILITY_FLAGS_NONE, &error);
    g_assert_no_error(error);
    g_assert_nonnull(blob);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    BusAuth auth = {.uid = 0, .guid = "0123456789abcdef0123456789abcdef"};
    g_autoptr(GString) in = g_string_new_len((const char *)data, (gssize)size);
    g_autoptr(GString) out = g_string_new(NULL);
    if (bus_auth_feed(&auth, in, out) != AUTH_DONE)
        return 0;
    g_assert_true(auth.agreed);
    while (in->len >= 16) {
        gssize needed = g_dbus_message_bytes_needed((guchar *)in->str, in->len, NULL);
        if (needed < 16 || (gsize)needed > in->len)
            break;
        take_message(in, (gsize)needed);
    }
    return 0;
}
