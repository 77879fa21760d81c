/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/footprint.h"
#include "model/import.h"
#include "model/state.h"
#include "unit.h"

#include <float.h>
#include <math.h>

/* The header, the lines given and an END that is right for them. */
static GString *seal(const char *header, const char *lines)
{
    GString *text = g_string_new(header);
    g_string_append(text, lines);
    guint records = 0;
    for (const char *c = lines; *c != '\0'; c++)
        records += *c == '\n' ? 1 : 0;
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, -1);
    g_string_append_printf(text, "END\t%u\t%s\n", records, sum);
    return text;
}

#define HEADER "PRELOAD-STATE\t3\t1000000\t1700000000\n"
#define MAPS "MAP\t0\tf\t1\t2\t3\t4\t/lib/a\nMAP\t1\td\t1\t3\t3\t-4\t/lib/b\n"
#define EXES                                                                                       \
    "EXE\t0\t7\t500000\t0\t1000000\t3\t2\t2,90,80,70,10,5\t4\t2\t3.5\t900000\tp\t0\t-\t1\t2\t3\t4" \
    "\t-\t/bin/a\n"                                                                                \
    "EXE\t1\t7\t500000\t0\t1000000\t0\t0\t-\t0\t0\t0\t1000000\to\t2.5\tdefault%"                   \
    "20browser\t1\t2\t3\t4"                                                                        \
    "\t/x.py\t/bin/a\n"
#define SESSION_NONE "SESSION\t0\t0\t0\t1\t0\n"
#define NINE "1,1,1,1,1,1,1,1,1"
#define SIXTEEN "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"
#define HABITS                                                                                     \
    "SESSION\t3\t900000\t100000\t2\t1\nLAUNCH\t0\t1700000000\t1\t8\t30\t15\n"                      \
    "LAUNCH\t-\t-5\t1\t12\t40\t15\nLAUNCH\t0\t1700003600\t2\t8\t255\t7\n"                          \
    "HABIT\t0\t3\t1.99769092\t1.98282051\t0.5\nMIXTURE\t0\t" NINE "\t" NINE "\n"                   \
    "MIXTURE\t1\t0.25,1,1,1,1,1,1,1,1\t" NINE "\nMIXTURE\t2\t" NINE "\t" NINE "\n"                 \
    "RATE\t0\t1,-0.5,1,2\t" SIXTEEN "\t" SIXTEEN "\nRATE\t1\t1,0,1,1\t" SIXTEEN "\t" SIXTEEN "\n"
#define METRICS_LINE "METRICS\t3,90,80,70,10,5\n"
#define DAYS_LINES "DAY\t-3\t-\t7\t0\t0\nDAY\t20000\t2,90,80,70,10,5\t300\t20\t200\n"

/* The same as version 1 has it. */
#define HEADER_1 "PRELOAD-STATE\t1\t1000000\t1700000000\n"
#define MAPS_1 "MAP\t0\t1\t2\t3\t4\t/lib/a\nMAP\t1\t1\t3\t3\t-4\t/lib/b\n"
#define EXES_1                                                                                     \
    "EXE\t0\t7\t500000\t0\t1000000\t1\t2\t3\t4\t-\t/bin/a\n"                                       \
    "EXE\t1\t7\t500000\t0\t1000000\t1\t2\t3\t4\t/x.py\t/bin/a\n"
#define CHAIN_ZERO_1 "CHAIN\t0\t1\t0\t-\t-\n"
#define CHAIN_ZERO "CHAIN\t0\t1\t0\t0\t-\t-\n"
#define CHAIN_TAIL_1 "\t0\t0:2.5\t00:2,01:1,02:1\n"
#define CHAIN_TAIL "\t0\t1000000\t0:2.5\t00:2,01:1,02:1\n"

static void assert_image_equal(const Image *a, const Image *b)
{
    ck_assert_uint_eq(a->model_usec, b->model_usec);
    ck_assert_int_eq(a->saved_unix_sec, b->saved_unix_sec);
    ck_assert_mem_eq(&a->metrics, &b->metrics, sizeof a->metrics);
    ck_assert_uint_eq(a->days.n, b->days.n);
    ck_assert_mem_eq(a->days.of, b->days.of, a->days.n * sizeof(Day));
    ck_assert_uint_eq(a->maps->len, b->maps->len);
    ck_assert_uint_eq(a->exes->len, b->exes->len);
    ck_assert_uint_eq(a->edges->len, b->edges->len);
    ck_assert_uint_eq(a->chains->len, b->chains->len);
    ck_assert_uint_eq(a->bad->len, b->bad->len);
    for (guint i = 0; i < a->maps->len; i++) {
        const ImageMap *x = &g_array_index(a->maps, ImageMap, i);
        const ImageMap *y = &g_array_index(b->maps, ImageMap, i);
        ck_assert_str_eq(x->path, y->path);
        ck_assert_mem_eq(&x->id, &y->id, sizeof x->id);
        ck_assert(x->directory == y->directory);
    }
    for (guint i = 0; i < a->exes->len; i++) {
        const ImageExe *x = &g_array_index(a->exes, ImageExe, i);
        const ImageExe *y = &g_array_index(b->exes, ImageExe, i);
        ck_assert(exe_key_equal(x->key, y->key));
        ck_assert_mem_eq(&x->id, &y->id, sizeof x->id);
        ck_assert_uint_eq(x->launches, y->launches);
        ck_assert_uint_eq(x->run_usec, y->run_usec);
        ck_assert_uint_eq(x->first_usec, y->first_usec);
        ck_assert_uint_eq(x->active_usec, y->active_usec);
        ck_assert(x->n_learnt == y->n_learnt && x->n_stable == y->n_stable);
        ck_assert_mem_eq(&x->metrics, &y->metrics, sizeof x->metrics);
    }
    for (guint i = 0; i < a->edges->len; i++) {
        const ImageEdge *x = &g_array_index(a->edges, ImageEdge, i);
        const ImageEdge *y = &g_array_index(b->edges, ImageEdge, i);
        ck_assert(x->exe == y->exe && x->map == y->map);
        ck_assert(x->rank == y->rank && x->launches == y->launches);
        const TouchSet xs = image_touched(a, x);
        const TouchSet ys = image_touched(b, y);
        ck_assert(touch_set_equal(&xs, &ys));
    }
    for (guint i = 0; i < a->chains->len; i++) { /* bit for bit */
        const ImageChain *x = &g_array_index(a->chains, ImageChain, i);
        const ImageChain *y = &g_array_index(b->chains, ImageChain, i);
        ck_assert_mem_eq(x, y, sizeof *x);
    }
    ck_assert(a->habits.known == b->habits.known);
    ck_assert_mem_eq(&a->habits.mixture, &b->habits.mixture, sizeof a->habits.mixture);
    ck_assert_mem_eq(&a->habits.rates, &b->habits.rates, sizeof a->habits.rates);
    for (guint i = 0; i < a->bad->len; i++) {
        const ImageBad *x = &g_array_index(a->bad, ImageBad, i);
        const ImageBad *y = &g_array_index(b->bad, ImageBad, i);
        ck_assert(exe_key_equal(x->key, y->key));
        ck_assert(x->size_bytes == y->size_bytes && x->seen_usec == y->seen_usec);
    }
}

static Image *decode_or_abort(const GString *text)
{
    g_autoptr(GError) error = NULL;
    Image *image = state_decode(text->str, text->len, &error);
    ck_assert_msg(image != NULL, "%s", error != NULL ? error->message : "");
    return image;
}

