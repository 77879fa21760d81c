/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given.h"
#include "model/image.h"
#include "model/pinned.h"
#include "model/state.h"
#include "unit.h"

static bool pin(Model *model, const char *path, const char *script)
{
    g_autoptr(ExeKey) key = exe_key_new(path, script);
    return model_pin(model, key);
}

static bool unpin(Model *model, const char *path, const char *script)
{
    g_autoptr(ExeKey) key = exe_key_new(path, script);
    return model_unpin(model, key);
}

static char *pinned_text(const Model *model)
{
    g_autoptr(GPtrArray) pinned = model_pinned(model);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < pinned->len; i++) {
        const ExeKey *key = pinned->pdata[i];
        g_string_append_printf(text, "%s%s%s ", key->path, key->script != NULL ? "+" : "",
                               key->script != NULL ? key->script : "");
    }
    return g_string_free(text, FALSE);
}

static void expect(const Model *model, const char *pinned)
{
    g_autofree char *text = pinned_text(model);
    ck_assert_str_eq(text, pinned);
}

START_TEST(what_is_said_is_kept_until_it_is_taken_back)
{
    g_autoptr(Model) model = given_three();
    uint64_t generation = model->generation;
    ck_assert(pin(model, "/b", NULL));
    ck_assert_uint_gt(model->generation, generation); /* it is to be saved */
    ck_assert(pin(model, "/a", "/s"));
    ck_assert(pin(model, "/a", NULL));
    generation = model->generation;
    ck_assert(pin(model, "/a", NULL));
    ck_assert_uint_eq(model->generation, generation);
    expect(model, "/a /a+/s /b ");
    model_remove_exe(model, exe_of(model, "/a")); /* what is learnt is another matter */
    ck_assert(unpin(model, "/b", NULL));
    ck_assert(!unpin(model, "/b", NULL));
    expect(model, "/a /a+/s ");
}
END_TEST

START_TEST(there_is_a_bound)
{
    g_autoptr(Model) model = given_model(0);
    for (guint i = 0; i < MODEL_PINNED_MAX; i++) {
        g_autofree char *path = g_strdup_printf("/%u", i);
        ck_assert(pin(model, path, NULL));
    }
    ck_assert(!pin(model, "/more", NULL));
    ck_assert(pin(model, "/1", NULL)); /* is known */
}
END_TEST

START_TEST(the_state_keeps_it)
{
    g_autoptr(Model) model = given_three();
    ck_assert(pin(model, "/b c\t\xff", NULL));
    ck_assert(pin(model, "/a", "script"));
    g_autoptr(Image) image = image_of_model(model, 1);
    g_autoptr(GString) text = state_encode(image);
    g_autoptr(GError) error = NULL;
    g_autoptr(Image) read = state_decode(text->str, text->len, &error);
    ck_assert_msg(read != NULL, "%s", error != NULL ? error->message : "");
    g_autoptr(Model) copy = given_model(0);
    (void)image_to_model(read, copy);
    expect(copy, "/a+script /b c\t\xff ");
}
END_TEST

static const struct {
    const char *record;
    const char *wrong;
} damaged[] = {
    {"PIN\t-\trelative\n", "not a script and an absolute path"},
    {"PIN\t-\n", "not a script and an absolute path"},
    {"PIN\t-\t/a\tmore\n", "not a script and an absolute path"},
    {"PIN\t-\t/b\nPIN\t-\t/a\n", "a pin out of order"},
    {"PIN\t-\t/a\nPIN\t-\t/a\n", "a pin out of order"},
};

START_TEST(a_damaged_record_is_refused)
{
    g_autoptr(GString) text = g_string_new("PRELOAD-STATE\t3\t0\t0\n");
    g_string_append(text, damaged[_i].record);
    guint lines = 0;
    for (gsize i = 0; i < text->len; i++)
        lines += text->str[i] == '\n' ? 1 : 0;
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, -1);
    g_string_append_printf(text, "END\t%u\t%s\n", lines - 1, sum);
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(state_decode(text->str, text->len, &error));
    ck_assert_msg(strstr(error->message, damaged[_i].wrong) != NULL, "%s", error->message);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("pinned");
    UNIT_ADD(suite, what_is_said_is_kept_until_it_is_taken_back);
    UNIT_ADD(suite, there_is_a_bound);
    UNIT_ADD(suite, the_state_keeps_it);
    UNIT_ADD_ROWS(suite, a_damaged_record_is_refused, damaged);
    return suite;
}
