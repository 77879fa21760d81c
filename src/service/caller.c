/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/caller.h"
#include <stddef.h>

static const struct {
    const char *action;
    const char *refusal;
} deeds[DEEDS] = {
    [DEED_READ] = {NULL, ""},
    [DEED_INSPECT] = {"org.preload.inspect",
                      "which programs run here is shown to root only: try sudo"},
    [DEED_CHANGE] = {"org.preload.change", "only root may change that: try sudo"},
};

bool caller_may(const Caller *caller, uid_t own_uid, Deed deed)
{
    if (deed == DEED_READ || caller->uid == 0 || caller->uid == own_uid)
        return true;
    return (unsigned)deed < DEEDS && (caller->granted >> deed & 1) != 0;
}

const char *deed_action(Deed deed)
{
    return (unsigned)deed < DEEDS ? deeds[deed].action : NULL;
}

const char *deed_refusal(Deed deed)
{
    return (unsigned)deed < DEEDS ? deeds[deed].refusal : "";
}
