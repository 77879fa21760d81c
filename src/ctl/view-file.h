/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Views of accounts (account.h), for people. Pure: text is appended to `out`. */
#include "ctl/text.h"
#include <glib.h>

void view_analysis(const Paint *paint, GVariant *file, GString *out);
/* A share never is 100 % if anything is missing, nor where the kernel does not tell. */
void view_residency(const Paint *paint, GVariant *file, GString *out);
