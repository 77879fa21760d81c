/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Bgzf: the contents of a file of BGZF blocks (SAM specification, section 4) from its beginning on:
 * gzip members of at most 64 KiB, before and after, that tell their own length. They are inflated
 * by GLib's GZlibDecompressor, one at a time, and only so much in all.
 */
#include "formats/window.h"
#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

#define BGZF_HEAD_BYTES 18u
#define BGZF_BLOCK_MAX 65536u
/* Of what is inflated, for one analysis; a header with 100,000 pieces of a genome has 6 MB. */
#define BGZF_INFLATED_MAX ((uint64_t)16 << 20)
#define BGZF_BLOCKS_MAX 4096u

typedef struct {
    Window *window;      /* borrowed */
    uint64_t next_bytes; /* where the next block is in the file */
    uint32_t n_blocks;   /* so far */
    uint64_t left_bytes; /* that may still be inflated */
    GConverter *inflater;
    uint32_t n;
    uint32_t at;
    uint8_t block[BGZF_BLOCK_MAX];
    uint8_t contents[BGZF_BLOCK_MAX];
} Bgzf;

/* Of the first bytes of a block (BGZF_HEAD_BYTES): how long it is; 0: it is none. */
uint32_t bgzf_block_bytes(const uint8_t *head);

/* To be freed. */
Bgzf *bgzf_open(Window *window);
void bgzf_free(Bgzf *bgzf);
/* Exactly so many of the next bytes; buffer NULL: they are passed over. False if they are not
 * there, or are too much. */
bool bgzf_read(Bgzf *bgzf, void *buffer, uint64_t n_bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bgzf, bgzf_free)
