/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/import.h"
#include "model/state.h"
#include "unit.h"

#define HEADER "PRELOAD\t0.6.4\t1000\n"
#define MAPS                                                                                       \
    "MAP\t1\t10\t0\t65536\t-1\tfile:///lib/a.so\n"                                                 \
    "MAP\t2\t10\t131072\t4096\t-1\tfile:///lib/a.so\n"                                             \
    "MAP\t3\t10\t0\t4096\t-1\tfile:///lib/b.so\n"
#define EXES                                                                                       \
    "EXE\t1\t20\t300\t-1\tfile:///usr/bin/a\n"                                                     \
    "EXE\t2\t-1\t0\t-1\tfile:///usr/bin/b%20c\n"
#define MARKOV_HEAD "MARKOV\t1\t2\t30"
/* In it a was started twice and b four times. */
#define MARKOV_TAIL "\t10\t20.5\t1.5e+02\t0\t5\t2\t3\t0\t2\t3\t0\t1\t3\t0\t3\t0\t0\t0\t0\t0\n"

/* A decoded text that must be a valid image: our own reader is the judge. */
static Image *import_or_abort(const char *text, gssize length, ImportReport *report)
{
    g_autoptr(GError) error = NULL;
    size_t bytes = length < 0 ? strlen(text) : (size_t)length;
    ck_assert(import_recognizes(text, bytes));
    g_autoptr(Image) image = import_decode(text, bytes, report, &error);
    ck_assert_msg(image != NULL, "%s", error != NULL ? error->message : "");
    g_autoptr(GString) encoded = state_encode(image);
    g_autoptr(Image) again = state_decode(encoded->str, encoded->len, &error);
    ck_assert_msg(again != NULL, "%s", error != NULL ? error->message : "");
    return g_steal_pointer(&image);
}

static const ImageExe *exe_at(const Image *image, guint i)
{
    return &g_array_index(image->exes, ImageExe, i);
}

/* Edges of mappings: all is touched in one launch, late. */
static void assert_blocks(const Image *image, guint i, const char *expected)
{
    const ImageEdge *edge = &g_array_index(image->edges, ImageEdge, i);
    g_autoptr(GString) text = g_string_new(NULL);
    TouchSet touched = image_touched(image, edge);
    ck_assert_uint_eq(edge->launches, 1);
    touch_set_print(&touched, text);
    ck_assert_str_eq(text->str, expected);
}

START_TEST(each_kind_of_line)
{
    ImportReport report;
    g_autoptr(Image) image = import_or_abort(
        HEADER MAPS "BADEXE\t500\t-1\tfile:///usr/bin/small\n" EXES
                    "EXEMAP\t1\t1\t1\nEXEMAP\t1\t2\t1\nEXEMAP\t2\t3\t1\n" MARKOV_HEAD MARKOV_TAIL,
        -1, &report);
    ck_assert_str_eq(report.version, "0.6.4");
    ck_assert_uint_eq(report.n_maps, 3);
    ck_assert_uint_eq(report.n_exes, 2);
    ck_assert_uint_eq(report.n_edges, 3);
    ck_assert_uint_eq(report.n_chains, 1);
    ck_assert_uint_eq(report.n_ignored, 1);
    ck_assert_uint_eq(report.n_bad, 0);
    ck_assert_uint_eq(report.first_bad, 0);
    ck_assert_uint_eq(image->model_usec, 1000 * G_USEC_PER_SEC);
    ck_assert_uint_eq(image->maps->len, 2);
    ck_assert_uint_eq(image->edges->len, 2);
    ck_assert_str_eq(g_array_index(image->maps, ImageMap, 0).path, "/lib/a.so");
    ck_assert(!file_id_known(&g_array_index(image->maps, ImageMap, 0).id));
    assert_blocks(image, 0, "0:1.15,2");
    assert_blocks(image, 1, "0:1.15");
}
END_TEST