static void assert_round_trip(const Image *image)
{
    g_autoptr(GString) text = state_encode(image);
    g_autoptr(Image) decoded = decode_or_abort(text);
    assert_image_equal(image, decoded);
    g_autoptr(GString) again = state_encode(decoded);
    ck_assert_str_eq(text->str, again->str);
}

static void assert_refused(const char *bytes, size_t length, StateError code, const char *message)
{
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(state_decode(bytes, length, &error));
    ck_assert_msg(g_error_matches(error, STATE_ERROR, (gint)code), "%s", error->message);
    ck_assert_msg(strstr(error->message, message) != NULL, "%s", error->message);
}

/* Random images */

static FileId random_id(GRand *rand)
{
    return (FileId){g_rand_int(rand), (uint64_t)g_rand_int(rand) << 31 | g_rand_int(rand),
                    g_rand_int(rand), (int64_t)g_rand_int(rand) * 1000000007 - G_MAXINT32};
}

/* Any bytes but NUL, made different by its number. */
static char *random_text(GRand *rand, const char *before, guint number)
{
    GString *text = g_string_new(before);
    for (int n = g_rand_int_range(rand, 0, 30); n > 0; n--)
        g_string_append_c(text, (char)g_rand_int_range(rand, 1, 256));
    g_string_append_printf(text, "%u", number);
    return g_string_free(text, FALSE);
}

static ExeKey *random_key(GRand *rand, guint number)
{
    g_autofree char *path = random_text(rand, "/", number);
    g_autofree char *script = random_text(rand, "", number);
    return exe_key_new(path, g_rand_boolean(rand) ? script : NULL);
}

/* Of launches among these. */
static TouchSet random_touched(GRand *rand, uint8_t launches)
{
    TouchSet touched = TOUCH_SET_NULL;
    for (int n = g_rand_int_range(rand, 1, 10); n > 0; n--) {
        TouchRun run = {
            .first = g_rand_int(rand) % 5000,
            .count = (uint32_t)g_rand_int_range(rand, 1, 100),
            .launches = (uint8_t)(g_rand_int(rand) & launches),
            .step = (uint8_t)g_rand_int_range(rand, 0, TOUCH_STEPS),
        };
        (void)touch_set_add_run(&touched, run);
    }
    return touched;
}

static Metrics random_metrics(GRand *rand)
{
    Metrics metrics = {.launches = g_rand_int(rand), .wasted_bytes = g_rand_int(rand)};
    if (g_rand_boolean(rand))
        return (Metrics){0};
    metrics.footprint_bytes = (uint64_t)g_rand_int(rand) << 20;
    metrics.resident_bytes = metrics.footprint_bytes / 3;
    metrics.ours_bytes = metrics.footprint_bytes / 5;
    metrics.late_bytes = metrics.footprint_bytes / 2;
    return metrics;
}

static void add_random_edge(Image *image, GRand *rand, guint exe, guint map)
{
    uint32_t n_learnt = g_array_index(image->exes, ImageExe, exe).n_learnt;
    uint32_t launches = g_rand_int(rand) & ((1U << MAX(n_learnt, 1)) - 1);
    ImageEdge edge = {
        .exe = exe,
        .map = map,
        .rank = (uint16_t)g_rand_int(rand),
        .launches = (uint8_t)MAX(1, launches),
    };
    TouchSet touched = TOUCH_SET_NULL;
    if (!g_array_index(image->maps, ImageMap, map).directory && g_rand_int(rand) % 8 > 0)
        touched = random_touched(rand, edge.launches);
    image_add_edge(image, edge, &touched);
    touch_set_clear(&touched);
}

/* As transitions make it: rows add up, most are 0, values are anything a float can be. */
static Markov random_markov(GRand *rand, uint64_t now_usec)
{
    Markov markov = {.both_usec = (uint64_t)(g_rand_double(rand) * (double)now_usec),
                     .changed_usec = (uint64_t)(g_rand_double(rand) * (double)now_usec)};
    for (int i = 0; i < MARKOV_STATES; i++) {
        if (g_rand_boolean(rand))
            continue;
        markov.dwell_sec[i] = (float)exp(g_rand_double_range(rand, -80, 27));
        for (int j = 0; j < MARKOV_STATES; j++) {
            float count = (float)exp(g_rand_double_range(rand, -90, 10));
            if (j == i || g_rand_boolean(rand))
                continue;
            markov.count[i][j] = count;
            markov.count[i][i] += count;
        }
    }
    return markov;
}

static void add_random_exe(Image *image, GRand *rand)
{
    guint n = image->exes->len;
    uint64_t now = image->model_usec;
    uint8_t n_learnt = (uint8_t)g_rand_int_range(rand, 0, TOUCH_LAUNCHES + 1);
    ImageExe exe = {
        .key = random_key(rand, n),
        .id = random_id(rand),
        .launches = g_rand_int(rand),
        .run_usec = now / 3,
        .first_usec = now / 2,
        .active_usec = now,
        .n_learnt = n_learnt,
        .n_stable = (uint8_t)CLAMP(n_learnt - 1, 0, FOOTPRINT_STABLE),
        .metrics = random_metrics(rand),
        .weighted_launches = g_rand_double_range(rand, 0, 1e6),
        .user_usec = now / 5,
        .pool = g_rand_boolean(rand) ? POOL_PRIORITY : POOL_OBSERVATION,
        .seed_weight = (float)g_rand_double_range(rand, 0, 5),
    };
    exe.user_launches = exe.launches / 3;
    exe.automated_launches = exe.launches / 2;
    g_autofree char *source = random_text(rand, "by ", n);
    exe.seed_source = g_rand_boolean(rand) ? g_ref_string_new(source) : NULL;
    g_array_append_val(image->exes, exe);
    ImageBad bad = {random_key(rand, n), g_rand_int(rand), now};
    g_array_append_val(image->bad, bad);
    for (guint map = n % 3; map < image->maps->len; map += 3)
        add_random_edge(image, rand, n, map);
    for (guint other = 0; other < n; other++) {
        bool swap = g_rand_boolean(rand);
        ImageChain chain = {swap ? n : other, swap ? other : n, random_markov(rand, now)};
        g_array_append_val(image->chains, chain);
    }
}

static Launch random_launch(GRand *rand)
{
    return (Launch){
        .local_sec = (int64_t)g_rand_int(rand) - G_MAXINT32,
        .session = g_rand_int(rand) % 100,
        .place_log = (uint8_t)g_rand_int(rand),
        .session_log = (uint8_t)g_rand_int(rand),
        .rest_bin = (uint8_t)(g_rand_int(rand) % REST_BINS),
    };
}

static void add_random_habits(Image *image, GRand *rand)
{
    ImageHabits *habits = &image->habits;
    guint n = image->exes->len;
    habits->known = true;
    habits->now = (Launches){.n_launches = 3 * n, .last_usec = image->model_usec, .session = 100};
    for (guint i = 0; i < 3 * n; i++) {
        bool left = g_rand_int(rand) % 8 == 0;
        ImageLaunch launch = {left ? IMAGE_NO_EXE : g_rand_int(rand) % n, random_launch(rand)};
        g_array_append_val(habits->launches, launch);
    }
    for (guint i = 0; i < n; i += 2) {
        ImageHabit habit = {i,
                            {.slow = (float)exp(g_rand_double_range(rand, -80, 20)),
                             .counted = g_rand_int(rand) % (3 * n)}};
        g_array_append_val(habits->habits, habit);
    }
    habits->mixture.weight[MOMENT_CALM][EXPERT_RENEWAL] = (float)g_rand_double(rand);
    habits->rates.of[HORIZON_LATER].offset = (float)g_rand_double_range(rand, -5, 5);
}

