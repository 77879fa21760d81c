/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/elf.h"
#include "base/fd.h"
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* A list of search paths may be longer than a path. */
#define STRING_MAX 16384

/* What the file has of it, at most so many bytes: how many, or a negative errno. */
static ssize_t read_some(int fd, uint64_t offset, void *buffer, size_t length)
{
    if (offset > INT64_MAX - length)
        return -EBADMSG;
    ssize_t n = pread(fd, buffer, length, (off_t)offset);
    return n < 0 ? -errno : n;
}

/* What both sizes have in common. */
typedef struct {
    uint64_t table_offset;
    uint16_t entry_bytes;
    uint16_t n_entries;
} Headers;

typedef struct {
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t address;
    uint64_t file_bytes;
} Segment;

static int take_header(const unsigned char *bytes, Elf *elf, Headers *headers)
{
    const unsigned char order = G_BYTE_ORDER == G_LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
    if (memcmp(bytes, ELFMAG, SELFMAG) != 0 || bytes[EI_DATA] != order)
        return -ENOEXEC;
    Elf32_Ehdr small;
    Elf64_Ehdr large;
    memcpy(&small, bytes, sizeof small);
    memcpy(&large, bytes, sizeof large);
    bool is_large = bytes[EI_CLASS] == ELFCLASS64;
    if (!is_large && bytes[EI_CLASS] != ELFCLASS32)
        return -ENOEXEC;
    elf->bits = is_large ? 64 : 32;
    elf->machine = is_large ? large.e_machine : small.e_machine;
    uint16_t type = is_large ? large.e_type : small.e_type;
    *headers = is_large ? (Headers){large.e_phoff, large.e_phentsize, large.e_phnum}
                        : (Headers){small.e_phoff, small.e_phentsize, small.e_phnum};
    size_t entry_bytes = is_large ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    if (type != ET_EXEC && type != ET_DYN)
        return -ENOEXEC;
    return headers->entry_bytes == entry_bytes && headers->n_entries <= ELF_HEADERS_MAX ? 0
                                                                                        : -EBADMSG;
}

static Segment segment_of(const Elf *elf, const unsigned char *bytes)
{
    if (elf->bits == 64) {
        Elf64_Phdr header;
        memcpy(&header, bytes, sizeof header);
        return (Segment){header.p_type, header.p_flags, header.p_offset, header.p_vaddr,
                         header.p_filesz};
    }
    Elf32_Phdr header;
    memcpy(&header, bytes, sizeof header);
    return (Segment){header.p_type, header.p_flags, header.p_offset, header.p_vaddr,
                     header.p_filesz};
}

/* A string that is ended by NUL within the bounds; NULL if there is none. */
static char *read_string(int fd, uint64_t offset, size_t most)
{
    g_autofree char *buffer = g_malloc(most);
    ssize_t n = read_some(fd, offset, buffer, most);
    if (n <= 0 || memchr(buffer, '\0', (size_t)n) == NULL)
        return NULL;
    return g_strdup(buffer);
}

/* Where in the file the address is; false if nothing of the file is mapped there. */
static bool find_offset(const Elf *elf, uint64_t address, uint64_t *ret)
{
    for (guint i = 0; i < elf->loads->len; i++) {
        const ElfLoad *load = &g_array_index(elf->loads, ElfLoad, i);
        if (address < load->address_bytes || address - load->address_bytes >= load->length_bytes)
            continue;
        uint64_t inside = address - load->address_bytes;
        if (load->offset_bytes > UINT64_MAX - inside)
            return false;
        *ret = load->offset_bytes + inside;
        return true;
    }
    return false;
}

static void dynamic_entry(const Elf *elf, const unsigned char *bytes, int64_t *ret_tag,
                          uint64_t *ret_value)
{
    if (elf->bits == 64) {
        Elf64_Dyn entry;
        memcpy(&entry, bytes, sizeof entry);
        *ret_tag = entry.d_tag;
        *ret_value = entry.d_un.d_val;
        return;
    }
    Elf32_Dyn entry;
    memcpy(&entry, bytes, sizeof entry);
    *ret_tag = entry.d_tag;
    *ret_value = entry.d_un.d_val;
}

typedef struct {
    const unsigned char *bytes;
    size_t n_entries;
    size_t entry_bytes;
} Dynamic;

/* The value of the first entry with that tag; false if there is none. */
static bool find_dynamic(const Elf *elf, const Dynamic *dynamic, int64_t tag, uint64_t *ret)
{
    for (size_t i = 0; i < dynamic->n_entries; i++) {
        int64_t found = 0;
        uint64_t value = 0;
        dynamic_entry(elf, dynamic->bytes + i * dynamic->entry_bytes, &found, &value);
        if (found == DT_NULL)
            return false;
        if (found == tag) {
            *ret = value;
            return true;
        }
    }
    return false;
}