START_TEST(times_and_launches)
{
    ImportReport report;
    g_autoptr(Image) image = import_or_abort(HEADER EXES MARKOV_HEAD MARKOV_TAIL, -1, &report);
    const ImageExe *a = exe_at(image, 0);
    const ImageExe *b = exe_at(image, 1);
    ck_assert_str_eq(a->key->path, "/usr/bin/a");
    ck_assert_ptr_null(a->key->script);
    ck_assert(!file_id_known(&a->id));
    ck_assert_uint_eq(a->first_usec, 20 * G_USEC_PER_SEC);
    ck_assert_uint_eq(a->run_usec, 300 * G_USEC_PER_SEC);
    ck_assert_uint_eq(a->active_usec, 320 * G_USEC_PER_SEC);
    ck_assert_uint_eq(a->launches, 1 + 2);
    ck_assert_str_eq(b->key->path, "/usr/bin/b c");
    ck_assert_uint_eq(b->first_usec, 0);
    ck_assert_uint_eq(b->launches, 1 + 4);
    const ImageChain *chain = &g_array_index(image->chains, ImageChain, 0);
    ck_assert_uint_eq(chain->markov.both_usec, 30 * G_USEC_PER_SEC);
    ck_assert_float_eq(chain->markov.dwell_sec[MARKOV_NONE], 10);
    ck_assert_float_eq(chain->markov.dwell_sec[MARKOV_A], 20.5F);
    ck_assert_float_eq(chain->markov.dwell_sec[MARKOV_B], 150);
    ck_assert_float_eq(chain->markov.dwell_sec[MARKOV_BOTH], 0);
    ck_assert_float_eq(chain->markov.count[MARKOV_NONE][MARKOV_NONE], 5);
    ck_assert_float_eq(chain->markov.count[MARKOV_A][MARKOV_BOTH], 1);
    ck_assert_float_eq(chain->markov.count[MARKOV_B][MARKOV_NONE], 3);
}
END_TEST

/* Dwell times that 0.6.4's uninitialised memory left: that state is forgotten, not the chain. */
static const char *const senseless[] = {"-5", "-1.2e+09", "1012", "2e+09"};

START_TEST(senseless_dwell_times)
{
    g_autofree char *text =
        g_strconcat(HEADER EXES MARKOV_HEAD "\t10\t", senseless[_i],
                    "\t7\t0\t1\t1\t0\t0\t1\t1\t0\t0\t1\t0\t1\t0\t0\t0\t0\t0\n", NULL);
    ImportReport report;
    g_autoptr(Image) image = import_or_abort(text, -1, &report);
    ck_assert_uint_eq(report.n_chains, 1);
    const Markov *markov = &g_array_index(image->chains, ImageChain, 0).markov;
    ck_assert_float_eq(markov->dwell_sec[MARKOV_A], 0);
    ck_assert_float_eq(markov->count[MARKOV_A][MARKOV_A], 0);
    ck_assert_float_eq(markov->count[MARKOV_A][MARKOV_NONE], 0);
    ck_assert_float_eq(markov->dwell_sec[MARKOV_B], 7);
    ck_assert_float_eq(markov->count[MARKOV_B][MARKOV_B], 1);
}
END_TEST

START_TEST(times_in_the_future_are_cut_to_the_present)
{
    ImportReport report;
    g_autoptr(Image) image =
        import_or_abort(HEADER "EXE\t1\t5000\t9223372036854775807\t-1\tfile:///a\n", -1, &report);
    ck_assert_uint_eq(report.n_exes, 1);
    ck_assert_uint_eq(exe_at(image, 0)->first_usec, image->model_usec);
    ck_assert_uint_eq(exe_at(image, 0)->run_usec, image->model_usec);
    ck_assert_uint_eq(exe_at(image, 0)->active_usec, image->model_usec);
}
END_TEST

