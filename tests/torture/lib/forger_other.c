/* tests/torture/lib/forger_other.c: raw signatures and sessions; see forger.h. A raw forgery is 32
 * bytes of key, 64 of signature, then the message. */
#include "crypto/session.h"
#include "tests/torture/lib/forger.h"

#define KEY_AT 0
#define SIGNATURE_AT 32
#define MESSAGE_AT 96

static bool
judge_raw(const struct forger *f, const struct forgery *forgery)
{
    uint8_t bytes[MESSAGE_AT];
    struct ed25519_verifier *verifier = NULL;
    (void)f;
    memcpy(bytes, forgery->text, sizeof bytes);
    if (ed25519_verifier_open(&verifier, bytes) != FAULT_NONE) return false;
    const struct text message = { forgery->text + MESSAGE_AT, forgery->size - MESSAGE_AT };
    const bool holds = ed25519_verify(verifier, message, bytes + SIGNATURE_AT);
    ed25519_verifier_close(verifier);
    return holds;
}

static void
make_raw(struct forger *f, struct forgery *out)
{
    uint8_t bytes[MESSAGE_AT];
    const struct ed25519_signer *by = f->issuers[dice_below(&f->dice, 2)];
    out->size = MESSAGE_AT + dice_below(&f->dice, 200);
    for (size_t i = MESSAGE_AT; i < out->size; i++)
        out->text[i] = (char)dice_roll(&f->dice);
    memcpy(bytes, ed25519_signer_public_key(by), ED25519_KEY_SIZE);
    const struct text message = { out->text + MESSAGE_AT, out->size - MESSAGE_AT };
    ed25519_sign(by, message, bytes + SIGNATURE_AT);
    memcpy(out->text, bytes, sizeof bytes);
    out->is_honest = true;
}

static void
make_raw_flipped(struct forger *f, struct forgery *out)
{
    make_raw(f, out);
    const size_t at = dice_below(&f->dice, out->size);
    out->text[at] = (char)(out->text[at] ^ 1 << dice_below(&f->dice, 8));
    out->is_honest = false;
}

static void
make_raw_bent(struct forger *f, struct forgery *out)
{
    uint8_t signature[ED25519_SIGNATURE_SIZE];
    make_raw(f, out);
    memcpy(signature, out->text + SIGNATURE_AT, sizeof signature);
    forger_bend_signature(&f->dice, signature);
    memcpy(out->text + SIGNATURE_AT, signature, sizeof signature);
    out->is_honest = false;
}

/* With the key A = (0, 1), S = 0 and R = (0, 1) hold for every message by the equation alone. */
static void
make_small_key(struct forger *f, struct forgery *out)
{
    make_raw(f, out);
    memcpy(out->text + KEY_AT, forger_small_point(&f->dice), ED25519_KEY_SIZE);
    memcpy(out->text + SIGNATURE_AT, forger_small_point(&f->dice), 32);
    memset(out->text + SIGNATURE_AT + 32, 0, 32);
    out->is_honest = false;
}

static bool
judge_session(const struct forger *f, const struct forgery *forgery)
{
    struct session session;
    const struct text text = { forgery->text, forgery->size };
    return session_read(f->ring, text, FORGER_NOW_S, &session) == SESSION_GOOD;
}

static void
make_session(struct forger *f, struct forgery *out)
{
    struct session s = { .audience = SESSION_RESIDENT, .assurance = ASSURANCE_OTP };
    s.issued_at_s = FORGER_NOW_S - (int64_t)dice_below(&f->dice, 1000);
    s.expires_at_s = FORGER_NOW_S + 1 + (int64_t)dice_below(&f->dice, 1000);
    for (size_t i = 0; i < sizeof s.subject.bytes; i++)
        s.subject.bytes[i] = (uint8_t)dice_roll(&f->dice);
    session_write(f->ring, &s, out->text);
    out->size = SESSION_TEXT_SIZE;
    out->is_honest = true;
}

static void
make_session_spoilt(struct forger *f, struct forgery *out)
{
    make_session(f, out);
    forger_spoil(&f->dice, out);
}

const struct forger_trick forger_other_tricks[] = {
    { "signature, honest", make_raw, judge_raw },
    { "signature, a bit flipped", make_raw_flipped, judge_raw },
    { "signature, bent", make_raw_bent, judge_raw },
    { "signature, a key of small order", make_small_key, judge_raw },
    { "session, honest", make_session, judge_session },
    { "session, text spoilt", make_session_spoilt, judge_session },
};
const size_t forger_other_trick_count = COUNT_OF(forger_other_tricks);
