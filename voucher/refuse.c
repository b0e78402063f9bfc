/* voucher/refuse.c */
#include "voucher/refuse.h"

#include "voucher/call_context.h"
#include "voucher/problem.h"

#define RETRY_AFTER_DEFAULT_S 2

static void
refuse_problem(struct call *call)
{
    struct problem problem = {
        .verdict = call->verdict,
        .language = call->language,
        .detail = call->detail,
        .request_id = call->request_id,
        .faults = &call->faults,
    };
    call->status = verdict_status(call->verdict);
    call->content_type = "application/problem+json";
    call->page = (struct text){ 0 };
    json_writer_restart(&call->reply);
    problem_write(&call->reply, &problem);
    int64_t wait_s = call->retry_after_s > 0 ? call->retry_after_s : RETRY_AFTER_DEFAULT_S;
    if (call->status == 429 || call->status == 503) {
        call_add_field(call, "Retry-After: %lld", (long long)wait_s);
    }
    if (call->status == 401) call_add_field(call, "WWW-Authenticate: Bearer");
    if (call->allow != NULL) call_add_field(call, "Allow: %s", call->allow);
    call_add_plain_field(call, TEXT("Content-Language"),
                         call->language == LANGUAGE_EN ? TEXT("en") : TEXT("zh-CN"));
}

/* A page answers a refusal itself; that it was one stays in the log and the figures. */
void
refuse_write(struct call *call)
{
    enum verdict verdict = call->verdict;
    must(verdict != VERDICT_OK);
    if (call->endpoint != NULL && call->endpoint->refused != NULL) {
        json_writer_restart(&call->reply);
        call->endpoint->refused(call);
        bool answered = call->verdict == VERDICT_OK;
        call->verdict = verdict;
        if (answered) return;
    }
    refuse_problem(call);
}
