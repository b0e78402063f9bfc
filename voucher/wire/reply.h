/* voucher/wire/reply.h: what the service answers, from rows to JSON. Any thread. A stored reply
 * never changes: an old layout stays as it is. */
#ifndef HUIQUAN_WIRE_REPLY_H
#define HUIQUAN_WIRE_REPLY_H

#include "voucher/json_writer.h"
#include "voucher/model/command.h"
#include "voucher/model/job.h"
#include "voucher/model/journal.h"
#include "voucher/verdict.h"

struct wire_job {
    struct uuid id;
    int64_t rows_total, rows_ok;
    const enum verdict *refused; /* per row; VERDICT_OK where it was granted */
};

void wire_write_job(struct json_writer *w, const struct wire_job *job);
/* Bulk work as it stands. */
void wire_write_job_row(struct json_writer *w, const struct job_row *row, int32_t offset_s);
/* The claim's part of a redemption's answer; no tokens: those are the buyer's. */
void wire_write_redemption(struct json_writer *w, const struct redemption_row *row,
                           const struct claim_result *reward, int32_t offset_s);
/* A line of a till's own journal: the redemption with the order that it was for. */
void wire_write_journal_of_till(struct json_writer *w, const struct redemption_row *row,
                                int32_t offset_s);
void wire_write_reversed(struct json_writer *w, const char *out_request_no);
struct wire_campaign {
    const struct campaign_row *row;
    const struct version_row *latest;
    const struct campaign_rules *acting; /* NULL before the first approval */
    struct text definition; /* the canonical JSON object of the latest version */
};

void wire_write_campaign(struct json_writer *w, const struct wire_campaign *c, int64_t now_s);
void wire_write_budget_change(struct json_writer *w, const struct budget_change_row *change,
                              int32_t offset_s);
void wire_write_merchant(struct json_writer *w, const struct merchant_row *row);
void wire_write_terminal(struct json_writer *w, const struct terminal_row *row);
void wire_write_admin(struct json_writer *w, const struct admin_row *row);
void wire_write_voided(struct json_writer *w, const struct voucher_row *row, int32_t offset_s);
/* Where a voucher was used; the terminal's outlet may be empty. */
struct use_place {
    struct merchant_row merchant;
    struct terminal_row terminal;
};

/* A sentence for `already_redeemed`: time, merchant and till, masked order. */
void wire_write_use(char *out, size_t room, const struct redemption_row *row,
                    const struct use_place *place, int32_t offset_s);
void wire_write_journal(struct json_writer *w, const struct journal_row *row, int32_t offset_s);

const char *voucher_state_text(const struct voucher_row *row, int64_t now_s);
const char *redemption_state_text(enum redemption_state state);
const char *journal_kind_text(enum journal_kind kind); /* "unknown" for a number of tomorrow */
const char *account_text(enum account account);

#endif
