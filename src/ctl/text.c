/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/text.h"
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_DEFAULT 80
#define COLUMNS_MIN 40
#define DAY_SEC 86400

Paint paint_of(bool terminal, const char *no_color, const char *term, int columns)
{
    bool dumb = term == NULL || *term == '\0' || strcmp(term, "dumb") == 0;
    bool refused = no_color != NULL && *no_color != '\0';
    return (Paint){.colour = terminal && !dumb && !refused,
                   .bars = terminal && !dumb,
                   .columns = MAX(columns > 0 ? columns : COLUMNS_DEFAULT, COLUMNS_MIN)};
}

Paint paint_for_stdout(void)
{
    struct winsize size = {0};
    bool terminal = isatty(STDOUT_FILENO) == 1;
    if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
        size.ws_col = 0;
    return paint_of(terminal, g_getenv("NO_COLOR"), g_getenv("TERM"), size.ws_col);
}

void paint_append(const Paint *paint, GString *out, Ink ink, const char *text)
{
    static const char *const codes[] = {[INK_PLAIN] = "",  [INK_BOLD] = "1",  [INK_DIM] = "2",
                                        [INK_GOOD] = "32", [INK_POOR] = "33", [INK_BAD] = "31"};
    if (paint->colour && ink != INK_PLAIN)
        g_string_append_printf(out, "\033[%sm%s\033[0m", codes[ink], text);
    else
        g_string_append(out, text);
}

char *text_bytes(uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    gsize unit = 0;
    while (value >= 1000 && unit + 1 < G_N_ELEMENTS(units)) {
        value /= 1024;
        unit++;
    }
    return g_strdup_printf("%.*f %s", value < 10 && unit > 1 ? 1 : 0, value, units[unit]);
}

char *text_share(double ratio, bool known)
{
    if (!known)
        return g_strdup("-");
    double percent = CLAMP(ratio, 0, 1) * 100;
    return g_strdup_printf("%.*f %%", percent > 0 && percent < 1 ? 1 : 0, percent);
}

char *text_span(uint64_t usec)
{
    uint64_t sec = usec / G_USEC_PER_SEC;
    if (sec < 10)
        return g_strdup_printf("%.1f s", (double)usec / G_USEC_PER_SEC);
    if (sec < 100)
        return g_strdup_printf("%u s", (unsigned)sec);
    if (sec < 3600)
        return g_strdup_printf("%u min", (unsigned)(sec / 60));
    if (sec < 2 * DAY_SEC && sec / 60 % 60 == 0)
        return g_strdup_printf("%u h", (unsigned)(sec / 3600));
    if (sec < 2 * DAY_SEC)
        return g_strdup_printf("%u h %u min", (unsigned)(sec / 3600), (unsigned)(sec / 60 % 60));
    return g_strdup_printf("%" G_GUINT64_FORMAT " days", sec / DAY_SEC);
}

char *text_count(uint64_t n, const char *noun)
{
    const char *plural = n == 1 ? "" : g_str_has_suffix(noun, "h") ? "es" : "s";
    return g_strdup_printf("%" G_GUINT64_FORMAT " %s%s", n, noun, plural);
}

char *text_time(int64_t unix_sec)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(unix_sec);
    return time != NULL ? g_date_time_format(time, "%Y-%m-%d %H:%M") : g_strdup("-");
}

char *text_day(int64_t day)
{
    enum { DAY_MAX = 3000000 }; /* more than GDateTime knows, less than overflows */
    if (day < -DAY_MAX || day > DAY_MAX)
        return g_strdup("-");
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(day * DAY_SEC);
    return time != NULL ? g_date_time_format(time, "%Y-%m-%d") : g_strdup("-");
}

void text_bar(GString *out, double ratio, int width)
{
    int full = (int)(CLAMP(ratio, 0, 1) * width + 0.5);
    for (int i = 0; i < width; i++)
        g_string_append(out, i < full ? "█" : "░");
}

static int width_of(gunichar c)
{
    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

static int columns_of(const char *text)
{
    int columns = 0;
    for (const char *c = text; *c != '\0'; c = g_utf8_next_char(c))
        columns += width_of(g_utf8_get_char(c));
    return columns;
}

static void append_cut(GString *out, const char *text, int columns)
{
    int used = 0;
    for (const char *c = text; *c != '\0'; c = g_utf8_next_char(c)) {
        int width = width_of(g_utf8_get_char(c));
        if (used + width > columns - 1)
            break;
        used += width;
        g_string_append_unichar(out, g_utf8_get_char(c));
    }
    g_string_append_printf(out, "…%*s", columns - 1 - used, "");
}

void text_column(GString *out, const char *text, int columns, bool left)
{
    int length = columns_of(text);
    if (length > columns)
        append_cut(out, text, columns);
    else
        g_string_append_printf(out, "%*s%s%*s", left ? 0 : columns - length, "", text,
                               left ? columns - length : 0, "");
}

/* Bytes of a sequence for colours (SGR, ECMA-48) that begins here; 0 if none does. */
static gsize colour_length(const char *text)
{
    if (text[0] != '\033' || text[1] != '[')
        return 0;
    gsize length = 2 + strspn(text + 2, "0123456789;");
    return text[length] == 'm' ? length + 1 : 0;
}

static int columns_to_see(const char *line)
{
    int columns = 0;
    while (*line != '\0') {
        gsize colour = colour_length(line);
        columns += colour > 0 ? 0 : width_of(g_utf8_get_char(line));
        line = colour > 0 ? line + colour : g_utf8_next_char(line);
    }
    return columns;
}

void text_fit(GString *out, const char *line, int columns)
{
    bool coloured = strchr(line, '\033') != NULL;
    if (columns_to_see(line) <= columns) {
        g_string_append(out, line);
        return;
    }
    for (int used = 0; *line != '\0';) {
        gsize colour = colour_length(line);
        int width = colour > 0 ? 0 : width_of(g_utf8_get_char(line));
        gsize length = colour > 0 ? colour : (gsize)(g_utf8_next_char(line) - line);
        if (used + width > columns - 1)
            break;
        used += width;
        g_string_append_len(out, line, (gssize)length);
        line += length;
    }
    g_string_append(out, coloured ? "\033[0m…" : "…");
}
