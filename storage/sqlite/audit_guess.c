/* storage/sqlite/audit_guess.c: which column of a claim was changed. Its mark is short and says
 * only that something was; but where one column is put back to what it may have been and the mark
 * then holds, it was that one. */
#include "storage/sqlite/audit_rows.h"
#include "storage/sqlite/engine.h"

#define ORDINAL_TRIES 64

static bool
guess_holds(const struct row_audit *r, const struct mark *mark, const struct claim_row *claim,
            const struct voucher_row *vouchers)
{
    struct canon canon;
    must(mark->table == MARK_CLAIM);
    canon_claim(&canon, claim);
    for (int64_t n = 0; n < r->claim.voucher_count; n++) {
        canon_claim_voucher(&canon, &vouchers[n]);
    }
    return mark_holds(mark, &canon);
}

static bool
guess_ordinal(const struct row_audit *r, const struct mark *mark)
{
    struct claim_row claim = r->claim;
    must(mark != NULL);
    for (claim.ordinal = 1; claim.ordinal <= ORDINAL_TRIES; claim.ordinal++) {
        if (guess_holds(r, mark, &claim, r->pieces)) return true;
    }
    return false;
}

/* By another claim of the same pool, whose vouchers are alike. */
static const char *
guess_vouchers(const struct row_audit *r, const struct mark *mark)
{
    struct voucher_row pieces[PACK_VOUCHERS_MAX];
    if (r->peer.voucher_count != r->claim.voucher_count) return NULL;
    must(r->claim.voucher_count <= PACK_VOUCHERS_MAX);
    memcpy(pieces, r->pieces, sizeof pieces);
    for (int64_t n = 0; n < r->claim.voucher_count; n++) {
        pieces[n].value_fen = r->peer_pieces[n].value_fen;
    }
    if (guess_holds(r, mark, &r->claim, pieces)) return "value of a voucher";
    memcpy(pieces, r->pieces, sizeof pieces);
    for (int64_t n = 0; n < r->claim.voucher_count; n++) {
        pieces[n].min_spend_fen = r->peer_pieces[n].min_spend_fen;
    }
    return guess_holds(r, mark, &r->claim, pieces) ? "min_spend of a voucher" : NULL;
}

static const char *
guess_source(const struct row_audit *r, const struct mark *mark)
{
    struct claim_row claim = r->claim;
    must(mark != NULL);
    for (int source = CLAIM_RUSH; source <= CLAIM_REWARD; source++) {
        claim.source = (enum claim_source)source;
        if (guess_holds(r, mark, &claim, r->pieces)) return "source";
    }
    claim.source = r->claim.source;
    claim.source_id = (struct uuid){ { 0 } };
    return guess_holds(r, mark, &claim, r->pieces) ? "source_id" : NULL;
}

/* Where none of the pool has been met yet, any other one of it; without its vouchers. */
static bool
guess_find_peer(struct row_audit *r)
{
    if (uuid_equal(&r->peer.pool, &r->claim.pool)) return true;
    sqlite3_stmt *s = audit_prepare(r->view, "SELECT valid_from, valid_to, kid FROM claim"
                                             " WHERE pool = ? AND id <> ? LIMIT 1");
    if (s == NULL) return false;
    bind_uuid_raw(s, 1, &r->claim.pool);
    bind_uuid_raw(s, 2, &r->claim.id);
    bool found = audit_step(r->view, s);
    if (found) {
        r->peer = (struct claim_row){ .pool = r->claim.pool,
                                      .valid_from_s = sqlite3_column_int64(s, 0),
                                      .valid_to_s = sqlite3_column_int64(s, 1),
                                      .kid = (uint32_t)sqlite3_column_int64(s, 2) };
    }
    (void)sqlite3_finalize(s);
    must(!found || uuid_equal(&r->peer.pool, &r->claim.pool));
    return found;
}

static const char *
guess_by_peer(struct row_audit *r, const struct mark *mark)
{
    struct claim_row from = r->claim, to = r->claim, span = r->claim, kid = r->claim;
    if (!guess_find_peer(r)) return NULL;
    must(mark != NULL);
    from.valid_from_s = r->peer.valid_from_s;
    to.valid_to_s = r->peer.valid_to_s;
    int64_t span_s;
    bool has_span = !__builtin_sub_overflow(r->peer.valid_to_s, r->peer.valid_from_s, &span_s) &&
                    !__builtin_add_overflow(span.valid_from_s, span_s, &span.valid_to_s);
    kid.kid = r->peer.kid;
    if (guess_holds(r, mark, &from, r->pieces)) return "valid_from";
    if (guess_holds(r, mark, &to, r->pieces)) return "valid_to";
    if (has_span && guess_holds(r, mark, &span, r->pieces)) return "valid_to";
    if (guess_holds(r, mark, &kid, r->pieces)) return "kid";
    return guess_vouchers(r, mark);
}

const char *
row_audit_guess(struct row_audit *r, const struct mark *mark)
{
    struct claim_row claim = r->claim;
    must(r->claim.voucher_count >= 0 && r->claim.voucher_count <= PACK_VOUCHERS_MAX);
    claim.valid_from_s = claim.claimed_at_s;
    if (guess_holds(r, mark, &claim, r->pieces)) return "valid_from";
    if (guess_ordinal(r, mark)) return "ordinal";
    const char *name = guess_source(r, mark);
    if (name == NULL) name = guess_by_peer(r, mark);
    if (name != NULL) return name;
    return "key or fingerprint, id of a voucher, or more than one column";
}
