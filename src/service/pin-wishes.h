/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Wishes for pins: from what was said, listed and learnt to files and their blocks (PinWish). Pure.
 *
 * A program that is known stands for all that its launches need (footprint.h), and for its
 * executable as a whole where nothing was learnt yet; any other path for that file as a whole.
 */
#include "model/model.h"
#include "prefetch/pins.h"

/*
 * In the order in which they are locked: what the user pinned; the items of lists (char *, as
 * pinlist.h has them); of the files that most programs need, the first n_shared, with the blocks
 * that any of these wants. A path comes once: blocks unite, and the first origin counts. Names that
 * are not known, or may be several programs', wish for nothing. Owned by the caller.
 */
GArray *pin_wishes(const Model *model, const GPtrArray *items, guint n_shared);
