/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* ScanRules: which programs and files the scanner takes notice of. Owns a reference to each part.
 */
#include "base/prefix.h"
#include "observe/interpreter.h"
#include <stdint.h>

typedef struct {
    PrefixList *exeprefix; /* of the executable, and of the script that an interpreter runs */
    PrefixList *mapprefix;
    PrefixList *fileprefix; /* of what is read or listed, not mapped */
    Interpreters *interpreters;
    uint64_t minsize_bytes; /* programs that map less are not read again */
} ScanRules;

ScanRules scan_rules_copy(const ScanRules *rules);
void scan_rules_clear(ScanRules *rules);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ScanRules, scan_rules_clear)
