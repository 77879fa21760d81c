/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/limiter.h"
#include "unit.h"

#include <fcntl.h>

#define SEC UINT64_C(1000000)
#define MIB (UINT64_C(1) << 20)

/*
 * A machine in virtual time. Its disk reads 100 MiB a second for us. Between two times somebody
 * else makes a thousand requests of 16 KiB a second, and waits for each. From some time on memory
 * is taken.
 */
typedef struct {
    uint64_t now_usec;
    uint64_t others_from_usec;
    uint64_t others_to_usec;
    uint64_t hog_usec;       /* 0: never */
    uint64_t writeback_usec; /* from the beginning up to then too much is written */
    bool told;               /* the disk's numbers and the waits are */
    uint64_t sent_bytes;     /* by us, and on their way */
    uint64_t own_bytes;      /* that have come */
    uint64_t overlap_bytes;  /* of ours that were sent while somebody else was there */
} Machinery;

static uint64_t now_usec(gpointer data)
{
    return ((const Machinery *)data)->now_usec;
}

static void sleep_usec(gpointer data, uint64_t usec)
{
    ((Machinery *)data)->now_usec += usec;
}

static uint64_t others_usec(const Machinery *machine)
{
    if (machine->now_usec < machine->others_from_usec)
        return 0;
    return MIN(machine->now_usec, machine->others_to_usec) - machine->others_from_usec;
}

static bool disk(gpointer data, uint32_t major, uint32_t minor, Diskstat *ret)
{
    const Machinery *machine = data;
    ck_assert(major == 8 && minor == 16);
    uint64_t n_others = others_usec(machine) / 1000;
    *ret = (Diskstat){.n_requests = machine->own_bytes / MIB + n_others,
                      .read_bytes = machine->own_bytes + n_others * 16384};
    return machine->told;
}

static bool waits(gpointer data, uint64_t *ret_disk_usec, uint64_t *ret_memory_usec)
{
    *ret_disk_usec = others_usec(data) / 10 * 9;
    *ret_memory_usec = 0;
    return ((const Machinery *)data)->told;
}

static bool memory(gpointer data, Meminfo *ret)
{
    const Machinery *machine = data;
    bool hogged = machine->hog_usec > 0 && machine->now_usec >= machine->hog_usec;
    *ret =
        (Meminfo){.total_bytes = 10000 * MIB,
                  .available_bytes = (hogged ? 4000 : 8000) * MIB,
                  .writeback_bytes = machine->now_usec < machine->writeback_usec ? 300 * MIB : 0};
    return true;
}

static void await(gpointer data, int fd, Range request)
{
    Machinery *machine = data;
    ck_assert_int_ge(fd, 0);
    ck_assert_uint_gt(request.length_bytes, 0);
    machine->now_usec += machine->sent_bytes * SEC / (100 * MIB);
    machine->own_bytes += machine->sent_bytes;
    machine->sent_bytes = 0;
}

typedef struct {
    Machinery machine;
    Limiter *limiter;
    LimiterPlan *plan;
    LimiterRules rules;
    int cancel;
    int fd;
} Fixture;

static const Disk the_disk = {.major = 8, .minor = 16, .request_bytes = MIB};

static void fixture_init(Fixture *fixture)
{
    *fixture = (Fixture){.machine = {.now_usec = 5 * SEC, .told = true},
                         .rules = {.budget = {-10, 50, 0, 25}},
                         .fd = open("/dev/null", O_RDONLY | O_CLOEXEC)};
    const LimiterHost host = {now_usec, sleep_usec, disk, memory, waits, await, &fixture->machine};
    fixture->limiter = limiter_new(&host);
}

/* The next plan, when the one before has ended. */
static void begin(Fixture *fixture)
{
    limiter_end(fixture->plan);
    fixture->plan = limiter_begin(fixture->limiter, &fixture->rules);
}

static void fixture_clear(Fixture *fixture)
{
    limiter_end(fixture->plan);
    limiter_free(fixture->limiter);
    (void)close(fixture->fd);
}

/* Reads as fast as it may up to that time; what was told last. */
static LimiterLeave read_until(Fixture *fixture, uint64_t end_usec)
{
    Machinery *machine = &fixture->machine;
    while (machine->now_usec < end_usec) {
        LimiterLeave leave = limiter_enter(fixture->plan, &the_disk, MIB, &fixture->cancel);
        if (leave != LIMITER_GO)
            return leave;
        uint64_t at_usec = machine->now_usec;
        if (at_usec >= machine->others_from_usec && at_usec < machine->others_to_usec)
            machine->overlap_bytes += MIB;
        machine->sent_bytes += MIB;
        limiter_sent(fixture->plan, &the_disk, fixture->fd, (Range){0, MIB});
    }
    return LIMITER_GO;
}