static int take_names(int fd, const Dynamic *dynamic, uint64_t strings, Elf *elf)
{
    for (size_t i = 0; i < dynamic->n_entries; i++) {
        int64_t tag = 0;
        uint64_t value = 0;
        dynamic_entry(elf, dynamic->bytes + i * dynamic->entry_bytes, &tag, &value);
        if (tag == DT_NULL)
            break;
        if (tag != DT_NEEDED && tag != DT_RUNPATH && tag != DT_RPATH)
            continue;
        char *text =
            value > UINT64_MAX - strings
                ? NULL
                : read_string(fd, strings + value, tag == DT_NEEDED ? PATH_MAX : STRING_MAX);
        char **place = tag == DT_RUNPATH ? &elf->runpath : &elf->rpath;
        if (text == NULL || elf->needed->len >= ELF_NEEDED_MAX ||
            (tag != DT_NEEDED && *place != NULL)) {
            g_free(text);
            return -EBADMSG;
        }
        if (tag == DT_NEEDED)
            g_ptr_array_add(elf->needed, text);
        else
            *place = text;
    }
    return 0;
}

static int take_dynamic(int fd, const Segment *segment, Elf *elf)
{
    size_t entry_bytes = elf->bits == 64 ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn);
    size_t n_entries = (size_t)MIN(segment->file_bytes / entry_bytes, ELF_DYNAMIC_MAX);
    g_autofree unsigned char *bytes = g_malloc(MAX(n_entries * entry_bytes, 1));
    const Dynamic dynamic = {bytes, n_entries, entry_bytes};
    uint64_t address = 0;
    uint64_t strings = 0;
    int error = fd_read_at(fd, segment->offset, bytes, n_entries * entry_bytes);
    if (error < 0)
        return error;
    if (!find_dynamic(elf, &dynamic, DT_STRTAB, &address))
        return 0; /* it names nothing */
    return find_offset(elf, address, &strings) ? take_names(fd, &dynamic, strings, elf) : -EBADMSG;
}

static int take_segments(int fd, const Headers *headers, Elf *elf)
{
    size_t length = (size_t)headers->n_entries * headers->entry_bytes;
    g_autofree unsigned char *bytes = g_malloc(MAX(length, 1));
    Segment dynamic = {0};
    int error = fd_read_at(fd, headers->table_offset, bytes, length);
    for (uint16_t i = 0; error == 0 && i < headers->n_entries; i++) {
        Segment segment = segment_of(elf, bytes + (size_t)i * headers->entry_bytes);
        const ElfLoad load = {segment.offset, segment.file_bytes, segment.address,
                              (segment.flags & PF_W) != 0};
        if (segment.type == PT_LOAD)
            g_array_append_val(elf->loads, load);
        if (segment.type == PT_DYNAMIC)
            dynamic = segment;
        if (segment.type == PT_INTERP && elf->interpreter == NULL)
            elf->interpreter = read_string(fd, segment.offset, PATH_MAX);
    }
    return error == 0 && dynamic.type == PT_DYNAMIC ? take_dynamic(fd, &dynamic, elf) : error;
}

int elf_read(int fd, Elf *ret)
{
    unsigned char bytes[sizeof(Elf64_Ehdr)] = {0};
    Headers headers;
    g_auto(Elf) elf = {0};
    /* A page here and there: nothing around them is wanted. To be refused costs a little time. */
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
    ssize_t n = read_some(fd, 0, bytes, sizeof bytes);
    if (n < 0)
        return (int)n;
    bool is_large = bytes[EI_CLASS] == ELFCLASS64;
    if ((size_t)n < (is_large ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr)))
        return -ENOEXEC;
    int error = take_header(bytes, &elf, &headers);
    if (error < 0)
        return error;
    elf.loads = g_array_new(FALSE, FALSE, sizeof(ElfLoad));
    elf.needed = g_ptr_array_new_with_free_func(g_free);
    error = take_segments(fd, &headers, &elf);
    if (error < 0)
        return error;
    *ret = elf;
    elf = (Elf){0};
    return 0;
}

void elf_clear(Elf *elf)
{
    g_clear_pointer(&elf->loads, g_array_unref);
    g_clear_pointer(&elf->needed, g_ptr_array_unref);
    g_clear_pointer(&elf->interpreter, g_free);
    g_clear_pointer(&elf->runpath, g_free);
    g_clear_pointer(&elf->rpath, g_free);
}
