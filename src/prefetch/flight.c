/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/flight.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"

static FlightRequest take_oldest(Flight *flight)
{
    FlightRequest oldest = flight->requests[flight->first];
    flight->first = (flight->first + 1) % FLIGHT_REQUESTS_MAX;
    flight->n--;
    flight->bytes -= oldest.range.length_bytes;
    return oldest;
}

/* Disks deliver about in order: with its last page a request has come. A page that the kernel did
 * not find room for is read by this. */
static void wait_for_oldest(Flight *flight)
{
    FlightRequest oldest = take_oldest(flight);
    autofd fd = oldest.fd;
    char byte;
    /* No reading ahead around the single page. */
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
    /* That it could not be read is found by who needs it. */
    ssize_t n = pread(fd, &byte, sizeof byte,
                      (off_t)(oldest.range.offset_bytes + oldest.range.length_bytes - 1));
    (void)n;
}

void flight_add(Flight *flight, int fd, Range request)
{
    int own_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own_fd < 0)
        return; /* too many are open: this one is not waited for */
    guint last = (flight->first + flight->n) % FLIGHT_REQUESTS_MAX;
    flight->requests[last] = (FlightRequest){own_fd, request};
    flight->n++;
    flight->bytes += request.length_bytes;
    while (flight->n > 1 && (flight->n == FLIGHT_REQUESTS_MAX || flight->bytes > FLIGHT_BYTES))
        wait_for_oldest(flight);
}

void flight_clear(Flight *flight)
{
    while (flight->n > 0) {
        FlightRequest oldest = take_oldest(flight);
        fd_close(&oldest.fd);
    }
}
