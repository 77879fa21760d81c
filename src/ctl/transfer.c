/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/transfer.h"
#include "base/fd.h"
#include "base/store.h"
#include "build-config.h"
#include "ctl/client.h"
#include "ctl/exit.h"
#include "ctl/json.h"
#include "ctl/say.h"
#include "ctl/text.h"
#include "formats/profiles.h"
#include "model/state.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>

/* How long a daemon that was asked to save is waited for. */
#define SAVE_WAIT_MSEC 2000
#define SAVE_LOOK_MSEC 20

static int complain(const char *what, const char *why)
{
    say_problem("%s: %s", what, why);
    return EXIT_REFUSED;
}

static const char *state_path(const Request *request)
{
    return request->state != NULL ? request->state : PRELOAD_STATEFILE;
}

static bool is_standard(const char *file)
{
    return file == NULL || strcmp(file, "-") == 0;
}

/* One line for people, or the same numbers in JSON. */
static int report(const Request *request, FILE *out, const char *text, uint32_t programs,
                  uint32_t left_out)
{
    if (!request->json) {
        fprintf(out, "%s\n", text);
        return EXIT_SUCCESS;
    }
    g_autoptr(GVariant) value = g_variant_ref_sink(g_variant_new_parsed(
        "{'programs': <%u>, 'left_out': <%u>, 'done': <%s>}", programs, left_out, text));
    g_autofree char *json = json_of(value, TRUE);
    fprintf(out, "%s\n", json);
    return EXIT_SUCCESS;
}

/* So that what was learnt just now is in it. Whoever may not ask for that exports what is there. */
static void have_saved(GDBusConnection *client, const char *path)
{
    GStatBuf before = {0};
    GStatBuf now = {0};
    (void)g_stat(path, &before); /* 0s: there is none yet */
    g_autoptr(GError) error = NULL;
    GVariant *answer = client_call(client, "Save", NULL, &error);
    g_clear_pointer(&answer, g_variant_unref); /* what counts is whether there is an error */
    for (int waited = 0; error == NULL && waited < SAVE_WAIT_MSEC; waited += SAVE_LOOK_MSEC) {
        if (g_stat(path, &now) == 0 && now.st_ino != before.st_ino)
            return;
        g_usleep(SAVE_LOOK_MSEC * 1000);
    }
}

static Image *read_state(const char *path, GError **error)
{
    g_autoptr(GString) text = fd_read_file(AT_FDCWD, path, STORE_LIMIT_BYTES);
    if (text == NULL) {
        g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno), "%s%s",
                    g_strerror(errno),
                    errno == EACCES   ? ": try sudo"
                    : errno == ENOENT ? ": is it another one? --state FILE"
                                      : "");
        return NULL;
    }
    return state_decode(text->str, text->len, error);
}

static int write_profile(const Request *request, const Profile *profile, uint32_t n_left_out)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = profile_encode(profile);
    if (is_standard(request->file)) {
        bool done = fwrite(text->str, 1, text->len, stdout) == text->len && fflush(stdout) == 0;
        return done ? EXIT_SUCCESS : complain("cannot write the profile", g_strerror(errno));
    }
    if (!g_file_set_contents_full(request->file, text->str, (gssize)text->len,
                                  G_FILE_SET_CONTENTS_CONSISTENT, 0644, &error))
        return complain("cannot write the profile", error->message);
    g_autofree char *programs = text_count(profile->programs->len, "program");
    g_autofree char *said = g_strdup_printf("%s in %s; left out: %u that are private, or of which "
                                            "nothing was learnt",
                                            programs, request->file, n_left_out);
    return report(request, stdout, said, profile->programs->len, n_left_out);
}

int transfer_export(GDBusConnection *client, const Request *request)
{
    const char *path = state_path(request);
    g_autoptr(GError) error = NULL;
    if (client != NULL)
        have_saved(client, path);
    g_autoptr(Image) image = read_state(path, &error);
    if (image == NULL)
        return complain(path, error->message);
    g_autoptr(Profile) profile = profile_of_image(image);
    return write_profile(request, profile, image->exes->len - profile->programs->len);
}

/* The bytes of the profile, and what is in it as far as it is installed here. */
typedef struct {
    GString *text;
    Profile *profile;
    uint32_t n_absent;
    char *name;
} Given;

static void given_clear(Given *given)
{
    if (given->text != NULL)
        g_string_free(given->text, TRUE);
    profile_free(given->profile);
    g_free(given->name);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Given, given_clear)

static bool read_given(const Request *request, Given *given, GError **error)
{
    bool standard = is_standard(request->file);
    given->name = standard ? g_strdup("standard input") : g_path_get_basename(request->file);
    given->text = standard ? fd_read_all(STDIN_FILENO, PROFILES_LIMIT_BYTES)
                           : fd_read_file(AT_FDCWD, request->file, PROFILES_LIMIT_BYTES);
    if (given->text == NULL) {
        g_set_error_literal(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno),
                            g_strerror(errno));
        return false;
    }
    given->profile = profile_decode(given->text->str, given->text->len, error);
    if (given->profile == NULL)
        return false;
    given->n_absent = profiles_match(given->profile, NULL);
    return true;
}

