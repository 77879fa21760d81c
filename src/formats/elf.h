/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Elf: what the loader needs to know of an executable or a shared library (elf(5)): which parts of
 * the file it maps, and which other files it needs.
 *
 * Read by pread(2) in small bounded pieces, never mapped: a file that is cut off meanwhile is an
 * error and no signal. Nothing of it is believed but what lies within these bounds.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* The kernel takes a page of program headers (fs/binfmt_elf.c, ELF_MIN_ALIGN); real ones have 15.
 */
#define ELF_HEADERS_MAX 64
#define ELF_DYNAMIC_MAX 4096
#define ELF_NEEDED_MAX 512

/* A part of the file that is mapped. */
typedef struct {
    uint64_t offset_bytes;
    uint64_t length_bytes;  /* in the file */
    uint64_t address_bytes; /* where, relative to the others */
    bool writable;
} ElfLoad;

typedef struct {
    uint8_t bits;      /* 32 or 64 */
    uint16_t machine;  /* e_machine: both tell which others it can be linked with */
    GArray *loads;     /* ElfLoad */
    char *interpreter; /* of a program that is linked dynamically, else NULL */
    GPtrArray *needed; /* char *, in their order */
    char *runpath;     /* DT_RUNPATH; NULL */
    char *rpath;       /* DT_RPATH; NULL */
} Elf;

/*
 * 0, and *ret is to be cleared; -ENOEXEC for what is no ELF file of this machine's byte order;
 * -EBADMSG for one that contradicts itself or exceeds the bounds; another negative errno of
 * pread(2). The position of fd is not used.
 */
int elf_read(int fd, Elf *ret);
void elf_clear(Elf *elf);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Elf, elf_clear)
