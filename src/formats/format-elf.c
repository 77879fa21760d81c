/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/elf.h"
#include "formats/formats.h"
#include "formats/stream.h"
#include <elf.h>
#include <string.h>

/*
 * ELF (elf(5)): what the kernel and the dynamic loader read first: the headers, the interpreter's
 * name, the dynamic section, the tables of symbols and relocations, the data that is relocated;
 * then the code, from the entry point on, the constants, and the tables for unwinding. What no
 * segment of the program maps (symbols for debuggers, the section headers) is not used by it.
 */
enum {
    PRIORITY_HEADERS,
    PRIORITY_TABLES,
    PRIORITY_DATA,
    PRIORITY_ENTRY,
    PRIORITY_CODE,
    PRIORITY_CONSTANTS,
    PRIORITY_UNWINDING,
    PRIORITY_UNUSED,
};

typedef struct {
    uint32_t type;
    uint32_t flags;
    uint64_t offset_bytes;
    uint64_t address;
    uint64_t file_bytes;
} Part;

typedef struct {
    Stream stream;
    Anatomy *anatomy;
    bool large; /* 64 bits */
    uint16_t type;
    uint64_t entry;
    uint64_t parts_at;
    uint64_t sections_at;
    uint16_t part_bytes;
    uint16_t n_parts;
    uint16_t section_bytes;
    uint16_t n_sections;
    Part parts[ELF_HEADERS_MAX];
} Image;

static bool elf_recognizes(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                           const char *name)
{
    (void)size_bytes;
    (void)name;
    return n_head >= sizeof(Elf32_Ehdr) && memcmp(head, ELFMAG, SELFMAG) == 0;
}

static uint64_t take_word(Image *image)
{
    return image->large ? stream_u64(&image->stream) : stream_u32(&image->stream);
}

typedef struct {
    uint16_t number;
    const char *name;
} Named;

/* elf(5); those that distributions are built for. */
static const Named machines[] = {
    {EM_386, "x86"},      {EM_X86_64, "x86-64"},    {EM_ARM, "ARM"},    {EM_AARCH64, "AArch64"},
    {EM_RISCV, "RISC-V"}, {EM_PPC64, "PowerPC 64"}, {EM_S390, "S/390"}, {EM_MIPS, "MIPS"},
};
static const Named types[] = {
    {ET_REL, "object file"},
    {ET_EXEC, "program, at a fixed address"},
    {ET_DYN, "library, or program at any address"},
    {ET_CORE, "core dump"},
};

/* The number where it has no name here. */
static void add_fact_named(Anatomy *anatomy, const char *name, const Named *rows, gsize n_rows,
                           uint16_t number)
{
    for (gsize i = 0; i < n_rows; i++)
        if (rows[i].number == number) {
            anatomy_add_fact(anatomy, name, rows[i].name);
            return;
        }
    anatomy_add_fact_u64(anatomy, name, number);
}

static bool take_header(Image *image, GError **error)
{
    Stream *stream = &image->stream;
    uint8_t ident[EI_NIDENT];
    stream_read(stream, ident, sizeof ident);
    image->large = ident[EI_CLASS] == ELFCLASS64;
    stream->big_endian = ident[EI_DATA] == ELFDATA2MSB;
    image->type = stream_u16(stream);
    uint16_t machine = stream_u16(stream);
    stream_skip(stream, 4);
    image->entry = take_word(image);
    image->parts_at = take_word(image);
    image->sections_at = take_word(image);
    stream_skip(stream, 6);
    image->part_bytes = stream_u16(stream);
    image->n_parts = stream_u16(stream);
    image->section_bytes = stream_u16(stream);
    image->n_sections = stream_u16(stream);
    if (stream->error < 0)
        return provider_fail(error, stream->error, "header");
    const uint64_t part_bytes = image->large ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    if (image->n_parts > ELF_HEADERS_MAX || (image->n_parts > 0 && image->part_bytes != part_bytes))
        return provider_damaged(error, "it has %u program headers of %u bytes", image->n_parts,
                                image->part_bytes);
    anatomy_add_fact_u64(image->anatomy, "bits", image->large ? 64 : 32);
    add_fact_named(image->anatomy, "machine", machines, G_N_ELEMENTS(machines), machine);
    add_fact_named(image->anatomy, "type", types, G_N_ELEMENTS(types), image->type);
    return true;
}

