/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/recorder.h"
#include "base/fd.h"
#include "observe/trace.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>

enum { KEY_BYTES = 32, NAME_DIGITS = 24 };

struct Recorder {
    int fd;
    Worker *worker;
    bool anonymous;
    guchar key[KEY_BYTES];
    int error; /* of the first write that failed; the main loop's */
    bool error_taken;
};

typedef struct {
    Recorder *recorder;
    GString *text;
    int error;
} Writing;

static bool set_error(GError **error, const char *path, int number)
{
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number), "cannot write %s: %s", path,
                g_strerror(number));
    return false;
}

/* For writing, made if it is not there; only a regular file. */
static int open_own(const char *path, int flags)
{
    autofd fd = open(path, flags | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return -errno;
    return S_ISREG(st.st_mode) ? fd_steal(&fd) : -ENOTSUP;
}

static int write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        bytes += n;
        length -= (size_t)n;
    }
    return 0;
}

static int make_key(int fd, guchar key[KEY_BYTES])
{
    if (getrandom(key, KEY_BYTES, 0) != KEY_BYTES)
        return errno != 0 ? -errno : -EIO;
    return write_all(fd, (const char *)key, KEY_BYTES);
}

static bool load_key(Recorder *recorder, const char *file, GError **error)
{
    g_autofree char *path = g_strconcat(file, ".key", NULL);
    autofd fd = open_own(path, O_RDWR);
    if (fd < 0)
        return set_error(error, path, -fd);
    g_autoptr(GString) old = fd_read_all(fd, KEY_BYTES);
    if (old != NULL && old->len == KEY_BYTES) {
        memcpy(recorder->key, old->str, KEY_BYTES);
        return true;
    }
    if (old == NULL || old->len > 0)
        return set_error(error, path, EINVAL); /* somebody else's */
    int result = make_key(fd, recorder->key);
    return result < 0 ? set_error(error, path, -result) : true;
}

static void write_run(gpointer job)
{
    Writing *writing = job;
    writing->error = write_all(writing->recorder->fd, writing->text->str, writing->text->len);
}

static void write_done(gpointer job)
{
    Writing *writing = job;
    if (writing->recorder->error == 0)
        writing->recorder->error = writing->error;
    g_string_free(writing->text, TRUE);
    g_free(writing);
}

static void push(Recorder *recorder, GString *text)
{
    Writing *writing = g_new0(Writing, 1);
    *writing = (Writing){recorder, text, 0};
    worker_push(recorder->worker, write_run, write_done, writing);
}

Recorder *recorder_new(const char *file, bool anonymous, int64_t unix_sec, Worker *worker,
                       GError **error)
{
    g_autoptr(Recorder) recorder = g_new0(Recorder, 1);
    recorder->worker = worker;
    recorder->anonymous = anonymous;
    recorder->fd = open_own(file, O_WRONLY | O_APPEND);
    if (recorder->fd < 0) {
        (void)set_error(error, file, -recorder->fd);
        return NULL;
    }
    if (anonymous && !load_key(recorder, file, error))
        return NULL;
    GString *text = g_string_new(NULL);
    trace_print(unix_sec, TRACE_BOOT, NULL, text);
    push(recorder, text);
    return g_steal_pointer(&recorder);
}

void recorder_free(Recorder *recorder)
{
    if (recorder == NULL)
        return;
    fd_close(&recorder->fd);
    g_free(recorder);
}

/* To be freed. */
static char *name_of(const Recorder *recorder, const ExeKey *key)
{
    g_autofree char *name =
        key->script != NULL ? g_strconcat(key->path, " ", key->script, NULL) : g_strdup(key->path);
    if (!recorder->anonymous)
        return g_steal_pointer(&name);
    g_autofree char *digest =
        g_compute_hmac_for_string(G_CHECKSUM_SHA256, recorder->key, KEY_BYTES, name, -1);
    digest[NAME_DIGITS] = '\0';
    return g_strconcat("/", digest, NULL);
}

static void print_all(const Recorder *recorder, const GPtrArray *keys, TraceKind kind,
                      int64_t unix_sec, GString *text)
{
    for (guint i = 0; i < keys->len; i++) {
        g_autofree char *name = name_of(recorder, keys->pdata[i]);
        trace_print(unix_sec, kind, name, text);
    }
}

void recorder_note(Recorder *recorder, const Observation *observation, int64_t unix_sec)
{
    if (observation->stopped->len + observation->started->len == 0)
        return;
    GString *text = g_string_new(NULL);
    /* A restart is in both: it ended first. */
    print_all(recorder, observation->stopped, TRACE_EXIT, unix_sec, text);
    print_all(recorder, observation->started, TRACE_EXEC, unix_sec, text);
    push(recorder, text);
}

int recorder_take_error(Recorder *recorder)
{
    if (recorder->error_taken)
        return 0;
    recorder->error_taken = recorder->error != 0;
    return recorder->error;
}