/* An idle disk gives nine tenths of what it can. */
START_TEST(test_idle)
{
    Fixture fixture;
    fixture_init(&fixture);
    fixture.machine.told = _i == 0;
    begin(&fixture);
    ck_assert_int_eq(read_until(&fixture, 15 * SEC), LIMITER_GO);
    ck_assert_uint_ge(fixture.machine.own_bytes, 900 * MIB);
    fixture_clear(&fixture);
}
END_TEST

/* Somebody comes for five seconds: hardly anything is read then but the slice that was under way;
 * after that all goes on. */
START_TEST(test_others)
{
    Fixture fixture;
    fixture_init(&fixture);
    fixture.machine.others_from_usec = 10 * SEC;
    fixture.machine.others_to_usec = 15 * SEC;
    begin(&fixture);
    ck_assert_int_eq(read_until(&fixture, 20 * SEC), LIMITER_GO);
    ck_assert_uint_le(fixture.machine.overlap_bytes, 8 * MIB);
    ck_assert_uint_ge(fixture.machine.own_bytes, 700 * MIB);
    fixture_clear(&fixture);
}
END_TEST

/* An array of which somebody uses one leg beside it: of that the array itself has not heard. */
static bool legs_disk(gpointer data, uint32_t major, uint32_t minor, Diskstat *ret)
{
    const Machinery *machine = data;
    bool used = major == 8 && minor == 32;
    *ret = (Diskstat){.n_requests = used ? others_usec(machine) / 1000 : 0};
    return true;
}

static bool no_waits(gpointer data, uint64_t *ret_disk_usec, uint64_t *ret_memory_usec)
{
    (void)data;
    *ret_disk_usec = *ret_memory_usec = 0;
    return false;
}

START_TEST(test_others_on_a_leg)
{
    Fixture fixture;
    fixture_init(&fixture);
    limiter_free(fixture.limiter);
    const LimiterHost host = {now_usec, sleep_usec, legs_disk,       memory,
                              no_waits, await,      &fixture.machine};
    fixture.limiter = limiter_new(&host);
    fixture.machine.others_from_usec = 6 * SEC;
    fixture.machine.others_to_usec = 1000 * SEC;
    begin(&fixture);
    const Disk array = {
        .major = 9, .request_bytes = MIB, .n_legs = _i == 0 ? 2 : 0, .legs = {{8, 16}, {8, 32}}};
    LimiterLeave leave = LIMITER_GO;
    while (leave == LIMITER_GO && fixture.machine.now_usec < 25 * SEC) {
        leave = limiter_enter(fixture.plan, &array, MIB, &fixture.cancel);
        fixture.machine.sent_bytes += MIB;
        limiter_sent(fixture.plan, &array, fixture.fd, (Range){0, MIB});
    }
    ck_assert_int_eq(leave, _i == 0 ? LIMITER_BUSY : LIMITER_GO);
    fixture_clear(&fixture);
}
END_TEST

/* Whatever was waited for in between. */
START_TEST(test_speed)
{
    Fixture fixture;
    fixture_init(&fixture);
    fixture.machine.others_from_usec = 6 * SEC;
    fixture.machine.others_to_usec = 7 * SEC;
    begin(&fixture);
    (void)read_until(&fixture, 8 * SEC);
    uint64_t bytes = 0;
    uint64_t usec = 0;
    limiter_speed(fixture.plan, &bytes, &usec);
    ck_assert_uint_gt(bytes, 50 * MIB);
    ck_assert_double_eq_tol((double)bytes * SEC / (double)usec / MIB, 100, 5);
    begin(&fixture);
    limiter_speed(fixture.plan, &bytes, &usec);
    ck_assert_uint_eq(bytes, 0);
    fixture_clear(&fixture);
}
END_TEST

/* Who does not listen is not held up. */
START_TEST(test_heedless)
{
    Fixture fixture;
    fixture_init(&fixture);
    fixture.rules.heedless = true;
    fixture.machine.others_to_usec = 1000 * SEC;
    begin(&fixture);
    for (guint i = 0; i < 100; i++)
        ck_assert_int_eq(limiter_enter(fixture.plan, &the_disk, MIB, &fixture.cancel), LIMITER_GO);
    ck_assert_uint_eq(fixture.machine.now_usec, 5 * SEC);
    fixture_clear(&fixture);
}
END_TEST

