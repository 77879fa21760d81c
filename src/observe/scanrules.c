/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/scanrules.h"

ScanRules scan_rules_copy(const ScanRules *rules)
{
    return (ScanRules){
        .exeprefix = prefix_list_ref(rules->exeprefix),
        .mapprefix = prefix_list_ref(rules->mapprefix),
        .fileprefix = prefix_list_ref(rules->fileprefix),
        .interpreters = interpreters_ref(rules->interpreters),
        .minsize_bytes = rules->minsize_bytes,
    };
}

void scan_rules_clear(ScanRules *rules)
{
    g_clear_pointer(&rules->exeprefix, prefix_list_unref);
    g_clear_pointer(&rules->mapprefix, prefix_list_unref);
    g_clear_pointer(&rules->fileprefix, prefix_list_unref);
    g_clear_pointer(&rules->interpreters, interpreters_unref);
}
