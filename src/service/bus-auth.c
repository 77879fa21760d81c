/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/bus-auth.h"
#include <string.h>

static void say(GString *out, const char *line)
{
    g_string_append_printf(out, "%s\r\n", line);
}

static void agree(BusAuth *auth, GString *out)
{
    auth->agreed = true;
    auth->asked = false;
    g_string_append_printf(out, "OK %s\r\n", auth->guid);
}

static void reject(BusAuth *auth, GString *out)
{
    auth->agreed = false;
    auth->asked = false;
    say(out, "REJECTED EXTERNAL");
}

/* The uid in decimal digits, each as two hexadecimal ones; nothing at all is agreement, too. */
static bool is_identity(const BusAuth *auth, const char *hex)
{
    g_autofree char *digits = g_strdup_printf("%u", (unsigned)auth->uid);
    if (*hex == '\0')
        return true;
    if (strlen(hex) != 2 * strlen(digits))
        return false;
    for (gsize i = 0; digits[i] != '\0'; i++) {
        int high = g_ascii_xdigit_value(hex[2 * i]);
        int low = g_ascii_xdigit_value(hex[2 * i + 1]);
        if (high < 0 || low < 0 || high * 16 + low != digits[i])
            return false;
    }
    return true;
}

static void identify(BusAuth *auth, const char *hex, GString *out)
{
    if (is_identity(auth, hex))
        agree(auth, out);
    else
        reject(auth, out);
}

/* True if messages follow. */
static bool answer(BusAuth *auth, const char *line, GString *out)
{
    if (strcmp(line, "BEGIN") == 0 && auth->agreed)
        return true;
    if (strcmp(line, "AUTH EXTERNAL") == 0) {
        auth->asked = true;
        say(out, "DATA");
    } else if (g_str_has_prefix(line, "AUTH EXTERNAL ")) {
        identify(auth, line + strlen("AUTH EXTERNAL "), out);
    } else if (auth->asked && strcmp(line, "DATA") == 0) {
        identify(auth, "", out);
    } else if (auth->asked && g_str_has_prefix(line, "DATA ")) {
        identify(auth, line + strlen("DATA "), out);
    } else if (strcmp(line, "CANCEL") == 0 || strcmp(line, "AUTH") == 0 ||
               g_str_has_prefix(line, "AUTH ") || g_str_has_prefix(line, "ERROR")) {
        reject(auth, out);
    } else if (auth->agreed && strcmp(line, "NEGOTIATE_UNIX_FD") == 0) {
        auth->passes_fds = true;
        say(out, "AGREE_UNIX_FD");
    } else {
        say(out, "ERROR");
    }
    return false;
}

AuthOutcome bus_auth_feed(BusAuth *auth, GString *in, GString *out)
{
    if (in->len > 0 && !auth->greeted) {
        if (in->str[0] != '\0')
            return AUTH_FAILED;
        auth->greeted = true;
        g_string_erase(in, 0, 1);
    }
    for (;;) {
        const char *end = memmem(in->str, in->len, "\r\n", 2);
        gsize length = end != NULL ? (gsize)(end - in->str) : in->len;
        if (length > AUTH_LINE_MAX || memchr(in->str, '\0', length) != NULL)
            return AUTH_FAILED;
        if (end == NULL)
            return AUTH_GOES_ON;
        if (++auth->n_lines > AUTH_LINES_MAX)
            return AUTH_FAILED;
        g_autofree char *line = g_strndup(in->str, length);
        g_string_erase(in, 0, (gssize)length + 2);
        if (answer(auth, line, out))
            return AUTH_DONE;
    }
}
