/* voucher/problem.c */
#include "voucher/problem.h"

static const char *const op_state_texts[] = {
    [OP_NONE] = "none", [OP_DONE] = "done", [OP_UNKNOWN] = "unknown"
};

void
problem_write(struct json_writer *w, const struct problem *p)
{
    struct verdict_words words = verdict_words(p->verdict, p->language);
    bool said = p->detail != NULL && p->detail[0] != '\0';
    char type[64];
    (void)snprintf(type, sizeof type, "/errors/%s", verdict_code(p->verdict));
    json_write_begin_object(w);
    json_put_string(w, "type", type);
    json_put_string(w, "title", words.title);
    json_put_int64(w, "status", p->status != 0 ? p->status : verdict_status(p->verdict));
    json_put_string(w, "detail", said ? p->detail : words.help);
    json_put_string(w, "code", verdict_code(p->verdict));
    json_put_bool(w, "retryable", verdict_retryable(p->verdict));
    json_put_string(w, "op_state", op_state_texts[verdict_op_state(p->verdict)]);
    if (p->request_id != NULL) json_put_string(w, "request_id", p->request_id);
    if (p->faults != NULL && p->faults->worst > SEVERITY_WARNING) {
        json_write_key(w, "errors");
        json_write_faults(w, p->faults, p->language);
    }
    json_write_end_object(w);
}

/* Thousandths of a quality value; a malformed one counts as 1. Of "q=" in a language nothing is
 * known: no subtag has an equals sign. */
static int
quality_of(struct text range)
{
    for (size_t i = 0; i + 2 < range.size; i++) {
        if ((range.at[i] | 32) != 'q' || range.at[i + 1] != '=') continue;
        if (range.at[i + 2] == '1') return 1000;
        int quality = 0, weight = 100;
        for (size_t k = i + 4; k < range.size && weight > 0; k++, weight /= 10) {
            if (range.at[k] < '0' || range.at[k] > '9') break;
            quality += (range.at[k] - '0') * weight;
        }
        return quality;
    }
    return 1000;
}

static bool
range_names(struct text range, const char *language)
{
    while (range.size > 0 && (range.at[0] == ' ' || range.at[0] == '\t')) {
        range.at++;
        range.size--;
    }
    if (range.size < 2 || (range.at[0] | 32) != language[0] || (range.at[1] | 32) != language[1]) {
        return false;
    }
    return range.size == 2 || memchr("-; \t", range.at[2], 4) != NULL;
}

enum language
language_of(struct text accept_language)
{
    int zh = 0, en = 0;
    size_t begin = 0;
    for (size_t i = 0; i <= accept_language.size; i++) {
        if (i < accept_language.size && accept_language.at[i] != ',') continue;
        struct text range = { accept_language.at + begin, i - begin };
        int quality = quality_of(range);
        if (range_names(range, "zh") && quality > zh) zh = quality;
        if (range_names(range, "en") && quality > en) en = quality;
        begin = i + 1;
    }
    return en > zh ? LANGUAGE_EN : LANGUAGE_ZH;
}
