/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/recent.h"
#include "unit.h"

#define HEAD                                                                                       \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xbel version=\"1.0\""                            \
    " xmlns:bookmark=\"http://www.freedesktop.org/standards/desktop-bookmarks\""                   \
    " xmlns:mime=\"http://www.freedesktop.org/standards/shared-mime-info\">\n"
#define BOOKMARK(href, applications)                                                               \
    "<bookmark href=\"" href "\" added=\"2026-01-01T00:00:00Z\" modified=\"2026-01-01T00:00:00Z\"" \
    " visited=\"2026-01-01T00:00:00Z\"><info><metadata owner=\"http://freedesktop.org\">"          \
    "<mime:mime-type type=\"text/plain\"/><bookmark:applications>" applications                    \
    "</bookmark:applications></metadata></info></bookmark>\n"
#define APPLICATION(name, exec, modified, count)                                                   \
    "<bookmark:application name=\"" name "\" exec=\"" exec "\" modified=\"" modified               \
    "\" count=\"" count "\"/>"

static GArray *parse(const char *text)
{
    return recent_parse(cursor_of(text, strlen(text)));
}

START_TEST(applications_of_documents)
{
    g_autoptr(GArray) used =
        parse(HEAD BOOKMARK(
            "file:///home/anna/a.txt",
            APPLICATION("Editor", "&apos;gedit %u&apos;", "2026-01-02T00:00:00Z", "3")
                APPLICATION("Viewer", "&apos;/usr/bin/eog %u&apos;", "2026-01-03T00:00:00Z", "1"))
                  BOOKMARK("file:///home/anna/b.txt",
                           APPLICATION("Editor", "&apos;gedit %u&apos;", "2026-01-04T00:00:00Z",
                                       "2")) "</xbel>");
    ck_assert_uint_eq(used->len, 2);
    guint n_found = 0;
    for (guint i = 0; i < used->len; i++) {
        const RecentApplication *recent = &g_array_index(used, RecentApplication, i);
        ck_assert_ptr_null(strstr(recent->program, "anna"));
        if (strcmp(recent->program, "gedit") == 0 && recent->count == 5 &&
            recent->used_sec == 1767484800)
            n_found++;
        if (strcmp(recent->program, "/usr/bin/eog") == 0 && recent->count == 1)
            n_found++;
    }
    ck_assert_uint_eq(n_found, 2);
}
END_TEST

static const char *const nothings[] = {
    "",
    "<xbel",
    "not XML",
    HEAD "</xbel>",
    HEAD BOOKMARK("file:///a", APPLICATION("x", "", "2026-01-01T00:00:00Z", "1")) "</xbel>",
    HEAD BOOKMARK("file:///a", APPLICATION("x", "%u", "never", "1")) "</xbel>",
};

START_TEST(nothing)
{
    g_autoptr(GArray) used = parse(nothings[_i]);
    ck_assert_uint_eq(used->len, 0);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("recent");
    UNIT_ADD(suite, applications_of_documents);
    UNIT_ADD_ROWS(suite, nothing, nothings);
    return suite;
}
