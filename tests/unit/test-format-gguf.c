/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "format-case.h"

/* A writer of GGUF (ggml, docs/gguf.md) that has nothing of the reader. */
typedef struct {
    GString *bytes;
    bool big;
} Writer;

static void number(Writer *w, uint64_t value, gsize n)
{
    put(w->bytes, value, n, w->big);
}

static void text(Writer *w, const char *value)
{
    number(w, strlen(value), 8);
    g_string_append(w->bytes, value);
}

static void pair_text(Writer *w, const char *key, const char *value)
{
    text(w, key);
    number(w, 8, 4);
    text(w, value);
}

static void pair_u32(Writer *w, const char *key, uint32_t value)
{
    text(w, key);
    number(w, 4, 4);
    number(w, value, 4);
}

static void pair_tokens(Writer *w, const char *key)
{
    text(w, key);
    number(w, 9, 4);
    number(w, 8, 4);
    number(w, 3, 8);
    text(w, "<s>");
    text(w, "</s>");
    text(w, "a");
    text(w, "tokenizer.scores");
    number(w, 9, 4);
    number(w, 6, 4);
    number(w, 3, 8);
    put_fill(w->bytes, 1, 12);
    text(w, "nested");
    number(w, 9, 4);
    number(w, 9, 4);
    number(w, 1, 8);
    number(w, 0, 4);
    number(w, 5, 8);
    put_fill(w->bytes, 1, 5);
}

static void tensor(Writer *w, const char *name, uint32_t type, uint64_t offset)
{
    text(w, name);
    number(w, 2, 4);
    number(w, 16, 8);
    number(w, 8, 8);
    number(w, type, 4);
    number(w, offset, 8);
}

static const struct {
    const char *name;
    uint32_t type;
    uint64_t bytes; /* a multiple of the alignment */
} model[] = {
    {"token_embd.weight", 0, 640},
    {"blk.0.attn_q.weight", 1, 128},
    {"blk.0.ffn_up_exps.weight", 39, 960},
    {"blk.1.attn_q.weight", 999, 128},
    {"blk.1.ffn_norm.weight", 0, 64},
    {"output_norm.weight", 0, 64},
    {"output.weight", 0, 320},
    {"v.blk.0.attn_q.weight", 0, 96},
};

/* *data: where the tensors begin. */
static GString *given_model(uint32_t version, bool big, gsize *data)
{
    Writer w = {g_string_new("GGUF"), big};
    uint64_t offset = 0;
    number(&w, version, 4);
    number(&w, G_N_ELEMENTS(model), 8);
    number(&w, 8, 8);
    pair_text(&w, "general.architecture", "llama");
    pair_text(&w, "general.name", "Small \033[31mModel");
    pair_u32(&w, "general.alignment", 64);
    pair_u32(&w, "llama.block_count", 2);
    pair_u32(&w, "llama.expert_count", 8);
    pair_tokens(&w, "tokenizer.ggml.tokens");
    for (gsize i = 0; i < G_N_ELEMENTS(model); i++) {
        tensor(&w, model[i].name, model[i].type, offset);
        offset += model[i].bytes;
    }
    while (w.bytes->len % 64 != 0)
        g_string_append_c(w.bytes, 0);
    *data = w.bytes->len;
    put_fill(w.bytes, 'd', offset);
    return w.bytes;
}

static const struct {
    uint32_t version;
    bool big;
} kinds[] = {{2, false}, {3, false}, {3, true}};

START_TEST(all_of_a_model)
{
    gsize data = 0;
    g_autoptr(GString) bytes = given_model(kinds[_i].version, kinds[_i].big, &data);
    g_autoptr(Anatomy) anatomy = case_analyze("gguf", "small.gguf", bytes);
    case_check(anatomy, "token_embedding", data, 640);
    case_check(anatomy, "block.0", data + 640, 128);
    case_check(anatomy, "block.0.experts", data + 768, 960);
    case_check(anatomy, "block.1", data + 1728, 192);
    case_check(anatomy, "output_norm", data + 1920, 64);
    case_check(anatomy, "output_head", data + 1984, 320);
    case_check(anatomy, "other(v)", data + 2304, 96);
    ck_assert_int_eq(case_segment(anatomy, "block.1")->layer, 1);
    ck_assert_int_eq(case_segment(anatomy, "token_embedding")->layer, -1);
    ck_assert_int_eq(case_segment(anatomy, "output_head")->layer, 2);
    ck_assert_int_eq(case_segment(anatomy, "header")->kind, SEGMENT_METADATA);
    ck_assert_str_eq(case_fact(anatomy, "architecture"), "llama");
    ck_assert_str_eq(case_fact(anatomy, "model_name"), "Small ?[31mModel");
    ck_assert_str_eq(case_fact(anatomy, "block_count"), "2");
    ck_assert_str_eq(case_fact(anatomy, "expert_count"), "8");
    ck_assert_str_eq(case_fact(anatomy, "byte_order"), kinds[_i].big ? "big" : "little");
    ck_assert(!anatomy->clipped);
}
END_TEST

