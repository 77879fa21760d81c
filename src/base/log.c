/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/log.h"
#include "base/fd.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <syslog.h>

/* Where journald listens (systemd-journald.socket(8)); g_log_writer_journald() writes to it. */
#define JOURNAL_SOCKET "/run/systemd/journal/socket"

struct Log {
    char *path; /* NULL unless a file is written */
    int fd;     /* owned if path is set, else standard error */
    int verbosity;
    bool journal;
    bool stamps;
};

static bool open_file(const char *path, int *ret_fd, GError **error)
{
    /* O_NONBLOCK: a FIFO that nobody reads must not stop the start. */
    int fd = open(
        path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
    if (fd < 0) {
        int saved = errno;
        g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(saved),
                    "cannot open the log file %s: %s", path, g_strerror(saved));
        return false;
    }
    *ret_fd = fd;
    return true;
}

Log *log_new(const char *file, int verbosity, GError **error)
{
    g_autoptr(Log) log = g_new0(Log, 1);
    log->fd = STDERR_FILENO;
    log->verbosity = verbosity;
    if (file == NULL) {
        log->journal = access(JOURNAL_SOCKET, W_OK) == 0;
    } else if (*file == '\0') {
        log->journal = g_log_writer_is_journald(STDERR_FILENO);
    } else {
        if (!open_file(file, &log->fd, error))
            return NULL;
        log->path = g_strdup(file);
    }
    /* A person at a terminal knows what time it is; who reads a file later does not. */
    log->stamps = log->path != NULL || isatty(STDERR_FILENO) == 0;
    return g_steal_pointer(&log);
}

void log_free(Log *log)
{
    if (log == NULL)
        return;
    if (log->path != NULL)
        fd_close(&log->fd);
    g_free(log->path);
    g_free(log);
}

bool log_reopen(Log *log, GError **error)
{
    autofd fd = -1;
    if (log->path == NULL)
        return true;
    if (!open_file(log->path, &fd, error))
        return false;
    fd_close(&log->fd);
    log->fd = fd_steal(&fd);
    return true;
}

bool log_wants(const Log *log, LogLevel level)
{
    return (int)level <= log->verbosity;
}

char *log_printable(const char *text)
{
    GString *out = g_string_new(NULL);
    while (*text != '\0') {
        gunichar character = g_utf8_get_char_validated(text, -1);
        /* (gunichar)-1 and -2 tell of invalid bytes; they are not printable either. */
        bool good = character < 0x110000 && g_unichar_isprint(character);
        const char *next = character < 0x110000 ? g_utf8_next_char(text) : text + 1;
        if (good)
            g_string_append_len(out, text, next - text);
        else
            g_string_append_c(out, '?');
        text = next;
    }
    return g_string_free(out, FALSE);
}

static int priority_of(LogLevel level)
{
    if ((int)level <= (int)LEVEL_ERROR)
        return LOG_ERR;
    if ((int)level <= (int)LEVEL_WARNING)
        return LOG_WARNING;
    if ((int)level <= (int)LEVEL_NOTICE)
        return LOG_NOTICE;
    return (int)level <= (int)LEVEL_CYCLE ? LOG_INFO : LOG_DEBUG;
}

static bool write_journal(LogLevel level, MessageId id, const char *message)
{
    g_autofree char *priority = g_strdup_printf("%d", priority_of(level));
    const GLogField fields[] = {
        {"MESSAGE", message, -1},
        {"PRIORITY", priority, -1},
        {"SYSLOG_IDENTIFIER", "preload", -1},
        {"MESSAGE_ID", message_id(id), -1}, /* last: left out where there is none */
    };
    gsize n_fields = G_N_ELEMENTS(fields) - (id == MESSAGE_NONE ? 1 : 0);
    /* The GLib level plays no part: the journal has it from PRIORITY. */
    return g_log_writer_journald(G_LOG_LEVEL_MESSAGE, fields, n_fields, NULL) ==
           G_LOG_WRITER_HANDLED;
}

static void write_line(const Log *log, const char *message)
{
    g_autoptr(GString) line = g_string_new(NULL);
    if (log->stamps) {
        g_autoptr(GDateTime) now = g_date_time_new_now_local();
        g_autofree char *stamp = g_date_time_format(now, "%F %T ");
        g_string_append(line, stamp);
    }
    g_string_append_printf(line, "%s\n", message);
    /* One write(), so that lines of several writers do not mix (O_APPEND). */
    ssize_t written;
    do
        written = write(log->fd, line->str, line->len);
    while (written < 0 && errno == EINTR);
    /* A full disk or a closed terminal: there is nobody left to be told. */
}

void log_write(Log *log, LogLevel level, MessageId id, const char *format, ...)
{
    if (!log_wants(log, level))
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *raw = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *message = log_printable(raw);
    if (!log->journal || !write_journal(level, id, message))
        write_line(log, message);
}
