/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/power.h"
#include "unit.h"
#include <sys/stat.h>

/* The files below /sys/class/power_supply: "SUPPLY/ATTRIBUTE=text", separated by blanks; a '_' in
 * the text is a blank. */
static const struct {
    const char *files;
    bool on_battery;
} rows[] = {
    {"", false},
    {"AC/type=Mains AC/online=1", false},
    {"AC/type=Mains AC/online=0", false}, /* and no battery: it must be something else */
    {"BAT0/type=Battery BAT0/status=Discharging", true},
    {"BAT0/type=Battery BAT0/status=Charging", false},
    {"BAT0/type=Battery BAT0/status=Not_charging", false},
    {"BAT0/type=Battery BAT0/status=Full", false},
    {"BAT0/type=Battery BAT0/status=Unknown", false},
    {"BAT0/type=Battery", false},
    {"AC/type=Mains AC/online=0 BAT0/type=Battery BAT0/status=Discharging", true},
    /* a weak adapter: it discharges on external power */
    {"AC/type=Mains AC/online=1 BAT0/type=Battery BAT0/status=Discharging", false},
    {"usb/type=USB usb/online=1 BAT0/type=Battery BAT0/status=Discharging", false},
    {"usb/type=USB usb/online=2 BAT0/type=Battery BAT0/status=Discharging", false},
    {"usb/type=USB usb/online=0 BAT0/type=Battery BAT0/status=Discharging", true},
    {"pad/type=Wireless pad/online=1 BAT0/type=Battery BAT0/status=Discharging", false},
    /* one of two batteries */
    {"BAT0/type=Battery BAT0/status=Full BAT1/type=Battery BAT1/status=Discharging", true},
    /* a mouse */
    {"mouse/type=Battery mouse/scope=Device mouse/status=Discharging", false},
    {"mouse/type=Mains mouse/scope=Device mouse/online=1 BAT0/type=Battery "
     "BAT0/status=Discharging",
     true},
    {"BAT0/type=Battery BAT0/scope=System BAT0/status=Discharging", true},
    /* a port that powers a telephone, and one that is powered */
    {"usb/type=USB usb/online=1 usb/device/typec/port0/power_role=[source]_sink "
     "BAT0/type=Battery BAT0/status=Discharging",
     true},
    {"usb/type=USB usb/online=1 usb/device/typec/port0/power_role=source_[sink] "
     "BAT0/type=Battery BAT0/status=Discharging",
     false},
    {"usb/type=USB usb/online=1 usb/device/typec/port0/power_role=[source]_sink "
     "usb/device/typec/port1/power_role=[sink] BAT0/type=Battery BAT0/status=Discharging",
     false},
    /* nonsense */
    {"x/online=11 BAT0/type=Battery BAT0/status=Discharging_or_not", false},
    {"x/type=Battery_and_more x/online=yes BAT0/type=Battery BAT0/status=Discharging", true},
};

START_TEST(supplies)
{
    char *directory = unit_mkdir();
    g_auto(GStrv) files = g_strsplit(rows[_i].files, " ", -1);
    for (char **file = files; *file != NULL && **file != '\0'; file++) {
        char *text = strchr(*file, '=');
        *text++ = '\0';
        g_autofree char *line = g_strconcat(g_strdelimit(text, "_", ' '), "\n", NULL);
        g_free(unit_write(directory, *file, line, -1));
    }
    ck_assert(power_on_battery(directory) == rows[_i].on_battery);
    unit_rmdir(directory);
}
END_TEST

START_TEST(no_such_directory)
{
    ck_assert(!power_on_battery("/nowhere/power_supply"));
}
END_TEST

/* Neither a huge attribute, nor thousands of supplies, nor a directory in its place. */
START_TEST(what_is_absurd_is_bounded)
{
    char *directory = unit_mkdir();
    g_autofree char *huge = g_strnfill(1 << 20, '1');
    g_free(unit_write(directory, "AC/online", huge, -1));
    g_free(unit_write(directory, "AC/type/file", "Mains", -1));
    for (int i = 0; i < 200; i++) {
        g_autofree char *name = g_strdup_printf("x%d/online", i);
        g_free(unit_write(directory, name, "0\n", -1));
    }
    ck_assert(!power_on_battery(directory));
    unit_rmdir(directory);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("power");
    UNIT_ADD_ROWS(suite, supplies, rows);
    UNIT_ADD(suite, no_such_directory);
    UNIT_ADD(suite, what_is_absurd_is_bounded);
    return suite;
}