/* Each is the fifth line, behind good ones that it may refer to. */
static const char *const bad_lines[] = {
    "RUBBISH\t1",
    "map\t9\t10\t0\t4096\t-1\tfile:///lib/c",
    "MAP",
    "MAP\t9\t10\t0\t4096\t-1",
    "MAP\t9\t10\t0\t4096\t-1\tfile:///lib/c\tx",
    "MAP\t1\t10\t0\t4096\t-1\tfile:///lib/c", /* a number given before */
    "MAP\t-1\t10\t0\t4096\t-1\tfile:///lib/c",
    "MAP\t4294967296\t10\t0\t4096\t-1\tfile:///lib/c",
    "MAP\t9\tx\t0\t4096\t-1\tfile:///lib/c",
    "MAP\t9\t10\t0\t0\t-1\tfile:///lib/c",
    "MAP\t9\t10\t18446744073709551615\t4096\t-1\tfile:///lib/c",
    "MAP\t9\t10\t4096\t18446744073709551615\t-1\tfile:///lib/c",
    "MAP\t9\t10\t281474976645120\t1\t-1\tfile:///lib/c",
    "MAP\t9\t10\t-1\t4096\t-1\tfile:///lib/c",
    "MAP\t9\t10\t0\t4096\t-1\t/lib/c",
    "MAP\t9\t10\t0\t4096\t-1\thttp:///lib/c",
    "MAP\t9\t10\t0\t4096\t-1\tfile://host/lib/c",
    "MAP\t9\t10\t0\t4096\t-1\tfile:///lib/%00c",
    "MAP\t9\t10\t0\t4096\t-1\tfile:///lib/%zz",
    "MAP\t9\t10\t0\t4096\t-1\tfile:",
    "EXE\t9\t10\t0\tfile:///usr/bin/c",
    "EXE\t1\t10\t0\t-1\tfile:///usr/bin/c",
    "EXE\t9\t10\t0\t-1\tfile:///usr/bin/a", /* a program given before */
    "EXE\t9\t-2\t0\t-1\tfile:///usr/bin/c",
    "EXE\t9\t10\t1.5\t-1\tfile:///usr/bin/c",
    "EXE\t9\t10\t0\t-1\t0\t0.5\tfile:///usr/bin/c",
    "EXE\t9\t10\t0\t-1\t-1\tfile:///usr/bin/c",
    "EXE\t9\t10\t0\t-1\t0\t-0.5\t1\t0\tfile:///usr/bin/c",
    "EXE\t9\t10\t0\t-1\t0\tnan\t1\t0\tfile:///usr/bin/c",
    "EXE\t9\t10\t0\t-1\t0\tinf\t1\t0\tfile:///usr/bin/c",
    "EXE\t9\t10\t0\t-1\t0\t0.5\t-1\t0\tfile:///usr/bin/c",
    "EXEMAP\t1\t1",
    "EXEMAP\t9\t1\t1",
    "EXEMAP\t1\t9\t1",
    "EXEMAP\t1\t1\tx",
    "EXEMAP\t1\t1\t1\t1",
    "EXEMAP\t0\t0\t1",
    "MARKOV\t1\t1\t30" MARKOV_TAIL,
    "MARKOV\t1\t9\t30" MARKOV_TAIL,
    "MARKOV\t9\t1\t30" MARKOV_TAIL,
    "MARKOV\t1\t2\t-9" MARKOV_TAIL,
    "MARKOV\t1\t2\t30\t1" MARKOV_TAIL,
    "MARKOV\t1\t2\t30\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0",
    "MARKOV\t1\t2\t30\tinf\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0",
    "MARKOV\t1\t2\t30\tnan\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0",
    "MARKOV\t1\t2\t30\t0\t0\t0\t0\t1\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0", /* no sum */
    "MARKOV\t1\t2\t30\t0\t0\t0\t0\t-1\t-1\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0",
    "MARKOV\t1\t2\t30\t0\t0\t0\t0\t2000000000\t2000000000\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t"
    "0",
};

START_TEST(bad_lines_are_skipped_and_counted)
{
    g_autofree char *text =
        g_strconcat("PRELOAD\t0.6.4\t1000\nMAP\t1\t10\t0\t65536\t-1\tfile:///lib/a.so\n" EXES,
                    bad_lines[_i], "\n", "EXEMAP\t1\t1\t1\n" MARKOV_HEAD MARKOV_TAIL, NULL);
    ImportReport report;
    g_autoptr(Image) image = import_or_abort(text, -1, &report);
    ck_assert_uint_eq(image->maps->len, 1);
    ck_assert_uint_eq(report.n_maps, 1);
    ck_assert_uint_eq(report.n_exes, 2);
    ck_assert_uint_eq(report.n_edges, 1);
    ck_assert_uint_eq(report.n_chains, 1);
    ck_assert_uint_ge(report.n_bad, 1); /* two where the line has a newline of its own */
    ck_assert_uint_eq(report.first_bad, 5);
}
END_TEST