static Part take_part(Image *image)
{
    Stream *stream = &image->stream;
    Part part = {.type = stream_u32(stream)};
    if (image->large)
        part.flags = stream_u32(stream);
    part.offset_bytes = take_word(image);
    part.address = take_word(image);
    (void)take_word(image);
    part.file_bytes = take_word(image);
    (void)take_word(image);
    if (!image->large)
        part.flags = stream_u32(stream);
    (void)take_word(image);
    return part;
}

static bool take_parts(Image *image, GError **error)
{
    bool big_endian = image->stream.big_endian;
    stream_open(&image->stream, image->stream.window, image->parts_at);
    image->stream.big_endian = big_endian;
    for (uint16_t i = 0; i < image->n_parts; i++)
        image->parts[i] = take_part(image);
    return image->stream.error == 0 || provider_fail(error, image->stream.error, "program headers");
}

static const Part *find_part(const Image *image, uint32_t type)
{
    for (uint16_t i = 0; i < image->n_parts; i++)
        if (image->parts[i].type == type)
            return &image->parts[i];
    return NULL;
}

static void add_part(const Image *image, const Part *part, SegmentKind kind, uint32_t priority,
                     const char *name)
{
    if (part != NULL)
        anatomy_add(image->anatomy, kind, priority, -1, part->offset_bytes, part->file_bytes, name);
}

/* The part of the program that an address lies in, by what of it is in the file. */
static const Part *part_of(const Image *image, uint64_t address)
{
    for (uint16_t i = 0; i < image->n_parts; i++) {
        const Part *part = &image->parts[i];
        if (part->type == PT_LOAD && address >= part->address &&
            address - part->address < part->file_bytes)
            return part;
    }
    return NULL;
}

/* Where the tables of the dynamic section begin and end; the sizes of some are told elsewhere in
 * it. */
typedef struct {
    uint64_t first;
    uint64_t end;
} Span;

static bool is_table(uint64_t tag)
{
    static const uint64_t tags[] = {DT_HASH,   DT_GNU_HASH,      DT_SYMTAB, DT_STRTAB,
                                    DT_VERSYM, DT_RELA,          DT_REL,    DT_VERNEED,
                                    DT_VERDEF, 36 /* DT_RELR */, DT_JMPREL};
    for (gsize i = 0; i < G_N_ELEMENTS(tags); i++)
        if (tags[i] == tag)
            return true;
    return false;
}

static uint64_t size_tag(uint64_t tag)
{
    switch (tag) {
    case DT_STRTAB:
        return DT_STRSZ;
    case DT_RELA:
        return DT_RELASZ;
    case DT_REL:
        return DT_RELSZ;
    case DT_JMPREL:
        return DT_PLTRELSZ;
    case 36: /* DT_RELR */
        return 35;
    default:
        return DT_NULL;
    }
}

static uint64_t value_of(uint64_t pairs[][2], guint n, uint64_t tag)
{
    for (guint i = 0; i < n; i++)
        if (pairs[i][0] == tag)
            return pairs[i][1];
    return 0;
}

static void add_tables(Image *image, const Part *dynamic)
{
    const bool big_endian = image->stream.big_endian;
    const uint64_t entry_bytes = image->large ? 16 : 8;
    const guint most = (guint)MIN(dynamic->file_bytes / entry_bytes, (uint64_t)ELF_DYNAMIC_MAX);
    g_autofree uint64_t(*pairs)[2] = g_malloc_n(most + 1, sizeof *pairs);
    guint n = 0;
    stream_open(&image->stream, image->stream.window, dynamic->offset_bytes);
    image->stream.big_endian = big_endian;
    for (; n < most; n++) {
        pairs[n][0] = take_word(image);
        pairs[n][1] = take_word(image);
        if (pairs[n][0] == DT_NULL)
            break;
    }
    Span span = {UINT64_MAX, 0};
    for (guint i = 0; i < n; i++) {
        const uint64_t address = pairs[i][1];
        const Part *part = is_table(pairs[i][0]) ? part_of(image, address) : NULL;
        if (part == NULL || (part->flags & PF_W) != 0)
            continue;
        uint64_t tag = size_tag(pairs[i][0]);
        uint64_t size = tag != DT_NULL ? value_of(pairs, n, tag) : 0;
        size = MIN(size, part->file_bytes - (address - part->address));
        const uint64_t offset = address - part->address + part->offset_bytes;
        span.first = MIN(span.first, offset);
        span.end = MAX(span.end, offset + MIN(size, UINT64_MAX - offset));
    }
    if (span.end > span.first)
        anatomy_add(image->anatomy, SEGMENT_METADATA, PRIORITY_TABLES, -1, span.first,
                    span.end - span.first, "symbols and relocations");
}

