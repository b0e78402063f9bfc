/* voucher/wire/campaign.h: a campaign's definition between JSON and struct campaign_rules. Any
 * thread. The written form is canonical: the same rules give the same bytes. */
#ifndef HUIQUAN_WIRE_CAMPAIGN_H
#define HUIQUAN_WIRE_CAMPAIGN_H

#include "voucher/json.h"
#include "voucher/json_writer.h"
#include "voucher/model/campaign.h"

/* Reads a definition as sent; the caller finishes the reader. Every fault goes into the reader's
 * faults with its pointer. *out is never NULL unless memory is short, belongs to the caller, and
 * may be used when there was no fault. What a GET adds (campaign_id, number, state …) is let in and
 * ignored, so that a client can send back what it read. */
MUST_USE enum fault wire_campaign_read(struct json_reader *r, struct campaign_rules **out);
/* A stored definition. FAULT_CORRUPT when it cannot be read. */
MUST_USE enum fault wire_campaign_parse(struct text json, struct campaign_rules **out);
/* The members, without braces around them. */
void wire_campaign_write(struct json_writer *w, const struct campaign_rules *rules);
void campaign_rules_free(struct campaign_rules *rules); /* NULL is fine */

const char *campaign_kind_text(enum campaign_kind kind);

#endif
