/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/tracer.h"
#include "base/fd.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* What a stop by the filter is about: SECCOMP_RET_DATA. */
enum { STOP_OPEN = 1, STOP_EXEC = 2 };

#define OPTIONS                                                                                    \
    (PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |        \
     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_TRACESECCOMP)

#ifndef SYS_open
#define SYS_open SYS_openat /* newer architectures have no other */
#endif
#ifndef SYS_openat2
#define SYS_openat2 437 /* the same wherever Linux runs but on alpha */
#endif

#define IS_CALL(number, stop)                                                                      \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),                                           \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | (stop))

/* Programs of another word size have other numbers: then the wrong calls stop, which does no harm,
 * and what they open is only told where they map it. */
static bool install_filter(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        IS_CALL(SYS_openat, STOP_OPEN),
        IS_CALL(SYS_open, STOP_OPEN),
        IS_CALL(SYS_openat2, STOP_OPEN),
        IS_CALL(SYS_execve, STOP_EXEC),
        IS_CALL(SYS_execveat, STOP_EXEC),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = G_N_ELEMENTS(code), .filter = code};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
        return true;
    return errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

/* In the child, when it is traced: never returns. The errno goes through the pipe, which an exec
 * closes. */
static void become(char *const *argv, int go_fd, int error_fd)
{
    char byte;
    ssize_t n = read(go_fd, &byte, 1);
    if (n != 1)
        _exit(127); /* the tracer has given up */
    int number = install_filter() ? 0 : errno;
    if (number == 0) {
        (void)execvp(argv[0], argv);
        number = errno;
    }
    n = write(error_fd, &number, sizeof number);
    (void)n; /* there is nobody else to tell */
    _exit(127);
}

typedef struct {
    const TracerSink *sink;
    pid_t child;
    int status; /* of the child */
    bool begun; /* it is the command, and no longer a copy of us */
} Tracer;

static bool fail(GError **error, const char *what, int number)
{
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number), "%s: %s", what,
                g_strerror(number));
    return false;
}

static void resume(pid_t pid, int request, int signal_number)
{
    /* One that was killed meanwhile is not there any more. */
    (void)ptrace((enum __ptrace_request)request, pid, NULL, (void *)(intptr_t)signal_number);
}

static void on_filter(const Tracer *tracer, pid_t pid)
{
    unsigned long stop = 0;
    (void)ptrace(PTRACE_GETEVENTMSG, pid, NULL, &stop);
    if (stop == STOP_EXEC && tracer->begun)
        tracer->sink->mapped(pid, tracer->sink->data);
    /* Of what is opened the number is known when the call returns. */
    resume(pid, stop == STOP_OPEN ? PTRACE_SYSCALL : PTRACE_CONT, 0);
}

static void on_call(const Tracer *tracer, pid_t pid)
{
    struct __ptrace_syscall_info info = {0};
    long got = ptrace((enum __ptrace_request)PTRACE_GET_SYSCALL_INFO, pid,
                      (void *)(uintptr_t)sizeof info, &info);
    bool returned = got > 0 && info.op == PTRACE_SYSCALL_INFO_EXIT;
    if (returned && !info.exit.is_error && info.exit.rval >= 0 && info.exit.rval <= G_MAXINT)
        tracer->sink->opened(pid, (int)info.exit.rval, tracer->sink->data);
    resume(pid, got > 0 && !returned ? PTRACE_SYSCALL : PTRACE_CONT, 0);
}

static void on_event(Tracer *tracer, pid_t pid, int event, int signal_number)
{
    bool stops = signal_number == SIGSTOP || signal_number == SIGTSTP || signal_number == SIGTTIN ||
                 signal_number == SIGTTOU;
    switch (event) {
    case PTRACE_EVENT_SECCOMP:
        on_filter(tracer, pid);
        return;
    case PTRACE_EVENT_EXEC:
    case PTRACE_EVENT_EXIT:
        tracer->begun |= event == PTRACE_EVENT_EXEC;
        if (tracer->begun)
            tracer->sink->mapped(pid, tracer->sink->data);
        break;
    case PTRACE_EVENT_STOP:
        if (stops) {
            resume(pid, PTRACE_LISTEN, 0); /* stopped by job control, and stays so */
            return;
        }
        break;
    default:
        break;
    }
    resume(pid, PTRACE_CONT, 0);
}

static void on_status(Tracer *tracer, pid_t pid, int status)
{
    if (!WIFSTOPPED(status)) {
        if (pid == tracer->child)
            tracer->status = status;
        return;
    }
    int signal_number = WSTOPSIG(status);
    int event = status >> 16;
    if (event != 0)
        on_event(tracer, pid, event, signal_number);
    else if (signal_number == (SIGTRAP | 0x80))
        on_call(tracer, pid);
    else
        resume(pid, PTRACE_CONT, signal_number);
}

static void trace_all(Tracer *tracer)
{
    int status = 0;
    for (;;) {
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid > 0)
            on_status(tracer, pid, status);
        else if (errno != EINTR)
            return; /* ECHILD: all have ended */
    }
}

/* What went wrong in the child before it became the command; 0: nothing. */
static int read_failure(int error_fd)
{
    int number = 0;
    return read(error_fd, &number, sizeof number) == (ssize_t)sizeof number ? number : 0;
}

static bool trace_child(Tracer *tracer, const char *name, int go_fd, int error_fd, GError **error)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction before[2];
    if (ptrace(PTRACE_SEIZE, tracer->child, NULL, (void *)(intptr_t)OPTIONS) != 0 ||
        write(go_fd, "", 1) != 1) {
        int number = errno;
        (void)kill(tracer->child, SIGKILL);
        (void)waitpid(tracer->child, NULL, 0);
        return fail(error, "cannot trace it (see ptrace(2))", number);
    }
    (void)sigaction(SIGINT, &ignore, &before[0]);
    (void)sigaction(SIGQUIT, &ignore, &before[1]);
    trace_all(tracer);
    (void)sigaction(SIGINT, &before[0], NULL);
    (void)sigaction(SIGQUIT, &before[1], NULL);
    int number = read_failure(error_fd);
    return number == 0 ? true : fail(error, name, number);
}

bool tracer_run(char *const *argv, const TracerSink *sink, int *ret_status, GError **error)
{
    int go[2];
    int failure[2];
    if (pipe2(go, O_CLOEXEC) != 0)
        return fail(error, "pipe", errno);
    autofd go_read = go[0];
    autofd go_write = go[1];
    if (pipe2(failure, O_CLOEXEC) != 0)
        return fail(error, "pipe", errno);
    autofd failure_read = failure[0];
    autofd failure_write = failure[1];
    Tracer tracer = {.sink = sink, .child = fork()};
    if (tracer.child == 0) {
        fd_close(&go_write);
        become(argv, go_read, failure_write);
    }
    if (tracer.child < 0)
        return fail(error, "fork", errno);
    fd_close(&failure_write);
    if (!trace_child(&tracer, argv[0], go_write, failure_read, error))
        return false;
    *ret_status = tracer.status;
    return true;
}
