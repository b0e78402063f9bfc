/* voucher/api/vouchers.h: a voucher as its owner sees it: token, short code, state. */
#ifndef HUIQUAN_API_VOUCHERS_H
#define HUIQUAN_API_VOUCHERS_H

#include "crypto/token.h"
#include "voucher/call.h"

/* All that a token is made of. False: its key is revoked or unknown, or the rules are not there. */
struct voucher_scene {
    const struct claim_row *claim;
    const struct campaign_rules *rules;
    int64_t campaign_number;
};

bool voucher_scene_load(struct call *call, const struct claim_row *claim,
                        struct voucher_scene *out);
/* The 253 digits, or 259 with the code of this moment where the campaign asks for it. */
#define VOUCHER_DIGITS_SIZE (TOKEN_DIGITS + TOKEN_ROTATING_DIGITS + 1)
bool voucher_write_digits(struct call *call, const struct voucher_scene *scene,
                          const struct voucher_row *voucher, char out[VOUCHER_DIGITS_SIZE]);
void voucher_write(struct call *call, const struct voucher_scene *scene,
                   const struct voucher_row *voucher, const char *state);
/* With its campaign, and where and when it was used. */
void voucher_write_own(struct call *call, const struct voucher_scene *scene,
                       const struct voucher_row *voucher);
void voucher_claims_of(const struct voucher_scene *scene, const struct voucher_row *voucher,
                       struct voucher_claims *out);

#endif
