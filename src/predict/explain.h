/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Explain: why a program is, or is not, expected now, for people. */
#include "predict/prophet.h"

/*
 * What a person would say of when the program is launched, from what is remembered of its launches:
 * "usually 4 minutes after firefox, on weekday mornings". To be freed; never empty.
 */
char *explain_habit(const Model *model, const Exe *exe);
/*
 * Lines, each ended by a newline: the program, its habit, its chance and bids, and of each expert
 * by what factor it raises or lowers the chance. To be freed.
 */
char *explain_exe(const Prophet *prophet, const Exe *exe);