/* Somebody comes and stays: what was planned is given up after ten seconds. */
START_TEST(test_busy)
{
    Fixture fixture;
    fixture_init(&fixture);
    fixture.machine.others_from_usec = 6 * SEC;
    fixture.machine.others_to_usec = 1000 * SEC;
    begin(&fixture);
    ck_assert_int_eq(read_until(&fixture, 100 * SEC), LIMITER_BUSY);
    ck_assert_uint_ge(fixture.machine.now_usec, 16 * SEC);
    ck_assert_uint_le(fixture.machine.now_usec, 17 * SEC);
    /* The next plan begins by listening. */
    begin(&fixture);
    fixture.machine.overlap_bytes = 0;
    ck_assert_int_eq(read_until(&fixture, 100 * SEC), LIMITER_BUSY);
    ck_assert_uint_eq(fixture.machine.overlap_bytes, 0);
    fixture_clear(&fixture);
}
END_TEST

static const uint64_t rates_bytes[] = {MIB, 10 * MIB, 50 * MIB};

/* In ten seconds what the rate allows, and a tenth of a second's worth and a request at both ends.
 */
START_TEST(test_rate)
{
    Fixture fixture;
    fixture_init(&fixture);
    fixture.rules.rate_bytes = rates_bytes[_i];
    begin(&fixture);
    ck_assert_int_eq(read_until(&fixture, 15 * SEC), LIMITER_GO);
    uint64_t read_bytes = fixture.machine.own_bytes + fixture.machine.sent_bytes;
    ck_assert_uint_ge(read_bytes, rates_bytes[_i] * 9);
    ck_assert_uint_le(read_bytes, rates_bytes[_i] * 102 / 10 + 2 * MIB);
    fixture_clear(&fixture);
}
END_TEST

/* What others read is taken from it: they read at 15.6 MiB a second, and leave nothing of ten. And
 * a rate may hold us up for longer than others may. */
START_TEST(test_rate_with_others)
{
    Fixture fixture;
    fixture_init(&fixture);
    fixture.rules.rate_bytes = 10 * MIB;
    fixture.machine.others_from_usec = 6 * SEC;
    fixture.machine.others_to_usec = 60 * SEC;
    begin(&fixture);
    (void)read_until(&fixture, 15 * SEC);
    ck_assert_uint_le(fixture.machine.overlap_bytes, 4 * MIB);
    fixture_clear(&fixture);
}
END_TEST

/* Memory is taken: it is told within a fifth of a second; the same when somebody says so. */
START_TEST(test_memory)
{
    Fixture fixture;
    fixture_init(&fixture);
    fixture.machine.hog_usec = 8 * SEC;
    fixture.machine.others_from_usec = _i == 0 ? 0 : 7 * SEC; /* also while it waits for a disk */
    fixture.machine.others_to_usec = _i == 0 ? 0 : 60 * SEC;
    begin(&fixture);
    ck_assert_int_eq(read_until(&fixture, 20 * SEC), LIMITER_MEMORY);
    ck_assert_uint_ge(fixture.machine.now_usec, 8 * SEC);
    ck_assert_uint_le(fixture.machine.now_usec, 8 * SEC + SEC / 5);
    /* Until the next beginning. */
    ck_assert_int_eq(limiter_enter(fixture.plan, &the_disk, 1, &fixture.cancel), LIMITER_MEMORY);
    fixture.machine.hog_usec = 0;
    fixture.machine.others_to_usec = fixture.machine.now_usec;
    begin(&fixture);
    ck_assert_int_eq(limiter_enter(fixture.plan, &the_disk, 1, &fixture.cancel), LIMITER_GO);
    limiter_press(fixture.limiter);
    ck_assert_int_eq(limiter_enter(fixture.plan, &the_disk, 1, &fixture.cancel), LIMITER_MEMORY);
    fixture_clear(&fixture);
}
END_TEST

/* The budget is made anew while it is read: here 3000 MiB, which are read in 31 seconds. */
START_TEST(test_spent)
{
    Fixture fixture;
    fixture_init(&fixture);
    begin(&fixture);
    ck_assert_int_eq(read_until(&fixture, 100 * SEC), LIMITER_SPENT);
    uint64_t read_bytes = fixture.machine.own_bytes + fixture.machine.sent_bytes;
    ck_assert_uint_ge(read_bytes, 3000 * MIB);
    ck_assert_uint_le(read_bytes, 3020 * MIB);
    fixture_clear(&fixture);
}
END_TEST