static void add_code(const Image *image, const Part *part)
{
    const uint64_t before = image->entry - part->address;
    if (part != part_of(image, image->entry)) {
        add_part(image, part, SEGMENT_DATA, PRIORITY_CODE, "code");
        return;
    }
    anatomy_add(image->anatomy, SEGMENT_DATA, PRIORITY_ENTRY, -1, part->offset_bytes + before,
                part->file_bytes - before, "code from the entry on");
    anatomy_add(image->anatomy, SEGMENT_DATA, PRIORITY_CODE, -1, part->offset_bytes, before,
                "code");
}

/* Constants, and behind them the tables for exceptions. */
static void add_constants(const Image *image, const Part *part)
{
    const Part *unwinding = find_part(image, PT_GNU_EH_FRAME);
    uint64_t constants = part->file_bytes;
    if (unwinding != NULL && unwinding->offset_bytes >= part->offset_bytes &&
        unwinding->offset_bytes - part->offset_bytes < part->file_bytes)
        constants = unwinding->offset_bytes - part->offset_bytes;
    anatomy_add(image->anatomy, SEGMENT_DATA, PRIORITY_CONSTANTS, -1, part->offset_bytes, constants,
                "constants");
    anatomy_add(image->anatomy, SEGMENT_DATA, PRIORITY_UNWINDING, -1,
                part->offset_bytes + constants, part->file_bytes - constants, "unwinding");
}

static void add_loads(const Image *image)
{
    for (uint16_t i = 0; i < image->n_parts; i++) {
        const Part *part = &image->parts[i];
        if (part->type != PT_LOAD || part->offset_bytes > image->anatomy->size_bytes ||
            part->file_bytes > image->anatomy->size_bytes - part->offset_bytes) {
            image->anatomy->clipped |= part->type == PT_LOAD;
            continue;
        }
        if ((part->flags & PF_W) != 0)
            add_part(image, part, SEGMENT_DATA, PRIORITY_DATA, "data");
        else if ((part->flags & PF_X) != 0)
            add_code(image, part);
        else
            add_constants(image, part);
    }
}

/* Up to the end of the section headers; what is appended behind them may well be read. */
static void add_unused(const Image *image)
{
    const uint64_t size = image->anatomy->size_bytes;
    uint64_t end = 0;
    for (uint16_t i = 0; i < image->n_parts; i++) {
        const Part *part = &image->parts[i];
        if (part->type == PT_LOAD && part->offset_bytes <= size)
            end = MAX(end, part->offset_bytes + MIN(part->file_bytes, size - part->offset_bytes));
    }
    if (end == 0 || image->sections_at < end || image->sections_at > size)
        return;
    const uint64_t sections = (uint64_t)image->n_sections * image->section_bytes;
    anatomy_add(image->anatomy, SEGMENT_UNUSED, PRIORITY_UNUSED, -1, end,
                MIN(image->sections_at + sections, size) - end, "symbols for debuggers");
}

static void add_needs(int fd, Anatomy *anatomy)
{
    g_auto(Elf) elf = {0};
    if (elf_read(fd, &elf) < 0) /* of another machine's byte order, an object file, a core */
        return;
    if (elf.interpreter != NULL)
        anatomy_add_fact(anatomy, "interpreter", elf.interpreter);
    for (guint i = 0; i < elf.needed->len && i < 64; i++)
        anatomy_add_fact(anatomy, "needed", elf.needed->pdata[i]);
}

static bool elf_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    (void)name;
    g_autofree Image *image = g_new0(Image, 1);
    stream_open(&image->stream, window, 0);
    image->anatomy = anatomy;
    if (!take_header(image, error) || !take_parts(image, error))
        return false;
    const uint64_t header = image->large ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_HEADERS, -1, 0, header, "header");
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_HEADERS, -1, image->parts_at,
                (uint64_t)image->n_parts * image->part_bytes, "program headers");
    add_part(image, find_part(image, PT_INTERP), SEGMENT_METADATA, PRIORITY_HEADERS, "interpreter");
    const Part *dynamic = find_part(image, PT_DYNAMIC);
    add_part(image, dynamic, SEGMENT_METADATA, PRIORITY_HEADERS, "dynamic section");
    if (dynamic != NULL)
        add_tables(image, dynamic);
    add_loads(image);
    add_unused(image);
    add_needs(window->fd, anatomy);
    return true;
}

const Provider provider_elf = {"elf", "ELF program or library", elf_recognizes, elf_analyze};
