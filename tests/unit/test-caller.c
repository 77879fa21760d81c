/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/caller.h"
#include "unit.h"

#define OWN 42

static const struct {
    Caller caller;
    bool read;
    bool inspect;
    bool change;
} callers[] = {
    {{0, 1, 0, NULL, 0}, true, true, true},
    {{OWN, 1, 0, NULL, 0}, true, true, true},
    {{1000, 1, 0, NULL, 0}, true, false, false},
    {{1000, 1, 1U << DEED_INSPECT, NULL, 0}, true, true, false},
    {{1000, 1, 1U << DEED_CHANGE, NULL, 0}, true, false, true},
    {{1000, 0, 1U << DEED_READ, NULL, 0}, true, false, false},
    {{(uid_t)-1, 0, 0, NULL, 0}, true, false, false},
};

START_TEST(root_and_the_daemons_user_may_all_others_what_was_granted)
{
    const Caller *caller = &callers[_i].caller;
    ck_assert(caller_may(caller, OWN, DEED_READ) == callers[_i].read);
    ck_assert(caller_may(caller, OWN, DEED_INSPECT) == callers[_i].inspect);
    ck_assert(caller_may(caller, OWN, DEED_CHANGE) == callers[_i].change);
    ck_assert(!caller_may(&callers[2].caller, OWN, DEEDS));
}
END_TEST

START_TEST(a_refusal_says_what_to_do)
{
    ck_assert_ptr_null(deed_action(DEED_READ));
    ck_assert_str_eq(deed_action(DEED_CHANGE), "org.preload.change");
    ck_assert_ptr_nonnull(strstr(deed_refusal(DEED_INSPECT), "sudo"));
    ck_assert_ptr_null(deed_action(DEEDS));
    ck_assert_str_eq(deed_refusal(DEEDS), "");
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("caller");
    UNIT_ADD_ROWS(suite, root_and_the_daemons_user_may_all_others_what_was_granted, callers);
    UNIT_ADD(suite, a_refusal_says_what_to_do);
    return suite;
}
