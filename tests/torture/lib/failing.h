/* tests/torture/lib/failing.h: a file layer, made the usual one, whose n-th call fails. */
#ifndef HUIQUAN_TORTURE_FAILING_H
#define HUIQUAN_TORTURE_FAILING_H

#include "tests/torture/lib/trial.h"

void failing_register(void); /* once, before any database is opened */
/* NULL: nothing fails and nothing is counted. */
void failing_use(struct trial_plan *plan);

#endif
