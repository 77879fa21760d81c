/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "check-list.h"
#include "formats/list.h"
#include <glib.h>
#include <stdint.h>
#include <string.h>

/* Lists: absolute paths, each once, with ranges that do not overflow; what is printed of them is
 * the same list again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(List) list = list_new();
    list_parse(list, cursor_of((const char *)data, size));
    check_list(list);
    g_autoptr(GString) once = g_string_new(NULL);
    list_print(list, once);
    g_autoptr(List) again = list_new();
    list_parse(again, cursor_of(once->str, once->len));
    g_assert_true(again->n_refused == 0);
    return 0;
}
