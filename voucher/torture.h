/* voucher/torture.h: places where scripts/torture kills the process or plants a bug. In the
 * ordinary build both are nothing; only -DHUIQUAN_TORTURE=ON makes them real. Any thread. */
#ifndef HUIQUAN_TORTURE_H
#define HUIQUAN_TORTURE_H

#include <stdbool.h>

#ifdef HUIQUAN_TORTURE
/* Ends the process by SIGKILL when the environment says HUIQUAN_TORTURE_POINT=NAME:COUNT and this
 * is the COUNT-th time (from 1) that the point NAME is reached. */
void torture_point(const char *name);
/* Whether the environment says HUIQUAN_TORTURE_MUTANT=NAME. */
bool torture_mutant(const char *name);
#else
#define torture_point(name) ((void)0)
#define torture_mutant(name) false
#endif

#endif
