/* voucher/fault_words.h: what a fault is called before an operator. Pure but for errno. */
#ifndef HUIQUAN_FAULT_WORDS_H
#define HUIQUAN_FAULT_WORDS_H

#include "voucher/base.h"

/* Of FAULT_IO what errno says: ask at once. */
const char *fault_words(enum fault fault);

#endif
