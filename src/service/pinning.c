/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/pinning.h"
#include "base/fd.h"
#include "formats/pinlist.h"
#include "prefetch/pins.h"
#include "service/answer.h"
#include "service/pin-wishes.h"
#include "service/relief.h"
#include "service/report.h"
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>

/* Memory may become short between two of the kernel's own reports. */
#define TICK_SEC 10
#define UPDATE_USEC (60 * UINT64_C(1000000))
/* A file that is written again and again is looked at so often at most. */
#define SOON_MSEC 500
#define LISTS_MAX 256
/* Of all memory, in percent of what is available: what is locked is not, so with less than the one
 * it is unlocked, and with less than the other nothing more is locked. */
#define SHORT_PERCENT 10
#define ENOUGH_PERCENT 15

struct Pinning {
    Daemon *daemon;
    Worker *worker;      /* NULL: nothing was to be pinned yet */
    Pins *pins;          /* the worker's, as is storage */
    Storage *storage;    /* NULL before the first work */
    GPtrArray *items;    /* char *, of the lists */
    GArray *states;      /* PinState, of the last time */
    GHashTable *tracked; /* char *: paths that are watched */
    int stop;            /* atomic: what is being locked stops */
    guint timer;
    guint soon;       /* 0: none; a file was replaced */
    guint n_releases; /* under way */
    bool settling;
    bool again;    /* and has to be once more */
    bool released; /* released_usec is set */
    uint64_t released_usec;
    uint64_t settled_usec;
};

typedef struct {
    Pinning *pinning;
    char **directories;
    GPtrArray *items; /* char * */
    guint n_left_out;
} Listing;

typedef struct {
    Pinning *pinning;
    GArray *wishes; /* PinWish */
    uint64_t limit_bytes;
    GArray *states; /* PinState; NULL: was not run */
} Settling;

static bool is_ending(const Pinning *pinning)
{
    return g_atomic_int_get(&pinning->daemon->cancel) != 0;
}

/* False as well where it is not known. */
static bool has_available(const Daemon *daemon, unsigned percent)
{
    Meminfo memory;
    return machine_memory(daemon->machine, &memory) &&
           memory.available_bytes / percent >= memory.total_bytes / 100;
}

/* In the worker's thread. */
static bool may_go_on(gpointer data)
{
    const Pinning *pinning = data;
    return g_atomic_int_get(&pinning->stop) == 0 && !is_ending(pinning) &&
           has_available(pinning->daemon, ENOUGH_PERCENT);
}

static uint64_t limit_of(const Daemon *daemon)
{
    Meminfo memory;
    struct rlimit limit;
    if (!machine_memory(daemon->machine, &memory) || getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
        return 0;
    uint64_t share_bytes = memory.total_bytes / 100 * daemon->config->pinlimit_percent;
    return MIN(share_bytes, (uint64_t)limit.rlim_cur);
}

static void settle(gpointer job)
{
    Settling *settling = job;
    Pinning *pinning = settling->pinning;
    const PinGate gate = {may_go_on, pinning};
    if (pinning->pins == NULL) {
        pinning->pins = pins_new();
        pinning->storage = storage_new("/sys", "/proc/self/mountinfo");
    }
    settling->states = pins_settle(pinning->pins, settling->wishes, settling->limit_bytes,
                                   pinning->storage, &gate);
}

static uint64_t locked_bytes(const GArray *states, guint *ret_n)
{
    uint64_t bytes = 0;
    *ret_n = 0;
    for (guint i = 0; i < states->len; i++) {
        const PinState *state = &g_array_index(states, PinState, i);
        bytes += state->outcome == PIN_LOCKED ? state->bytes : 0;
        *ret_n += state->outcome == PIN_LOCKED ? 1 : 0;
    }
    return bytes;
}

static void tell(const Pinning *pinning, const GArray *before)
{
    guint n_before = 0;
    guint n = 0;
    uint64_t bytes_before = locked_bytes(before, &n_before);
    uint64_t bytes = locked_bytes(pinning->states, &n);
    if (n == n_before && bytes == bytes_before && pinning->states->len == before->len)
        return;
    g_autofree char *text = report_bytes(bytes);
    log_write(pinning->daemon->log, LEVEL_INFO, MESSAGE_NONE,
              "pinned: %u of %u files, %s, stay in memory", n, pinning->states->len, text);
}

/* Watches what is to be pinned, be it there or not, and nothing else. */
static void track(Pinning *pinning)
{
    Watcher *watcher = pinning->daemon->watcher;
    GHashTable *tracked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; watcher != NULL && i < pinning->states->len; i++) {
        const char *path = g_array_index(pinning->states, PinState, i).path;
        watcher_track(watcher, path);
        g_hash_table_add(tracked, g_strdup(path));
    }
    GHashTableIter iter;
    g_hash_table_iter_init(&iter, pinning->tracked);
    for (gpointer path = NULL; g_hash_table_iter_next(&iter, &path, NULL);)
        watcher_untrack(watcher, path);
    g_hash_table_unref(pinning->tracked);
    pinning->tracked = tracked;
}

