/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/account.h"
#include "ctl/errands.h"
#include "ctl/exit.h"
#include "ctl/finds.h"
#include "ctl/say.h"
#include "ctl/text.h"

static GVariant *account_find(const Find *find)
{
    GVariantBuilder dict;
    GVariantBuilder files;
    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_init(&files, G_VARIANT_TYPE("as"));
    for (guint i = 0; i < find->files->len; i++)
        g_variant_builder_add_value(&files, account_text(find->files->pdata[i]));
    g_variant_builder_add(&dict, "{sv}", "name", g_variant_new_string(find->name));
    g_variant_builder_add(&dict, "{sv}", "from", g_variant_new_string(find->from));
    g_variant_builder_add(&dict, "{sv}", "size_bytes", g_variant_new_uint64(find->size_bytes));
    g_variant_builder_add(&dict, "{sv}", "files", g_variant_builder_end(&files));
    return g_variant_builder_end(&dict);
}

static void append_find(const Find *find, GString *out)
{
    g_autofree char *size = text_bytes(find->size_bytes);
    text_column(out, find->from, 12, true);
    text_column(out, find->name, 40, true);
    text_column(out, size, 10, false);
    g_string_append_printf(out, "  %s\n", (const char *)find->files->pdata[0]);
}

int errand_discover(const Errand *errand)
{
    GVariantBuilder all;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GPtrArray) finds = finds_here(errand->browsers);
    g_variant_builder_init(&all, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < finds->len; i++) {
        g_variant_builder_add_value(&all, account_find(finds->pdata[i]));
        append_find(finds->pdata[i], text);
    }
    g_autoptr(GVariant) value = g_variant_ref_sink(g_variant_builder_end(&all));
    if (errand->json)
        return say_json(value);
    if (finds->len == 0)
        g_string_append(text,
                        "nothing was found of Ollama, Hugging Face, llama.cpp or LM Studio\n");
    return say_text(text);
}