static Image *random_image(guint32 seed, guint n_exes)
{
    GRand *rand = g_rand_new_with_seed(seed);
    Image *image = image_new();
    image->model_usec = (uint64_t)g_rand_int(rand) * 1000;
    image->saved_unix_sec = g_rand_int(rand);
    image->seeded = n_exes % 2 == 1;
    image->metrics = random_metrics(rand);
    for (guint i = 0; i < 2 * n_exes; i++) {
        g_autofree char *path = random_text(rand, "/", i);
        ImageMap map = {g_ref_string_new(path), random_id(rand), g_rand_boolean(rand)};
        g_array_append_val(image->maps, map);
    }
    for (guint i = 0; i < n_exes; i++)
        add_random_exe(image, rand);
    if (n_exes > 0 && n_exes < LAUNCHES_MAX / 3)
        add_random_habits(image, rand);
    g_rand_free(rand);
    return image;
}

START_TEST(random_images_round_trip)
{
    g_autoptr(Image) image = random_image((guint32)_i, (guint)_i);
    assert_round_trip(image);
}
END_TEST

static const float floats[] = {
    FLT_TRUE_MIN, FLT_MIN, FLT_EPSILON, 0.1F,      1.0F / 3, 0.999F,      1,
    16777215,     8388608, 1e6F,        999999936, 1e9F,     123456.789F,
};

START_TEST(floats_round_trip)
{
    g_autoptr(Image) image = random_image(1, 2);
    Markov markov = {.dwell_sec = {floats[_i], 0, 0, 1e12F}};
    markov.count[2][2] = markov.count[2][0] = floats[_i];
    g_array_index(image->chains, ImageChain, 0).markov = markov;
    assert_round_trip(image);
}
END_TEST

/* Names that would break a text format, and that could be taken for something else. */
static const char *const names[] = {
    "-", "%2D", "%",    "a\tb",     "a\nb",        " ",   "\xff\xfe", "\xc3\xa4", "\r",
    "#", "%00", "../x", "\x01\x7f", "END\t1\tabc", "a/b", "--",       "\\n",      "\xe2\x80\xa8"};

START_TEST(names_round_trip)
{
    g_autoptr(Image) image = image_new();
    g_autofree char *path = g_strconcat("/", names[_i], NULL);
    ImageMap map = {.path = g_ref_string_new(path)};
    ImageExe exe = {.key = exe_key_new(path, names[_i])};
    ImageExe plain = {.key = exe_key_new(path, NULL)};
    g_array_append_val(image->maps, map);
    g_array_append_val(image->exes, exe);
    g_array_append_val(image->exes, plain);
    assert_round_trip(image);
    g_autoptr(GString) text = state_encode(image);
    for (gsize i = 0; i < text->len; i++)
        ck_assert(g_ascii_isgraph(text->str[i]) || text->str[i] == '\t' || text->str[i] == '\n');
}
END_TEST

START_TEST(longest_path_round_trips)
{
    g_autoptr(Image) image = image_new();
    g_autofree char *path = g_strnfill(4095, '\xff');
    path[0] = '/';
    ImageMap map = {.path = g_ref_string_new(path)};
    g_array_append_val(image->maps, map);
    assert_round_trip(image);
}
END_TEST

START_TEST(empty_image_and_empty_blocks)
{
    g_autoptr(Image) image = image_new();
    assert_round_trip(image);
    g_autoptr(Image) other = random_image(2, 1);
    g_array_index(other->edges, ImageEdge, 0).n_runs = 0;
    assert_round_trip(other);
}
END_TEST

START_TEST(text_is_as_documented)
{
    g_autoptr(GString) text =
        seal(HEADER, METRICS_LINE DAYS_LINES MAPS EXES
             "EDGE\t0\t0\t65535\t7\t0-11:3.0,15.4,20-30:7\n"
             "EDGE\t0\t1\t2\t6\t-\nCHAIN\t1\t0" CHAIN_TAIL "BADEXE\t99\t12\t-\t/bin/c\n"
             "WORD\tignore\t-\t/bin/d\n" HABITS);
    g_autoptr(Image) image = decode_or_abort(text);
    ck_assert_uint_eq(image->model_usec, 1000000);
    ck_assert_int_eq(image->saved_unix_sec, 1700000000);
    const ImageExe *exe = &g_array_index(image->exes, ImageExe, 1);
    ck_assert_str_eq(exe->key->script, "/x.py");
    ck_assert_uint_eq(exe->launches, 7);
    ck_assert_uint_eq((exe - 1)->n_learnt, 3);
    ck_assert_uint_eq((exe - 1)->n_stable, 2);
    ck_assert_uint_eq((exe - 1)->metrics.late_bytes, 10);
    ck_assert_uint_eq(image->metrics.launches, 3);
    ck_assert_uint_eq(image->metrics.wasted_bytes, 5);
    ck_assert_uint_eq(image->days.n, 2);
    ck_assert_int_eq(image->days.of[0].day, -3);
    ck_assert_uint_eq(image->days.of[1].metrics.ours_bytes, 70);
    ck_assert_uint_eq(image->days.of[1].timed_bytes, 200);
    ck_assert_int_eq(g_array_index(image->maps, ImageMap, 1).id.mtime_nsec, -4);
    ck_assert(g_array_index(image->maps, ImageMap, 1).directory);
    const ImageEdge *edge = &g_array_index(image->edges, ImageEdge, 0);
    ck_assert(edge->rank == 65535 && edge->launches == 7 && edge->n_runs == 3);
    const ImageChain *chain = &g_array_index(image->chains, ImageChain, 0);
    ck_assert_uint_eq(chain->a, 1);
    ck_assert_float_eq(chain->markov.dwell_sec[MARKOV_NONE], 2.5F);
    ck_assert_float_eq(chain->markov.count[MARKOV_NONE][MARKOV_B], 1);
    ck_assert_uint_eq((exe - 1)->user_launches, 4);
    ck_assert(exe->pool == POOL_OBSERVATION && exe->seed_weight == 2.5F);
    ck_assert_str_eq(exe->seed_source, "default browser");
    ck_assert(g_array_index(image->words, ImageWord, 0).word == WORD_IGNORE);
    const ImageHabits *habits = &image->habits;
    ck_assert(habits->known && habits->now.n_launches == 3 && habits->now.place == 1);
    ck_assert_uint_eq(g_array_index(habits->launches, ImageLaunch, 1).exe, IMAGE_NO_EXE);
    ck_assert_float_eq(habits->mixture.weight[MOMENT_BURST][EXPERT_MARKOV], 0.25F);
    ck_assert_float_eq(habits->rates.of[HORIZON_SOON].offset, -0.5F);
    g_autoptr(GString) again = state_encode(image);
    ck_assert_str_eq(text->str, again->str);
}
END_TEST

