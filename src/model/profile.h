/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Profile: what launches of programs need, without whose programs they are or when they ran: what
 * one machine tells another, by "preloadctl export" and profiles.d. Pure.
 *
 * Only what lies in the trees that packages fill is in one (profile_is_portable()). Files are known
 * again by size and time of modification: the package that brings them sets both, the inode and the
 * device are of one machine.
 *
 * A profile counts less than anything that was learnt: it fills in for programs that no launch on
 * this machine was learnt from. Its launches are then as old ones: the next that is learnt goes
 * before them, and what it does not need leaves after a few more.
 */
#include "model/image.h"

/* Of all files of a profile; of one program: MODEL_EDGES_PER_EXE_MAX. */
#define PROFILE_FILES_MAX MODEL_EDGES_MAX
#define PROFILE_PROGRAMS_MAX MODEL_EXES_MAX

/* What Exe.seed_source begins with; the name of the profile stands behind it. */
#define PROFILE_SOURCE "profile "

typedef struct {
    GRefString *path;
    FileId id; /* dev and ino are 0 until it was found here; all is 0 for a directory */
    TouchSet touched;
    uint16_t rank;
    uint8_t launches;
    bool directory;
} ProfileFile;

typedef struct {
    ExeKey *key;
    FileId id;
    GArray *files;    /* ProfileFile, rising by path */
    uint8_t n_learnt; /* 1 to TOUCH_LAUNCHES */
} ProfileProgram;

typedef struct {
    GPtrArray *programs; /* ProfileProgram, each once */
} Profile;

Profile *profile_new(void);
void profile_free(Profile *profile);
/* Takes the key over; has no files yet. To be freed, or added to profile->programs. */
ProfileProgram *profile_program_new(ExeKey *taken_key);
void profile_program_free(ProfileProgram *program);

/* Whether it may be in a profile: absolute, below /usr, /opt, /lib*, /bin, /sbin, /etc, flatpaks,
 * snaps or the stores of Nix and Guix, without "." and ".." in it. */
bool profile_is_portable(const char *path);
/* All programs that a launch was learnt from, as far as they are portable. */
Profile *profile_of_image(const Image *image);

typedef struct {
    uint32_t n_taken;
    uint32_t n_known;    /* something was learnt of them here: left alone */
    uint32_t n_rejected; /* by the rules or the user's word, or because the model is full */
} GraftReport;

/* Takes programs over into the model, whose files were found here (formats/profiles.h). source:
 * what "preloadctl show" tells of where that is from. */
GraftReport model_graft(Model *model, const Profile *profile, const char *source);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Profile, profile_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ProfileProgram, profile_program_free)
