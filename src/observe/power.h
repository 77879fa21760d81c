/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Power: whether the machine runs on its battery, by /sys/class/power_supply
 * (Documentation/ABI/testing/sysfs-class-power), told as systemd's ConditionACPower= does
 * (on_ac_power() of its battery-util.c): any supply that is online and no battery (mains, USB,
 * wireless) is external power; else a battery that discharges tells that there is none; a machine
 * that says neither is plugged in. Batteries of devices (mice: scope Device) do not count, nor does
 * a USB port that gives power away.
 */
#include <stdbool.h>

/* path: "/sys/class/power_supply" but in tests. Reads a few short files; firmware may be asked for
 * their content, which takes milliseconds. */
bool power_on_battery(const char *path);
