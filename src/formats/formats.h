/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* The providers, each in its format-NAME.c; provider.c has the order in which they are asked. */
#include "formats/provider.h"

extern const Provider provider_bam;
extern const Provider provider_cram;
extern const Provider provider_elf;
extern const Provider provider_git_index;
extern const Provider provider_git_pack;
extern const Provider provider_gguf;
extern const Provider provider_hdf5;
extern const Provider provider_matroska;
extern const Provider provider_mp4;
extern const Provider provider_orc;
extern const Provider provider_parquet;
extern const Provider provider_safetensors;
extern const Provider provider_safetensors_index;
extern const Provider provider_sqlite;
extern const Provider provider_squashfs;
extern const Provider provider_tiff;
extern const Provider provider_zip;
