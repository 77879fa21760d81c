/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* What model.c needs of files.c besides what model.h has. Private to the model. */
#include "model/model.h"

/* For model->map_by_id. */
GHashTable *files_index_new(void);
