/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Caller: who asks, as the kernel or the bus says, and what that one may. Pure.
 *
 * Numbers are for everyone. Which programs run here tells what its users do, and the model does not
 * know which of them: so that is for root, for whom the daemon runs as, and for whom polkit says so
 * (org.preload.inspect). Changes are for the same, or org.preload.change.
 */
#include <stdbool.h>
#include <sys/types.h>

typedef enum {
    DEED_READ,    /* numbers, without a name */
    DEED_INSPECT, /* names of programs and files */
    DEED_CHANGE,
    DEEDS
} Deed;

typedef struct {
    uid_t uid;
    pid_t pid;        /* 0: not known */
    unsigned granted; /* deeds that were authorised for this call, as bits */
    const int *fds;   /* descriptors that came with this call, borrowed; NULL: none */
    unsigned n_fds;
} Caller;

bool caller_may(const Caller *caller, uid_t own_uid, Deed deed);
/* "org.preload.inspect": what polkit is asked; NULL for what everyone may. */
const char *deed_action(Deed deed);
/* What is said to whom it is refused. */
const char *deed_refusal(Deed deed);
