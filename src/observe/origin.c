/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/origin.h"
#include <glib.h>
#include <string.h>

/* Names, separated by blanks. With a terminal they are somebody's; without one they run a script of
 * whoever called them. */
static const char shells[] =
    "ash bash csh dash elvish fish ksh mksh nu osh pwsh sh tcsh xonsh yash zsh busybox";

/* Terminals, launchers, panels, file managers and compositors, as the kernel cuts their names. */
static const char desktops[] =
    "Hyprland alacritty albert awesome bemenu bspwm budgie-panel caja cinnamon cosmic-comp "
    "cosmic-launcher cosmic-panel dmenu dmenu_run dolphin dwm enlightenment fluxbox foot "
    "fuzzel gala ghostty gnome-panel gnome-shell gnome-terminal- guake herbstluftwm i3 "
    "icewm jwm kgx kitty konsole krunner kwin_wayland kwin_x11 labwc lxpanel lxqt-panel "
    "lxqt-runner lxterminal marco mate-panel mate-terminal metacity mutter nautilus nemo "
    "niri openbox pcmanfm pcmanfm-qt phosh plank plasmashell ptyxis-agent qterminal qtile "
    "river rofi rxvt st sway synapse terminator terminology thunar tilix tint2 tofi "
    "ulauncher urxvt urxvtd wayfire weston wezterm-gui wingpanel wofi xfce4-appfinder "
    "xfce4-panel xfce4-terminal xfdesktop xfwm4 xmonad xterm yakuake";

/* Cron and its kin, supervisors, container engines, what installs updates by itself. */
static const char automats[] =
    "CRON Runner.Listener anacron atd bcron-exec buildkitd conmon containerd-shim cron "
    "crond cronie dockerd fcron gitlab-runner lxc-start nix-daemon packagekitd run-parts "
    "runsv runsvdir s6-supervise s6-svscan supervise-daemo supervisord unattended-upgr";

static bool is_one_of(const char *name, const char *names)
{
    Cursor rest = cursor_of(names, strlen(names));
    for (Cursor one; parse_field(&rest, ' ', &one);)
        if (cursor_is(&one, name))
            return true;
    return false;
}

Origin origin_of_ancestor(const Ancestor *ancestor)
{
    const char *name = ancestor->name;
    if (ancestor->kernel || is_one_of(name, automats))
        return ORIGIN_AUTOMATED;
    if (is_one_of(name, desktops))
        return ORIGIN_USER;
    if (ancestor->terminal && is_one_of(name, shells))
        return ORIGIN_USER;
    return ORIGIN_UNKNOWN;
}

Origin origin_decide(const OriginFacts *facts)
{
    for (uint32_t i = 0; i < facts->n_ancestors; i++) {
        Origin origin = origin_of_ancestor(&facts->ancestors[i]);
        if (origin != ORIGIN_UNKNOWN)
            return origin;
    }
    switch (facts->cgroup) {
    case CGROUP_SESSION:
    case CGROUP_APPLICATION:
        return ORIGIN_USER;
    case CGROUP_SERVICE:
    case CGROUP_CONTAINER:
        return ORIGIN_AUTOMATED;
    case CGROUP_SILENT:
        break;
    }
    return facts->login && facts->terminal ? ORIGIN_USER : ORIGIN_UNKNOWN;
}

static bool begins(const Cursor *text, const char *with)
{
    Cursor copy = *text;
    return parse_literal(&copy, with);
}

static bool ends(const Cursor *text, const char *with)
{
    size_t length = strlen(with);
    return cursor_left(text) >= length && memcmp(text->end - length, with, length) == 0;
}

static bool holds(const Cursor *text, const char *what)
{
    return cursor_left(text) > 0 && memmem(text->at, cursor_left(text), what, strlen(what)) != NULL;
}

/* Names that container engines give to their groups, at whatever place. */
static bool is_container(const Cursor *name)
{
    static const char *const prefixes[] = {"docker-",         "libpod-",     "crio-",
                                           "cri-containerd-", "lxc.payload", "kubepods",
                                           "systemd-nspawn@"};
    static const char *const names[] = {"docker", "lxc", "machine.slice", "garden", "buildkit"};
    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (begins(name, prefixes[i]))
            return true;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (cursor_is(name, names[i]))
            return true;
    return false;
}

/* What a desktop starts: app-[LAUNCHER-]ID-RANDOM.scope, app-[LAUNCHER-]ID@RANDOM.service (systemd,
 * Desktop Environment Integration), or a terminal for its tabs. */
static bool is_application(const Cursor *name)
{
    if (begins(name, "vte-spawn-") || begins(name, "snap.") || begins(name, "flatpak-"))
        return ends(name, ".scope");
    if (!begins(name, "app-") || ends(name, "@autostart.service"))
        return false;
    return ends(name, ".scope") || (ends(name, ".service") && holds(name, "@"));
}

/* A name of a group as seen from the root; what stands further down says more, but that nothing
 * undoes a container. */
static CgroupKind judge_name(const Cursor *name, CgroupKind before, bool of_user)
{
    if (before == CGROUP_CONTAINER || is_container(name))
        return CGROUP_CONTAINER;
    if (is_application(name))
        return CGROUP_APPLICATION;
    if (begins(name, "session-") && ends(name, ".scope"))
        return CGROUP_SESSION;
    /* The manager of a user is none of his programs yet; his D-Bus starts both services and what
     * was clicked on. */
    if (begins(name, "user@") || (of_user && begins(name, "dbus")))
        return CGROUP_SILENT;
    if (ends(name, ".service") || cursor_is(name, "background.slice"))
        return CGROUP_SERVICE;
    return before;
}

/* Of what belongs to the desktop itself (session.slice) descent tells. */
static CgroupKind judge_path(Cursor path)
{
    CgroupKind kind = CGROUP_SILENT;
    bool of_user = false;
    bool compositor = false;
    for (Cursor name; parse_field(&path, '/', &name);) {
        of_user = of_user || begins(&name, "user@");
        compositor = compositor || (of_user && cursor_is(&name, "session.slice"));
        kind = compositor ? kind : judge_name(&name, kind, of_user);
    }
    return kind;
}

/* elogind has its sessions at the root, by their number or "c" and a number; OpenRC its services by
 * their name. */
static CgroupKind judge_named(const Cursor *controllers, Cursor path)
{
    Cursor rest = path;
    if (cursor_is(controllers, "name=elogind")) {
        (void)parse_char(&rest, '/');
        (void)parse_char(&rest, 'c');
        uint64_t number = 0;
        return parse_whole_u64(rest, &number) ? CGROUP_SESSION : CGROUP_SILENT;
    }
    if (cursor_is(controllers, "name=openrc"))
        return cursor_left(&path) > 1 ? CGROUP_SERVICE : CGROUP_SILENT;
    return judge_path(path);
}

CgroupKind origin_cgroup(Cursor text)
{
    CgroupKind unified = CGROUP_SILENT;
    CgroupKind named = CGROUP_SILENT;
    for (Cursor line; parse_line(&text, &line);) {
        Cursor number;
        Cursor controllers;
        /* "1:name=systemd:/path", "0::/path"; the path may hold colons */
        if (!parse_field(&line, ':', &number) || !parse_field(&line, ':', &controllers))
            continue;
        if (begins(&controllers, "name=")) {
            CgroupKind kind = judge_named(&controllers, line);
            named = kind != CGROUP_SILENT ? kind : named;
        } else if (cursor_left(&controllers) == 0) {
            unified = judge_path(line);
        }
    }
    return named != CGROUP_SILENT ? named : unified;
}
