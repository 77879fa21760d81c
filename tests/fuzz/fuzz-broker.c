/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/broker-message.h"
#include <glib.h>
#include <string.h>

/* A datagram between the daemon and its broker: a message within its bounds, or nothing is written.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint32_t untouched = UINT32_C(0x5a5a5a5a);
    BrokerMessage message = {.version = untouched};
    if (!broker_message_parse(data, size, &message)) {
        g_assert_cmpuint(message.version, ==, untouched);
        return 0;
    }
    g_assert_cmpuint(size, ==, sizeof message);
    g_assert_cmpuint(message.version, ==, BROKER_VERSION);
    g_assert_cmpint(message.execs_error, <=, 0);
    g_assert_cmpint(message.opens_error, <=, 0);
    g_assert_cmpuint(strlen(message.why), <, sizeof message.why);
    return 0;
}
