/* voucher/receipt.c */
#include "voucher/receipt.h"

#include "voucher/httpsig/sign.h"

void
receipt_sign(struct call *call, int status, struct text body)
{
    uint32_t kid;
    char kid_text[HTTPSIG_KID_SIZE + 1];
    struct httpsig_fields fields;
    const struct ed25519_signer *signer = keyring_signer_active(call->secrets->keyring, &kid);
    (void)snprintf(kid_text, sizeof kid_text, "%08x", kid);
    struct httpsig_answer answer = {
        .status = status, .body = body, .nonce = text_of(call->nonce), .created_s = call->now_s
    };
    httpsig_sign_answer(&answer, text_of(kid_text), signer, &fields);
    call_add_field(call, "Content-Digest: %s", fields.content_digest);
    call_add_field(call, "Signature-Input: %s", fields.signature_input);
    call_add_field(call, "Signature: %s", fields.signature);
}