START_TEST(a_pair_has_one_chain)
{
    ImportReport report;
    g_autoptr(Image) image = import_or_abort(
        HEADER EXES MARKOV_HEAD MARKOV_TAIL MARKOV_HEAD MARKOV_TAIL "MARKOV\t2\t1\t30" MARKOV_TAIL,
        -1, &report);
    ck_assert_uint_eq(image->chains->len, 1);
    ck_assert_uint_eq(report.n_chains, 1);
    ck_assert_uint_eq(report.n_bad, 2);
    ck_assert_uint_eq(report.first_bad, 5);
}
END_TEST

/* References that come before what they refer to are not of any writer's order. */
START_TEST(what_a_bad_line_defined_is_not_there)
{
    ImportReport report;
    g_autoptr(Image) image = import_or_abort(HEADER "EXE\t1\t0\t0\t-1\tnonsense\n"
                                                    "EXE\t2\t0\t0\t-1\tfile:///b\n" MAPS
                                                    "EXEMAP\t1\t1\t1\n" MARKOV_HEAD MARKOV_TAIL,
                                             -1, &report);
    ck_assert_uint_eq(report.n_bad, 3);
    ck_assert_uint_eq(report.first_bad, 2);
    ck_assert_uint_eq(image->edges->len, 0);
    ck_assert_uint_eq(image->chains->len, 0);
    ck_assert_uint_eq(image->exes->len, 1);
}
END_TEST

START_TEST(blank_lines_comments_and_spaces)
{
    ImportReport report;
    g_autoptr(Image) image = import_or_abort("PRELOAD 0.6.4 1000\r\n"
                                             "\n   \n# MAP nonsense\n  # more\n"
                                             "  MAP  1 10  0 4096 -1   file:///lib/a.so \r\n"
                                             "EXE 1 0 0 -1 file:///a",
                                             -1, &report);
    ck_assert_uint_eq(report.n_bad, 0);
    ck_assert_uint_eq(image->maps->len, 1);
    ck_assert_uint_eq(image->exes->len, 1);
}
END_TEST

/* 0.6.4 cut URIs at 511 bytes; a name of 255 bytes that are not ASCII has 765 of them. */
START_TEST(long_and_odd_names)
{
    g_autofree char *odd = g_strnfill(4094, '\xff');
    g_autofree char *path = g_strconcat("/", odd, NULL);
    g_autofree char *uri = g_filename_to_uri(path, NULL, NULL);
    g_autofree char *text = g_strconcat(HEADER "EXE\t1\t0\t0\t-1\t", uri, "\n", NULL);
    ImportReport report;
    g_autoptr(Image) image = import_or_abort(text, -1, &report);
    ck_assert_str_eq(exe_at(image, 0)->key->path, path);
    g_autofree char *longer = g_strconcat(HEADER "EXE\t1\t0\t0\t-1\t", uri, "x\n", NULL);
    g_autoptr(Image) none = import_or_abort(longer, -1, &report);
    ck_assert_uint_eq(report.n_bad, 1);
    ck_assert_uint_eq(none->exes->len, 0);
}
END_TEST

START_TEST(nul_bytes_are_bad)
{
    static const char text[] =
        HEADER "EXE\t1\t0\t0\t-1\tfile:///a\0b\nEXE\t2\t0\t0\t-1\tfile:///c\n";
    ImportReport report;
    g_autoptr(Image) image = import_or_abort(text, sizeof text - 1, &report);
    ck_assert_uint_eq(report.n_bad, 1);
    ck_assert_uint_eq(image->exes->len, 1);
}
END_TEST

START_TEST(miguels_dialect)
{
    ImportReport report;
    g_autoptr(Image) image =
        import_or_abort("PRELOAD\t0.6.4\t5000000000\n" MAPS
                        "EXE\t1\t4294967297\t4294967298\t-1\tfile:///usr/bin/a\n"
                        "EXEMAP\t1\t1\t1\n"
                        "VOMMNODE\t1\t1\t12\t0\nVOMMNODE\t2\t1\t3\t1\n",
                        -1, &report);
    ck_assert_uint_eq(report.n_bad, 0);
    ck_assert_uint_eq(report.n_ignored, 2);
    ck_assert_uint_eq(exe_at(image, 0)->first_usec, UINT64_C(4294967297) * G_USEC_PER_SEC);
    ck_assert_uint_eq(exe_at(image, 0)->run_usec, UINT64_C(4294967298) * G_USEC_PER_SEC);
}
END_TEST

