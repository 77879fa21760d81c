/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Finds: large files of other programs that can be warmed by a name: models of Ollama (the user's
 * and the system service's), of the Hugging Face hub cache, of llama.cpp and LM Studio; and, where
 * it is asked for, the databases of browsers.
 *
 * Directories and manifests of others are believed little: they are read up to a bound, links are
 * not followed (but for those of the hub cache, into the blobs of the same model), a digest must be
 * one, and the blob that it names must be there with the size that the manifest says.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define FINDS_MAX 10000u

typedef struct {
    char *name;       /* "llama3:latest", "org/model" */
    const char *from; /* "ollama", "huggingface", ...; static */
    GPtrArray *files; /* char *, the model itself first, then what belongs to it */
    uint64_t size_bytes;
} Find;

/* Where to look, each NULL-terminated; what is not there has nothing. Tests have their own. */
typedef struct {
    const char *const *ollama;      /* directories with manifests/ and blobs/ */
    const char *const *huggingface; /* directories with models--ORG--NAME/ */
    const char *const *llamacpp;    /* directories with *.gguf, at any depth */
    const char *const *lmstudio;
    const char *const *browsers; /* home directories */
} FindRoots;

/* Find, to be freed, by source, then by name. */
GPtrArray *finds_look(const FindRoots *roots);
/* The same, where the user of this process, and the system, have them. */
GPtrArray *finds_here(bool browsers);
/* By its name, or by the beginning of one name only. NULL with error set, which names several. */
const Find *finds_by_name(const GPtrArray *finds, const char *name, GError **error);

/* For each source: appends what it has (Find). Private to finds. */
void finds_add_ollama(const char *root, GPtrArray *finds);
void finds_add_hub(const char *root, GPtrArray *finds);
void finds_add_folder(const char *root, const char *from, GPtrArray *finds);
void finds_add_browsers(const char *home, GPtrArray *finds);
Find *find_new(const char *from, const char *name);
/* With its size; false if it is no regular file, or not of that size (0: any). */
bool find_add_file(Find *find, const char *path, uint64_t size_bytes);
/* Takes it, unless it has no files. */
void finds_take(GPtrArray *finds, Find *find);
