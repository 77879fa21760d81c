/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/control.h"
#include "build-config.h"
#include "service/allowance.h"
#include "service/answer.h"
#include "service/bus.h"
#include "service/control-error.h"
#include "service/cycle.h"
#include "service/door.h"
#include "service/lean.h"
#include "service/methods.h"
#include "service/pause.h"
#include "service/summary.h"
#include <dlfcn.h>
#include <unistd.h>

struct Control {
    Daemon *daemon;
    Door *door; /* NULL: nobody can come */
    Allowances *allowances;
    uid_t own_uid;
    void *library;
    const BusModule *module; /* NULL until the first client has come */
    Bus *bus;
    bool failed;    /* the module cannot be had: that was said */
    GVariant *told; /* the properties as clients know them; NULL: nobody was told */
};

static bool may(gpointer data, const Caller *caller, Deed deed)
{
    const Control *control = data;
    return caller_may(caller, control->own_uid, deed);
}

/* Root has other ways to keep us busy, and is to be answered however much others ask. */
static bool can_afford(Control *control, const Caller *caller, double cost)
{
    uint64_t now_usec = clock_awake_usec(control->daemon->clock);
    return caller->uid == 0 || allowances_take(control->allowances, caller->uid, cost, now_usec);
}

static bool has_time(gpointer data, const Caller *caller)
{
    return can_afford(data, caller, 1);
}

static bool is_admitted(Control *control, const Caller *caller, const Method *method,
                        GError **error)
{
    if (!caller_may(caller, control->own_uid, method->deed)) {
        g_set_error_literal(error, CONTROL_ERROR, CONTROL_ERROR_DENIED, deed_refusal(method->deed));
        return false;
    }
    if (!can_afford(control, caller, method->cost)) {
        g_set_error_literal(error, CONTROL_ERROR, CONTROL_ERROR_LIMITS,
                            "too many calls: wait a few seconds");
        return false;
    }
    return true;
}

GVariant *control_call(Control *control, const Caller *caller, const char *name, GVariant *args,
                       GError **error)
{
    const Method *method = method_find(name);
    if (method == NULL) {
        g_set_error(error, CONTROL_ERROR, CONTROL_ERROR_METHOD, "there is no method '%s'", name);
        return NULL;
    }
    if (!g_variant_is_of_type(args, G_VARIANT_TYPE(method->takes))) {
        g_set_error(error, CONTROL_ERROR, CONTROL_ERROR_ARGUMENTS, "%s takes %s, not %s", name,
                    method->takes, g_variant_get_type_string(args));
        return NULL;
    }
    if (!is_admitted(control, caller, method, error))
        return NULL;
    cycle_advance(control->daemon);
    const MethodCall call = {control->daemon, caller,
                             caller_may(caller, control->own_uid, DEED_INSPECT)};
    return method->run(&call, args, error);
}

static GVariant *call(gpointer data, const Caller *caller, const char *method, GVariant *args,
                      GError **error)
{
    return control_call(data, caller, method, args, error);
}

static GVariant *properties(const Daemon *daemon)
{
    GVariantBuilder answer;
    answer_begin(&answer);
    answer_text(&answer, "Version", PRELOAD_VERSION);
    answer_bool(&answer, "Paused", pause_active(daemon));
    answer_text(&answer, "Level", health_name(summary_level(daemon)));
    answer_u32(&answer, "Programs", daemon->model->exes->len);
    return answer_end(&answer);
}

GVariant *control_property(Control *control, const char *name)
{
    GVariant *all = properties(control->daemon);
    if (name == NULL)
        return all;
    g_autoptr(GVariant) owned = g_variant_ref_sink(all);
    g_autoptr(GVariant) value = g_variant_lookup_value(owned, name, NULL);
    return value != NULL ? g_variant_new_variant(value) : NULL;
}

static GVariant *property(gpointer data, const char *name)
{
    return control_property(data, name);
}

static bool load(Control *control)
{
    if (control->module != NULL || control->failed)
        return control->module != NULL;
    control->library = dlopen(BUS_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    const BusModule *module = control->library != NULL ? dlsym(control->library, BUS_SYMBOL) : NULL;
    if (module == NULL || module->version != BUS_VERSION) {
        const char *why = module != NULL ? "it is of another version" : dlerror();
        control->failed = true;
        log_write(control->daemon->log, LEVEL_ERROR, MESSAGE_NONE,
                  "cannot load " BUS_LIBRARY ": %s; preloadctl gets no answer", why);
        return false;
    }
    const BusHost host = {control, call, property, may, has_time};
    control->module = module;
    control->bus = module->open(&host);
    lean_give_back();
    return true;
}

static void arrived(int fd, const Caller *caller, gpointer data)
{
    Control *control = data;
    if (load(control))
        control->module->adopt(control->bus, fd, caller);
    else
        (void)close(fd); /* nothing was said through it */
}

Control *control_new(Daemon *daemon, const char *socket_path)
{
    g_autoptr(GError) error = NULL;
    Control *control = g_new0(Control, 1);
    control->daemon = daemon;
    control->allowances = allowances_new();
    control->own_uid = geteuid();
    control->door = door_open(socket_path, arrived, control, &error);
    if (control->door == NULL)
        log_write(daemon->log, LEVEL_NOTICE, MESSAGE_NONE, "preloadctl gets no answer: %s",
                  error->message);
    return control;
}

void control_free(Control *control)
{
    if (control == NULL)
        return;
    door_close(control->door);
    if (control->module != NULL)
        control->module->close(control->bus);
    /* The library stays: GIO's types cannot be unloaded. */
    allowances_free(control->allowances);
    g_clear_pointer(&control->told, g_variant_unref);
    g_free(control);
}

static bool is_heard(const Control *control)
{
    return control != NULL && control->module != NULL && control->module->clients(control->bus) > 0;
}

static void emit(Control *control, const char *signal, GVariant *args, Deed deed)
{
    control->module->emit(control->bus, BUS_INTERFACE, signal, args, deed);
}

void control_changed(Control *control)
{
    if (!is_heard(control))
        return;
    g_autoptr(GVariant) now = g_variant_ref_sink(properties(control->daemon));
    if (control->told != NULL && g_variant_equal(now, control->told))
        return;
    g_clear_pointer(&control->told, g_variant_unref);
    control->told = g_variant_ref(now);
    GVariant *args = g_variant_new("(s@a{sv}as)", BUS_INTERFACE, now, NULL);
    control->module->emit(control->bus, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                          args, DEED_READ);
}

void control_launched(Control *control, const ExeKey *key, const ReadaheadReport *report)
{
    if (!is_heard(control))
        return;
    g_autofree char *label = exe_key_label(key);
    emit(control, "Launched",
         g_variant_new("(sttt)", label, report->planned_bytes, report->resident_bytes,
                       report->submitted_bytes),
         DEED_INSPECT);
}

void control_predicted(Control *control, const Prophecy *prophecy)
{
    if (!is_heard(control) || prophecy->exes->len == 0)
        return;
    const Exe *exe = prophecy->exes->pdata[0];
    g_autofree char *label = exe_key_label(exe->key);
    emit(control, "Predicted", g_variant_new("(sd)", label, (double)exe->chance), DEED_INSPECT);
}

void control_read_ahead(Control *control, const ReadaheadReport *report)
{
    if (!is_heard(control) || report->submitted_bytes == 0)
        return;
    emit(control, "ReadAhead",
         g_variant_new("(tttt)", report->planned_bytes, report->resident_bytes,
                       report->loaded_bytes, report->took_usec),
         DEED_READ);
}
