/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
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

#define HEADER "PRELOAD-STATE\t1\t1000000\t1700000000\n"
#define MAPS "MAP\t0\t1\t2\t3\t4\t/lib/a\nMAP\t1\t1\t3\t3\t-4\t/lib/b\n"
#define EXES                                                                                       \
    "EXE\t0\t7\t500000\t0\t1000000\t1\t2\t3\t4\t-\t/bin/a\n"                                       \
    "EXE\t1\t7\t500000\t0\t1000000\t1\t2\t3\t4\t/x.py\t/bin/a\n"
#define CHAIN_ZERO "CHAIN\t0\t1\t0\t-\t-\n"
#define CHAIN_TAIL "\t0\t0:2.5\t00:2,01:1,02:1\n"

static void assert_image_equal(const Image *a, const Image *b)
{
    ck_assert_uint_eq(a->model_usec, b->model_usec);
    ck_assert_int_eq(a->saved_unix_sec, b->saved_unix_sec);
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
    }
    for (guint i = 0; i < a->edges->len; i++) {
        const ImageEdge *x = &g_array_index(a->edges, ImageEdge, i);
        const ImageEdge *y = &g_array_index(b->edges, ImageEdge, i);
        ck_assert(x->exe == y->exe && x->map == y->map);
        ck_assert(block_set_equal(&x->blocks, &y->blocks));
    }
    for (guint i = 0; i < a->chains->len; i++) { /* bit for bit */
        const ImageChain *x = &g_array_index(a->chains, ImageChain, i);
        const ImageChain *y = &g_array_index(b->chains, ImageChain, i);
        ck_assert_mem_eq(x, y, sizeof *x);
    }
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

static BlockSet random_blocks(GRand *rand)
{
    BlockSet blocks = BLOCK_SET_NULL;
    for (int n = g_rand_int_range(rand, 1, 10); n > 0; n--)
        block_set_add_run(&blocks, g_rand_int(rand) % 5000,
                          (uint32_t)g_rand_int_range(rand, 1, 100));
    return blocks;
}

/* As transitions make it: rows add up, most are 0, values are anything a float can be. */
static Markov random_markov(GRand *rand, uint64_t now_usec)
{
    Markov markov = {.both_usec = (uint64_t)(g_rand_double(rand) * (double)now_usec)};
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
    ImageExe exe = {random_key(rand, n), random_id(rand), g_rand_int(rand), now / 3, now / 2, now};
    g_array_append_val(image->exes, exe);
    ImageBad bad = {random_key(rand, n), g_rand_int(rand), now};
    g_array_append_val(image->bad, bad);
    for (guint map = n % 3; map < image->maps->len; map += 3) {
        ImageEdge edge = {n, map, random_blocks(rand)};
        g_array_append_val(image->edges, edge);
    }
    for (guint other = 0; other < n; other++) {
        bool swap = g_rand_boolean(rand);
        ImageChain chain = {swap ? n : other, swap ? other : n, random_markov(rand, now)};
        g_array_append_val(image->chains, chain);
    }
}

static Image *random_image(guint32 seed, guint n_exes)
{
    GRand *rand = g_rand_new_with_seed(seed);
    Image *image = image_new();
    image->model_usec = (uint64_t)g_rand_int(rand) * 1000;
    image->saved_unix_sec = g_rand_int(rand);
    for (guint i = 0; i < 2 * n_exes; i++) {
        g_autofree char *path = random_text(rand, "/", i);
        ImageMap map = {g_ref_string_new(path), random_id(rand)};
        g_array_append_val(image->maps, map);
    }
    for (guint i = 0; i < n_exes; i++)
        add_random_exe(image, rand);
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
    block_set_clear(&g_array_index(other->edges, ImageEdge, 0).blocks);
    assert_round_trip(other);
}
END_TEST