/* Nothing while too much is written; metadata neither. */
START_TEST(test_writeback)
{
    Fixture fixture;
    fixture_init(&fixture);
    begin(&fixture);
    fixture.machine.now_usec += SEC;
    fixture.machine.writeback_usec = 8 * SEC;
    ck_assert_int_eq(limiter_enter(fixture.plan, &the_disk, 0, &fixture.cancel), LIMITER_GO);
    ck_assert_uint_ge(fixture.machine.now_usec, 8 * SEC);
    ck_assert_uint_le(fixture.machine.now_usec, 8 * SEC + SEC / 5);
    fixture_clear(&fixture);
}
END_TEST

START_TEST(test_cancelled)
{
    Fixture fixture;
    fixture_init(&fixture);
    begin(&fixture);
    fixture.cancel = 1;
    ck_assert_int_eq(limiter_enter(fixture.plan, &the_disk, 1, &fixture.cancel), LIMITER_CANCELLED);
    ck_assert_uint_eq(fixture.machine.now_usec, 5 * SEC);
    fixture_clear(&fixture);
}
END_TEST

typedef struct {
    Fixture *fixture;
    int n_sent;
} Crowd;

static gpointer crowd_read(gpointer data)
{
    Crowd *crowd = data;
    while (g_atomic_int_add(&crowd->n_sent, 1) < 400) {
        if (limiter_enter(crowd->fixture->plan, &the_disk, 4096, &crowd->fixture->cancel) !=
            LIMITER_GO)
            break;
        limiter_sent(crowd->fixture->plan, &the_disk, crowd->fixture->fd, (Range){0, 4096});
    }
    return NULL;
}

static void crowd_sleep(gpointer data, uint64_t usec)
{
    (void)data;
    (void)usec;
    g_thread_yield();
}

static uint64_t crowd_now(gpointer data)
{
    (void)data;
    return (uint64_t)g_get_monotonic_time();
}

static void crowd_await(gpointer data, int fd, Range request)
{
    (void)data;
    (void)request;
    ck_assert_int_ge(fd, 0);
}

/* Many threads: none is forgotten, whoever listens. */
START_TEST(test_threads)
{
    Fixture fixture;
    fixture_init(&fixture);
    limiter_free(fixture.limiter);
    const LimiterHost host = {crowd_now,   crowd_sleep,     disk, memory, waits,
                              crowd_await, &fixture.machine};
    fixture.limiter = limiter_new(&host);
    begin(&fixture);
    Crowd crowd = {.fixture = &fixture};
    GThread *threads[8];
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("crowd", crowd_read, &crowd);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        (void)g_thread_join(threads[i]);
    ck_assert_int_ge(crowd.n_sent, 400);
    fixture_clear(&fixture);
}
END_TEST

/* A session's plan begins while another one is read, which stays told to stop. */
START_TEST(test_pressed_stays)
{
    Fixture fixture;
    fixture_init(&fixture);
    begin(&fixture);
    limiter_press(fixture.limiter);
    LimiterPlan *other = limiter_begin(fixture.limiter, &fixture.rules);
    ck_assert_int_eq(limiter_enter(fixture.plan, &the_disk, 1, &fixture.cancel), LIMITER_MEMORY);
    ck_assert_int_eq(limiter_enter(other, &the_disk, 1, &fixture.cancel), LIMITER_GO);
    limiter_end(other);
    fixture_clear(&fixture);
}
END_TEST

/* Nor does it get its budget anew, lose what it has measured, or take what the rate no longer has.
 */
START_TEST(test_begin_beside_another)
{
    Fixture fixture;
    fixture_init(&fixture);
    begin(&fixture);
    ck_assert_int_eq(read_until(&fixture, 30 * SEC), LIMITER_GO);
    uint64_t bytes = 0;
    uint64_t usec = 0;
    limiter_speed(fixture.plan, &bytes, &usec);
    ck_assert_uint_gt(bytes, 0);
    LimiterPlan *other = limiter_begin(fixture.limiter, &fixture.rules);
    uint64_t again_bytes = 0;
    limiter_speed(fixture.plan, &again_bytes, &usec);
    ck_assert_uint_eq(again_bytes, bytes);
    ck_assert_int_eq(read_until(&fixture, 100 * SEC), LIMITER_SPENT);
    ck_assert_uint_le(fixture.machine.own_bytes + fixture.machine.sent_bytes, 3020 * MIB);
    ck_assert_int_eq(limiter_enter(other, &the_disk, MIB, &fixture.cancel), LIMITER_GO);
    limiter_end(other);
    fixture_clear(&fixture);
}
END_TEST

