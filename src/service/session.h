/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Session: notices what begins (a boot, a login, the end of suspend or hibernation), tells the
 * prophet of it, and says what stance prediction takes (predict/stance.h).
 *
 * Logins are told by logind, if there is one and a service manager started us (notify.h has why).
 * Else a session is taken to begin with the first program of a user, when none of a user's has run
 * for sessionapart seconds, as far as is known. Logins within that time begin one session:
 * somebody, or something, may log in again and again.
 */
#include "observe/logins.h"
#include "predict/stance.h"
#include "service/daemon.h"

typedef struct Session Session;

/* logins is taken over; NULL: there is no logind. Begins a session if the machine was just booted;
 * logins are told of from now on. */
Session *session_new(Daemon *daemon, Logins *logins);
/* With logind's, if a service manager started us; says in the log if there are none. */
Session *session_open(Daemon *daemon);
void session_free(Session *session);

/* Somebody logged in. */
void session_note_login(Session *session, const Login *login);
/* Before the model observes it. */
void session_note_started(Session *session, const Observation *observation);
/* Once a cycle: whether the machine has slept, and who logged in. */
void session_look(Session *session);
/* What a pass found decides. Logs what changes. */
Stance session_stance(Session *session, const Observation *observation);
/* The last one, for people: "state: ..."; to be freed. */
char *session_describe(const Session *session);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Session, session_free)
