/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/formats.h"
#include <elf.h>
#include <string.h>

/*
 * Squashfs 4 (kernel: Documentation/filesystems/squashfs.rst, fs/squashfs/squashfs_fs.h), of which
 * snaps are made, and AppImages of type 2, which have one behind an ELF program. Inodes,
 * directories and the tables are at its end; without them no file in it is found.
 */
#define SUPERBLOCK_BYTES 96u

enum {
    PRIORITY_SUPERBLOCK,
    PRIORITY_RUNTIME,
    PRIORITY_METADATA,
    PRIORITY_FILES,
};

static bool is_appimage(const uint8_t *head)
{
    return memcmp(head, ELFMAG, SELFMAG) == 0 && memcmp(head + 8, "AI\2", 3) == 0;
}

static bool squashfs_recognizes(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                                const char *name)
{
    (void)size_bytes;
    (void)name;
    return n_head >= SUPERBLOCK_BYTES && (memcmp(head, "hsqs", 4) == 0 || is_appimage(head));
}

/* Where the ELF program before the file system ends: with its section headers. */
static bool find_start(Window *window, uint64_t *ret)
{
    uint8_t head[sizeof(Elf64_Ehdr)];
    if (window_read(window, 0, head, sizeof head) < 0 || head[EI_DATA] != ELFDATA2LSB)
        return false;
    bool large = head[EI_CLASS] == ELFCLASS64;
    const uint64_t sections = large ? window_le64(head + offsetof(Elf64_Ehdr, e_shoff))
                                    : window_le32(head + offsetof(Elf32_Ehdr, e_shoff));
    const uint8_t *size_at =
        head + (large ? offsetof(Elf64_Ehdr, e_shentsize) : offsetof(Elf32_Ehdr, e_shentsize));
    if (sections > window->size_bytes)
        return false;
    *ret = sections + (uint64_t)window_le16(size_at) * window_le16(size_at + 2);
    return *ret < window->size_bytes;
}

static void add_facts(const uint8_t *block, bool appimage, Anatomy *anatomy)
{
    static const char *const compressions[] = {"unknown", "gzip", "lzma", "lzo",
                                               "xz",      "lz4",  "zstd"};
    uint16_t compression = window_le16(block + 20);
    anatomy_add_fact(anatomy, "kind", appimage ? "AppImage" : "squashfs");
    anatomy_add_fact_u64(anatomy, "inodes", window_le32(block + 4));
    anatomy_add_fact_u64(anatomy, "block_size", window_le32(block + 12));
    anatomy_add_fact(anatomy, "compression",
                     compressions[compression < G_N_ELEMENTS(compressions) ? compression : 0]);
}

static bool squashfs_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    (void)name;
    uint8_t block[SUPERBLOCK_BYTES];
    uint64_t start = 0;
    int r = window_read(window, 0, block, sizeof block);
    if (r < 0)
        return provider_fail(error, r, "superblock");
    bool appimage = is_appimage(block);
    if (appimage && !find_start(window, &start))
        return provider_damaged(error, "there is nothing behind its program");
    r = window_read(window, start, block, sizeof block);
    if (r < 0)
        return provider_fail(error, r, "superblock");
    if (memcmp(block, "hsqs", 4) != 0 || window_le16(block + 28) != 4)
        return provider_damaged(error, "it has no squashfs of version 4");
    const uint64_t used = window_le64(block + 40);
    const uint64_t inodes = window_le64(block + 64);
    if (inodes < SUPERBLOCK_BYTES || inodes >= used)
        return provider_damaged(error, "its inodes are outside of it");
    add_facts(block, appimage, anatomy);
    if (appimage)
        anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_RUNTIME, -1, 0, start, "runtime");
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_SUPERBLOCK, -1, start, SUPERBLOCK_BYTES,
                "superblock");
    const uint64_t held = anatomy->size_bytes - start;
    anatomy->clipped |= used > held;
    if (inodes < held)
        anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_METADATA, -1, start + inodes,
                    MIN(used, held) - inodes, "inodes and directories");
    anatomy_add(anatomy, SEGMENT_DATA, PRIORITY_FILES, -1, start + SUPERBLOCK_BYTES,
                MIN(inodes, held) - SUPERBLOCK_BYTES, "files");
    return true;
}

const Provider provider_squashfs = {"squashfs", "squashfs, snap or AppImage", squashfs_recognizes,
                                    squashfs_analyze};
