/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* The names of numbers in an ELF header (elf(5), elf.h), as people say them. */
#include <stdint.h>

/* e_machine; NULL for one that is not in the table. Static. */
const char *elf_machine_name(uint16_t machine);
/* e_type; NULL for those of an operating system's or processor's own. Static. */
const char *elf_type_name(uint16_t type);
