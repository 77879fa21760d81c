/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/report-lists.h"
#include "ctl/dict.h"
#include "ctl/report-plot.h"
#include "ctl/text.h"
#include <string.h>

#define BARS_MAX 12
#define ROWS_MAX 30
#define LANES_MAX 12
#define TIMELINE_DAYS_MAX 7
#define DAY_SEC 86400

static const char for_root_only[] = "<p>Which programs run here is shown to root only: "
                                    "<code>sudo preloadctl report</code></p>\n";

/* Names may be written from right to left: not so what stands beside them. */
static void append_name(GString *out, const char *name)
{
    g_string_append(out, "<span class=\"name\" title=\"");
    plot_text(out, name);
    g_string_append(out, "\"><bdi>");
    plot_text(out, name);
    g_string_append(out, "</bdi></span>");
}

static void append_saved(GVariant *row, double most_usec, GString *out)
{
    uint64_t saved_usec = dict_u64(row, "saved_usec_estimate");
    g_autofree char *span = text_span(saved_usec);
    g_string_append(out, "<div class=\"row\">");
    append_name(out, dict_text(row, "program"));
    plot_bar((double)saved_usec / most_usec, "ours", out);
    g_string_append_printf(out, "<span>≈ %s</span></div>\n", span);
}

/* Rows are sorted by what the estimate is made of, so the first one has the most. */
static bool append_bars(GVariant *rows, GString *out)
{
    double most_usec = 0;
    gsize n = MIN(g_variant_n_children(rows), BARS_MAX);
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        uint64_t saved_usec = dict_u64(row, "saved_usec_estimate");
        if (saved_usec == 0)
            break;
        most_usec = MAX(most_usec, (double)saved_usec);
        append_saved(row, most_usec, out);
    }
    return most_usec > 0;
}

/* A cell of the table; takes the text. */
static void append_cell(GString *out, char *text)
{
    g_string_append(out, "<td>");
    plot_text(out, text);
    g_string_append(out, "</td>");
    g_free(text);
}

static void append_numbers(GVariant *row, GString *out)
{
    bool known = dict_u64(row, "footprint_bytes") > 0;
    uint64_t saved_usec = dict_u64(row, "saved_usec_estimate");
    g_string_append(out, "<tr><td>");
    append_name(out, dict_text(row, "program"));
    g_string_append(out, "</td>");
    append_cell(out, g_strdup_printf("%" G_GUINT64_FORMAT, dict_u64(row, "launches")));
    append_cell(out, text_share(dict_double(row, "hit_ratio"), known));
    append_cell(out, text_share(dict_double(row, "ours_ratio"), known));
    append_cell(out, text_bytes(dict_u64(row, "ours_bytes")));
    append_cell(out, text_bytes(dict_u64(row, "wasted_bytes")));
    append_cell(out, saved_usec > 0 ? text_span(saved_usec) : g_strdup("-"));
    g_string_append(out, "</tr>\n");
}

static void append_table(GVariant *rows, GString *out)
{
    gsize n = g_variant_n_children(rows);
    g_string_append(out, "<details><summary class=\"note\">All numbers</summary>\n"
                         "<div class=\"scroll\"><table><tr><th>program</th><th>launches</th>"
                         "<th>in memory</th><th>read ahead</th><th>used</th><th>in vain</th>"
                         "<th>saved (estimate)</th></tr>\n");
    for (gsize i = 0; i < MIN(n, ROWS_MAX); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        append_numbers(row, out);
    }
    g_string_append(out, "</table></div>\n");
    if (n > ROWS_MAX)
        g_string_append_printf(out, "<p class=\"note\">and %u more</p>\n",
                               (unsigned)(n - ROWS_MAX));
    g_string_append(out, "</details>\n");
}

void report_programs(GVariant *rows, GString *out)
{
    g_string_append(out, "<section><h2>Time saved by program: an estimate</h2>\n<p class=\"note\">"
                         "What was in memory because read ahead, by the disk's speed, "
                         "since the first start.</p>\n");
    if (rows == NULL)
        g_string_append(out, for_root_only);
    else if (!append_bars(rows, out))
        g_string_append(out, "<p>Nothing yet, or the disk's speed is not known yet.</p>\n");
    if (rows != NULL && g_variant_n_children(rows) > 0)
        append_table(rows, out);
    g_string_append(out, "</section>\n");
}

/* The launches of one program in the window. */
typedef struct {
    const char *program; /* of the rows */
    GArray *shares;      /* of double: where in the window */
} Lane;

typedef struct {
    int64_t begin_sec; /* a midnight */
    unsigned n_days;
} Timeline;

static void lane_free(gpointer data)
{
    Lane *lane = data;
    g_array_unref(lane->shares);
    g_free(lane);
}

