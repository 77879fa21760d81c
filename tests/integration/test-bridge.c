/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/* The object on a message bus: a real dbus-daemon of the test's own, the real bridge and daemon,
 * and a polkit that says what the test wants. */
#include "ctl.h"
#include "rig.h"
#include "unit.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "org.preload.Daemon1"

/* A bus that everybody may do everything on: what is judged is the bridge's own judgement. */
#define BUS_CONF                                                                                   \
    "<busconfig><type>system</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>"             \
    "<policy context='default'><allow user='*'/><allow own='*'/><allow send_destination='*'/>"     \
    "<allow receive_sender='*'/></policy></busconfig>"

typedef struct {
    Rig *rig;
    char *address;
    char *conf;
    GPid bus;
    GPid bridge;
    GDBusConnection *polkit; /* NULL: there is none */
    char *asked;             /* what polkit was asked last: the action */
    bool grants;
} Given;

static GPid spawn(char **argv, GSpawnChildSetupFunc who)
{
    GPid pid = 0;
    g_autoptr(GError) error = NULL;
    ck_assert_msg(g_spawn_async(NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD,
                                who, NULL, &pid, &error),
                  "%s", error != NULL ? error->message : "");
    return pid;
}

static void end(GPid *pid)
{
    if (*pid == 0)
        return;
    (void)kill(*pid, SIGTERM);
    (void)waitpid(*pid, NULL, 0);
    *pid = 0;
}

/* The bus listens when it can be connected to. */
static GDBusConnection *connect_bus(const Given *given)
{
    GDBusConnection *bus = NULL;
    for (int i = 0; bus == NULL && i < 500; i++) {
        bus = g_dbus_connection_new_for_address_sync(
            given->address,
            G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
            NULL, NULL, NULL);
        if (bus == NULL)
            g_usleep(20000);
    }
    ck_assert_ptr_nonnull(bus);
    return bus;
}

static void start_bus(Given *given)
{
    char *argv[] = {(char *)"dbus-daemon", (char *)"--nofork", (char *)"--config-file", given->conf,
                    NULL};
    given->bus = spawn(argv, NULL);
    g_object_unref(connect_bus(given));
}

/* Waits until the name is there, or is not. */
static void await_name(const Given *given, bool there)
{
    g_autoptr(GDBusConnection) bus = connect_bus(given);
    gboolean owned = !there;
    for (int i = 0; owned != there && i < 500; i++) {
        g_autoptr(GVariant) answer = g_dbus_connection_call_sync(
            bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
            "NameHasOwner", g_variant_new("(s)", NAME), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL,
            NULL);
        if (answer != NULL)
            g_variant_get(answer, "(b)", &owned);
        if (owned != there)
            g_usleep(20000);
    }
    ck_assert(owned == there);
}

static void start_bridge(Given *given)
{
    char *argv[] = {(char *)g_getenv("PRELOAD_BUS"),
                    (char *)"--address",
                    given->address,
                    (char *)"--socket",
                    given->rig->socket,
                    NULL};
    given->bridge = spawn(argv, NULL);
    await_name(given, true);
}

static Given *given_bus(void)
{
    Given *given = g_new0(Given, 1);
    given->rig = rig_new(NULL);
    g_autofree char *path = rig_path(given->rig, "system-bus");
    g_autofree char *text = g_strdup_printf(BUS_CONF, path);
    given->address = g_strconcat("unix:path=", path, NULL);
    given->conf = unit_write(given->rig->dir, "bus.conf", text, -1);
    rig_start(given->rig);
    rig_expect(given->rig, "known, ");
    start_bus(given);
    start_bridge(given);
    return given;
}

static void given_free(Given *given)
{
    end(&given->bridge);
    g_clear_object(&given->polkit);
    end(&given->bus);
    rig_stop(given->rig);
    rig_free(given->rig);
    g_free(given->address);
    g_free(given->conf);
    g_free(given->asked);
    g_free(given);
}

static void on_polkit(GDBusConnection *bus, const char *sender, const char *path,
                      const char *interface, const char *method, GVariant *args,
                      GDBusMethodInvocation *invocation, gpointer data)
{
    Given *given = data;
    const char *kind = NULL;
    g_variant_get(args, "((&s@a{sv})s@a{ss}u&s)", &kind, NULL, &given->asked, NULL, NULL, NULL);
    ck_assert_str_eq(kind, "system-bus-name");
    g_dbus_method_invocation_return_value(invocation,
                                          g_variant_new("((bba{ss}))", given->grants, FALSE, NULL));
}

