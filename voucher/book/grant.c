/* voucher/book/grant.c: a short list of persons, granted at once. */
#include "voucher/book/job.h"
#include "voucher/book/moves.h"

/* Each person is judged for himself; who cannot have it is counted, and named by his place. */
enum verdict
book_grant(struct book *b, struct op *op)
{
    enum verdict replayed = book_replay(b, op);
    if (replayed != VERDICT_COUNT) return replayed;
    struct uuid job;
    struct wire_job done = { .rows_total = (int64_t)op->grant.resident_count };
    id_next(b->ids, &job);
    enum verdict refused[GRANT_RESIDENTS_MAX];
    for (size_t i = 0; i < op->grant.resident_count; i++) {
        struct claim_result made;
        struct issue issue = { .resident = op->grant.residents[i],
                               .source = CLAIM_GRANT,
                               .source_id = job,
                               .kid = op->kid };
        issue.is_dry = op->grant.by_id != NULL && op->grant.by_id[i] &&
                       !issue_finds_resident(b, &op->grant.residents[i]);
        refused[i] = issue_judged(b, &op->grant.campaign, &op->grant.pool, &issue, &made);
        if (refused[i] == VERDICT_NOT_FOUND && i == 0) return VERDICT_NOT_FOUND;
        if (issue.is_dry) refused[i] = VERDICT_NOT_FOUND; /* the campaign is there, he is not */
        done.rows_ok += refused[i] == VERDICT_OK;
    }
    done.id = job;
    done.refused = refused;
    job_store_done(b, op, &done);
    op->status = 200;
    wire_write_job(&op->body, &done);
    store_reply(b, op);
    return VERDICT_OK;
}
