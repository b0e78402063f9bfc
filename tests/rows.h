/* tests/rows.h: a row of a table is a test of its own in the closing count. Test programs are
 * single-threaded. rows_report() prints "rows: N" as the last line of a program, after cmocka's
 * own report; scripts/test adds the rows of all programs. */
#ifndef HUIQUAN_TESTS_ROWS_H
#define HUIQUAN_TESTS_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static unsigned rows_held;

static inline void
row_passed(void)
{
    rows_held++;
}

/* Fails the running cmocka test, naming the row. */
#define ROW_CHECK(name, condition)                                        \
    do {                                                                  \
        if (!(condition)) fail_msg("row \"%s\": %s", (name), #condition); \
    } while (0)

/* Use as: return rows_report(cmocka_run_group_tests(tests, NULL, NULL)); */
static inline int
rows_report(int failed_count)
{
    printf("rows: %u\n", rows_held);
    return failed_count == 0 ? 0 : 1;
}

#endif