static void start_polkit(Given *given, bool grants)
{
    static const char xml[] =
        "<node><interface name='org.freedesktop.PolicyKit1.Authority'>"
        "<method name='CheckAuthorization'><arg type='(sa{sv})' direction='in'/>"
        "<arg type='s' direction='in'/><arg type='a{ss}' direction='in'/>"
        "<arg type='u' direction='in'/><arg type='s' direction='in'/>"
        "<arg type='(bba{ss})' direction='out'/></method></interface></node>";
    static const GDBusInterfaceVTable vtable = {.method_call = on_polkit};
    g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(xml, NULL);
    given->polkit = connect_bus(given);
    given->grants = grants;
    ck_assert_uint_gt(
        g_dbus_connection_register_object(given->polkit, "/org/freedesktop/PolicyKit1/Authority",
                                          node->interfaces[0], &vtable, given, NULL, NULL),
        0);
    g_autoptr(GVariant) answer = g_dbus_connection_call_sync(
        given->polkit, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
        "RequestName", g_variant_new("(su)", "org.freedesktop.PolicyKit1", 0), NULL,
        G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
    ck_assert_ptr_nonnull(answer);
}

static void on_said(GObject *source, GAsyncResult *result, gpointer data)
{
    char **said = data;
    (void)g_subprocess_communicate_utf8_finish(G_SUBPROCESS(source), result, said, NULL, NULL);
    if (*said == NULL)
        *said = g_strdup("");
}

/* What dbus-send says to a call of these words; the test's polkit answers meanwhile. */
static char *ask_as(const Given *given, bool nobody, const char *words)
{
    g_autofree char *line =
        g_strdup_printf("dbus-send --bus=%s --print-reply --dest=" NAME " /org/preload/Daemon1 %s",
                        given->address, words);
    g_auto(GStrv) argv = g_strsplit(line, " ", -1);
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
    if (nobody)
        g_subprocess_launcher_set_child_setup(launcher, ctl_become_nobody, NULL, NULL);
    g_autoptr(GSubprocess) process =
        g_subprocess_launcher_spawnv(launcher, (const char *const *)argv, NULL);
    ck_assert_ptr_nonnull(process);
    char *said = NULL;
    g_subprocess_communicate_utf8_async(process, NULL, NULL, on_said, &said);
    while (said == NULL)
        g_main_context_iteration(NULL, TRUE);
    return said;
}

static void expect(const Given *given, bool nobody, const char *words, const char *said)
{
    g_autofree char *text = ask_as(given, nobody, words);
    ck_assert_msg(strstr(text, said) != NULL, "'%s' did not say '%s', but: %s", words, said, text);
}

static bool is_missing(void)
{
    g_autofree char *bus = g_find_program_in_path("dbus-daemon");
    g_autofree char *send = g_find_program_in_path("dbus-send");
    return bus == NULL || send == NULL || geteuid() != 0;
}

#define SKIP_IF_MISSING()                                                                          \
    do {                                                                                           \
        if (is_missing())                                                                          \
            unit_skip("not root, or there is no dbus-daemon or dbus-send");                        \
    } while (0)

START_TEST(root_is_answered_as_on_the_socket)
{
    SKIP_IF_MISSING();
    Given *given = given_bus();
    expect(given, false, NAME ".Status", "\"version\"");
    expect(given, false, NAME ".Programs", "array [");
    expect(given, false, NAME ".Pause uint32:60", "method return");
    expect(given, false, "org.freedesktop.DBus.Properties.Get string:" NAME " string:Paused",
           "boolean true");
    expect(given, false, NAME ".Show string:/no/such", "org.preload.Error.NoSuchProgram");
    expect(given, false, NAME ".Frobnicate", "UnknownMethod");
    expect(given, false, "org.freedesktop.DBus.Introspectable.Introspect", "name=\"ReadAhead\"");
    given_free(given);
}
END_TEST

static const char *const changing[] = {
    "Pause uint32:60",
    "Resume",
    "Promote string:/usr/x",
    "Demote string:/usr/x",
    "Ignore string:/usr/x",
    "Forget string:/usr/x",
    "Dump",
    "Save",
    "Reload",
    "Import string:/usr/x",
    "Pin string:/usr/x",
    "Unpin string:/usr/x",
    "WarmStatus uint32:1",
};

/* Where there is no polkit, only root may. */
START_TEST(others_read_and_change_nothing)
{
    SKIP_IF_MISSING();
    Given *given = given_bus();
    expect(given, true, NAME ".Status", "\"version\"");
    expect(given, true, "org.freedesktop.DBus.Properties.GetAll string:" NAME, "\"Paused\"");
    expect(given, true, NAME ".Programs", "is shown to root only");
    expect(given, true, NAME ".Predict uint32:3", "is shown to root only");
    for (gsize i = 0; i < G_N_ELEMENTS(changing); i++) {
        g_autofree char *words = g_strconcat(NAME ".", changing[i], NULL);
        expect(given, true, words, "only root may change that");
    }
    ck_assert_uint_eq(rig_count(given->rig, "says user"), 0);
    given_free(given);
}
END_TEST

START_TEST(polkit_is_asked_and_heard)
{
    SKIP_IF_MISSING();
    Given *given = given_bus();
    start_polkit(given, false);
    expect(given, true, NAME ".Pause uint32:60", "only root may change that");
    ck_assert_str_eq(given->asked, "org.preload.change");
    g_clear_pointer(&given->asked, g_free);
    expect(given, true, NAME ".Programs", "is shown to root only");
    ck_assert_str_eq(given->asked, "org.preload.inspect");
    g_clear_pointer(&given->asked, g_free);
    given->grants = true;
    expect(given, true, NAME ".Pause uint32:60", "method return");
    g_clear_pointer(&given->asked, g_free);
    expect(given, true, NAME ".Programs", "array [");
    g_clear_pointer(&given->asked, g_free);
    /* Neither where everybody may, nor where a granted user may make the daemon open a file. */
    expect(given, true, NAME ".Status", "\"version\"");
    expect(given, true, NAME ".Import string:/usr/x", "only root may change that");
    expect(given, true, NAME ".Pin string:/usr/x", "only root may change that");
    expect(given, true, NAME ".Unpin string:/usr/x", "only root may change that");
    expect(given, true, NAME ".WarmStatus uint32:1", "only root may change that");
    ck_assert_ptr_null(given->asked);
    given_free(given);
}
END_TEST

static void on_changed(GDBusConnection *bus, const char *sender, const char *path,
                       const char *interface, const char *signal, GVariant *args, gpointer data)
{
    g_autoptr(GVariant) changed = g_variant_get_child_value(args, 1);
    gboolean paused = FALSE;
    (void)g_variant_lookup(changed, "Paused", "b", &paused); /* FALSE: it is not said */
    *(bool *)data = paused;
}

START_TEST(changes_are_told)
{
    SKIP_IF_MISSING();
    Given *given = given_bus();
    bool paused = false;
    g_autoptr(GDBusConnection) bus = connect_bus(given);
    guint id = g_dbus_connection_signal_subscribe(
        bus, NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged", "/org/preload/Daemon1",
        NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_changed, &paused, NULL);
    expect(given, false, NAME ".Status", "\"version\""); /* it listens to the daemon now */
    expect(given, false, NAME ".Pause uint32:60", "method return");
    while (!paused)
        g_main_context_iteration(NULL, TRUE);
    g_dbus_connection_signal_unsubscribe(bus, id);
    given_free(given);
}
END_TEST

/* The daemon does not notice; the bridge ends, and the next one is started for the next question.
 */
START_TEST(the_bus_may_go_and_come)
{
    SKIP_IF_MISSING();
    Given *given = given_bus();
    end(&given->bus);
    int status = 0;
    ck_assert_int_eq(waitpid(given->bridge, &status, 0), given->bridge);
    ck_assert(WIFEXITED(status));
    given->bridge = 0;
    g_autofree char *path = rig_path(given->rig, "system-bus");
    (void)g_unlink(path); /* it may have done so itself */
    start_bus(given);
    start_bridge(given);
    expect(given, true, NAME ".Status", "\"version\"");
    given_free(given);
}
END_TEST

START_TEST(a_daemon_that_is_not_there_is_said_and_one_that_comes_back_is_found)
{
    SKIP_IF_MISSING();
    Given *given = given_bus();
    expect(given, true, NAME ".Status", "\"version\"");
    rig_stop(given->rig);
    expect(given, true, NAME ".Status", "preload does not answer");
    rig_start(given->rig);
    rig_expect(given->rig, "known, ");
    expect(given, true, NAME ".Status", "\"version\"");
    given_free(given);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("bridge");
    UNIT_ADD(suite, root_is_answered_as_on_the_socket);
    UNIT_ADD(suite, others_read_and_change_nothing);
    UNIT_ADD(suite, polkit_is_asked_and_heard);
    UNIT_ADD(suite, changes_are_told);
    UNIT_ADD(suite, the_bus_may_go_and_come);
    UNIT_ADD(suite, a_daemon_that_is_not_there_is_said_and_one_that_comes_back_is_found);
    return suite;
}
