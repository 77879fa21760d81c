/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/homes.h"
#include "base/fd.h"
#include "observe/follow.h"
#include <pwd.h>

/* Entries of a directory that are looked at to find out when it was used. */
#define CHANGED_ENTRIES_MAX 64
/* Accounts that are looked at: a directory service may have a million. */
#define ACCOUNTS_MAX 4096

Home *home_open(const Mounts *mounts, const char *path, uid_t uid)
{
    struct stat st;
    g_autofree char *straight = path[0] == '/' ? follow_links(mounts, path) : NULL;
    if (straight == NULL || !follow_is_local(mounts, straight))
        return NULL;
    autofd fd = fd_open_foreign_directory(straight, &st);
    if (fd < 0 || st.st_uid != uid)
        return NULL;
    Home *home = g_new(Home, 1);
    *home = (Home){g_steal_pointer(&straight), uid, fd_steal(&fd)};
    return home;
}

void home_free(Home *home)
{
    if (home == NULL)
        return;
    fd_close(&home->fd);
    g_free(home->path);
    g_free(home);
}

static bool is_person(const struct passwd *account)
{
    return account->pw_uid >= HOMES_UID_MIN && account->pw_uid != HOMES_UID_NOBODY &&
           account->pw_dir != NULL && account->pw_dir[0] == '/' && account->pw_dir[1] != '\0';
}

GPtrArray *homes_of_people(const Mounts *mounts)
{
    GPtrArray *homes = g_ptr_array_new_with_free_func((GDestroyNotify)home_free);
    setpwent();
    for (guint i = 0; i < ACCOUNTS_MAX && homes->len < HOMES_MAX; i++) {
        const struct passwd *account = getpwent(); /* nobody else here asks */
        if (account == NULL)
            break;
        Home *home =
            is_person(account) ? home_open(mounts, account->pw_dir, account->pw_uid) : NULL;
        if (home != NULL)
            g_ptr_array_add(homes, home);
    }
    endpwent();
    return homes;
}

GString *home_read(const Home *home, const char *path, size_t limit_bytes, HomePart part)
{
    enum { GROWTH_BYTES = 65536 }; /* a shell may append while we read */
    struct stat st;
    autofd fd = fd_open_beneath(home->fd, path, &st);
    if (fd < 0 || st.st_uid != home->uid)
        return NULL;
    bool larger = (uint64_t)st.st_size > limit_bytes;
    if (larger && (part == HOME_WHOLE || lseek(fd, st.st_size - (off_t)limit_bytes, SEEK_SET) < 0))
        return NULL;
    return fd_read_all(fd, limit_bytes + (part == HOME_TAIL ? GROWTH_BYTES : 0));
}

GPtrArray *home_list(const Home *home, const char *path, guint most)
{
    struct stat st;
    autofd fd = fd_open_beneath_directory(home->fd, path, &st);
    return fd >= 0 && st.st_uid == home->uid ? fd_list(fd_steal(&fd), most) : NULL;
}

int64_t home_changed_sec(const Home *home, const char *path)
{
    struct stat st;
    autofd fd = fd_open_beneath_directory(home->fd, path, &st);
    if (fd < 0 || st.st_uid != home->uid)
        return 0;
    int64_t changed_sec = st.st_mtim.tv_sec;
    g_autoptr(GPtrArray) names = home_list(home, path, CHANGED_ENTRIES_MAX);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        autofd below = fd_open_beneath_directory(fd, names->pdata[i], &st);
        if (below >= 0 && st.st_uid == home->uid)
            changed_sec = MAX(changed_sec, (int64_t)st.st_mtim.tv_sec);
    }
    return changed_sec;
}