START_TEST(text_is_as_documented)
{
    g_autoptr(GString) text =
        seal(HEADER, MAPS EXES "EDGE\t0\t1\t0-11,15,20-30\nCHAIN\t1\t0" CHAIN_TAIL
                               "BADEXE\t99\t12\t-\t/bin/c\n");
    g_autoptr(Image) image = decode_or_abort(text);
    ck_assert_uint_eq(image->model_usec, 1000000);
    ck_assert_int_eq(image->saved_unix_sec, 1700000000);
    const ImageExe *exe = &g_array_index(image->exes, ImageExe, 1);
    ck_assert_str_eq(exe->key->script, "/x.py");
    ck_assert_uint_eq(exe->launches, 7);
    ck_assert_int_eq(g_array_index(image->maps, ImageMap, 1).id.mtime_nsec, -4);
    const ImageChain *chain = &g_array_index(image->chains, ImageChain, 0);
    ck_assert_uint_eq(chain->a, 1);
    ck_assert_float_eq(chain->markov.dwell_sec[MARKOV_NONE], 2.5F);
    ck_assert_float_eq(chain->markov.count[MARKOV_NONE][MARKOV_B], 1);
    g_autoptr(GString) again = state_encode(image);
    ck_assert_str_eq(text->str, again->str);
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

static const struct {
    const char *bytes;
    StateError code;
} no_states[] = {
    {"", STATE_ERROR_FOREIGN},
    {"PRELOAD\t0.6.4\t1\n", STATE_ERROR_FOREIGN},
    {"PRELOAD-STATE 1", STATE_ERROR_FOREIGN},
    {"preload-state\t1\t", STATE_ERROR_FOREIGN},
    {"PRELOAD-STATE\t2\t\n", STATE_ERROR_NEWER},
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

/* Headers of version 1 behind which all is right. */
static const char *const bad_headers[] = {
    "PRELOAD-STATE\t1\n",
    "PRELOAD-STATE\t1\t5\n",
    "PRELOAD-STATE\t1\t5\t5\t5\n",
    "PRELOAD-STATE\t1\t5\t5\t\n",
    "PRELOAD-STATE\t1\t-5\t5\n",
    "PRELOAD-STATE\t1\t5\tx\n",
    "PRELOAD-STATE\t1\t1000000000000000001\t5\n",
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
static const struct {
    const char *before;
    const char *line;
} bad_records[] = {
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
    {MAPS, "MAP\t1\t1\t2\t3\t4\t/lib/c\n"},
    {MAPS, "MAP\t3\t1\t2\t3\t4\t/lib/c\n"},
    {MAPS, "MAP\t2\t1\t2\t3\t4\t/lib/a\n"},
    {MAPS, "MAP\t2\t1\t2\t3\t4\t/lib/%61\n"}, /* the same, written otherwise */
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
    {EXES, "EXE\t1\t7\t5\t0\t1\t1\t2\t3\t4\t-\t/bin/b\n"},
    {EXES, "EXE\t2\t7\t5\t0\t1\t1\t2\t3\t4\t-\t/bin/a\n"},
    {EXES, "EXE\t2\t7\t5\t0\t1\t1\t2\t3\t4\t/x.py\t/bin/a\n"},
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
    {MAPS EXES, "EDGE\t2\t0\t1\n"},
    {MAPS EXES, "EDGE\t0\t2\t1\n"},
    {MAPS EXES, "EDGE\t-1\t0\t1\n"},
    {MAPS EXES, "EDGE\t0\t4294967296\t1\n"},
    {MAPS EXES, "EDGE\t0\t0\n"},
    {MAPS EXES, "EDGE\t0\t0\t\n"},
    {MAPS EXES, "EDGE\t0\t0\t1,\n"},
    {MAPS EXES, "EDGE\t0\t0\t2,1\n"},
    {MAPS EXES, "EDGE\t0\t0\t1,2\n"},
    {MAPS EXES, "EDGE\t0\t0\t1-1\n"},
    {MAPS EXES, "EDGE\t0\t0\t4294967296\n"},
    {MAPS EXES, "EDGE\t0\t0\t1\tx\n"},
    {MAPS EXES "EDGE\t0\t1\t1\nEDGE\t1\t1\t1\n", "EDGE\t0\t1\t2\n"},
    {MAPS, "EDGE\t0\t0\t1\n"}, /* before its program */
    /* CHAIN */
    {EXES, "CHAIN\t0\t0\t0\t-\t-\n"},
    {EXES, "CHAIN\t0\t2\t0\t-\t-\n"},
    {EXES, "CHAIN\t2\t0\t0\t-\t-\n"},
    {EXES CHAIN_ZERO, "CHAIN\t0\t1\t0\t-\t-\n"},
    {EXES CHAIN_ZERO, "CHAIN\t1\t0\t0\t-\t-\n"},
    {EXES, "CHAIN\t0\t1\t1000001\t-\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t-\t-\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t4:1\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t10:1\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0:1,\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0:1,0:1\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t1:1,0:1\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0:0\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0:-1\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0:nan\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0:inf\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0:1e13\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0:1e999\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0:1e-60\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0:1x\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t0\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\tx:1\t-\n"},
    {EXES, "CHAIN\t0\t1\t0\t-\t04:1\n"},
    {EXES, "CHAIN\t0\t1\t0\t-\t40:1\n"},
    {EXES, "CHAIN\t0\t1\t0\t-\t00:2e9,01:2e9\n"},
    {EXES, "CHAIN\t0\t1\t0\t-\t00:2\n"},
    {EXES, "CHAIN\t0\t1\t0\t-\t01:2\n"},
    {EXES, "CHAIN\t0\t1\t0\t-\t00:2,01:1\n"},
    {EXES, "CHAIN\t0\t1\t0\t-\t33:1,30:1\n"},
    /* BADEXE */
    {"", "BADEXE\t1\t1000001\t-\t/bin/b\n"},
    {"", "BADEXE\t9223372036854775808\t1\t-\t/bin/b\n"},
    {"", "BADEXE\t1\t1\t-\tbin/b\n"},
    {"", "BADEXE\t1\t1\t-\n"},
    {"", "BADEXE\t1\t1\t-\t/bin/b\tx\n"},
    {"BADEXE\t1\t1\t-\t/bin/b\n", "BADEXE\t2\t2\t-\t/bin/b\n"},
};

START_TEST(bad_records_are_refused_with_their_line)
{
    g_autofree char *lines = g_strconcat(bad_records[_i].before, bad_records[_i].line, NULL);
    int number = 1;
    for (const char *c = lines; *c != '\0'; c++)
        number += *c == '\n' ? 1 : 0;
    g_autofree char *message = g_strdup_printf("line %d: ", number);
    g_autoptr(GString) before = seal(HEADER, bad_records[_i].before);
    image_free(decode_or_abort(before));
    g_autoptr(GString) text = seal(HEADER, lines);
    assert_refused(text->str, text->len, STATE_ERROR_DAMAGED, message);
}
END_TEST

START_TEST(too_long_paths_are_refused)
{
    g_autofree char *path = g_strnfill(4095, 'x');
    g_autofree char *line = g_strdup_printf("MAP\t0\t1\t2\t3\t4\t/%s\n", path);
    g_autoptr(GString) text = seal(HEADER, line);
    assert_refused(text->str, text->len, STATE_ERROR_DAMAGED, "line 2: ");
}
END_TEST

START_TEST(nul_bytes_are_refused)
{
    GString *text = g_string_new(HEADER "MAP\t0\t1\t2\t3\t4\t/lib/a");
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
    const char *start = strstr(page, "PRELOAD\\-STATE  1");
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
    UNIT_ADD(suite, every_truncation_is_refused);
    UNIT_ADD(suite, every_bit_flip_is_refused);
    UNIT_ADD_ROWS(suite, what_is_no_state, no_states);
    UNIT_ADD_ROWS(suite, header_is_checked, bad_headers);
    UNIT_ADD_ROWS(suite, bad_records_are_refused_with_their_line, bad_records);
    UNIT_ADD(suite, too_long_paths_are_refused);
    UNIT_ADD(suite, nul_bytes_are_refused);
    UNIT_ADD(suite, record_count_is_checked);
    UNIT_ADD(suite, example_of_the_manual_page);
    UNIT_ADD(suite, big_images_take_linear_time);
    return suite;
}
