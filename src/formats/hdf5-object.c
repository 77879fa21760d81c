/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/hdf5.h"
#include <string.h>

/* Messages of object headers (IV.A.2 of the specification). */
enum {
    MESSAGE_LINK_INFO = 0x02,
    MESSAGE_LINK = 0x06,
    MESSAGE_LAYOUT = 0x08,
    MESSAGE_CONTINUATION = 0x10,
    MESSAGE_SYMBOL_TABLE = 0x11,
    MESSAGE_ATTRIBUTE_INFO = 0x15,
};

#define MESSAGE_SHARED 2u
#define LINK_HARD 0u
/* Records of trees that name links and attributes. */
#define RECORD_LINK_BY_NAME 5u
#define NAME_HASH_BYTES 4u
#define HEAD_BYTES 16u     /* of a header of the first version */
#define HEAD_MAX_BYTES 34u /* of the second */
#define PIECES_MAX 1024u   /* of one object */

typedef struct {
    uint64_t address;
    uint64_t length;
} Piece;

/* An object header, piece by piece. */
typedef struct {
    bool old;
    bool ordered;   /* messages tell when they were made */
    GArray *pieces; /* Piece: those to come are appended */
} Header;

void hdf5_link(Hdf5 *hdf5, Hdf5Fields *fields)
{
    const uint8_t version = (uint8_t)hdf5_number(fields, 1);
    const uint8_t flags = (uint8_t)hdf5_number(fields, 1);
    const uint8_t type = (flags & 8) != 0 ? (uint8_t)hdf5_number(fields, 1) : LINK_HARD;
    hdf5_skip(fields, ((flags & 4) != 0 ? 8 : 0) + ((flags & 16) != 0 ? 1 : 0));
    hdf5_skip(fields, hdf5_number(fields, 1u << (flags & 3)));
    if (version != 1 || type != LINK_HARD || fields->failed)
        return;
    const uint64_t address = hdf5_address(hdf5, fields);
    if (address != HDF5_NOWHERE && hdf5->objects->len <= hdf5->left_nodes)
        g_array_append_val(hdf5->objects, address);
}

static void visit_link(Hdf5 *hdf5, uint8_t type, Hdf5Fields *record, gpointer data)
{
    const Hdf5Heap *heap = data;
    size_t length = 0;
    if (type != RECORD_LINK_BY_NAME)
        return;
    hdf5_skip(record, NAME_HASH_BYTES);
    g_autofree uint8_t *bytes = hdf5_heap_get(hdf5, heap, record, &length);
    Hdf5Fields fields = {bytes, length, false};
    if (bytes != NULL)
        hdf5_link(hdf5, &fields);
}

/* Links or attributes that are too many for the header: a heap of them, and trees by name and by
 * age. */
static void take_dense(Hdf5 *hdf5, Hdf5Fields *fields, bool links)
{
    const uint32_t priority = links ? HDF5_GROUPS : HDF5_OBJECTS;
    const char *name = links ? "groups" : "attributes";
    hdf5_skip(fields, 1);
    const uint8_t flags = (uint8_t)hdf5_number(fields, 1);
    if ((flags & 1) != 0)
        hdf5_skip(fields, links ? 8 : 2);
    const uint64_t heap_address = hdf5_address(hdf5, fields);
    const uint64_t by_name = hdf5_address(hdf5, fields);
    const uint64_t by_age = (flags & 2) != 0 ? hdf5_address(hdf5, fields) : HDF5_NOWHERE;
    g_auto(Hdf5Heap) heap = {0};
    bool kept = hdf5_heap(hdf5, heap_address, priority, name, &heap);
    hdf5_tree(hdf5, by_name, priority, name, kept && links ? visit_link : NULL, &heap);
    hdf5_tree(hdf5, by_age, priority, name, NULL, NULL);
}

static void take_symbol_table(Hdf5 *hdf5, Hdf5Fields *fields)
{
    const uint64_t tree = hdf5_address(hdf5, fields);
    hdf5_group(hdf5, tree, hdf5_address(hdf5, fields));
}

static void take_continuation(const Hdf5 *hdf5, Header *header, Hdf5Fields *fields)
{
    Piece piece = {hdf5_address(hdf5, fields), 0};
    piece.length = hdf5_length(hdf5, fields);
    if (!fields->failed && header->pieces->len < PIECES_MAX)
        g_array_append_val(header->pieces, piece);
}

