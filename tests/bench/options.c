/* tests/bench/options.c: see options.h. */
#include "tests/bench/options.h"

#include <stdarg.h>

enum option_kind { OPTION_NUMBER, OPTION_TEXT, OPTION_LIST };

struct option_row {
    const char *word;
    enum option_kind kind;
    size_t offset;
};

#define NUMBER(name)                                                   \
    {                                                                  \
        "--" #name, OPTION_NUMBER, offsetof(struct load_options, name) \
    }
#define WORD(name)                                                   \
    {                                                                \
        "--" #name, OPTION_TEXT, offsetof(struct load_options, name) \
    }
#define LIST(word, name)                                       \
    {                                                          \
        word, OPTION_LIST, offsetof(struct load_options, name) \
    }

static const struct option_row option_rows[] = {
    NUMBER(port),
    NUMBER(connections),
    NUMBER(threads),
    NUMBER(millis),
    NUMBER(rate),
    { "--patience-ms", OPTION_NUMBER, offsetof(struct load_options, patience_ms) },
    NUMBER(ops),
    NUMBER(first),
    NUMBER(wraps),
    NUMBER(seed),
    WORD(path),
    WORD(keys),
    WORD(campaign),
    WORD(pool),
    WORD(vouchers),
    WORD(keep),
    LIST("--till", tills),
    LIST("--expect", expect),
    LIST("--watch", watch),
};

static _Noreturn void
refuse(const char *word, const char *why)
{
    fprintf(stderr, "bench_load: %s: %s\n", word, why);
    exit(2);
}

static const struct option_row *
row_of(const char *word)
{
    for (size_t i = 0; i < COUNT_OF(option_rows); i++) {
        if (strcmp(option_rows[i].word, word) == 0) return &option_rows[i];
    }
    refuse(word, "no such option");
}

static void
option_keep(struct load_options *o, const struct option_row *row, const char *value)
{
    char *at = (char *)o + row->offset;
    if (row->kind == OPTION_NUMBER) {
        char *end;
        const int64_t number = strtoll(value, &end, 10);
        if (*value == '\0' || *end != '\0' || number < 0) refuse(row->word, "not a number");
        memcpy(at, &number, sizeof number);
    } else if (row->kind == OPTION_TEXT) {
        memcpy(at, &value, sizeof value);
    } else {
        struct option_list *list = (struct option_list *)(void *)at;
        if (list->count == OPTION_LIST_MAX) refuse(row->word, "too many");
        list->at[list->count++] = value;
    }
}

void
options_read(struct load_options *out, int argc, char **argv)
{
    *out = (struct load_options){
        .connections = 64,
        .threads = 1,
        .millis = 1000,
        .patience_ms = 10000,
        .ops = 100000,
    };
    if (argc < 2) refuse("SCENARIO", "claims, redeem, voucher or get");
    out->scenario = argv[1];
    for (int i = 2; i < argc; i += 2) {
        const struct option_row *row = row_of(argv[i]);
        if (i + 1 == argc) refuse(argv[i], "needs a value");
        option_keep(out, row, argv[i + 1]);
    }
    if (out->port < 1 || out->port > 65535) refuse("--port", "1 to 65535");
    if (out->connections < out->threads || out->threads < 1) refuse("--threads", "too many");
    if (out->ops < 1) refuse("--ops", "at least 1");
}
