/* voucher/page.h: pages that the daemon writes itself: the resident's first paint, which works
 * without script. A worker's thread.
 *
 * 1. What comes from outside (names, what was typed) goes through page_put(), which escapes; markup
 *    goes through page_add().
 * 2. A page that ran out of memory stays so, and page_end() then refuses.
 * 3. Every page and file carries the same fields: nothing inline runs, nobody frames it. */
#ifndef HUIQUAN_PAGE_H
#define HUIQUAN_PAGE_H

#include "crypto/session.h"
#include "voucher/call.h"
#include "voucher/page_words.h"

struct page {
    struct call *call;
    enum language language;
    size_t view; /* of page_views; 长辈版 comes in three sizes */
    bool is_signed_in;
    struct session session; /* when signed in */
    char *at;
    size_t size, room;
    bool failed;
};

/* Content-Security-Policy and its like, for the path that was asked for. */
void page_add_fields(struct call *call);
/* Reads who looks and how (?lang, ?view, the cookies), and writes everything before the contents.
 */
void page_begin(struct page *p, struct call *call, enum page_word title);
/* Writes the rest and answers; ends the page in any case. */
enum call_state page_end(struct page *p, int status);

/* Forgets what was written, for another answer. */
void page_drop(struct page *p);

void page_add(struct page *p, const char *markup);
void page_put(struct page *p, struct text text); /* escaped, for text and quoted attributes */
void page_say(struct page *p, enum page_word word);
/* With its {1} and {2} filled, escaped. */
void page_fill(struct page *p, enum page_word word, const char *first, const char *second);
void page_format(struct page *p, const char *format, ...) PRINTF_LIKE(2, 3); /* at most 500 bytes */
#define PAGE_YUAN_SIZE 32
void page_write_yuan(int64_t fen, char out[PAGE_YUAN_SIZE]);
void page_put_yuan(struct page *p, int64_t fen); /* 25, 12.50 */
void page_put_time(struct page *p, int64_t instant_s, int32_t offset_s); /* a <time> */
/* A box with the verdict's own words; wait_s only with RATE_LIMITED, else 0. */
void page_put_refusal(struct page *p, enum verdict verdict, struct text wait_s);
/* Never more than a surname and a star. */
void page_put_person(struct page *p, const struct uuid *resident);
/* 303 to a place of ours; the refusal's or the success's own answer to a form. */
enum call_state page_send_to(struct call *call, const char *place);

#endif
