/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/bus-reply.h"
#include "service/methods.h"
#include "unit.h"

/* The bridge goes by what the description of the interface says, the daemon by its own table. */
START_TEST(the_description_says_what_each_method_needs)
{
    g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(bus_interface_xml, NULL);
    ck_assert_ptr_nonnull(node);
    const GDBusInterfaceInfo *interface = g_dbus_node_info_lookup_interface(node, BUS_INTERFACE);
    /* What makes us read or keep what the caller names, or reads a file that he names. */
    static const char *const root_only[] = {"Import", "Pin", "Unpin", "Warm", "WarmStatus", NULL};
    guint n = 0;
    for (GDBusMethodInfo **info = interface->methods; *info != NULL; info++, n++) {
        const Method *method = method_find((*info)->name);
        const char *said = g_dbus_annotation_info_lookup((*info)->annotations, "org.preload.Deed");
        ck_assert_msg(method != NULL && said != NULL, "%s", (*info)->name);
        Deed deed = strcmp(said, "read") == 0      ? DEED_READ
                    : strcmp(said, "inspect") == 0 ? DEED_INSPECT
                                                   : DEED_CHANGE;
        ck_assert_msg(method->deed == deed, "%s: %s", method->name, said);
        bool root = strcmp(said, "change") != 0 && deed == DEED_CHANGE;
        ck_assert_msg(root == g_strv_contains(root_only, method->name), "%s", method->name);
    }
    ck_assert_uint_gt(n, 18);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("methods");
    UNIT_ADD(suite, the_description_says_what_each_method_needs);
    return suite;
}