static void take_message(Hdf5 *hdf5, Header *header, uint32_t type, Hdf5Fields *fields)
{
    switch (type) {
    case MESSAGE_LINK_INFO:
    case MESSAGE_ATTRIBUTE_INFO:
        take_dense(hdf5, fields, type == MESSAGE_LINK_INFO);
        break;
    case MESSAGE_LINK:
        hdf5_link(hdf5, fields);
        break;
    case MESSAGE_LAYOUT:
        hdf5_layout(hdf5, fields);
        break;
    case MESSAGE_CONTINUATION:
        take_continuation(hdf5, header, fields);
        break;
    case MESSAGE_SYMBOL_TABLE:
        take_symbol_table(hdf5, fields);
        break;
    default:
        break;
    }
}

static void take_messages(Hdf5 *hdf5, Header *header, Hdf5Fields *fields)
{
    const uint32_t head_bytes = header->old ? 8 : header->ordered ? 6 : 4;
    while (fields->left >= head_bytes) {
        const uint32_t type = (uint32_t)hdf5_number(fields, header->old ? 2 : 1);
        const size_t length = (size_t)hdf5_number(fields, 2);
        const uint8_t flags = (uint8_t)hdf5_number(fields, 1);
        hdf5_skip(fields, header->old ? 3 : header->ordered ? 2 : 0);
        Hdf5Fields message = {fields->at, MIN(length, fields->left), false};
        hdf5_skip(fields, length);
        if ((flags & MESSAGE_SHARED) == 0)
            take_message(hdf5, header, type, &message);
    }
}

/* How long the first piece is, and where its messages begin; false if there is no header. */
static bool measure(Hdf5 *hdf5, uint64_t at, Header *header, uint64_t *ret_begin,
                    uint64_t *ret_length)
{
    const uint64_t n = MIN((uint64_t)HEAD_MAX_BYTES, hdf5->anatomy->size_bytes - at);
    g_autofree uint8_t *bytes = hdf5_read(hdf5, at, n, "");
    Hdf5Fields fields = {bytes, (size_t)n, false};
    if (bytes == NULL || n < HEAD_BYTES)
        return false;
    header->old = bytes[0] == 1;
    if (header->old) {
        *ret_begin = HEAD_BYTES;
        *ret_length = HEAD_BYTES + (uint64_t)window_le32(bytes + 8);
        return true;
    }
    const uint8_t flags = bytes[5];
    header->ordered = (flags & 4) != 0;
    hdf5_skip(&fields, 6 + ((flags & 32) != 0 ? 16 : 0) + ((flags & 16) != 0 ? 4 : 0));
    const uint64_t length = hdf5_number(&fields, 1u << (flags & 3));
    *ret_begin = (uint64_t)(fields.at - bytes);
    *ret_length = *ret_begin + MIN(length, hdf5->anatomy->size_bytes) + 4; /* and the sum */
    return memcmp(bytes, "OHDR", 4) == 0 && !fields.failed;
}

/* The messages between what begins and what ends such a piece. */
static void take_piece(Hdf5 *hdf5, Header *header, uint64_t at, uint64_t begin, uint64_t length)
{
    const uint64_t end = header->old ? 0 : 4;
    g_autofree uint8_t *bytes = hdf5_read(hdf5, at, MIN(length, (uint64_t)HDF5_PIECE_MAX), "");
    if (bytes == NULL || length < begin + end)
        return;
    Hdf5Fields fields = {bytes + begin, (size_t)(MIN(length, HDF5_PIECE_MAX) - begin - end), false};
    take_messages(hdf5, header, &fields);
}

static void take_pieces(Hdf5 *hdf5, Header *header, uint32_t priority, const char *name)
{
    for (guint i = 0; i < header->pieces->len; i++) {
        const Piece piece = g_array_index(header->pieces, Piece, i);
        const uint64_t at = hdf5_take(hdf5, piece.address);
        if (at == HDF5_NOWHERE)
            continue;
        hdf5_add(hdf5, priority, at, piece.length, name);
        take_piece(hdf5, header, at, header->old ? 0 : 4, piece.length);
    }
}

bool hdf5_object(Hdf5 *hdf5, uint64_t address, uint32_t priority, const char *name)
{
    const uint64_t at = hdf5_take(hdf5, address);
    uint64_t begin = 0;
    uint64_t length = 0;
    g_autoptr(GArray) pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
    Header header = {.pieces = pieces};
    if (at == HDF5_NOWHERE)
        return false;
    if (!measure(hdf5, at, &header, &begin, &length)) {
        hdf5->anatomy->clipped = true;
        return false;
    }
    hdf5_add(hdf5, priority, at, length, name);
    take_piece(hdf5, &header, at, begin, length);
    take_pieces(hdf5, &header, priority, name);
    return true;
}
