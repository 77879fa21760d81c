/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Small ELF files of 64 bits, as a linker would have made them, for tests of what reads them. */
#include <elf.h>
#include <glib.h>
#include <string.h>

typedef struct {
    const char *interpreter; /* NULL: a library */
    const char *runpath;     /* NULL: none */
    const char *rpath;
    const char *needed[4]; /* ended by NULL */
    gsize size_bytes;      /* of the code behind the rest, mapped as well */
    uint16_t machine;      /* 0: that of x86-64 */
} ElfImage;

typedef struct {
    GString *strings;
    GArray *entries; /* Elf64_Dyn */
} ElfNames;

static inline void elf_image_name(ElfNames *names, int64_t tag, const char *text)
{
    Elf64_Dyn entry = {.d_tag = tag, .d_un.d_val = names->strings->len};
    if (text == NULL)
        return;
    g_string_append_len(names->strings, text, (gssize)strlen(text) + 1);
    g_array_append_val(names->entries, entry);
}

static inline Elf64_Phdr elf_image_part(uint32_t type, uint64_t offset, uint64_t length)
{
    return (Elf64_Phdr){.p_type = type,
                        .p_flags = PF_R,
                        .p_offset = offset,
                        .p_vaddr = offset,
                        .p_filesz = length,
                        .p_memsz = length};
}

/* To be freed. Addresses are offsets. */
static inline GString *elf_image(const ElfImage *image)
{
    ElfNames names = {g_string_new_len("", 1), g_array_new(FALSE, FALSE, sizeof(Elf64_Dyn))};
    for (gsize i = 0; i < G_N_ELEMENTS(image->needed) && image->needed[i] != NULL; i++)
        elf_image_name(&names, DT_NEEDED, image->needed[i]);
    elf_image_name(&names, DT_RUNPATH, image->runpath);
    elf_image_name(&names, DT_RPATH, image->rpath);
    gsize interpreter = names.strings->len;
    if (image->interpreter != NULL)
        g_string_append_len(names.strings, image->interpreter,
                            (gssize)strlen(image->interpreter) + 1);
    const gsize n_parts = image->interpreter != NULL ? 3 : 2;
    const gsize strings = sizeof(Elf64_Ehdr) + n_parts * sizeof(Elf64_Phdr);
    const gsize dynamic = (strings + names.strings->len + 7) / 8 * 8;
    const Elf64_Dyn last[2] = {{DT_STRTAB, {strings}}, {DT_NULL, {0}}};
    g_array_append_vals(names.entries, last, 2);
    const gsize dynamic_bytes = names.entries->len * sizeof(Elf64_Dyn);
    const Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
                    G_BYTE_ORDER == G_LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB, EV_CURRENT},
        .e_type = ET_DYN,
        .e_machine = image->machine != 0 ? image->machine : EM_X86_64,
        .e_phoff = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = (uint16_t)n_parts,
    };
    const Elf64_Phdr parts[3] = {
        elf_image_part(PT_LOAD, 0, dynamic + dynamic_bytes + image->size_bytes),
        elf_image_part(PT_DYNAMIC, dynamic, dynamic_bytes),
        elf_image_part(PT_INTERP, strings + interpreter, names.strings->len - interpreter),
    };
    GString *out = g_string_new_len((const char *)&header, sizeof header);
    g_string_append_len(out, (const char *)parts, (gssize)(n_parts * sizeof parts[0]));
    g_string_append_len(out, names.strings->str, (gssize)names.strings->len);
    while (out->len < dynamic)
        g_string_append_c(out, '\0');
    g_string_append_len(out, names.entries->data, (gssize)dynamic_bytes);
    gsize before = out->len;
    g_string_set_size(out, before + image->size_bytes);
    memset(out->str + before, 'x', image->size_bytes);
    g_string_free(names.strings, TRUE);
    g_array_unref(names.entries);
    return out;
}
