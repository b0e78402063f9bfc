/* voucher/decimal.h: the digits of a whole number, without printf's ceremony. Any thread. */
#ifndef HUIQUAN_DECIMAL_H
#define HUIQUAN_DECIMAL_H

#include "voucher/base.h"

#define DECIMAL_SIZE 20 /* of 2^64 - 1; no NUL */

/* Within room, whose end the digits meet. */
static inline struct text
decimal_write(uint64_t number, char room[DECIMAL_SIZE])
{
    size_t at = DECIMAL_SIZE;
    do {
        room[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return (struct text){ room + at, DECIMAL_SIZE - at };
}

#endif