static int64_t day_of(int64_t local_sec)
{
    return local_sec / DAY_SEC - (local_sec % DAY_SEC < 0 ? 1 : 0);
}

/* The week up to the last launch, or as much of it as there are launches of. */
static Timeline timeline_of(GVariant *rows)
{
    int64_t first = G_MAXINT64;
    int64_t last = G_MININT64;
    gsize n = g_variant_n_children(rows);
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        int64_t day = CLAMP(day_of(dict_i64(row, "local_sec")), -PLOT_DAY_LIMIT, PLOT_DAY_LIMIT);
        first = MIN(first, day);
        last = MAX(last, day);
    }
    first = MAX(first, last - TIMELINE_DAYS_MAX + 1);
    return (Timeline){.begin_sec = first * DAY_SEC, .n_days = (unsigned)(last - first + 1)};
}

static Lane *lane_of(GHashTable *lanes, GPtrArray *order, const char *program)
{
    Lane *lane = g_hash_table_lookup(lanes, program);
    if (lane != NULL)
        return lane;
    lane = g_new0(Lane, 1);
    lane->program = program;
    lane->shares = g_array_new(FALSE, FALSE, sizeof(double));
    g_hash_table_insert(lanes, (gpointer)program, lane);
    g_ptr_array_add(order, lane);
    return lane;
}

static gint by_launches(gconstpointer a, gconstpointer b)
{
    const Lane *x = *(const Lane *const *)a;
    const Lane *y = *(const Lane *const *)b;
    if (x->shares->len != y->shares->len)
        return x->shares->len > y->shares->len ? -1 : 1;
    return strcmp(x->program, y->program);
}

/* Most launched first. Names are borrowed from the rows. */
static GPtrArray *lanes_of(GVariant *rows, const Timeline *timeline)
{
    g_autoptr(GHashTable) lanes = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *order = g_ptr_array_new_with_free_func(lane_free);
    double window_sec = (double)timeline->n_days * DAY_SEC;
    gsize n = g_variant_n_children(rows);
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        int64_t local_sec = dict_i64(row, "local_sec");
        if (local_sec < timeline->begin_sec)
            continue;
        double share = (double)(local_sec - timeline->begin_sec) / window_sec;
        Lane *lane = lane_of(lanes, order, dict_text(row, "program"));
        g_array_append_val(lane->shares, share);
    }
    g_ptr_array_sort(order, by_launches);
    return order;
}

static void append_lane(const Lane *lane, unsigned n_columns, GString *out)
{
    g_string_append(out, "<div class=\"row\">");
    append_name(out, lane->program);
    plot_lane((const double *)(const void *)lane->shares->data, lane->shares->len, n_columns, out);
    g_string_append_printf(out, "<span>%u×</span></div>\n", lane->shares->len);
}

static void append_columns(const Timeline *timeline, GString *out)
{
    static const char *const quarters[] = {"0-6 h", "6-12 h", "12-18 h", "18-24 h"};
    char dates[TIMELINE_DAYS_MAX][16] = {{0}};
    const char *names[TIMELINE_DAYS_MAX] = {NULL};
    for (unsigned i = 0; i < timeline->n_days; i++) {
        g_autofree char *date = text_day(timeline->begin_sec / DAY_SEC + i);
        const char *short_date = strchr(date, '-');
        g_strlcpy(dates[i], short_date != NULL ? short_date + 1 : date, sizeof(dates[i]));
        names[i] = dates[i];
    }
    g_string_append(out, "<div class=\"row\"><span></span>");
    if (timeline->n_days > 1)
        plot_columns(names, timeline->n_days, out);
    else
        plot_columns(quarters, G_N_ELEMENTS(quarters), out);
    g_string_append(out, "<span></span></div>\n");
}

static void append_timeline(GVariant *rows, GString *out)
{
    const Timeline timeline = timeline_of(rows);
    g_autoptr(GPtrArray) lanes = lanes_of(rows, &timeline);
    unsigned n_columns = timeline.n_days > 1 ? timeline.n_days : 4;
    for (guint i = 0; i < MIN(lanes->len, LANES_MAX); i++)
        append_lane(lanes->pdata[i], n_columns, out);
    append_columns(&timeline, out);
    if (lanes->len > LANES_MAX)
        g_string_append_printf(out, "<p class=\"note\">and %u programs more</p>\n",
                               lanes->len - LANES_MAX);
}

void report_launches(GVariant *rows, GString *out)
{
    g_string_append(out, "<section><h2>Launches</h2>\n<p class=\"note\">Of the last week on which "
                         "anything was launched; the most launched first.</p>\n");
    if (rows == NULL)
        g_string_append(out, for_root_only);
    else if (g_variant_n_children(rows) == 0)
        g_string_append(out, "<p>None was seen yet.</p>\n");
    else
        append_timeline(rows, out);
    g_string_append(out, "</section>\n");
}
