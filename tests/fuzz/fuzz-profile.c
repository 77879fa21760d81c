/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */

/*
 * The profile's reader: once with the bytes as they are, which the checksum stops, and once with an
 * END that is made right. What is accepted must come back from the writer, and go into a model.
 */
#include "model/profile-text.h"
#include "model/state.h"
#include "reseal.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_program(const ProfileProgram *program)
{
    require(profile_is_portable(program->key->path));
    require(program->n_learnt > 0 && program->n_learnt <= TOUCH_LAUNCHES);
    require(program->files->len <= MODEL_EDGES_PER_EXE_MAX);
    for (guint i = 0; i < program->files->len; i++) {
        const ProfileFile *file = &g_array_index(program->files, ProfileFile, i);
        require(profile_is_portable(file->path) && file->launches != 0);
        require(file->launches >> program->n_learnt == 0);
        require(!file->directory || file->touched.n_runs == 0);
    }
}

/* What the daemon would save afterwards can be read again. */
static void check_graft(const Profile *profile)
{
    ModelRules rules = {.exeprefix = prefix_list_new(NULL), .mapprefix = prefix_list_new(NULL)};
    g_autoptr(Model) model = model_new(&rules);
    prefix_list_unref(rules.exeprefix);
    prefix_list_unref(rules.mapprefix);
    GraftReport report = model_graft(model, profile, "profile");
    require(report.n_taken == profile->programs->len);
    g_autoptr(Image) image = image_of_model(model, 1);
    g_autoptr(GString) text = state_encode(image);
    g_autoptr(Image) again = state_decode(text->str, text->len, NULL);
    require(again != NULL);
}

static void decode(const char *bytes, size_t length)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Profile) profile = profile_decode(bytes, length, &error);
    require((profile == NULL) == (error != NULL));
    if (profile == NULL)
        return;
    for (guint i = 0; i < profile->programs->len; i++)
        check_program(profile->programs->pdata[i]);
    g_autoptr(GString) text = profile_encode(profile);
    g_autoptr(Profile) again = profile_decode(text->str, text->len, NULL);
    require(again != NULL);
    g_autoptr(GString) same = profile_encode(again);
    require(g_string_equal(text, same));
    check_graft(profile);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    decode((const char *)data, size);
    g_autoptr(GString) sealed = reseal((const char *)data, size);
    decode(sealed->str, sealed->len);
    return 0;
}
