/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "check-list.h"
#include "ctl/list-file.h"
#include <stdint.h>
#include <string.h>

/* Lists in JSON: an error, or absolute paths with ranges that do not overflow; and what is written
 * of them is a list of which nothing is refused. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(List) list = list_of_json(text, (gssize)strlen(text), &error);
    g_assert_true((list == NULL) == (error != NULL));
    if (list == NULL)
        return 0;
    check_list(list);
    g_autofree char *json = list_to_json(list);
    g_autoptr(List) again = list_of_json(json, -1, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(again->n_refused, ==, 0);
    return 0;
}