START_TEST(test_rate_is_shared)
{
    Fixture fixture;
    fixture_init(&fixture);
    fixture.rules.rate_bytes = MIB;
    begin(&fixture);
    ck_assert_int_eq(read_until(&fixture, 6 * SEC), LIMITER_GO);
    uint64_t begun_usec = fixture.machine.now_usec;
    LimiterPlan *other = limiter_begin(fixture.limiter, &fixture.rules);
    ck_assert_int_eq(limiter_enter(other, &the_disk, MIB, &fixture.cancel), LIMITER_GO);
    ck_assert_uint_ge(fixture.machine.now_usec, begun_usec + SEC / 2);
    limiter_end(other);
    fixture_clear(&fixture);
}
END_TEST

/* The file that was asked for last is not kept open behind the last plan. */
START_TEST(test_nothing_stays_open)
{
    Fixture fixture;
    int ends[2];
    fixture_init(&fixture);
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    begin(&fixture);
    ck_assert_int_eq(limiter_enter(fixture.plan, &the_disk, 1, &fixture.cancel), LIMITER_GO);
    limiter_sent(fixture.plan, &the_disk, ends[1], (Range){0, 1});
    ck_assert_int_eq(close(ends[1]), 0);
    char byte;
    ck_assert_int_eq(read(ends[0], &byte, 1), -1); /* it is awaited */
    limiter_end(g_steal_pointer(&fixture.plan));
    ck_assert_int_eq(read(ends[0], &byte, 1), 0);
    (void)close(ends[0]);
    fixture_clear(&fixture);
}
END_TEST

typedef struct {
    Machinery *machine;
    Limiter *limiter;
    const LimiterRules *rules;
    LimiterPlan *other; /* begun while the disk is awaited */
} Interruption;

static uint64_t interrupted_now(gpointer data)
{
    return now_usec(((Interruption *)data)->machine);
}

static void interrupted_sleep(gpointer data, uint64_t usec)
{
    sleep_usec(((Interruption *)data)->machine, usec);
}

static bool interrupted_disk(gpointer data, uint32_t major, uint32_t minor, Diskstat *ret)
{
    return disk(((Interruption *)data)->machine, major, minor, ret);
}

static bool interrupted_memory(gpointer data, Meminfo *ret)
{
    return memory(((Interruption *)data)->machine, ret);
}

static bool interrupted_waits(gpointer data, uint64_t *ret_disk_usec, uint64_t *ret_memory_usec)
{
    return waits(((Interruption *)data)->machine, ret_disk_usec, ret_memory_usec);
}

static void interrupted_await(gpointer data, int fd, Range request)
{
    Interruption *interruption = data;
    await(interruption->machine, fd, request);
    if (interruption->other == NULL)
        interruption->other = limiter_begin(interruption->limiter, interruption->rules);
}

/* The lane that the first is at must stay where it is: AddressSanitizer would tell. */
START_TEST(test_begin_while_another_waits)
{
    Fixture fixture;
    fixture_init(&fixture);
    limiter_free(fixture.limiter);
    Interruption interruption = {.machine = &fixture.machine, .rules = &fixture.rules};
    const LimiterHost host = {interrupted_now,    interrupted_sleep, interrupted_disk,
                              interrupted_memory, interrupted_waits, interrupted_await,
                              &interruption};
    interruption.limiter = fixture.limiter = limiter_new(&host);
    begin(&fixture);
    ck_assert_int_eq(read_until(&fixture, 10 * SEC), LIMITER_GO);
    ck_assert_ptr_nonnull(interruption.other);
    uint64_t bytes = 0;
    uint64_t usec = 0;
    limiter_speed(fixture.plan, &bytes, &usec);
    ck_assert_uint_ge(bytes, 400 * MIB);
    limiter_end(interruption.other);
    fixture_clear(&fixture);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("limiter");
    UNIT_ADD_TIMES(suite, test_idle, 2);
    UNIT_ADD(suite, test_others);
    UNIT_ADD(suite, test_heedless);
    UNIT_ADD(suite, test_busy);
    UNIT_ADD_ROWS(suite, test_rate, rates_bytes);
    UNIT_ADD(suite, test_rate_with_others);
    UNIT_ADD_TIMES(suite, test_memory, 2);
    UNIT_ADD(suite, test_spent);
    UNIT_ADD(suite, test_writeback);
    UNIT_ADD(suite, test_cancelled);
    UNIT_ADD(suite, test_threads);
    UNIT_ADD_TIMES(suite, test_others_on_a_leg, 2);
    UNIT_ADD(suite, test_speed);
    UNIT_ADD(suite, test_pressed_stays);
    UNIT_ADD(suite, test_begin_beside_another);
    UNIT_ADD(suite, test_rate_is_shared);
    UNIT_ADD(suite, test_nothing_stays_open);
    UNIT_ADD(suite, test_begin_while_another_waits);
    return suite;
}