static void settled(gpointer job)
{
    Settling *settling = job;
    Pinning *pinning = settling->pinning;
    pinning->settling = false;
    if (settling->states != NULL) {
        g_autoptr(GArray) before = pinning->states;
        pinning->states = g_steal_pointer(&settling->states);
        if (!is_ending(pinning)) {
            track(pinning);
            tell(pinning, before);
        }
    }
    g_array_unref(settling->wishes);
    g_free(settling);
    if (pinning->again)
        pinning_update(pinning);
}

static bool holds(const Pinning *pinning)
{
    return relief_holds(pinning->daemon->relief) || pinning->n_releases > 0 ||
           (pinning->released &&
            clock_awake_usec(pinning->daemon->clock) - pinning->released_usec < UPDATE_USEC);
}

static Worker *worker_of(Pinning *pinning)
{
    if (pinning->worker == NULL)
        pinning->worker = worker_new("pinner", NULL, daemon_idle, pinning->daemon);
    return pinning->worker;
}

static gboolean on_tick(gpointer data);

static void keep_time(Pinning *pinning, bool needed)
{
    if (needed && pinning->timer == 0)
        pinning->timer = g_timeout_add_seconds(TICK_SEC, on_tick, pinning);
    if (!needed && pinning->timer != 0) {
        g_source_remove(pinning->timer);
        pinning->timer = 0;
    }
}

void pinning_update(Pinning *pinning)
{
    const Daemon *daemon = pinning->daemon;
    if (is_ending(pinning))
        return;
    pinning->again = pinning->settling;
    if (pinning->settling || holds(pinning)) {
        keep_time(pinning, true); /* then it is tried again */
        return;
    }
    g_autoptr(GArray) wishes = pin_wishes(daemon->model, pinning->items, daemon->config->pinshared);
    keep_time(pinning, wishes->len > 0 || daemon->config->pinshared > 0 || pinning->items->len > 0);
    if (wishes->len == 0 && pinning->states->len == 0)
        return;
    Settling *settling = g_new0(Settling, 1);
    *settling = (Settling){
        .pinning = pinning, .wishes = g_steal_pointer(&wishes), .limit_bytes = limit_of(daemon)};
    pinning->settling = true;
    pinning->settled_usec = clock_awake_usec(daemon->clock);
    worker_push(worker_of(pinning), settle, settled, settling);
}

static void release(gpointer job)
{
    Pinning *pinning = job;
    if (pinning->pins != NULL)
        pins_release(pinning->pins);
}

static void release_done(gpointer job)
{
    Pinning *pinning = job;
    pinning->n_releases--;
    if (pinning->n_releases == 0)
        g_atomic_int_set(&pinning->stop, 0);
    guint n = 0;
    (void)locked_bytes(pinning->states, &n);
    for (guint i = 0; i < pinning->states->len; i++) {
        PinState *state = &g_array_index(pinning->states, PinState, i);
        if (state->outcome == PIN_LOCKED)
            state->outcome = PIN_STOPPED;
    }
    if (!is_ending(pinning) && n > 0)
        log_write(pinning->daemon->log, LEVEL_INFO, MESSAGE_NONE,
                  "memory is short: what is pinned is unlocked, %u file%s", n, n == 1 ? "" : "s");
}

void pinning_press(Pinning *pinning)
{
    if (pinning == NULL || is_ending(pinning) || pinning->worker == NULL)
        return;
    pinning->released = true;
    pinning->released_usec = clock_awake_usec(pinning->daemon->clock);
    g_atomic_int_set(&pinning->stop, 1);
    if (pinning->n_releases > 0)
        return;
    pinning->n_releases++;
    worker_push(pinning->worker, release, release_done, pinning);
}

static gboolean on_tick(gpointer data)
{
    Pinning *pinning = data;
    guint n = 0;
    (void)locked_bytes(pinning->states, &n);
    if (n > 0 && !has_available(pinning->daemon, SHORT_PERCENT))
        pinning_press(pinning);
    else if (clock_awake_usec(pinning->daemon->clock) - pinning->settled_usec >= UPDATE_USEC)
        pinning_update(pinning);
    return G_SOURCE_CONTINUE;
}

static gboolean on_soon(gpointer data)
{
    Pinning *pinning = data;
    pinning->soon = 0;
    pinning_update(pinning);
    return G_SOURCE_REMOVE;
}

