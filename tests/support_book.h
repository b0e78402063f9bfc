/* tests/support_book.h: a real ledger in a temporary folder, a clock that stands where a test puts
 * it, and the book driven one operation per batch, as the clerk would. Every run is followed by a
 * look at the money of all campaigns. One thread. */
#ifndef HUIQUAN_TESTS_SUPPORT_BOOK_H
#define HUIQUAN_TESTS_SUPPORT_BOOK_H

#include "storage/journal.h"
#include "voucher/book/book.h"

#define BENCH_T0 INT64_C(1781834400) /* 2026-06-19T10:00:00+08:00 */
#define BENCH_DAY 86400
#define BENCH_CAMPAIGNS_MAX 16

enum bench_admin { ADMIN_AUTHOR, ADMIN_APPROVER, ADMIN_THIRD, ADMIN_COUNT };
enum bench_till { TILL_SHOP, TILL_SHOP_TOO, TILL_OTHER_SHOP, TILL_DEALER, TILL_COUNT };

struct bench {
    char dir[64];
    struct ledger_settings settings;
    struct seams seams;
    int64_t now_s;
    uint64_t chance;
    struct ledger *ledger;
    struct catalogue *catalogue;
    struct id_source ids;
    struct book book;
    struct caller tills[TILL_COUNT];
    struct op op; /* the last one: verdict, answer, faults */
    unsigned made; /* keys and request numbers so far */
    struct redemption_row redemption; /* after a redemption that was granted */
    size_t campaign_count;
    struct uuid campaigns[BENCH_CAMPAIGNS_MAX];
};

void bench_open(struct bench *b); /* ledger, two shops and a dealer with their tills */
/* The same, below base and with other settings than the usual (data_dir is filled in). */
void bench_open_in(struct bench *b, const char *base, const struct ledger_settings *settings);
void bench_close(struct bench *b); /* looks at everything once more, then removes the folder */
void bench_reopen(struct bench *b); /* as after a restart of the daemon */

struct caller bench_admin(enum bench_admin who);
struct caller bench_resident(unsigned number);

/* Begins an operation with a fresh key; the caller fills its command and runs it. */
struct op *bench_begin(struct bench *b, enum op_kind kind, const struct caller *caller);
enum verdict bench_run(struct bench *b);
/* Sends the last operation's command again, under the same key and fingerprint unless changed by
 * the test, and runs it. */
enum verdict bench_again(struct bench *b);
/* The same key with other content: the fingerprint differs. */
void bench_other_content(struct op *op);
void bench_key(struct op *op, const char *key);
bool bench_reply_has(const struct bench *b, const char *words);

/* Campaigns. A definition is JSON with ' for ". */
enum verdict bench_create(struct bench *b, const char *definition, struct uuid *out);
enum verdict bench_change(struct bench *b, const struct uuid *campaign, const char *definition);
enum verdict bench_act(struct bench *b, const struct uuid *campaign, enum campaign_act act,
                       enum bench_admin who);
/* Created, submitted and approved. */
struct uuid bench_campaign(struct bench *b, const char *definition);
struct campaign_row bench_row(struct bench *b, const struct uuid *campaign);
enum verdict bench_budget(struct bench *b, const struct uuid *campaign, int64_t current_fen,
                          int64_t target_fen, struct uuid *out);
enum verdict bench_budget_judge(struct bench *b, const struct uuid *change, bool approve,
                                enum bench_admin who);

/* Residents and tills. A granted claim stands in b->op.claimed. */
enum verdict bench_claim(struct bench *b, const struct uuid *campaign, size_t pool,
                         unsigned resident);
/* Fills the command and leaves it to be changed and run. */
struct op *bench_redeem_begin(struct bench *b, enum bench_till till, const struct uuid *voucher,
                              int64_t amount_fen);
enum verdict bench_redeem_run(struct bench *b); /* also reads b->redemption */
enum verdict bench_redeem(struct bench *b, enum bench_till till, const struct uuid *voucher,
                          int64_t amount_fen);
enum verdict bench_hold(struct bench *b, enum bench_till till, const struct uuid *voucher,
                        int64_t amount_fen);
/* Capture, release or refund of b->redemption; the evidence of a capture is filled in between. */
struct op *bench_follow_begin(struct bench *b, enum op_kind kind, enum bench_till till);
enum verdict bench_follow(struct bench *b, enum op_kind kind, enum bench_till till);
enum verdict bench_refund(struct bench *b, enum bench_till till, int64_t amount_fen);
enum verdict bench_reverse(struct bench *b, enum bench_till till, const char *out_request_no);
enum verdict bench_void(struct bench *b, const struct uuid *voucher);
int bench_sweep(struct bench *b); /* how many */
/* Sound evidence for a car of that number, bought by a resident. */
struct evidence bench_evidence(unsigned resident, unsigned car, int64_t invoice_fen);

enum voucher_state bench_voucher_state(struct bench *b, const struct uuid *voucher);
struct balances bench_money(struct bench *b, const struct uuid *campaign);
/* Balances against vouchers, one by one, and the audit over the file. Fails the running test. */
void bench_check(struct bench *b);

#endif
