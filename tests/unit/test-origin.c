/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/origin.h"
#include "unit.h"

#define USER "/user.slice/user-1000.slice/"
#define APPS USER "user@1000.service/app.slice/"

/* What a control group says. */
static const struct {
    const char *text;
    CgroupKind kind;
} cgroup_rows[] = {
    {"", CGROUP_SILENT},
    {"0::/\n", CGROUP_SILENT},
    {"0::/init.scope\n", CGROUP_SILENT},
    {"0::/../..\n", CGROUP_SILENT},
    {"0::" USER "session-2.scope\n", CGROUP_SESSION},
    {"0::" USER "session-c12.scope\n", CGROUP_SESSION},
    {"0::" USER "session-2.scope", CGROUP_SESSION}, /* cut */
    {"0::" APPS "app-gnome-firefox-1234.scope\n", CGROUP_APPLICATION},
    {"0::" APPS "app-gnome-org.gnome.Maps-1.scope/a/b\n", CGROUP_APPLICATION},
    {"0::" APPS "app-org.kde.konsole@1f2e.service\n", CGROUP_APPLICATION},
    {"0::" APPS "app-flatpak-org.x.Y-12.scope\n", CGROUP_APPLICATION},
    {"0::" APPS "app-org.gnome.Terminal.slice/vte-spawn-1-2.scope\n", CGROUP_APPLICATION},
    {"0::" APPS "snap.firefox.firefox-1.scope\n", CGROUP_APPLICATION},
    {"0::" APPS "app-nextcloud@autostart.service\n", CGROUP_SERVICE},
    {"0::" APPS "app-x.service\n", CGROUP_SERVICE},  /* not of a launch */
    {"0::" APPS "backup.service\n", CGROUP_SERVICE}, /* a user's timer */
    {"0::" USER "user@1000.service/background.slice/x.scope\n", CGROUP_SERVICE},
    {"0::" USER "user@1000.service/init.scope\n", CGROUP_SILENT},
    {"0::" USER "user@1000.service/session.slice/org.gnome.Shell@wayland.service\n", CGROUP_SILENT},
    {"0::" APPS "dbus.service\n", CGROUP_SILENT},
    {"0::" APPS "dbus-:1.2-org.gnome.Calculator@0.service\n", CGROUP_SILENT},
    {"0::/system.slice/dbus.service\n", CGROUP_SERVICE},
    {"0::/system.slice/cron.service\n", CGROUP_SERVICE},
    {"0::/system.slice/system-getty.slice/getty@tty1.service\n", CGROUP_SERVICE},
    {"0::/system.slice/docker-0123.scope\n", CGROUP_CONTAINER},
    {"0::/docker/0123\n", CGROUP_CONTAINER},
    {"0::/lxc.payload.box/user.slice/user-0.slice/session-1.scope\n", CGROUP_CONTAINER},
    {"0::/machine.slice/systemd-nspawn@x.service/payload\n", CGROUP_CONTAINER},
    {"0::" USER "user@1000.service/user.slice/libpod-1.scope\n", CGROUP_CONTAINER},
    {"0::/kubepods.slice/kubepods-burstable.slice/x.scope\n", CGROUP_CONTAINER},
    /* version 1, and both */
    {"12:cpu,cpuacct:/\n1:name=systemd:" USER "session-2.scope\n", CGROUP_SESSION},
    {"12:memory:/system.slice/x.service\n", CGROUP_SILENT}, /* a controller's own grouping */
    {"1:name=systemd:/system.slice/x.service\n0::" USER "session-1.scope\n", CGROUP_SERVICE},
    {"0::" USER "session-1.scope\n1:name=systemd:/system.slice/x.service\n", CGROUP_SERVICE},
    {"1:name=systemd:/\n0::" USER "session-1.scope\n", CGROUP_SESSION},
    {"1:name=elogind:/2\n", CGROUP_SESSION},
    {"1:name=elogind:/c2\n", CGROUP_SESSION},
    {"1:name=elogind:/\n", CGROUP_SILENT},
    {"1:name=elogind:/x\n", CGROUP_SILENT},
    {"2:name=openrc:/cronie\n1:name=elogind:/\n", CGROUP_SERVICE},
    {"1:name=openrc:/\n", CGROUP_SILENT},
    /* Whatever it is, it is no more than this. */
    {"\n\n::\n:\n0\n0:\n0::\n", CGROUP_SILENT},
    {"0:::session-1.scope\n", CGROUP_SILENT},
    {"0::/a:b/session-1.scope\n", CGROUP_SESSION},
    {"0::session-.scope", CGROUP_SESSION},
    {"0::/session-1.scopes\n", CGROUP_SILENT},
    {"0::/app-.scope/x.service/app-@autostart.service\n", CGROUP_SERVICE},
    {"x:name=systemd:/session-1.scope", CGROUP_SESSION},
};

