/* tests/ledger_fork.h: a ledger with three claims of which one is held, and steps in processes of
 * their own. */
#ifndef HUIQUAN_TESTS_LEDGER_FORK_H
#define HUIQUAN_TESTS_LEDGER_FORK_H

#include <sys/resource.h>

#include "tests/ledger_spend.h"

static struct kit k; /* one per test; what is forked has its own copy */
static struct moves m;

static inline void
start(void)
{
    struct claim_row claim;
    kit_make_dir(&k);
    kit_open(&k);
    KIT_BATCH(&k)
    {
        moves_found(&m, &k);
        for (uint32_t i = 1; i <= 3; i++) {
            moves_claim(&m, 0, i, k.now_s + 100, &claim);
        }
        (void)spend_redeem(&m, 1, true, 0);
    }
}

/* The exit status of a process that runs the step; negative: the signal that ended it. */
static inline int
in_process(void (*step)(void))
{
    struct rlimit none = { 0, 0 };
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)setrlimit(RLIMIT_CORE, &none);
        if (freopen("/dev/null", "w", stderr) == NULL) _exit(90);
        (void)signal(SIGABRT, SIG_DFL); /* cmocka's own would go on with the tests */
        step();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

#endif
