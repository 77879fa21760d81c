/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/client.h"
#include "ctl/dict.h"
#include "ctl/exit.h"
#include "ctl/live.h"
#include "ctl/view.h"
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define REFRESH_SEC 2
/* Another screen, without a cursor; and back (xterm's private modes 1049 and 25). */
#define SCREEN_ENTER "\033[?1049h\033[?25l"
#define SCREEN_LEAVE "\033[?25h\033[?1049l"
#define LINE_CLEAR "\033[K"
#define ROWS_DEFAULT 24
/* Lines around the rows of the two tables: their heads, a blank one before each, how many more
 * there are, and ours at the bottom. */
#define ROWS_AROUND 6
#define FOOTER "q: quit"

typedef struct {
    GDBusConnection *client;
    struct termios before;
    bool due;
    bool ended;
    bool sees;     /* names are shown to us */
    char *problem; /* why it ended */
} Top;

static int count_rows(void)
{
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0)
        return ROWS_DEFAULT;
    return size.ws_row;
}

/* The lines that fit above our own, each cut to the terminal, as one that wraps would push the
 * others down, and cleared behind its end; and nothing below. */
static void draw(const GString *text, const Paint *paint, int rows)
{
    g_auto(GStrv) lines = g_strsplit(text->str, "\n", -1);
    g_autoptr(GString) screen = g_string_new("\033[H");
    for (int i = 0; lines[i] != NULL && lines[i + 1] != NULL && i < rows - 1; i++) {
        text_fit(screen, lines[i], paint->columns);
        g_string_append(screen, LINE_CLEAR "\r\n");
    }
    g_string_append(screen, FOOTER LINE_CLEAR "\033[J");
    (void)fwrite(screen->str, 1, screen->len, stdout); /* the next one comes soon */
    (void)fflush(stdout);
}

static int count_lines(const GString *text)
{
    int n = 0;
    for (const char *at = text->str; (at = strchr(at, '\n')) != NULL; at++)
        n++;
    return n;
}

static void append_names(Top *top, const Paint *paint, int rows, GString *out)
{
    int each = MAX((rows - count_lines(out) - ROWS_AROUND) / 2, 1);
    g_autoptr(GVariant) next =
        client_call(top->client, "Predict", g_variant_new("(u)", (guint32)each), NULL);
    g_autoptr(GVariant) programs =
        next != NULL ? client_call(top->client, "Programs", NULL, NULL) : NULL;
    top->sees = next != NULL && programs != NULL;
    if (!top->sees)
        return;
    g_string_append_c(out, '\n');
    view_predict(paint, next, out);
    g_string_append_c(out, '\n');
    view_stats(paint, programs, STATS_BY_EXE, (uint32_t)each, out);
}

static void refresh(Top *top)
{
    g_autoptr(GError) error = NULL;
    const Paint paint = paint_for_stdout();
    int rows = count_rows();
    top->due = false;
    g_autoptr(GVariant) status = client_call(top->client, "Status", NULL, &error);
    if (status == NULL) {
        if (!g_error_matches(error, CLIENT_ERROR, CLIENT_ERROR_REFUSED)) {
            top->problem = g_strdup(error->message);
            top->ended = true;
        }
        return; /* too many calls: the next one will do */
    }
    g_autoptr(GString) text = g_string_new(NULL);
    view_status(&paint, status, text);
    append_names(top, &paint, rows, text);
    if (!top->sees)
        g_string_append(text, "\n  which programs run here is shown to root only\n");
    draw(text, &paint, rows);
}

static gboolean on_due(gpointer data)
{
    ((Top *)data)->due = true;
    return G_SOURCE_CONTINUE;
}

static gboolean on_end(gpointer data)
{
    ((Top *)data)->ended = true;
    return G_SOURCE_CONTINUE;
}

static gboolean on_key(gint fd, GIOCondition condition, gpointer data)
{
    Top *top = data;
    char key = '\0';
    ssize_t n = read(fd, &key, 1);
    if (n <= 0 || key == 'q' || key == 'Q' || key == 3 /* Ctrl-C */)
        top->ended = true;
    return G_SOURCE_CONTINUE;
}

static bool enter(Top *top)
{
    if (tcgetattr(STDIN_FILENO, &top->before) < 0)
        return false;
    struct termios raw = top->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &raw); /* keys come with Enter only, then */
    (void)fputs(SCREEN_ENTER, stdout);
    return true;
}

static void leave(const Top *top)
{
    (void)fputs(SCREEN_LEAVE, stdout);
    (void)fflush(stdout);
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &top->before);
}

static void run(Top *top)
{
    const guint sources[] = {
        g_unix_signal_add(SIGINT, on_end, top),
        g_unix_signal_add(SIGTERM, on_end, top),
        g_unix_signal_add(SIGWINCH, on_due, top),
        g_timeout_add_seconds(REFRESH_SEC, on_due, top),
        g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_key, top),
    };
    top->due = true;
    while (!top->ended) {
        if (top->due)
            refresh(top);
        else
            g_main_context_iteration(NULL, TRUE);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(sources); i++)
        g_source_remove(sources[i]);
}

int live_top(GDBusConnection *client, const Request *request)
{
    Top top = {.client = client};
    if (isatty(STDOUT_FILENO) != 1 || !enter(&top)) {
        fprintf(stderr, "preloadctl: top needs a terminal; try preloadctl status\n");
        return EXIT_REFUSED;
    }
    run(&top);
    leave(&top);
    if (top.problem == NULL)
        return EXIT_SUCCESS;
    fprintf(stderr, "preloadctl: %s\n", top.problem);
    g_free(top.problem);
    return EXIT_ABSENT;
}