/* Mappings: provisional, until a launch is learnt from. */
START_TEST(version_1_is_read)
{
    g_autoptr(GString) old = seal(
        HEADER_1, MAPS_1 EXES_1 "EDGE\t0\t0\t0-11,15,20-30\nEDGE\t1\t1\t-\nCHAIN\t1\t0" CHAIN_TAIL_1
                                "BADEXE\t99\t12\t-\t/bin/c\n");
    g_autoptr(Image) image = decode_or_abort(old);
    g_autoptr(GString) text = state_encode(image);
    g_autoptr(GString) expected = seal(
        HEADER,
        "SEEDED\t1\n"
        "MAP\t0\tf\t1\t2\t3\t4\t/lib/a\nMAP\t1\tf\t1\t3\t3\t-4\t/lib/b\n"
        "EXE\t0\t7\t500000\t0\t1000000\t0\t0\t-\t0\t0\t0\t1000000\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/a\n"
        "EXE\t1\t7\t500000\t0\t1000000\t0\t0\t-\t0\t0\t0\t1000000\tp\t0\t-\t1\t2\t3\t4\t/x.py\t/"
        "bin/a\n"
        "EDGE\t0\t0\t0\t1\t0-11:1.15,15,20-30\nEDGE\t1\t1\t0\t1\t-\nCHAIN\t1\t0" CHAIN_TAIL
        "BADEXE\t99\t12\t-\t/bin/c\n");
    ck_assert_str_eq(text->str, expected->str);
}
END_TEST

/* What a launch touches was known, whose it was and when was not. */
START_TEST(version_2_is_read)
{
    g_autoptr(GString) old =
        seal("PRELOAD-STATE\t2\t1000000\t1700000000\n",
             MAPS "EXE\t0\t7\t500000\t0\t1000000\t3\t2\t2,90,80,70,10,5\t1\t2\t3\t4\t-\t/bin/a\n"
                  "EXE\t1\t7\t500000\t0\t900000\t0\t0\t-\t1\t2\t3\t4\t/x.py\t/bin/a\n"
                  "EDGE\t0\t1\t2\t6\t-\nCHAIN\t1\t0" CHAIN_TAIL_1);
    g_autoptr(Image) image = decode_or_abort(old);
    ck_assert(!image->habits.known);
    const ImageExe *exe = &g_array_index(image->exes, ImageExe, 1);
    ck_assert(exe->pool == POOL_PRIORITY && exe->user_usec == 900000);
    ck_assert_uint_eq(g_array_index(image->chains, ImageChain, 0).markov.changed_usec, 1000000);
    assert_round_trip(image);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
    g_autoptr(Image) image = random_image(3, 3);
    g_autoptr(GString) text = state_encode(image);
    for (gsize length = 0; length < text->len; length++) {
        g_autofree char *cut = g_malloc(MAX(length, 1)); /* exact, so that an overrun is seen */
        memcpy(cut, text->str, length);
        g_autoptr(GError) error = NULL;
        ck_assert_ptr_null(state_decode(cut, length, &error));
        StateError code =
            length < strlen("PRELOAD-STATE\t") ? STATE_ERROR_FOREIGN : STATE_ERROR_DAMAGED;
        ck_assert(g_error_matches(error, STATE_ERROR, (gint)code));
    }
}
END_TEST

START_TEST(every_bit_flip_is_refused)
{
    g_autoptr(Image) image = random_image(4, 2);
    g_autoptr(GString) text = state_encode(image);
    for (gsize bit = 0; bit < text->len * 8; bit++) {
        text->str[bit / 8] ^= (char)(1 << bit % 8);
        g_autoptr(Image) decoded = state_decode(text->str, text->len, NULL);
        ck_assert_msg(decoded == NULL, "bit %zu", bit);
        text->str[bit / 8] ^= (char)(1 << bit % 8);
    }
    g_autoptr(Image) decoded = decode_or_abort(text);
    assert_image_equal(image, decoded);
}
END_TEST

/* All kinds of records that there are. */
static GString *complete(void)
{
    return seal(HEADER, METRICS_LINE DAYS_LINES
                "SEEDED\t1\n" MAPS EXES
                "EDGE\t0\t0\t65535\t7\t0-11:3.0,15.4,20-30:7\nEDGE\t0\t1\t2\t6\t-\n"
                "CHAIN\t1\t0" CHAIN_TAIL "BADEXE\t99\t12\t-\t/bin/c\n"
                "WORD\tignore\t-\t/bin/d\nPIN\t-\t/bin/e\n" HABITS);
}

/* The daemon then takes the generation before: not so if it were taken for a later version's, that
 * is left alone. Nor may another reader find sense in it. */
static void assert_damaged(const char *bytes, gsize length, gsize where)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Image) image = state_decode(bytes, length, &error);
    ck_assert_msg(image == NULL, "taken at %zu", where);
    ck_assert_msg(!g_error_matches(error, STATE_ERROR, STATE_ERROR_NEWER), "newer at %zu", where);
    ImportReport report;
    g_autoptr(Image) imported = import_decode(bytes, length, &report, NULL);
    ck_assert_msg(imported == NULL, "imported at %zu", where);
}

START_TEST(every_bit_flip_in_each_kind_of_record_is_damage)
{
    g_autoptr(GString) text = complete();
    image_free(decode_or_abort(text));
    for (gsize bit = 0; bit < text->len * 8; bit++) {
        text->str[bit / 8] ^= (char)(1 << bit % 8);
        assert_damaged(text->str, text->len, bit);
        text->str[bit / 8] ^= (char)(1 << bit % 8);
    }
}
END_TEST

START_TEST(every_truncation_in_each_kind_of_record_is_damage)
{
    g_autoptr(GString) text = complete();
    for (gsize length = 0; length < text->len; length++) {
        g_autofree char *cut = g_malloc(MAX(length, 1));
        memcpy(cut, text->str, length);
        assert_damaged(cut, length, length);
    }
}
END_TEST

/* Its records may be of any kind; a file of ours with another version is not one of these. */
START_TEST(a_later_version_is_whole)
{
    const char *header = "PRELOAD-STATE\t4\tof later\n";
    g_autoptr(GString) later = seal(header, "NEWS\t1\n");
    assert_refused(later->str, later->len, STATE_ERROR_NEWER, "version 4");
    later->str[strlen(header)] = 'M';
    assert_refused(later->str, later->len, STATE_ERROR_DAMAGED, "checksum");
}
END_TEST

static const struct {
    const char *bytes;
    StateError code;
} no_states[] = {
    {"", STATE_ERROR_FOREIGN},
    {"PRELOAD\t0.6.4\t1\n", STATE_ERROR_FOREIGN},
    {"PRELOAD-STATE 1", STATE_ERROR_FOREIGN},
    {"preload-state\t1\t", STATE_ERROR_FOREIGN},
    {"PRELOAD-STATE\t2\t\n", STATE_ERROR_DAMAGED},
    {"PRELOAD-STATE\t3\t\n", STATE_ERROR_DAMAGED},
    {"PRELOAD-STATE\t4\t\n", STATE_ERROR_NEWER},
    {"PRELOAD-STATE\t18446744073709551615\n", STATE_ERROR_NEWER},
    {"PRELOAD-STATE\t18446744073709551616\n", STATE_ERROR_DAMAGED},
    {"PRELOAD-STATE\t0\t1\t1\n", STATE_ERROR_DAMAGED},
    {"PRELOAD-STATE\t-1\t1\t1\n", STATE_ERROR_DAMAGED},
    {"PRELOAD-STATE\t1", STATE_ERROR_DAMAGED},
    {"PRELOAD-STATE\t1\n\n", STATE_ERROR_DAMAGED},
    {HEADER, STATE_ERROR_DAMAGED},
    {HEADER HEADER, STATE_ERROR_DAMAGED},
    {HEADER "END\t0\n", STATE_ERROR_DAMAGED},
    {HEADER "END\t0\tabc\n", STATE_ERROR_DAMAGED},
    {HEADER "END\t-1\tabc\n", STATE_ERROR_DAMAGED},
};

