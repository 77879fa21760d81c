/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Models and observations, said in few words. */
#include "model/model.h"
#include "observe/observation.h"
#include <stdlib.h>
#include <string.h>

#define SEC UINT64_C(1000000)
#define MIB (UINT64_C(1) << 20)

static inline Model *given_model(uint64_t minsize_bytes)
{
    ModelRules rules = {
        .minsize_bytes = minsize_bytes,
        .exeprefix = prefix_list_new(NULL),
        .mapprefix = prefix_list_new(NULL),
    };
    Model *model = model_new(&rules);
    prefix_list_unref(rules.exeprefix);
    prefix_list_unref(rules.mapprefix);
    return model;
}

static inline void add_keys(GPtrArray *keys, const char *names)
{
    g_auto(GStrv) paths = g_strsplit(names, " ", -1);
    for (char **path = paths; *path != NULL; path++) {
        if (**path != '\0')
            g_ptr_array_add(keys, exe_key_new(*path, NULL));
    }
}

/* Paths separated by blanks: what started and what stopped since the pass before. */
static inline Observation *given_pass(const char *started, const char *stopped)
{
    Observation *observation = observation_new();
    add_keys(observation->started, started);
    add_keys(observation->stopped, stopped);
    return observation;
}

/* The identity of a file: another path is another file. */
static inline FileId id_of(const char *path, uint64_t size_bytes)
{
    return (FileId){1, 1000 + g_str_hash(path), size_bytes, 3};
}

/* A sighting of a program that maps the whole of a file of that size. */
static inline void add_sighting(Observation *observation, const char *exe, const char *file,
                                uint64_t size_bytes)
{
    Sighting *sighting = NULL;
    for (guint i = 0; i < observation->sightings->len; i++) {
        Sighting *known = observation->sightings->pdata[i];
        if (g_str_equal(known->key->path, exe))
            sighting = known;
    }
    if (sighting == NULL) {
        sighting = g_new0(Sighting, 1);
        sighting->key = exe_key_new(exe, NULL);
        sighting->id = (FileId){1, 1, 1, 1};
        sighting->regions = g_array_new(FALSE, FALSE, sizeof(Region));
        g_array_set_clear_func(sighting->regions, (GDestroyNotify)region_clear);
        g_ptr_array_add(observation->sightings, sighting);
    }
    Region region = {g_ref_string_new(file), id_of(file, size_bytes), 0, size_bytes};
    g_array_append_val(sighting->regions, region);
    sighting->mapped_bytes += size_bytes;
}

/*
 * What was seen of a launch: files separated by blanks, in the order of their first touch, as
 * "/path=BLOCKS@STEP" (blocks as of block_set_parse()), "/path" (opened only) or "/path/" (a
 * directory that was listed).
 */
static inline Sighting *given_launch(const char *exe, uint64_t launch, const char *files)
{
    Sighting *sighting = g_new0(Sighting, 1);
    sighting->key = exe_key_new(exe, NULL);
    sighting->id = (FileId){1, 1, 1, 1};
    sighting->mapped_bytes = UINT64_MAX;
    sighting->launch = launch;
    sighting->files = g_array_new(FALSE, FALSE, sizeof(SightedFile));
    g_array_set_clear_func(sighting->files, (GDestroyNotify)sighted_file_clear);
    g_auto(GStrv) words = g_strsplit(files, " ", -1);
    for (guint i = 0; words[i] != NULL && *words[i] != '\0'; i++) {
        g_auto(GStrv) parts = g_strsplit_set(words[i], "=@", 3);
        SightedFile file = {.rank = (uint16_t)i, .directory = g_str_has_suffix(parts[0], "/")};
        file.path = g_ref_string_new_len(parts[0], (gssize)strlen(parts[0]) - file.directory);
        file.id = id_of(file.path, MIB);
        BlockSet blocks = BLOCK_SET_NULL;
        if (parts[1] != NULL && block_set_parse(cursor_of(parts[1], strlen(parts[1])), &blocks))
            (void)touch_set_add(&file.touched, &blocks, 1, (uint8_t)atoi(parts[2]));
        block_set_clear(&blocks);
        g_array_append_val(sighting->files, file);
    }
    return sighting;
}

/* The model learns of it, a second later; it is freed. */
static inline void when_launched(Model *model, Sighting *sighting)
{
    Observation *observation = observation_new();
    g_ptr_array_add(observation->sightings, sighting);
    model_advance(model, SEC);
    model_observe(model, observation);
    observation_free(observation);
}

/* delta_sec pass, then the model learns the observation, which is freed. */
static inline void when(Model *model, uint64_t delta_sec, Observation *observation)
{
    model_advance(model, delta_sec * SEC);
    model_observe(model, observation);
    observation_free(observation);
}

static inline Exe *exe_of(const Model *model, const char *path)
{
    g_autoptr(ExeKey) key = exe_key_new(path, NULL);
    return model_find_exe(model, key);
}

/* A model that has seen /a, /b and /c, each with a file of its own and all with /lib; none runs. */
static inline Model *given_three(void)
{
    Model *model = given_model(0);
    Observation *first = given_pass("/a /b /c", "");
    const char *const exes[] = {"/a", "/b", "/c"};
    for (gsize i = 0; i < G_N_ELEMENTS(exes); i++) {
        g_autofree char *file = g_strconcat(exes[i], ".data", NULL);
        add_sighting(first, exes[i], file, (i + 1) * MIB);
        add_sighting(first, exes[i], "/lib", MIB);
    }
    when(model, 0, first);
    when(model, 10, given_pass("", "/a /b /c"));
    return model;
}
