/* tests/test_confine.c: what a confined process can no longer do, and what it still can. Each row
 * is a child of its own. */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/rows.h"
#include "voucher/confine.h"

enum { EXIT_WORKED = 0, EXIT_REFUSED = 1, EXIT_OTHERWISE = 2, EXIT_UNCONFINED = 3 };

/* 0 or more: worked; else by errno. */
static int
told(long result)
{
    if (result >= 0) return EXIT_WORKED;
    return errno == EPERM ? EXIT_REFUSED : EXIT_OTHERWISE;
}

static int
run_program(void)
{
    char *const words[] = { "true", NULL };
    return told(execv("/bin/true", words));
}

static int
run_program_at(void)
{
    char *const words[] = { "true", NULL };
    return told(syscall(SYS_execveat, -1, "/bin/true", words, NULL, 0));
}

static int
be_traced(void)
{
    return told(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
new_namespace(void)
{
    return told(syscall(SYS_unshare, 0x10000000)); /* CLONE_NEWUSER */
}

static int
new_root(void)
{
    return told(syscall(SYS_chroot, "/"));
}

static int
another_process(void)
{
    pid_t child = fork();
    if (child == 0) _exit(0);
    return told(child);
}

static int
map_code(void)
{
    void *at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return told(at == MAP_FAILED ? -1 : 0);
}

static int
make_code(void)
{
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) return EXIT_OTHERWISE;
    return told(mprotect(at, 4096, PROT_READ | PROT_EXEC));
}

static int
raw_socket(void)
{
    return told(socket(AF_PACKET, SOCK_RAW, 0));
}

static int
kill_another(void)
{
    return told(kill(getppid(), 0));
}

static int
become_root(void)
{
    return told(setuid(0));
}

static int
lift_limit(void)
{
    struct rlimit limit;
    must(getrlimit(RLIMIT_CORE, &limit) == 0);
    return limit.rlim_max == 0 ? EXIT_REFUSED : EXIT_WORKED;
}

static int
usual_socket(void)
{
    return told(socket(AF_INET6, SOCK_STREAM, 0));
}

static int
memory(void)
{
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return told(at == MAP_FAILED ? -1 : mprotect(at, 4096, PROT_READ));
}

static void *
nothing(void *owner)
{
    return owner;
}

static int
another_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, nothing, NULL) != 0) return EXIT_OTHERWISE;
    return pthread_join(thread, NULL) == 0 ? EXIT_WORKED : EXIT_OTHERWISE;
}

static int
a_file(void)
{
    FILE *file = fopen("confined", "w");
    if (file == NULL || fputs("x", file) < 0 || fclose(file) != 0) return EXIT_OTHERWISE;
    return told(unlink("confined"));
}

static int from_another_thread(void);

enum outcome { WORKS, REFUSED, ENDS };

static const struct {
    const char *name;
    int (*act)(void);
    enum outcome outcome;
} rows[] = {
    { "another program", run_program, ENDS },
    { "another program by descriptor", run_program_at, ENDS },
    { "tracing", be_traced, ENDS },
    { "a namespace", new_namespace, ENDS },
    { "another root", new_root, ENDS },
    { "another program, from a thread that was there before", from_another_thread, ENDS },
    { "a fork", another_process, REFUSED },
    { "memory that runs", map_code, REFUSED },
    { "memory that was written and then runs", make_code, REFUSED },
    { "a raw socket", raw_socket, REFUSED },
    { "a signal to another process", kill_another, REFUSED },
    { "root again", become_root, REFUSED },
    { "a core file", lift_limit, REFUSED },
    { "a socket", usual_socket, WORKS },
    { "memory", memory, WORKS },
    { "a thread", another_thread, WORKS },
    { "a file", a_file, WORKS },
};

static pthread_barrier_t confined;

static void *
act_when_confined(void *owner)
{
    (void)owner;
    (void)pthread_barrier_wait(&confined);
    _exit(run_program());
}

static int
from_another_thread(void)
{
    (void)pthread_barrier_wait(&confined);
    (void)pthread_barrier_wait(&confined); /* for ever: the other does not come again */
    return EXIT_OTHERWISE;
}

static _Noreturn void
child_run(size_t i)
{
    pthread_t before;
    must(pthread_barrier_init(&confined, NULL, 2) == 0);
    if (rows[i].act == from_another_thread)
        must(pthread_create(&before, NULL, act_when_confined, NULL) == 0);
    confine_begin();
    if (!confine_calls()) _exit(EXIT_UNCONFINED);
    _exit(rows[i].act());
}

static bool
is_as_told(enum outcome outcome, int status)
{
    if (outcome == ENDS) return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
    if (!WIFEXITED(status)) return false;
    return WEXITSTATUS(status) == (outcome == WORKS ? EXIT_WORKED : EXIT_REFUSED);
}

static void
test_confined(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int status;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) child_run(i);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_UNCONFINED) skip();
        ROW_CHECK(rows[i].name, is_as_told(rows[i].outcome, status));
        row_passed();
    }
}

static void
test_become(void **state)
{
    const char *why;
    (void)state;
    assert_true(confine_become("", &why));
    assert_false(confine_become("no-such-user-here", &why));
    assert_string_equal(why, "there is no such user");
    row_passed();
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool is_done = confine_become("nobody", &why);
        bool is_nobody = getuid() != 0 && geteuid() == getuid() && setuid(0) != 0;
        _exit(is_done && is_nobody ? EXIT_WORKED : EXIT_REFUSED);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), geteuid() == 0 ? EXIT_WORKED : EXIT_REFUSED);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_confined),
                                        cmocka_unit_test(test_become) };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