START_TEST(in_the_order_of_inference)
{
    static const char *const order[] = {"header",   "token_embedding", "block.0",
                                        "block.1",  "output_norm",     "output_head",
                                        "other(v)", "block.0.experts"};
    gsize data = 0;
    g_autoptr(GString) bytes = given_model(3, false, &data);
    g_autoptr(Anatomy) anatomy = case_analyze("gguf", "small.gguf", bytes);
    ck_assert_uint_eq(anatomy->segments->len, G_N_ELEMENTS(order));
    for (guint i = 0; i < G_N_ELEMENTS(order); i++)
        ck_assert_str_eq(g_array_index(anatomy->segments, Segment, i).name, order[i]);
}
END_TEST

START_TEST(the_other_parts_belong_to_it)
{
    gsize data = 0;
    g_autoptr(GString) bytes = given_model(3, false, &data);
    g_autoptr(Anatomy) anatomy = case_analyze("gguf", "big-00002-of-00003.gguf", bytes);
    ck_assert_uint_eq(anatomy->companions->len, 2);
    ck_assert_str_eq(anatomy->companions->pdata[0], "big-00001-of-00003.gguf");
    ck_assert_str_eq(anatomy->companions->pdata[1], "big-00003-of-00003.gguf");
}
END_TEST

static const struct {
    gsize at;
    uint64_t value;
    gsize n;
    const char *why;
} lies[] = {
    {4, 1, 4, "version 1"},
    {4, 77, 4, "version 77"},
    {8, 1ull << 60, 8, "as many tensors"},
    {16, 1ull << 60, 8, "as many tensors"},
    {24, 1ull << 60, 8, "ends before its metadata"},
    {16, 9, 8, "ends before its"},
};

START_TEST(a_lie_is_an_error)
{
    gsize data = 0;
    g_autoptr(GString) bytes = given_model(3, false, &data);
    for (gsize i = 0; i < lies[_i].n; i++)
        bytes->str[lies[_i].at + i] = (char)(lies[_i].value >> 8 * i);
    case_check_refused("gguf", "small.gguf", bytes, lies[_i].why);
}
END_TEST

START_TEST(a_tensor_outside_is_left_out)
{
    gsize data = 0;
    g_autoptr(GString) bytes = given_model(3, false, &data);
    g_string_truncate(bytes, data + 2000);
    g_autoptr(Anatomy) anatomy = case_analyze("gguf", "small.gguf", bytes);
    ck_assert(anatomy->clipped);
    case_check(anatomy, "output_head", data + 1984, 16);
    ck_assert_ptr_null(case_find(anatomy, "other(v)"));
}
END_TEST

START_TEST(arrays_of_arrays_without_end)
{
    Writer w = {g_string_new("GGUF"), false};
    number(&w, 3, 4);
    number(&w, 0, 8);
    number(&w, 1, 8);
    text(&w, "deep");
    number(&w, 9, 4);
    for (int i = 0; i < 10000; i++) {
        number(&w, 9, 4);
        number(&w, 1, 8);
    }
    case_check_refused("gguf", "deep.gguf", w.bytes, "metadata");
    g_string_free(w.bytes, TRUE);
}
END_TEST

START_TEST(damaged_anywhere)
{
    gsize data = 0;
    g_autoptr(GString) bytes = given_model(3, false, &data);
    case_damage("gguf", "small-00001-of-00002.gguf", bytes);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *s = suite_create("format-gguf");
    UNIT_ADD_ROWS(s, all_of_a_model, kinds);
    UNIT_ADD(s, in_the_order_of_inference);
    UNIT_ADD(s, the_other_parts_belong_to_it);
    UNIT_ADD_ROWS(s, a_lie_is_an_error, lies);
    UNIT_ADD(s, a_tensor_outside_is_left_out);
    UNIT_ADD(s, arrays_of_arrays_without_end);
    UNIT_ADD(s, damaged_anywhere);
    return s;
}