START_TEST(preheats_dialect)
{
    ImportReport report;
    g_autoptr(Image) image = import_or_abort(
        "PRELOAD\t1.0.1\t1000\n" MAPS "BADEXE\t12\t-1\tfile:///usr/bin/tiny\n"
        "EXE\t1\t20\t300\t-1\t1\t3.250000\t17\t4000\tfile:///usr/bin/a\n"
        "  PIDS\t2\n    PID\t123\t1700000000\t1700000100\t1\n    PID\t124\t1700000000\t1\t0\n"
        "EXE\t2\t20\t300\t-1\t0\tfile:///usr/bin/b\n"
        "EXE\t3\t20\t300\t-1\tfile:///usr/bin/c\n"
        "EXEMAP\t1\t1\t1\n" MARKOV_HEAD MARKOV_TAIL
        "FAMILY\tlibreoffice\t1\t/usr/bin/with space;b;c d e f g h i j k l m n o p q r s t u v w\n"
        "PRELOAD_TIMES\t1\nPRELOAD\tfirefox\t1700000000\nCRC32\tDEADBEEF\n",
        -1, &report);
    ck_assert_str_eq(report.version, "1.0.1");
    ck_assert_uint_eq(report.n_bad, 0);
    ck_assert_uint_eq(report.n_exes, 3);
    ck_assert_uint_eq(report.n_ignored, 8);
    ck_assert_uint_eq(report.n_chains, 1);
    ck_assert_uint_eq(exe_at(image, 0)->launches, 17);
    ck_assert_uint_eq(exe_at(image, 2)->launches, 1);
}
END_TEST

static const char *const no_headers[] = {
    "",
    "\n",
    "PRELOAD",
    "PRELOAD\t0.6.4\n",
    "PRELOAD\t0.6.4\t\n",
    "PRELOAD\t0.6.4\t-1\n",
    "PRELOAD\t0.6.4\t1000000000001\n",
    "PRELOAD\t0.6.4\t10\t10\n",
    "PRELOAD\t064\t10\n",
    "PRELOAD\t0.\t10\n",
    "PRELOAD\tx.6\t10\n",
    "PRELOAD\t0.\x01\t10\n",
    "PRELOAD\t0.123456789012345678901234\t10\n",
    "PRELOADS\t0.6.4\t10\n",
    "#PRELOAD\t0.6.4\t10\n",
    "\nPRELOAD\t0.6.4\t10\n",
    "MAP\t1\t10\t0\t65536\t-1\tfile:///lib/a.so\n",
    "PRELOAD-STATE\t1\t5\t5\n",
    "firefox\t0.6.4\t10\n",
};

START_TEST(other_files_are_foreign)
{
    ImportReport report = {.n_bad = 77};
    g_autoptr(GError) error = NULL;
    size_t length = strlen(no_headers[_i]);
    ck_assert(!import_recognizes(no_headers[_i], length));
    ck_assert_ptr_null(import_decode(no_headers[_i], length, &report, &error));
    ck_assert(g_error_matches(error, STATE_ERROR, STATE_ERROR_FOREIGN));
    ck_assert_uint_eq(report.n_bad, 77); /* results are written on success only */
}
END_TEST

static char *read_fixture(gsize *length)
{
    g_autofree char *path =
        g_build_filename(g_getenv("srcdir"), "tests/fixtures/state/preload-0.6.4.state", NULL);
    char *text = NULL;
    ck_assert_msg(g_file_get_contents(path, &text, length, NULL), "%s is missing", path);
    return text;
}

static guint count_lines(const char *text, const char *tag)
{
    g_autofree char *start = g_strconcat("\n", tag, "\t", NULL);
    guint n = 0;
    for (const char *c = text; (c = strstr(c, start)) != NULL; c++)
        n++;
    return n;
}

/* Written by preload 0.6.4 itself, in a PID namespace with Python, Perl and awk coming and going.
 */