void pinning_notice(Pinning *pinning, const char *path)
{
    if (pinning == NULL || pinning->soon != 0 ||
        (path != NULL && !g_hash_table_contains(pinning->tracked, path)))
        return;
    pinning->soon = g_timeout_add(SOON_MSEC, on_soon, pinning);
}

static void read_list(Listing *listing, int dirfd, const char *name)
{
    GString *text = fd_read_file(dirfd, name, PINLIST_LIMIT_BYTES);
    if (text == NULL) {
        listing->n_left_out++;
        return;
    }
    listing->n_left_out += pinlist_parse(cursor_of(text->str, text->len), listing->items);
    g_string_free(text, TRUE);
}

static void read_directory(Listing *listing, const char *path)
{
    autofd dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_autoptr(GPtrArray) names =
        dirfd >= 0 ? fd_list(fcntl(dirfd, F_DUPFD_CLOEXEC, 0), LISTS_MAX) : NULL;
    for (guint i = 0; names != NULL && i < names->len; i++)
        if (g_str_has_suffix(names->pdata[i], ".list"))
            read_list(listing, dirfd, names->pdata[i]);
}

static void read_lists(gpointer job)
{
    Listing *listing = job;
    for (char **directory = listing->directories; *directory != NULL; directory++)
        if ((*directory)[0] == '/')
            read_directory(listing, *directory);
}

static void take_lists(gpointer job)
{
    Listing *listing = job;
    Pinning *pinning = listing->pinning;
    g_ptr_array_unref(pinning->items);
    pinning->items = listing->items;
    if (listing->n_left_out > 0 && !is_ending(pinning))
        log_write(pinning->daemon->log, LEVEL_WARNING, MESSAGE_NONE,
                  "of the lists of what is to be pinned, %u lines or files cannot be used",
                  listing->n_left_out);
    g_strfreev(listing->directories);
    g_free(listing);
    pinning_update(pinning);
}

void pinning_reconfigure(Pinning *pinning)
{
    Listing *listing = g_new0(Listing, 1);
    listing->pinning = pinning;
    listing->directories = g_strdupv(pinning->daemon->config->pinlists);
    listing->items = g_ptr_array_new_with_free_func(g_free);
    queue_call(pinning->daemon->queue, CLASS_BULK, read_lists, take_lists, listing);
}

Pinning *pinning_new(Daemon *daemon)
{
    Pinning *pinning = g_new0(Pinning, 1);
    pinning->daemon = daemon;
    pinning->items = g_ptr_array_new_with_free_func(g_free);
    pinning->states = pins_states_new();
    pinning->tracked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    pinning_reconfigure(pinning);
    return pinning;
}

void pinning_free(Pinning *pinning)
{
    if (pinning == NULL)
        return;
    keep_time(pinning, false);
    if (pinning->soon != 0)
        g_source_remove(pinning->soon);
    worker_free(pinning->worker);
    pins_free(pinning->pins);
    storage_free(pinning->storage);
    g_ptr_array_unref(pinning->items);
    g_array_unref(pinning->states);
    g_hash_table_unref(pinning->tracked);
    g_free(pinning);
}

GVariant *pinning_answer(const Pinning *pinning)
{
    static const char *const origins[] = {
        [PIN_FROM_USER] = "user", [PIN_FROM_LIST] = "list", [PIN_FROM_SHARING] = "shared"};
    static const char *const outcomes[] = {
        [PIN_LOCKED] = "locked", [PIN_GONE] = "missing",    [PIN_REFUSED] = "refused",
        [PIN_EMPTY] = "empty",   [PIN_CHANGED] = "changed", [PIN_STOPPED] = "waiting",
        [PIN_LIMIT] = "limit"};
    GVariantBuilder rows;
    g_variant_builder_init(&rows, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < pinning->states->len; i++) {
        const PinState *state = &g_array_index(pinning->states, PinState, i);
        GVariantBuilder row;
        answer_begin(&row);
        answer_text(&row, "file", state->path);
        answer_text(&row, "origin", origins[state->origin]);
        answer_text(&row, "state", outcomes[state->outcome]);
        answer_u64(&row, "bytes", state->bytes);
        answer_u64(&row, "locked_bytes", state->outcome == PIN_LOCKED ? state->bytes : 0);
        g_variant_builder_add_value(&rows, answer_end(&row));
    }
    return g_variant_builder_end(&rows);
}

PinningSum pinning_sum(const Pinning *pinning)
{
    PinningSum sum = {0};
    if (pinning == NULL)
        return sum;
    sum.n_wanted = pinning->states->len;
    sum.locked_bytes = locked_bytes(pinning->states, &sum.n_locked);
    sum.limit_bytes = limit_of(pinning->daemon);
    return sum;
}
