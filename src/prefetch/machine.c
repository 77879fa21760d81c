/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/machine.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "observe/cgroup-memory.h"
#include "observe/psi.h"

/* As the scanner has it: some 60 lines. */
#define MEMINFO_LIMIT_BYTES 65536

struct Machine {
    char *sys_path;
    char *meminfo_path;
    char *disk_path; /* of the machine's pressure */
    char *memory_path;
    CgroupMemory *groups;
    char *own_disk_path; /* of our own group's; NULL: we have none */
    char *own_memory_path;
};

Machine *machine_new(const char *proc_path, const char *sys_path)
{
    Machine *machine = g_new0(Machine, 1);
    machine->sys_path = g_strdup(sys_path);
    machine->meminfo_path = g_build_filename(proc_path, "meminfo", NULL);
    machine->disk_path = g_build_filename(proc_path, "pressure/io", NULL);
    machine->memory_path = g_build_filename(proc_path, "pressure/memory", NULL);
    machine->groups = cgroup_memory_new(proc_path);
    machine->own_disk_path = cgroup_memory_pressure(machine->groups, "io.pressure");
    machine->own_memory_path = cgroup_memory_pressure(machine->groups, "memory.pressure");
    return machine;
}

void machine_free(Machine *machine)
{
    if (machine == NULL)
        return;
    g_free(machine->sys_path);
    g_free(machine->meminfo_path);
    g_free(machine->disk_path);
    g_free(machine->memory_path);
    g_free(machine->own_disk_path);
    g_free(machine->own_memory_path);
    cgroup_memory_free(machine->groups);
    g_free(machine);
}

bool machine_memory(const Machine *machine, Meminfo *ret)
{
    Meminfo memory;
    GString *text = fd_read_file(AT_FDCWD, machine->meminfo_path, MEMINFO_LIMIT_BYTES);
    if (text == NULL)
        return false;
    bool told = meminfo_parse(cursor_of(text->str, text->len), &memory);
    g_string_free(text, TRUE);
    if (!told)
        return false;
    (void)cgroup_memory_limit(machine->groups, &memory); /* without a limit all is ours */
    *ret = memory;
    return true;
}

static uint64_t host_now_usec(gpointer data)
{
    (void)data;
    return (uint64_t)g_get_monotonic_time();
}

static void host_sleep(gpointer data, uint64_t usec)
{
    (void)data;
    g_usleep(usec);
}

static bool host_disk(gpointer data, uint32_t major, uint32_t minor, Diskstat *ret)
{
    const Machine *machine = data;
    return diskstat_read(machine->sys_path, major, minor, ret);
}

static bool host_memory(gpointer data, Meminfo *ret)
{
    return machine_memory(data, ret);
}

/* Where both wait at the same time the others are not seen: so it errs to our own side. */
static bool read_waits(const char *path, const char *own_path, uint64_t *ret_usec)
{
    Psi all;
    Psi own = {0};
    if (!psi_read(path, &all))
        return false;
    if (own_path != NULL)
        (void)psi_read(own_path, &own); /* without, all counts as others' */
    *ret_usec = all.some_usec - MIN(own.some_usec, all.some_usec);
    return true;
}

static bool host_waits(gpointer data, uint64_t *ret_disk_usec, uint64_t *ret_memory_usec)
{
    const Machine *machine = data;
    return read_waits(machine->disk_path, machine->own_disk_path, ret_disk_usec) &&
           read_waits(machine->memory_path, machine->own_memory_path, ret_memory_usec);
}

/* With its last page the request has come. */
static void host_await(gpointer data, int fd, Range request)
{
    char byte;
    (void)data;
    /* No reading ahead around the single page. That it cannot be read is found by who needs it. */
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
    ssize_t n =
        pread(fd, &byte, sizeof byte, (off_t)(request.offset_bytes + request.length_bytes - 1));
    (void)n;
}

LimiterHost machine_host(Machine *machine)
{
    return (LimiterHost){.now_usec = host_now_usec,
                         .sleep = host_sleep,
                         .disk = host_disk,
                         .memory = host_memory,
                         .waits = host_waits,
                         .await = host_await,
                         .data = machine};
}