START_TEST(a_real_state_is_imported_in_full)
{
    gsize length = 0;
    g_autofree char *text = read_fixture(&length);
    ImportReport report;
    g_autoptr(Image) image = import_or_abort(text, (gssize)length, &report);
    ck_assert_uint_eq(report.n_bad, 0);
    ck_assert_uint_gt(report.n_chains, 10);
    ck_assert_uint_eq(report.n_maps, count_lines(text, "MAP"));
    ck_assert_uint_eq(report.n_exes, count_lines(text, "EXE"));
    ck_assert_uint_eq(report.n_edges, count_lines(text, "EXEMAP"));
    ck_assert_uint_eq(report.n_chains, count_lines(text, "MARKOV"));
    ck_assert_uint_eq(image->exes->len, report.n_exes);
    ck_assert_uint_eq(image->chains->len, report.n_chains);
    bool learnt = false;
    for (guint i = 0; i < image->chains->len; i++)
        learnt |= g_array_index(image->chains, ImageChain, i).markov.count[0][0] > 0;
    ck_assert(learnt);
}
END_TEST

START_TEST(a_real_state_cut_anywhere_is_imported_in_part)
{
    gsize length = 0;
    g_autofree char *text = read_fixture(&length);
    gsize header = (gsize)(strchr(text, '\n') - text);
    for (gsize cut = header; cut < length; cut += 7) {
        ImportReport report;
        g_autoptr(Image) image = import_or_abort(text, (gssize)cut, &report);
        ck_assert_uint_le(report.n_bad, 1);
        ck_assert_uint_eq(image->exes->len, report.n_exes);
    }
}
END_TEST

/* What preheat knows of a program besides, and 0.6.4 does not. */
static const struct {
    const char *fields; /* between the expansion and the path */
    Pool pool;
    double weight;
    uint64_t launches;
    uint64_t user_launches;
} preheat_rows[] = {
    {"", POOL_PRIORITY, 0, 1, 0}, /* 0.6.4 reads all ahead */
    {"\t1", POOL_PRIORITY, 0, 1, 0},
    {"\t0", POOL_OBSERVATION, 0, 1, 0},
    {"\t2", POOL_OBSERVATION, 0, 1, 0},
    {"\t1\t3.25\t17\t4000", POOL_PRIORITY, 3.25, 17, 17},
    {"\t0\t0.000000\t0\t0", POOL_OBSERVATION, 0, 1, 0},
    {"\t0\t1e300\t1\t0", POOL_OBSERVATION, WEIGHT_MAX, 1, 1},
};

START_TEST(preheats_pools_and_weights)
{
    ImportReport report;
    g_autofree char *text = g_strconcat(HEADER "EXE\t1\t20\t300\t-1", preheat_rows[_i].fields,
                                        "\tfile:///usr/bin/a\n", NULL);
    g_autoptr(Image) image = import_or_abort(text, -1, &report);
    ck_assert_uint_eq(report.n_exes, 1);
    const ImageExe *exe = exe_at(image, 0);
    ck_assert_int_eq(exe->pool, preheat_rows[_i].pool);
    ck_assert_double_eq(exe->weighted_launches, preheat_rows[_i].weight);
    ck_assert_uint_eq(exe->launches, preheat_rows[_i].launches);
    ck_assert_uint_eq(exe->user_launches, preheat_rows[_i].user_launches);
    ck_assert_uint_eq(exe->automated_launches, 0);
    ck_assert_uint_eq(exe->user_usec, exe->active_usec);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("import");
    UNIT_ADD(suite, each_kind_of_line);
    UNIT_ADD(suite, times_and_launches);
    UNIT_ADD_ROWS(suite, senseless_dwell_times, senseless);
    UNIT_ADD(suite, times_in_the_future_are_cut_to_the_present);
    UNIT_ADD_ROWS(suite, bad_lines_are_skipped_and_counted, bad_lines);
    UNIT_ADD(suite, a_pair_has_one_chain);
    UNIT_ADD(suite, what_a_bad_line_defined_is_not_there);
    UNIT_ADD(suite, blank_lines_comments_and_spaces);
    UNIT_ADD(suite, long_and_odd_names);
    UNIT_ADD(suite, nul_bytes_are_bad);
    UNIT_ADD(suite, miguels_dialect);
    UNIT_ADD(suite, preheats_dialect);
    UNIT_ADD_ROWS(suite, preheats_pools_and_weights, preheat_rows);
    UNIT_ADD_ROWS(suite, other_files_are_foreign, no_headers);
    UNIT_ADD(suite, a_real_state_is_imported_in_full);
    UNIT_ADD(suite, a_real_state_cut_anywhere_is_imported_in_part);
    return suite;
}
