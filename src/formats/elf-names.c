/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/elf-names.h"
#include <elf.h>
#include <glib.h>

typedef struct {
    uint16_t number;
    const char *name;
} Name;

/* By number where a libc's elf.h may be older than the machine. */
static const Name machines[] = {
    {EM_386, "x86"},
    {EM_X86_64, "x86-64"},
    {EM_ARM, "ARM"},
    {183, "AArch64"},
    {243, "RISC-V"},
    {258, "LoongArch"},
    {EM_PPC, "PowerPC"},
    {EM_PPC64, "PowerPC64"},
    {EM_S390, "S/390"},
    {EM_MIPS, "MIPS"},
    {EM_SPARC, "SPARC"},
    {EM_SPARC32PLUS, "SPARC V8+"},
    {EM_SPARCV9, "SPARC V9"},
    {EM_IA_64, "IA-64"},
    {EM_PARISC, "PA-RISC"},
    {EM_68K, "68000"},
    {EM_ALPHA, "Alpha"},
    {0x9026, "Alpha"}, /* what Linux writes (EM_ALPHA of binutils) */
    {EM_SH, "SuperH"},
    {EM_XTENSA, "Xtensa"},
    {93, "ARC"},
    {195, "ARCv2"},
    {189, "MicroBlaze"},
    {92, "OpenRISC"},
    {252, "C-SKY"},
    {164, "Hexagon"},
    {113, "Nios II"},
    {EM_AVR, "AVR"},
    {247, "BPF"},
};

static const char *const types[] = {[ET_NONE] = "none",
                                    [ET_REL] = "object file",
                                    [ET_EXEC] = "program",
                                    [ET_DYN] = "shared object",
                                    [ET_CORE] = "core dump"};

const char *elf_machine_name(uint16_t machine)
{
    for (gsize i = 0; i < G_N_ELEMENTS(machines); i++)
        if (machines[i].number == machine)
            return machines[i].name;
    return NULL;
}

const char *elf_type_name(uint16_t type)
{
    return type < G_N_ELEMENTS(types) ? types[type] : NULL;
}
