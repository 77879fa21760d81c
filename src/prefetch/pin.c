/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/pin.h"
#include "base/fd.h"
#include "prefetch/source.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

typedef struct {
    void *at;
    size_t length;
} Mapping;

struct Pin {
    FileId id;
    BlockSet blocks;
    uint64_t bytes;
    GArray *mappings; /* Mapping */
};

static uint64_t whole_pages(uint64_t bytes)
{
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    return (bytes + page_bytes - 1) / page_bytes * page_bytes;
}

static PinOutcome outcome_of(int error)
{
    return error == ENOENT || error == ENOTDIR ? PIN_GONE : PIN_REFUSED;
}

static void cut(const BlockSet *blocks, const struct stat *st, PinLook *look)
{
    for (uint32_t i = 0; i < blocks->n_runs; i++) {
        Range range;
        if (!source_range(&blocks->runs[i], st, &range))
            return;
        (void)block_set_add_bytes(&look->blocks, range.offset_bytes, range.length_bytes);
        look->bytes += whole_pages(range.length_bytes);
    }
}

/* What of the file is to be locked; of too many pieces, all that lies between them as well. */
static void take_blocks(const BlockSet *blocks, const struct stat *st, PinLook *look)
{
    uint64_t size_bytes = (uint64_t)st->st_size;
    BlockSet whole = BLOCK_SET_NULL;
    if (blocks != NULL && blocks->n_runs > 0 && blocks->n_runs <= PIN_RUNS_MAX) {
        cut(blocks, st, look);
        return;
    }
    (void)block_set_add_bytes(&whole, 0, size_bytes);
    cut(&whole, st, look);
    block_set_clear(&whole);
}

PinOutcome pin_look(const char *path, const BlockSet *blocks, PinLook *ret)
{
    struct stat st;
    autofd fd = source_open(path, &st);
    if (fd < 0)
        return outcome_of(-fd);
    if (source_is_direct(fd))
        return PIN_REFUSED;
    *ret = (PinLook){.id = file_id_of(&st)};
    take_blocks(blocks, &st, ret);
    if (ret->bytes > 0)
        return PIN_LOCKED;
    pin_look_clear(ret);
    return PIN_EMPTY;
}

void pin_look_clear(PinLook *look)
{
    block_set_clear(&look->blocks);
}

static bool is_unchanged(int fd, const FileId *id)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return false;
    FileId now = file_id_of(&st);
    return file_id_equal(&now, id);
}

/* The kernel does not tell a limit from a file that was cut off. */
static PinOutcome why_not(int fd, const FileId *id)
{
    return is_unchanged(fd, id) ? PIN_LIMIT : PIN_CHANGED;
}

static PinOutcome lock_mapping(int fd, const Range *range, char *at, const PinGate *gate,
                               const FileId *id)
{
    for (uint64_t done = 0; done < range->length_bytes; done += PIN_SLICE_BYTES) {
        uint64_t length = MIN(PIN_SLICE_BYTES, range->length_bytes - done);
        if (gate->may != NULL && !gate->may(gate->data))
            return PIN_STOPPED;
        /* As one request: page faults alone would read it in the small pieces of read_ahead_kb. */
        (void)posix_fadvise(fd, (off_t)(range->offset_bytes + done), (off_t)length,
                            POSIX_FADV_WILLNEED);
        /* As mlock(2), which the sanitizers replace by one that does nothing. */
        if (mlock2(at + done, length, 0) != 0)
            return why_not(fd, id);
    }
    return PIN_LOCKED;
}

static PinOutcome lock_range(Pin *pin, int fd, const Range *range, const PinGate *gate)
{
    void *at =
        mmap(NULL, range->length_bytes, PROT_READ, MAP_SHARED, fd, (off_t)range->offset_bytes);
    if (at == MAP_FAILED)
        return errno == ENODEV || errno == EACCES || errno == EPERM ? PIN_REFUSED : PIN_LIMIT;
    Mapping mapping = {at, range->length_bytes};
    g_array_append_val(pin->mappings, mapping);
    return lock_mapping(fd, range, at, gate, &pin->id);
}

static PinOutcome lock_all(Pin *pin, int fd, const struct stat *st, const PinGate *gate)
{
    for (uint32_t i = 0; i < pin->blocks.n_runs; i++) {
        Range range;
        if (!source_range(&pin->blocks.runs[i], st, &range))
            return PIN_CHANGED;
        PinOutcome outcome = lock_range(pin, fd, &range, gate);
        if (outcome != PIN_LOCKED)
            return outcome;
    }
    return PIN_LOCKED;
}

Pin *pin_new(const char *path, const PinLook *look, const PinGate *gate, PinOutcome *ret_outcome)
{
    struct stat st;
    autofd fd = source_open(path, &st);
    if (fd < 0) {
        *ret_outcome = outcome_of(-fd);
        return NULL;
    }
    g_autoptr(Pin) pin = g_new0(Pin, 1);
    pin->id = look->id;
    pin->bytes = look->bytes;
    pin->blocks = block_set_copy(&look->blocks);
    pin->mappings = g_array_new(FALSE, FALSE, sizeof(Mapping));
    *ret_outcome = is_unchanged(fd, &look->id) ? lock_all(pin, fd, &st, gate) : PIN_CHANGED;
    return *ret_outcome == PIN_LOCKED ? g_steal_pointer(&pin) : NULL;
}

void pin_free(Pin *pin)
{
    if (pin == NULL)
        return;
    for (guint i = 0; i < pin->mappings->len; i++) {
        const Mapping *mapping = &g_array_index(pin->mappings, Mapping, i);
        (void)munmap(mapping->at, mapping->length); /* which unlocks it; it is ours, and whole */
    }
    g_array_unref(pin->mappings);
    block_set_clear(&pin->blocks);
    g_free(pin);
}

uint64_t pin_bytes(const Pin *pin)
{
    return pin->bytes;
}

uint32_t pin_runs(const Pin *pin)
{
    return pin->blocks.n_runs;
}

bool pin_is(const Pin *pin, const PinLook *look)
{
    return file_id_equal(&pin->id, &look->id) && block_set_equal(&pin->blocks, &look->blocks);
}
