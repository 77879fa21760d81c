/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Favourites: the applications that people keep at hand: GNOME's, in the database of dconf(7)
 * (a GVDB file, as GLib's gvdb has it), and those of KDE's panels, in a text. Pure.
 */
#include "base/parse.h"
#include <glib.h>

#define FAVOURITES_LIMIT_BYTES ((size_t)2 << 20)
#define FAVOURITES_MAX 64

/* Desktop ids, to be freed by g_ptr_array_unref(); empty if there are none. */
/* "/org/gnome/shell/favorite-apps" of ~/.config/dconf/user. */
GPtrArray *favourites_of_dconf(Cursor database);
/* "launchers=" and "favorites=" of ~/.config/plasma-org.kde.plasma.desktop-appletsrc. */
GPtrArray *favourites_of_plasma(Cursor text);