START_TEST(what_is_no_state)
{
    assert_refused(no_states[_i].bytes, strlen(no_states[_i].bytes), no_states[_i].code, "");
}
END_TEST

/* Headers behind which all is right. */
static const char *const bad_headers[] = {
    "PRELOAD-STATE\t1\n",
    "PRELOAD-STATE\t1\t5\n",
    "PRELOAD-STATE\t1\t5\t5\t5\n",
    "PRELOAD-STATE\t1\t5\t5\t\n",
    "PRELOAD-STATE\t1\t-5\t5\n",
    "PRELOAD-STATE\t1\t5\tx\n",
    "PRELOAD-STATE\t1\t1000000000000000001\t5\n",
    "PRELOAD-STATE\t2\t5\n",
    "PRELOAD-STATE\t1x\t5\t5\n",
    "PRELOAD-STATE\t1 \t5\t5\n",
};

START_TEST(header_is_checked)
{
    g_autoptr(GString) text = seal(bad_headers[_i], "");
    assert_refused(text->str, text->len, STATE_ERROR_DAMAGED, "line 1: ");
}
END_TEST

/* Records that no preload writes, under a right checksum; each is the last line of its file. */
typedef struct {
    const char *before;
    const char *line;
} BadRecord;

static const BadRecord bad_records[] = {
    {"", "\n"},
    {"", "MAP\n"},
    {"", "MAP\t\n"},
    {"", "LINK\t1\n"},
    {"", "map\t0\t1\t2\t3\t4\t/lib/c\n"},
    {"", "MAPS\t0\t1\t2\t3\t4\t/lib/c\n"},
    {"", "END\t0\tx\n"},
    {"", " MAP\t0\t1\t2\t3\t4\t/lib/c\n"},
    /* MAP */
    {"", "MAP\t1\tf\t1\t2\t3\t4\t/lib/c\n"},
    {MAPS, "MAP\t1\tf\t1\t2\t3\t4\t/lib/c\n"},
    {MAPS, "MAP\t3\tf\t1\t2\t3\t4\t/lib/c\n"},
    {MAPS, "MAP\t2\tf\t1\t2\t3\t4\t/lib/a\n"},
    {MAPS, "MAP\t2\tf\t1\t2\t3\t4\t/lib/%61\n"}, /* the same, written otherwise */
    {"", "MAP\t0\tf\t1\t2\t3\t4\tlib/c\n"},
    {"", "MAP\t0\tf\t1\t2\t3\t4\t%2Flib/c\n"},
    {"", "MAP\t0\tf\t1\t2\t3\t4\t-\n"},
    {"", "MAP\t0\tf\t1\t2\t3\t4\n"},
    {"", "MAP\t0\tf\t1\t2\t3\t4\t\n"},
    {"", "MAP\t0\tf\t1\t2\t3\t4\t/lib/c\t\n"},
    {"", "MAP\t0\tf\t1\t2\t3\t4\t/lib/c\tx\n"},
    {"", "MAP\t0\tf\t1\t2\t3\t4\t/lib/%00\n"},
    {"", "MAP\t0\tf\t1\t2\t3\t4\t/lib/%4\n"},
    {"", "MAP\t0\tf\t1\t2\t3\t4\t/lib/%zz\n"},
    {"", "MAP\t0\tf\t1\t2\t3\t4\t/lib/a b\n"},
    {"", "MAP\t0\tf\t1\t2\t3\t4\t/lib/\xc3\xa4\n"},
    {"", "MAP\t0\tf\t1\t2\t3\t4\t/lib/\r\n"},
    {"", "MAP\t0\tf\t-1\t2\t3\t4\t/lib/c\n"},
    {"", "MAP\t0\tf\t1\t2\t9223372036854775808\t4\t/lib/c\n"},
    {"", "MAP\t0\tf\t1\t2\t3\t9223372036854775808\t/lib/c\n"},
    {"", "MAP\t0\tf\t1\t2\t3\t4x\t/lib/c\n"},
    {"", "MAP\t0\tf\t1\t18446744073709551616\t3\t4\t/lib/c\n"},
    /* EXE */
    {EXES, "EXE\t1\t7\t5\t0\t1\t0\t0\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {EXES, "EXE\t2\t7\t5\t0\t1\t0\t0\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/a\n"},
    {EXES, "EXE\t2\t7\t5\t0\t1\t0\t0\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t/x.py\t/bin/a\n"},
    {"", "EXE\t0\t1000000000001\t5\t0\t1\t0\t0\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t1000001\t0\t1\t0\t0\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t1000001\t1\t0\t0\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1000001\t0\t0\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t-\t-\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t%00\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\tx\n"},
    {"", "MAP\t0\tx\t1\t2\t3\t4\t/lib/c\n"},
    {"", "MAP\t0\tfd\t1\t2\t3\t4\t/lib/c\n"},
    {"", "MAP\t0\t1\t2\t3\t4\t/lib/c\n"}, /* of version 1 */
    /* EXE: n_learnt, n_stable, metrics */
    {"", "EXE\t0\t7\t5\t0\t1\t1\t2\t3\t4\t-\t/bin/b\n"}, /* of version 1 */
    {"", "EXE\t0\t7\t5\t0\t1\t9\t0\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t8\t4\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t1\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t2\t2\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t-1\t0\t-\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t0,0,0,0,0,0\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t1,2,2,2,1,0\t0\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    /* DAY */
    {"", "DAY\t3\t-\t0\t0\n"},
    {"", "DAY\t3\t-\t0\t0\t0\t0\n"},
    {"", "DAY\tx\t-\t0\t0\t0\n"},
    {"", "DAY\t3660001\t-\t0\t0\t0\n"},
    {"", "DAY\t-3660001\t-\t0\t0\t0\n"},
    {"", "DAY\t3\t1,2,3\t0\t0\t0\n"},
    {"", "DAY\t3\t-\t5\t0\t6\n"},
    {"", "DAY\t3\t-\t1152921504606846977\t0\t6\n"},
    {"DAY\t3\t-\t5\t0\t4\n", "DAY\t3\t-\t5\t0\t4\n"},
    {"DAY\t3\t-\t5\t0\t4\n", "DAY\t2\t-\t5\t0\t4\n"},
    /* METRICS */
    {METRICS_LINE, "METRICS\t3,90,80,70,10,5\n"},
    {"", "METRICS\t-\n"},
    {"", "METRICS\n"},
    {"", "METRICS\t\n"},
    {"", "METRICS\t0,0,0,0,0,0\n"},
    {"", "METRICS\t3,90,80,70,10\n"},
    {"", "METRICS\t3,90,80,70,10,5,\n"},
    {"", "METRICS\t3,90,80,70,10,5,1\n"},
    {"", "METRICS\t3,90,80,70,10,5\tx\n"},
    {"", "METRICS\t3,90,80,,10,5\n"},
    {"", "METRICS\t3,90,80,-1,10,5\n"},
    {"", "METRICS\t3,90,80,70,10,5x\n"},
    {"", "METRICS\t1000000000001,90,80,70,10,5\n"},
    {"", "METRICS\t3,1152921504606846977,80,70,10,5\n"},
    {"", "METRICS\t3,90,80,70,10,1152921504606846977\n"},
    {"", "METRICS\t3,90,91,70,0,5\n"},
    {"", "METRICS\t3,90,80,81,10,5\n"},
    {"", "METRICS\t3,90,80,70,11,5\n"},
    /* EDGE */
    {MAPS EXES, "EDGE\t2\t0\t0\t1\t1:1.0\n"},
    {MAPS EXES, "EDGE\t0\t2\t0\t1\t1:1.0\n"},
    {MAPS EXES, "EDGE\t-1\t0\t0\t1\t1:1.0\n"},
    {MAPS EXES, "EDGE\t0\t4294967296\t0\t1\t1:1.0\n"},
    {MAPS EXES, "EDGE\t0\t0\t1\n"}, /* of version 1 */
    {MAPS EXES, "EDGE\t0\t0\t65536\t1\t1:1.0\n"},
    {MAPS EXES, "EDGE\t0\t0\t-1\t1\t1:1.0\n"},
    {MAPS EXES, "EDGE\t0\t0\t0\t0\t-\n"},
    {MAPS EXES, "EDGE\t0\t0\t0\t100\t-\n"},
    {MAPS EXES, "EDGE\t0\t0\t0\tg\t-\n"},
    {MAPS EXES, "EDGE\t0\t0\t0\t1x\t-\n"},
    {MAPS EXES, "EDGE\t0\t0\t0\t8\t-\n"}, /* more launches than were learnt from */
    {MAPS EXES, "EDGE\t1\t0\t0\t2\t-\n"},
    {MAPS EXES, "EDGE\t0\t0\t0\t5\t1:2.0\n"}, /* a launch that touched it, but did not open it */
    {MAPS EXES, "EDGE\t0\t0\t0\t1\n"},
    {MAPS EXES, "EDGE\t0\t0\t0\t1\t\n"},
    {MAPS EXES, "EDGE\t0\t0\t0\t1\t1\n"},
    {MAPS EXES, "EDGE\t0\t0\t0\t1\t1:1.0,\n"},
    {MAPS EXES, "EDGE\t0\t0\t0\t1\t2:1.0,1\n"},
    {MAPS EXES, "EDGE\t0\t0\t0\t1\t1:1.0,2\n"},
    {MAPS EXES, "EDGE\t0\t0\t0\t1\t1-1:1.0\n"},
    {MAPS EXES, "EDGE\t0\t0\t0\t1\t1:1.16\n"},
    {MAPS EXES, "EDGE\t0\t0\t0\t1\t4294967295:1.0\n"},
    {MAPS EXES, "EDGE\t0\t0\t0\t1\t1:1.0\tx\n"},
    {MAPS EXES, "EDGE\t0\t1\t0\t1\t1:1.0\n"}, /* blocks of a directory */
    {MAPS EXES "EDGE\t0\t0\t0\t1\t1:1.0\nEDGE\t1\t1\t0\t1\t-\n", "EDGE\t0\t0\t0\t1\t2:1.0\n"},
    {MAPS, "EDGE\t0\t0\t0\t1\t1:1.0\n"}, /* before its program */
    /* CHAIN */
    {EXES, "CHAIN\t0\t0\t0\t0\t-\t-\n"},
    {EXES, "CHAIN\t0\t2\t0\t0\t-\t-\n"},
    {EXES, "CHAIN\t2\t0\t0\t0\t-\t-\n"},
    {EXES CHAIN_ZERO, "CHAIN\t0\t1\t0\t0\t-\t-\n"},
    {EXES CHAIN_ZERO, "CHAIN\t1\t0\t0\t0\t-\t-\n"},
    {EXES, "CHAIN\t0\t1\t1000001\t0\t-\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t-\t-\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t4:1\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t10:1\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t0:1,\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t0:1,0:1\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t1:1,0:1\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t0:0\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t0:-1\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t0:nan\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t0:inf\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t0:1e13\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t0:1e999\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t0:1e-60\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t0:1x\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t0\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\tx:1\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t-\t04:1\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t-\t40:1\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t-\t00:2e9,01:2e9\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t-\t00:2\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t-\t01:2\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t-\t00:2,01:1\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t-\t33:1,30:1\n"},
    {EXES, "CHAIN\t0\t1\t0\t-\t-\n"}, /* of version 2 */
    {EXES, "CHAIN\t0\t1\t0\t1000001\t-\t-\n"},
    /* EXE: launches by origin, weight, user_usec, pool, seed */
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t-\t8\t0\t0\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t-\t4\t4\t0\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t-\t0\t0\t-1\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t-\t0\t0\t1e19\t0\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t-\t0\t0\t0\t1000001\tp\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t-\t0\t0\t0\t0\tx\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t-\t0\t0\t0\t0\tp\t2e9\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t-\t0\t0\t0\t0\tp\tnan\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t-\t0\t0\t0\t0\tp\t0\t%00\t1\t2\t3\t4\t-\t/bin/b\n"},
    /* WORD */
    {"", "SEEDED\t0\n"},
    {"", "SEEDED\t2\n"},
    {"", "SEEDED\t1\t1\n"},
    {"SEEDED\t1\n", "SEEDED\t1\n"},
    {"", "WORD\tignore\t-\tbin/a\n"},
    {"", "WORD\tIGNORE\t-\t/bin/a\n"},
    {"", "WORD\t\t-\t/bin/a\n"},
    {"", "WORD\tignore\t-\t/bin/a\tx\n"},
    {"WORD\tignore\t-\t/bin/a\n", "WORD\tpromote\t-\t/bin/a\n"},
    /* SESSION */
    {SESSION_NONE, SESSION_NONE},
    {"", "SESSION\t0\t1000001\t0\t1\t0\n"},
    {"", "SESSION\t0\t0\t1000001\t1\t0\n"},
    {"", "SESSION\t1000000000001\t0\t0\t1\t0\n"},
    {"", "SESSION\t0\t0\t0\t4294967295\t0\n"},
    {"", "SESSION\t0\t0\t0\t1\n"},
    {"", "SESSION\t0\t0\t0\t1\t0\t0\n"},
    {"", "SESSION\t1\t0\t0\t1\t0\n"}, /* where is the launch? */
    /* LAUNCH */
    {"", "LAUNCH\t-\t5\t0\t0\t0\t0\n"}, /* in no session */
    {SESSION_NONE, "LAUNCH\t-\t5\t0\t0\t0\t0\n"},
    {EXES SESSION_NONE, "LAUNCH\t2\t5\t0\t0\t0\t0\n"},
    {EXES SESSION_NONE, "LAUNCH\t0\t1000000000001\t0\t0\t0\t0\n"},
    {EXES SESSION_NONE, "LAUNCH\t0\t-1000000000001\t0\t0\t0\t0\n"},
    {EXES SESSION_NONE, "LAUNCH\t0\t5\t2\t0\t0\t0\n"},
    {EXES SESSION_NONE, "LAUNCH\t0\t5\t0\t256\t0\t0\n"},
    {EXES SESSION_NONE, "LAUNCH\t0\t5\t0\t0\t256\t0\n"},
    {EXES SESSION_NONE, "LAUNCH\t0\t5\t0\t0\t0\t16\n"},
    {EXES SESSION_NONE, "LAUNCH\t0\t5\t0\t0\t0\n"},
    /* HABIT */
    {EXES, "HABIT\t0\t0\t1\t1\t1\n"}, /* in no session */
    {EXES SESSION_NONE, "HABIT\t0\t1\t1\t1\t1\n"},
    {EXES SESSION_NONE, "HABIT\t2\t0\t1\t1\t1\n"},
    {EXES SESSION_NONE, "HABIT\t0\t0\t-1\t1\t1\n"},
    {EXES SESSION_NONE, "HABIT\t0\t0\t1\tnan\t1\n"},
    {EXES SESSION_NONE, "HABIT\t0\t0\t1\t1\t2e9\n"},
    {EXES SESSION_NONE, "HABIT\t0\t0\t1\t1\t1\t1\n"},
    {EXES SESSION_NONE "HABIT\t1\t0\t1\t1\t1\n", "HABIT\t1\t0\t1\t1\t1\n"},
    {EXES SESSION_NONE "HABIT\t1\t0\t1\t1\t1\n", "HABIT\t0\t0\t1\t1\t1\n"},
    /* MIXTURE and RATE */
    {"", "MIXTURE\t3\t" NINE "\t" NINE "\n"},
    {"", "MIXTURE\t0\t" NINE "\n"},
    {"", "MIXTURE\t0\t" NINE ",1\t" NINE "\n"},
    {"", "MIXTURE\t0\t1,1\t" NINE "\n"},
    {"", "MIXTURE\t0\t5,1,1,1,1,1,1,1,1\t" NINE "\n"},
    {"", "MIXTURE\t0\t-1,1,1,1,1,1,1,1,1\t" NINE "\n"},
    {"", "MIXTURE\t0\t" NINE "\t0,1,1,1,1,1,1,1,1\n"},
    {"", "MIXTURE\t0\t" NINE "\t" NINE "\t1\n"},
    {"", "RATE\t2\t1,0,1,1\t" SIXTEEN "\t" SIXTEEN "\n"},
    {"", "RATE\t0\t1,0,1\t" SIXTEEN "\t" SIXTEEN "\n"},
    {"", "RATE\t0\t0,0,1,1\t" SIXTEEN "\t" SIXTEEN "\n"},
    {"", "RATE\t0\t1,0,0,1\t" SIXTEEN "\t" SIXTEEN "\n"},
    {"", "RATE\t0\t1,-101,1,1\t" SIXTEEN "\t" SIXTEEN "\n"},
    {"", "RATE\t0\t1,0,1,1\t" SIXTEEN "\t1\n"},
    {"", "RATE\t0\t1,0,1,1\t" SIXTEEN "\n"},
    /* BADEXE */
    {"", "BADEXE\t1\t1000001\t-\t/bin/b\n"},
    {"", "BADEXE\t9223372036854775808\t1\t-\t/bin/b\n"},
    {"", "BADEXE\t1\t1\t-\tbin/b\n"},
    {"", "BADEXE\t1\t1\t-\n"},
    {"", "BADEXE\t1\t1\t-\t/bin/b\tx\n"},
    {"BADEXE\t1\t1\t-\t/bin/b\n", "BADEXE\t2\t2\t-\t/bin/b\n"},
};

/* The same for version 1. */
static const BadRecord bad_records_1[] = {
    {"", "SEEDED\t1\n"},
    {"", "METRICS\t3,90,80,70,10,5\n"},
    {"", "MAP\t0\tf\t1\t2\t3\t4\t/lib/c\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t0\t0\t-\t1\t2\t3\t4\t-\t/bin/b\n"},
    {MAPS_1 EXES_1, "EDGE\t0\t0\t0\t1\t1:1.0\n"},
    {"", "\n"},
    {"", "MAP\n"},
    {"", "MAP\t\n"},
    {"", "LINK\t1\n"},
    {"", "map\t0\t1\t2\t3\t4\t/lib/c\n"},
    {"", "MAPS\t0\t1\t2\t3\t4\t/lib/c\n"},
    {"", "END\t0\tx\n"},
    {"", " MAP\t0\t1\t2\t3\t4\t/lib/c\n"},
    /* MAP */
    {"", "MAP\t1\t1\t2\t3\t4\t/lib/c\n"},
    {MAPS_1, "MAP\t1\t1\t2\t3\t4\t/lib/c\n"},
    {MAPS_1, "MAP\t3\t1\t2\t3\t4\t/lib/c\n"},
    {MAPS_1, "MAP\t2\t1\t2\t3\t4\t/lib/a\n"},
    {MAPS_1, "MAP\t2\t1\t2\t3\t4\t/lib/%61\n"}, /* the same, written otherwise */
    {"", "MAP\t0\t1\t2\t3\t4\tlib/c\n"},
    {"", "MAP\t0\t1\t2\t3\t4\t%2Flib/c\n"},
    {"", "MAP\t0\t1\t2\t3\t4\t-\n"},
    {"", "MAP\t0\t1\t2\t3\t4\n"},
    {"", "MAP\t0\t1\t2\t3\t4\t\n"},
    {"", "MAP\t0\t1\t2\t3\t4\t/lib/c\t\n"},
    {"", "MAP\t0\t1\t2\t3\t4\t/lib/c\tx\n"},
    {"", "MAP\t0\t1\t2\t3\t4\t/lib/%00\n"},
    {"", "MAP\t0\t1\t2\t3\t4\t/lib/%4\n"},
    {"", "MAP\t0\t1\t2\t3\t4\t/lib/%zz\n"},
    {"", "MAP\t0\t1\t2\t3\t4\t/lib/a b\n"},
    {"", "MAP\t0\t1\t2\t3\t4\t/lib/\xc3\xa4\n"},
    {"", "MAP\t0\t1\t2\t3\t4\t/lib/\r\n"},
    {"", "MAP\t0\t-1\t2\t3\t4\t/lib/c\n"},
    {"", "MAP\t0\t1\t2\t9223372036854775808\t4\t/lib/c\n"},
    {"", "MAP\t0\t1\t2\t3\t9223372036854775808\t/lib/c\n"},
    {"", "MAP\t0\t1\t2\t3\t4x\t/lib/c\n"},
    {"", "MAP\t0\t1\t18446744073709551616\t3\t4\t/lib/c\n"},
    /* EXE */
    {EXES_1, "EXE\t1\t7\t5\t0\t1\t1\t2\t3\t4\t-\t/bin/b\n"},
    {EXES_1, "EXE\t2\t7\t5\t0\t1\t1\t2\t3\t4\t-\t/bin/a\n"},
    {EXES_1, "EXE\t2\t7\t5\t0\t1\t1\t2\t3\t4\t/x.py\t/bin/a\n"},
    {"", "EXE\t0\t1000000000001\t5\t0\t1\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t1000001\t0\t1\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t1000001\t1\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1000001\t1\t2\t3\t4\t-\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t1\t2\t3\t4\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t1\t2\t3\t4\t\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t1\t2\t3\t4\t-\t-\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t1\t2\t3\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t1\t2\t3\t4\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t1\t2\t3\t4\t%00\t/bin/b\n"},
    {"", "EXE\t0\t7\t5\t0\t1\t1\t2\t3\t4\t-\t/bin/b\tx\n"},
    /* EDGE */
    {MAPS_1 EXES_1, "EDGE\t2\t0\t1\n"},
    {MAPS_1 EXES_1, "EDGE\t0\t2\t1\n"},
    {MAPS_1 EXES_1, "EDGE\t-1\t0\t1\n"},
    {MAPS_1 EXES_1, "EDGE\t0\t4294967296\t1\n"},
    {MAPS_1 EXES_1, "EDGE\t0\t0\n"},
    {MAPS_1 EXES_1, "EDGE\t0\t0\t\n"},
    {MAPS_1 EXES_1, "EDGE\t0\t0\t1,\n"},
    {MAPS_1 EXES_1, "EDGE\t0\t0\t2,1\n"},
    {MAPS_1 EXES_1, "EDGE\t0\t0\t1,2\n"},
    {MAPS_1 EXES_1, "EDGE\t0\t0\t1-1\n"},
    {MAPS_1 EXES_1, "EDGE\t0\t0\t4294967296\n"},
    {MAPS_1 EXES_1, "EDGE\t0\t0\t1\tx\n"},
    {MAPS_1 EXES_1 "EDGE\t0\t1\t1\nEDGE\t1\t1\t1\n", "EDGE\t0\t1\t2\n"},
    {MAPS_1, "EDGE\t0\t0\t1\n"}, /* before its program */
    /* CHAIN */
    {EXES_1, "CHAIN\t0\t0\t0\t-\t-\n"},
    {EXES_1, "CHAIN\t0\t2\t0\t-\t-\n"},
    {EXES_1, "CHAIN\t2\t0\t0\t-\t-\n"},
    {EXES_1 CHAIN_ZERO_1, "CHAIN\t0\t1\t0\t-\t-\n"},
    {EXES_1 CHAIN_ZERO_1, "CHAIN\t1\t0\t0\t-\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t1000001\t-\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t-\t-\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t4:1\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t10:1\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t0:1,\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t0:1,0:1\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t1:1,0:1\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t0:0\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t0:-1\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t0:nan\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t0:inf\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t0:1e13\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t0:1e999\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t0:1e-60\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t0:1x\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t0\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\tx:1\t-\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t-\t04:1\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t-\t40:1\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t-\t00:2e9,01:2e9\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t-\t00:2\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t-\t01:2\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t-\t00:2,01:1\n"},
    {EXES_1, "CHAIN\t0\t1\t0\t-\t33:1,30:1\n"},
    /* BADEXE */
    {"", "BADEXE\t1\t1000001\t-\t/bin/b\n"},
    {"", "BADEXE\t9223372036854775808\t1\t-\t/bin/b\n"},
    {"", "BADEXE\t1\t1\t-\tbin/b\n"},
    {"", "BADEXE\t1\t1\t-\n"},
    {"", "BADEXE\t1\t1\t-\t/bin/b\tx\n"},
    {"BADEXE\t1\t1\t-\t/bin/b\n", "BADEXE\t2\t2\t-\t/bin/b\n"},
};

static void assert_refused_with_its_line(const char *header, const BadRecord *record)
{
    g_autofree char *lines = g_strconcat(record->before, record->line, NULL);
    int number = 1;
    for (const char *c = lines; *c != '\0'; c++)
        number += *c == '\n' ? 1 : 0;
    g_autofree char *message = g_strdup_printf("line %d: ", number);
    g_autoptr(GString) before = seal(header, record->before);
    image_free(decode_or_abort(before));
    g_autoptr(GString) text = seal(header, lines);
    assert_refused(text->str, text->len, STATE_ERROR_DAMAGED, message);
}

START_TEST(bad_records_are_refused_with_their_line)
{
    assert_refused_with_its_line(HEADER, &bad_records[_i]);
}
END_TEST

START_TEST(bad_records_of_version_1_are_refused_with_their_line)
{
    assert_refused_with_its_line(HEADER_1, &bad_records_1[_i]);
}
END_TEST

START_TEST(too_long_paths_are_refused)
{
    g_autofree char *path = g_strnfill(4095, 'x');
    g_autofree char *line = g_strdup_printf("MAP\t0\tf\t1\t2\t3\t4\t/%s\n", path);
    g_autoptr(GString) text = seal(HEADER, line);
    assert_refused(text->str, text->len, STATE_ERROR_DAMAGED, "line 2: ");
}
END_TEST

START_TEST(nul_bytes_are_refused)
{
    GString *text = g_string_new(HEADER "MAP\t0\tf\t1\t2\t3\t4\t/lib/a");
    g_string_append_c(text, '\0');
    g_string_append(text, "b\n");
    g_autofree char *sum =
        g_compute_checksum_for_data(G_CHECKSUM_SHA256, (guchar *)text->str, text->len);
    g_string_append_printf(text, "END\t1\t%s\n", sum);
    assert_refused(text->str, text->len, STATE_ERROR_DAMAGED, "line 2: ");
    g_string_free(text, TRUE);
}
END_TEST

START_TEST(record_count_is_checked)
{
    g_autoptr(GString) text = seal(HEADER, MAPS);
    char *end = strstr(text->str, "END\t2");
    end[4] = '3';
    assert_refused(text->str, text->len, STATE_ERROR_DAMAGED, "number of records");
}
END_TEST

/* preload-state(5) shows a file: it must be one, once its aligned fields have their tabs back. */
START_TEST(example_of_the_manual_page)
{
    g_autofree char *path = g_build_filename(g_getenv("srcdir"), "doc/preload-state.5", NULL);
    g_autofree char *page = NULL;
    ck_assert(g_file_get_contents(path, &page, NULL, NULL));
    const char *start = strstr(page, "PRELOAD\\-STATE  3");
    ck_assert_ptr_nonnull(start);
    g_autofree char *shown = g_strndup(start, (gsize)(strstr(start, ".EE") - start));
    g_auto(GStrv) unescaped = g_strsplit(shown, "\\-", -1);
    g_autofree char *plain = g_strjoinv("-", unescaped);
    g_autoptr(GRegex) gaps = g_regex_new(" +", 0, 0, NULL);
    g_autofree char *text = g_regex_replace_literal(gaps, plain, -1, 0, "\t", 0, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Image) image = state_decode(text, strlen(text), &error);
    ck_assert_msg(image != NULL, "%s", error != NULL ? error->message : "");
    g_autoptr(GString) encoded = state_encode(image);
    ck_assert_str_eq(encoded->str, text);
}
END_TEST

/* 160,000 chains of 570 programs, 35 MB: half a second each way; were it quadratic, Check would end
 * it. */
START_TEST(big_images_take_linear_time)
{
    g_autoptr(Image) image = random_image(5, 570);
    ck_assert_uint_gt(image->chains->len, 160000);
    g_autoptr(GString) text = state_encode(image);
    g_autoptr(Image) decoded = decode_or_abort(text);
    g_autoptr(GString) again = state_encode(decoded);
    ck_assert(g_string_equal(text, again));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("state");
    TCase *random = tcase_create("random_images_round_trip");
    tcase_add_loop_test(random, random_images_round_trip, 0, 20);
    suite_add_tcase(suite, random);
    UNIT_ADD_ROWS(suite, floats_round_trip, floats);
    UNIT_ADD_ROWS(suite, names_round_trip, names);
    UNIT_ADD(suite, longest_path_round_trips);
    UNIT_ADD(suite, empty_image_and_empty_blocks);
    UNIT_ADD(suite, text_is_as_documented);
    UNIT_ADD(suite, version_1_is_read);
    UNIT_ADD(suite, version_2_is_read);
    UNIT_ADD(suite, every_truncation_is_refused);
    UNIT_ADD(suite, every_bit_flip_is_refused);
    UNIT_ADD(suite, every_bit_flip_in_each_kind_of_record_is_damage);
    UNIT_ADD(suite, every_truncation_in_each_kind_of_record_is_damage);
    UNIT_ADD(suite, a_later_version_is_whole);
    UNIT_ADD_ROWS(suite, what_is_no_state, no_states);
    UNIT_ADD_ROWS(suite, header_is_checked, bad_headers);
    UNIT_ADD_ROWS(suite, bad_records_are_refused_with_their_line, bad_records);
    UNIT_ADD_ROWS(suite, bad_records_of_version_1_are_refused_with_their_line, bad_records_1);
    UNIT_ADD(suite, too_long_paths_are_refused);
    UNIT_ADD(suite, nul_bytes_are_refused);
    UNIT_ADD(suite, record_count_is_checked);
    UNIT_ADD(suite, example_of_the_manual_page);
    UNIT_ADD(suite, big_images_take_linear_time);
    return suite;
}
