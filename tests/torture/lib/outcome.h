/* tests/torture/lib/outcome.h: what a row written in C found, as the JSON that
 * tests/torture/lib/program.mjs reads; and its options. One thread. */
#ifndef HUIQUAN_TORTURE_OUTCOME_H
#define HUIQUAN_TORTURE_OUTCOME_H

#include "voucher/base.h"

#define OUTCOME_FAULTS_MAX 20
#define OUTCOME_FIGURES_MAX 40

struct outcome {
    size_t figure_count, fault_count, faults_untold;
    struct {
        const char *name; /* borrowed */
        int64_t value;
    } figures[OUTCOME_FIGURES_MAX];
    char faults[OUTCOME_FAULTS_MAX][400];
};

void outcome_figure(struct outcome *o, const char *name, int64_t value);
void outcome_fault(struct outcome *o, const char *format, ...) PRINTF_LIKE(2, 3);
/* Prints; answers the exit status. */
int outcome_tell(const struct outcome *o);

struct torture_options {
    uint64_t seed;
    bool quick;
    int64_t from, to; /* of --from and --to: which of all cases; -1: from the first, to the last */
};

/* False, with a line on stderr: not understood. */
MUST_USE bool torture_options_read(struct torture_options *out, int argc, char **argv);

#endif
