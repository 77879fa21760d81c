/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/mimeapps.h"
#include "unit.h"

static const struct {
    MimeappsKind kind;
    const char *text;
    const char *ids; /* NULL: none */
} lists[] = {
    {MIMEAPPS_CHOSEN, "[Default Applications]\nx-scheme-handler/http=a.desktop;b.desktop;\n",
     "a.desktop|b.desktop"},
    {MIMEAPPS_CHOSEN, "[Default Applications]\nx-scheme-handler/http=a.desktop\n", "a.desktop"},
    {MIMEAPPS_CHOSEN, "[Added Associations]\nx-scheme-handler/http=a.desktop\n", NULL},
    {MIMEAPPS_CAPABLE, "[MIME Cache]\nx-scheme-handler/http=b.desktop;\n", "b.desktop"},
    {MIMEAPPS_CAPABLE, "[Default Applications]\nx-scheme-handler/http=a.desktop\n", NULL},
    {MIMEAPPS_CHOSEN, "no key file", NULL},
    {MIMEAPPS_CHOSEN, "", NULL},
};

START_TEST(defaults_of_a_type)
{
    const char *text = lists[_i].text;
    g_autoptr(Mimeapps) mimeapps = mimeapps_parse(lists[_i].kind, cursor_of(text, strlen(text)));
    g_auto(GStrv) ids = mimeapps != NULL ? mimeapps_find(mimeapps, "x-scheme-handler/http") : NULL;
    g_autofree char *joined = ids != NULL ? g_strjoinv("|", ids) : NULL;
    ck_assert_pstr_eq(joined, lists[_i].ids);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("mimeapps");
    UNIT_ADD_ROWS(suite, defaults_of_a_type, lists);
    return suite;
}
