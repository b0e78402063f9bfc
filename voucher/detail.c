/* voucher/detail.c */
#include "voucher/detail.h"

const char *
detail_words(enum detail detail, enum language language)
{
    static const char *const words[DETAIL_COUNT][LANGUAGE_COUNT] = {
#define X(name, zh, en) [DETAIL_##name] = { [LANGUAGE_ZH] = zh, [LANGUAGE_EN] = en },
        DETAILS(X)
#undef X
    };
    must((unsigned)detail < DETAIL_COUNT && (unsigned)language < LANGUAGE_COUNT);
    return words[detail][language];
}
