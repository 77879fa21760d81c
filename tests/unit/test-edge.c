/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/edge.h"
#include "unit.h"

static TouchSet parsed(const char *text)
{
    TouchSet set = TOUCH_SET_NULL;
    if (*text != '\0')
        ck_assert(touch_set_parse(cursor_of(text, strlen(text)), &set));
    return set;
}

static void assert_touched(const Edge *edge, const char *expected)
{
    TouchRun room;
    TouchSet touched = edge_touched(edge, &room);
    g_autoptr(GString) text = g_string_new(NULL);
    touch_set_print(&touched, text);
    ck_assert_str_eq(text->str, expected);
}

static const char *const sets[] = {"", "3-7:41.8", "0:1.0,2:3", "0:1.0,2:3,9-12:ff.9"};

START_TEST(any_number_of_runs_is_kept)
{
    Edge edge = {0};
    for (gsize before = 0; before < G_N_ELEMENTS(sets); before++) {
        edge_give_touched(&edge, parsed(sets[before]));
        edge_give_touched(&edge, parsed(sets[_i]));
        assert_touched(&edge, sets[_i]);
    }
    TouchSet taken = edge_take_touched(&edge);
    TouchSet expected = parsed(sets[_i]);
    ck_assert(touch_set_equal(&taken, &expected));
    assert_touched(&edge, "");
    edge_give_touched(&edge, taken);
    edge_forget_touched(&edge);
    assert_touched(&edge, "");
    edge_give_touched(&edge, expected);
    edge_clear(&edge);
}
END_TEST

static const struct {
    Edge edge;
    const char *touched;
    Edge other;
    const char *theirs;
    uint16_t rank;
    uint8_t launches;
    const char *united;
} unions[] = {
    {{0}, "", {.rank = 7, .launches = 3}, "0:3.1", 7, 3, "0:3.1"},
    {{.rank = 7, .launches = 3}, "0:3.1", {0}, "", 7, 3, "0:3.1"},
    {{.rank = 7, .launches = 1}, "0:1.1", {.rank = 5, .launches = 2}, "1:2.2", 5, 3, "0:1.1,1:2.2"},
};

START_TEST(edges_unite)
{
    Edge edge = unions[_i].edge;
    Edge other = unions[_i].other;
    edge_give_touched(&edge, parsed(unions[_i].touched));
    edge_give_touched(&other, parsed(unions[_i].theirs));
    edge_unite(&edge, &other);
    ck_assert_uint_eq(edge.rank, unions[_i].rank);
    ck_assert_uint_eq(edge.launches, unions[_i].launches);
    assert_touched(&edge, unions[_i].united);
    assert_touched(&other, unions[_i].theirs);
    edge_clear(&edge);
    edge_clear(&other);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("edge");
    UNIT_ADD_ROWS(suite, any_number_of_runs_is_kept, sets);
    UNIT_ADD_ROWS(suite, edges_unite, unions);
    return suite;
}