START_TEST(control_groups)
{
    gsize length = strlen(cgroup_rows[_i].text);
    g_autofree char *text = g_malloc(MAX(length, 1)); /* exact, so that an overrun is seen */
    memcpy(text, cgroup_rows[_i].text, length);
    ck_assert_int_eq(origin_cgroup(cursor_of(text, length)), cgroup_rows[_i].kind);
}
END_TEST

/*
 * The ancestors, the parent first, separated by commas; "+" behind a name: with a terminal, "!": a
 * kernel thread. Then what is known of the process itself: "l" a login, "t" a terminal.
 */
static const struct {
    const char *ancestors;
    CgroupKind cgroup;
    const char *own;
    Origin origin;
} rows[] = {
    {"", CGROUP_SILENT, "", ORIGIN_UNKNOWN},
    {"bash+,gnome-terminal-,systemd", CGROUP_APPLICATION, "lt", ORIGIN_USER},
    {"bash+,sshd,sshd,systemd", CGROUP_SERVICE, "t", ORIGIN_USER},
    {"bash,sshd,systemd", CGROUP_SESSION, "l", ORIGIN_USER},
    {"zsh+,tmux: server,systemd", CGROUP_SILENT, "", ORIGIN_USER},
    {"make+,bash+", CGROUP_SILENT, "", ORIGIN_USER},
    {"gnome-shell,systemd", CGROUP_SILENT, "", ORIGIN_USER},
    {"sh,sway,login,systemd", CGROUP_SESSION, "", ORIGIN_USER},
    {"firefox,plasmashell", CGROUP_SERVICE, "", ORIGIN_USER},
    {"xterm", CGROUP_SILENT, "", ORIGIN_USER},
    /* The nearest that says anything */
    {"sh,cron,systemd", CGROUP_SESSION, "l", ORIGIN_AUTOMATED}, /* pam_systemd makes one for cron */
    {"sh,crond", CGROUP_SILENT, "lt", ORIGIN_AUTOMATED},
    {"run-parts,sh,anacron", CGROUP_SILENT, "", ORIGIN_AUTOMATED},
    {"crond,bash+", CGROUP_SILENT, "", ORIGIN_AUTOMATED},
    {"bash+,crond", CGROUP_SILENT, "", ORIGIN_USER},
    {"bash+,containerd-shim,systemd", CGROUP_CONTAINER, "t", ORIGIN_USER}, /* docker exec -it */
    {"sh,containerd-shim,systemd", CGROUP_CONTAINER, "", ORIGIN_AUTOMATED},
    {"kworker/u8:0!,kthreadd!", CGROUP_SILENT, "", ORIGIN_AUTOMATED},
    {"gnome-shell!", CGROUP_SILENT, "", ORIGIN_AUTOMATED},
    /* Names that are not quite it */
    {"bash", CGROUP_SILENT, "", ORIGIN_UNKNOWN},
    {"crontab+", CGROUP_SILENT, "", ORIGIN_UNKNOWN},
    {"gnome-shell-cal", CGROUP_SILENT, "", ORIGIN_UNKNOWN},
    {"BASH+", CGROUP_SILENT, "", ORIGIN_UNKNOWN},
    {"bash fish+", CGROUP_SILENT, "", ORIGIN_UNKNOWN},
    {" ", CGROUP_SILENT, "", ORIGIN_UNKNOWN},
    /* Nobody says anything: the control group */
    {"systemd", CGROUP_APPLICATION, "", ORIGIN_USER},
    {"systemd", CGROUP_SERVICE, "", ORIGIN_AUTOMATED},
    {"systemd", CGROUP_SERVICE, "lt", ORIGIN_AUTOMATED},
    {"init", CGROUP_CONTAINER, "", ORIGIN_AUTOMATED},
    /* Nor that */
    {"init", CGROUP_SILENT, "lt", ORIGIN_USER},
    {"init", CGROUP_SILENT, "l", ORIGIN_UNKNOWN},
    {"init", CGROUP_SILENT, "t", ORIGIN_UNKNOWN},
};

START_TEST(decisions)
{
    Ancestor ancestors[8] = {0};
    OriginFacts facts = {.ancestors = ancestors, .cgroup = rows[_i].cgroup};
    g_auto(GStrv) names = g_strsplit(rows[_i].ancestors, ",", -1);
    for (; names[facts.n_ancestors] != NULL; facts.n_ancestors++) {
        const char *name = names[facts.n_ancestors];
        Ancestor *ancestor = &ancestors[facts.n_ancestors];
        ancestor->terminal = g_str_has_suffix(name, "+");
        ancestor->kernel = g_str_has_suffix(name, "!");
        gsize length = strlen(name) - (ancestor->terminal || ancestor->kernel ? 1 : 0);
        memcpy(ancestor->name, name, MIN(length, sizeof ancestor->name - 1));
    }
    facts.login = strchr(rows[_i].own, 'l') != NULL;
    facts.terminal = strchr(rows[_i].own, 't') != NULL;
    ck_assert_int_eq(origin_decide(&facts), rows[_i].origin);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("origin");
    UNIT_ADD_ROWS(suite, control_groups, cgroup_rows);
    UNIT_ADD_ROWS(suite, decisions, rows);
    return suite;
}
