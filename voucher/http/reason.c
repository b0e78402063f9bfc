#include "voucher/http/reason.h"

static const struct {
    int status;
    const char *words[LANGUAGE_COUNT];
} reasons[] = {
#define X(name, status, zh, en) [name] = { status, { [LANGUAGE_ZH] = zh, [LANGUAGE_EN] = en } },
    HTTP_REASONS(X)
#undef X
};

_Static_assert(COUNT_OF(reasons) == HTTP_REASON_COUNT, "a row for every reason");

int
http_reason_status(enum http_reason reason)
{
    must((size_t)reason < COUNT_OF(reasons));
    return reasons[reason].status;
}

const char *
http_reason_words(enum http_reason reason, enum language language)
{
    must((size_t)reason < COUNT_OF(reasons) && (unsigned)language < LANGUAGE_COUNT);
    return reasons[reason].words[language];
}
