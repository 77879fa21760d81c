/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "format-case.h"

static GString *given_file(const char *header, gsize data)
{
    GString *bytes = g_string_new(NULL);
    put_le(bytes, strlen(header), 8);
    g_string_append(bytes, header);
    put_fill(bytes, 'd', data);
    return bytes;
}

static const char header[] =
    "{\"__metadata__\":{\"format\":\"pt\"},"
    "\"lm_head.weight\":{\"dtype\":\"F16\",\"shape\":[2,5],\"data_offsets\":[0,20]},"
    "\"model.embed_tokens.weight\":{\"dtype\":\"F16\",\"shape\":[2,5],\"data_offsets\":[20,40]},"
    "\"model.layers.0.self_attn.weight\":{\"dtype\":\"F8\",\"shape\":[],\"data_offsets\":[40,50]},"
    "\"model.layers.10.mlp.weight\":{\"dtype\":\"F8\",\"shape\":[1],\"data_offsets\":[50,60]},"
    "\"model.layers.1.mlp.experts.3.weight\" : {\"data_offsets\":[60,70], \"shape\":[1]},"
    "\"model.norm.weight\":{\"dtype\":\"F8\",\"shape\":[1],\"data_offsets\":[70,72]}}  ";

START_TEST(all_of_a_model)
{
    g_autoptr(GString) bytes = given_file(header, 72);
    const gsize data = 8 + strlen(header);
    g_autoptr(Anatomy) anatomy = case_analyze("safetensors", "model.safetensors", bytes);
    case_check(anatomy, "header", 0, data);
    case_check(anatomy, "token_embedding", data + 20, 20);
    case_check(anatomy, "block.0", data + 40, 10);
    case_check(anatomy, "block.10", data + 50, 10);
    case_check(anatomy, "block.1.experts", data + 60, 10);
    case_check(anatomy, "output_norm", data + 70, 2);
    case_check(anatomy, "output_head", data, 20);
    ck_assert_int_eq(case_segment(anatomy, "block.10")->layer, 10);
    ck_assert_str_eq(case_fact(anatomy, "format"), "pt");
    ck_assert_str_eq(case_fact(anatomy, "tensors"), "6");
    ck_assert_str_eq(case_fact(anatomy, "layers"), "11");
    ck_assert(!anatomy->clipped);
    ck_assert_str_eq(g_array_index(anatomy->segments, Segment, 1).name, "token_embedding");
}
END_TEST

START_TEST(the_index_names_the_parts)
{
    g_autoptr(GString) bytes = g_string_new(
        "{\"metadata\":{\"total_size\":1.5e3,\"x\":[null,true,{\"y\":-1}]},\"weight_map\":{"
        "\"a\":\"model-00001-of-00002.safetensors\",\"b\":\"model-00002-of-00002.safetensors\","
        "\"c\":\"model-00002-of-00002.safetensors\",\"d\":\"../../etc/passwd\"}}\n");
    g_autoptr(Anatomy) anatomy =
        case_analyze("safetensors-index", "model.safetensors.index.json", bytes);
    ck_assert_uint_eq(anatomy->companions->len, 2);
    ck_assert_str_eq(anatomy->companions->pdata[1], "model-00002-of-00002.safetensors");
    ck_assert(anatomy->clipped); /* the name that leads elsewhere */
    case_damage("safetensors-index", "model.safetensors.index.json", bytes);
}
END_TEST

static const struct {
    const char *header;
    const char *why; /* NULL: a plan that is clipped */
} lies[] = {
    {"{\"a\":{\"data_offsets\":[0,1152921504606846976]}}", NULL},
    {"{\"a\":{\"data_offsets\":[9,3]}}", NULL},
    {"{\"a\":{\"data_offsets\":[9]}}", NULL},
    {"{\"a\":{\"data_offsets\":[1,2,3]}}", NULL},
    {"{\"a\":{\"dtype\":\"F8\"}}", NULL},
    {"{\"a\":{\"data_offsets\":[0,4]}", "JSON"},
    {"{\"a\":{\"data_offsets\":[-1,4]}}", "JSON"},
    {"{\"a\":{\"data_offsets\":[0,99999999999999999999]}}", "JSON"},
    {"{\"a\":[1,2}", "JSON"},
    {"{\"a", "JSON"},
    {"{\"a\\", "JSON"},
    {"{} {}", "JSON"},
    {"{\"a\":{\"b\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
     "JSON"},
};

START_TEST(a_lie)
{
    g_autoptr(GString) bytes = given_file(lies[_i].header, 10);
    if (lies[_i].why != NULL) {
        case_check_refused("safetensors", "m.safetensors", bytes, lies[_i].why);
        return;
    }
    g_autoptr(Anatomy) anatomy = case_analyze("safetensors", "m.safetensors", bytes);
    ck_assert(anatomy->clipped);
}
END_TEST

START_TEST(a_header_without_end)
{
    g_autoptr(GString) bytes = given_file(header, 72);
    memset(bytes->str + 4, 0x10, 4);
    case_check_refused("safetensors", "m.safetensors", bytes, "more than is ever read");
    memset(bytes->str, 0, 8);
    bytes->str[2] = 1;
    case_check_refused("safetensors", "m.safetensors", bytes, "ends before its header");
}
END_TEST

START_TEST(damaged_anywhere)
{
    g_autoptr(GString) bytes = given_file(header, 72);
    case_damage("safetensors", "model.safetensors", bytes);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *s = suite_create("format-safetensors");
    UNIT_ADD(s, all_of_a_model);
    UNIT_ADD(s, the_index_names_the_parts);
    UNIT_ADD_ROWS(s, a_lie, lies);
    UNIT_ADD(s, a_header_without_end);
    UNIT_ADD(s, damaged_anywhere);
    return s;
}
