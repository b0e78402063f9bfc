/* voucher/rules/redeem.h: may this voucher be redeemed here and now, and for how much? Pure. */
#ifndef HUIQUAN_RULES_REDEEM_H
#define HUIQUAN_RULES_REDEEM_H

#include "voucher/model/command.h"
#include "voucher/verdict.h"

struct redeem_facts {
    const struct campaign_rules *rules; /* the version that the claim was judged by */
    const struct pool_rules *pool;
    const struct voucher_row *voucher;
    const struct merchant_row *merchant;
    const struct order *order; /* NULL: judge the voucher and the place alone */
    const struct evidence *evidence;
    bool hold; /* evidence may still come */
    bool resumes_hold; /* a capture of this voucher's own hold */
    bool order_taken; /* another voucher was used on this order and one of both may not be */
    struct uuid claimant; /* keyed person reference */
    struct digest claimant_name;
    bool vin_used, invoice_used, plate_used;
};

struct redeem_finding {
    int64_t value_fen; /* what the fund pays */
    unsigned evidence_faults; /* bits of enum evidence_fault, with VERDICT_EVIDENCE_INVALID */
};

enum verdict rule_redeem(const struct redeem_facts *f, int64_t now_s, struct redeem_finding *out);
bool rule_voucher_expired(const struct voucher_row *voucher, int64_t now_s);
/* The part of rule_redeem that looks at the voucher alone. */
enum verdict rule_voucher_usable(const struct voucher_row *voucher, bool resumes_hold,
                                 int64_t now_s);
bool rule_merchant_allowed(const struct campaign_rules *rules, const struct merchant_row *m);

#endif