/* A copy beside the daemon's socket, in a directory of its own: of other places the daemon may not
 * see what we see. NULL if we may not write there. */
static char *put_beside(const Request *request, const Given *given)
{
    const char *socket = request->socket != NULL ? request->socket : PRELOAD_SOCKET;
    g_autofree char *beside = g_path_get_dirname(socket);
    g_autofree char *directory = g_build_filename(beside, "import-XXXXXX", NULL);
    if (g_mkdtemp_full(directory, 0700) == NULL)
        return NULL;
    g_autofree char *path = g_build_filename(directory, given->name, NULL);
    if (g_file_set_contents_full(path, given->text->str, (gssize)given->text->len,
                                 G_FILE_SET_CONTENTS_NONE, 0600, NULL))
        return g_steal_pointer(&path);
    (void)g_rmdir(directory);
    return NULL;
}

static void take_away(const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);
    (void)g_unlink(path); /* the daemon has it open, or would not */
    (void)g_rmdir(directory);
}

static int hand_over(GDBusConnection *client, const Request *request, const Given *given)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *copy = put_beside(request, given);
    g_autofree char *own =
        is_standard(request->file) ? g_strdup("-") : g_canonicalize_filename(request->file, NULL);
    GVariant *answer =
        client_call(client, "Import", g_variant_new("(s)", copy != NULL ? copy : own), &error);
    g_clear_pointer(&answer, g_variant_unref);
    if (copy != NULL)
        take_away(copy);
    if (error != NULL)
        return complain("the profile was not imported", error->message);
    g_autofree char *programs = text_count(given->profile->programs->len, "program");
    g_autofree char *said = g_strdup_printf(
        "%s given to the daemon, whose log tells how many of them it takes: those that it has not "
        "learnt itself; left out: %u not installed here as they were there",
        programs, given->n_absent);
    return report(request, stdout, said, given->profile->programs->len, given->n_absent);
}

/* The state belongs to whom its directory belongs to, which is whom the daemon runs as. */
static void become_owner(const char *path)
{
    GStatBuf st;
    g_autofree char *directory = g_path_get_dirname(path);
    if (geteuid() != 0 || g_stat(directory, &st) < 0 || st.st_uid == 0)
        return;
    if (setegid(st.st_gid) < 0 || seteuid(st.st_uid) < 0)
        return; /* then it is root's, which the daemon's start puts right (StateDirectory=) */
}

/* An empty one if there is no state yet. */
static Image *load_state(Store *store, GError **error)
{
    g_autoptr(GError) problem = NULL;
    GString *text = store_load(store, STORE_CURRENT, &problem);
    if (text == NULL && g_error_matches(problem, STORE_ERROR, STORE_ERROR_MISSING))
        return image_new();
    if (text == NULL) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return NULL;
    }
    Image *image = state_decode(text->str, text->len, error);
    g_string_free(text, TRUE);
    return image;
}

/* All is accepted: the daemon applies its rules when it loads the state. */
static Model *model_of(const Image *image)
{
    ModelRules rules = {.exeprefix = prefix_list_new(NULL), .mapprefix = prefix_list_new(NULL)};
    Model *model = model_new(&rules);
    prefix_list_unref(rules.exeprefix);
    prefix_list_unref(rules.mapprefix);
    (void)image_to_model(image, model); /* none is rejected */
    return model;
}

static bool write_state(const char *path, const Given *given, GraftReport *ret, GError **error)
{
    g_autoptr(Store) store = store_open(path, &io_system, error);
    g_autoptr(Image) image = store != NULL ? load_state(store, error) : NULL;
    if (image == NULL)
        return false;
    g_autoptr(Model) model = model_of(image);
    g_autofree char *name = g_utf8_make_valid(given->name, -1);
    g_autofree char *source = g_strconcat(PROFILE_SOURCE, name, NULL);
    *ret = model_graft(model, given->profile, source);
    if (ret->n_taken == 0)
        return true;
    g_autoptr(Image) merged = image_of_model(model, g_get_real_time() / G_USEC_PER_SEC);
    g_autoptr(GString) text = state_encode(merged);
    return store_replace(store, text->str, text->len, error);
}

static int put_into_state(const Request *request, const Given *given)
{
    const char *path = state_path(request);
    g_autoptr(GError) error = NULL;
    GraftReport taken = {0};
    become_owner(path);
    if (!write_state(path, given, &taken, &error))
        return complain("the profile was not imported", error->message);
    uint32_t n_left_out = taken.n_known + taken.n_rejected + given->n_absent;
    g_autofree char *programs = text_count(taken.n_taken, "program");
    g_autofree char *said = g_strdup_printf(
        "%s taken over into %s; left out: %u learnt there already, %u not installed here "
        "as they were there, %u not wanted",
        programs, path, taken.n_known, given->n_absent, taken.n_rejected);
    return report(request, stdout, said, taken.n_taken, n_left_out);
}

int transfer_import(GDBusConnection *client, const Request *request)
{
    g_autoptr(GError) error = NULL;
    g_auto(Given) given = {0};
    if (!read_given(request, &given, &error))
        return complain(is_standard(request->file) ? given.name : request->file, error->message);
    return client != NULL ? hand_over(client, request, &given) : put_into_state(request, &given);
}
