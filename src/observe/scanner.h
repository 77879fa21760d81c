/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Scanner: the differential pass over /proc.
 *
 * A steady machine costs one readdir and a few readlinks, and opens nothing. A process is looked
 * into when it is new (its pid or the inode of its /proc directory is), and again, for an exec does
 * not change these, as long as it is young, and after that in turn, a bounded number of processes
 * each pass. Mappings are read at first sight and then at growing intervals while it runs, because
 * programs go on mapping (dlopen). Belongs to one thread.
 */
#include "observe/observation.h"
#include "observe/procfs.h"
#include "observe/scanrules.h"

typedef struct Scanner Scanner;

/* root is taken over. The rules' objects are referenced. */
Scanner *scanner_new(ProcRoot *root, const ScanRules *rules);
void scanner_free(Scanner *scanner);

/* New rules: everything is looked into again in the next pass, and what they reject is "stopped".
 */
void scanner_set_rules(Scanner *scanner, const ScanRules *rules);

/* Forgets what runs: the next pass reports everything as started. For a pause in scanning. */
void scanner_forget(Scanner *scanner);

/* A program known to map less than minsize (the bad-exe list of the state). */
void scanner_skip(Scanner *scanner, ExeKey *key);

Observation *scanner_pass(Scanner *scanner);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Scanner, scanner_free)
