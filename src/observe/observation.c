/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/observation.h"

void region_clear(Region *region)
{
    g_clear_pointer(&region->path, g_ref_string_release);
}

void sighted_file_clear(SightedFile *file)
{
    g_clear_pointer(&file->path, g_ref_string_release);
    touch_set_clear(&file->touched);
}

void sighting_free(Sighting *sighting)
{
    if (sighting == NULL)
        return;
    g_clear_pointer(&sighting->key, exe_key_unref);
    g_clear_pointer(&sighting->regions, g_array_unref);
    g_clear_pointer(&sighting->files, g_array_unref);
    g_free(sighting);
}

static void free_sighting(gpointer sighting)
{
    sighting_free(sighting);
}

Observation *observation_new(void)
{
    Observation *observation = g_new0(Observation, 1);
    observation->stopped = g_ptr_array_new_with_free_func(exe_key_release);
    observation->started = g_ptr_array_new_with_free_func(exe_key_release);
    observation->origins = g_array_new(FALSE, TRUE, sizeof(Origin)); /* 0: unknown */
    observation->sightings = g_ptr_array_new_with_free_func(free_sighting);
    return observation;
}

void observation_free(Observation *observation)
{
    if (observation == NULL)
        return;
    g_ptr_array_unref(observation->stopped);
    g_ptr_array_unref(observation->started);
    g_array_unref(observation->origins);
    g_ptr_array_unref(observation->sightings);
    g_clear_pointer(&observation->starter, exe_key_unref);
    g_free(observation);
}

void observation_add_started(Observation *observation, ExeKey *key, Origin origin)
{
    /* Whoever added keys alone did not know. */
    g_array_set_size(observation->origins, observation->started->len);
    g_array_append_val(observation->origins, origin);
    g_ptr_array_add(observation->started, exe_key_ref(key));
}

Origin observation_origin(const Observation *observation, guint place)
{
    return place < observation->origins->len ? g_array_index(observation->origins, Origin, place)
                                             : ORIGIN_UNKNOWN;
}
