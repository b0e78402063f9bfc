/* voucher/page_words.c */
#include "voucher/page_words.h"

static const char *const words[WORD_COUNT][LANGUAGE_COUNT] = {
#define X(name, zh, en) [WORD_##name] = { [LANGUAGE_ZH] = (zh), [LANGUAGE_EN] = (en) },
    PAGE_WORDS(X)
#undef X
};

const char *
page_word(enum page_word word, enum language language)
{
    must((unsigned)word < WORD_COUNT);
    must((unsigned)language < LANGUAGE_COUNT);
    return words[word][language];
}
