/* voucher/steps.c: the states of a call, and who writes them. */
#include "voucher/steps.h"

#include "crypto/digest.h"
#include "voucher/auth.h"
#include "voucher/call_context.h"
#include "voucher/http/byte.h"
#include "voucher/if_match.h"
#include "voucher/problem.h"
#include "voucher/receipt.h"
#include "voucher/refuse.h"
#include "voucher/streams.h"
#include "voucher/torture.h"
#include "voucher/upload.h"

#define CLAIMS_IN_PROGRESS_MAX 1024 /* of one worker; more would only wait */

enum step { STEP_NEXT, STEP_WAIT, STEP_OVER };

#define BIT(state) (1u << CALL_##state)
static const unsigned leads_to[CALL_STATES] = {
    [CALL_PARSE] = BIT(AUTH) | BIT(REPLY),
    [CALL_AUTH] = BIT(UPLOAD) | BIT(LIMIT) | BIT(REPLY),
    [CALL_UPLOAD] = BIT(LIMIT) | BIT(REPLY),
    [CALL_LIMIT] = BIT(BEGIN) | BIT(REPLY),
    [CALL_BEGIN] = BIT(COMMIT) | BIT(ASK) | BIT(REPLY) | BIT(STREAM),
    [CALL_COMMIT] = BIT(FINISH) | BIT(REPLY),
    [CALL_ASK] = BIT(FINISH) | BIT(REPLY),
    [CALL_FINISH] = BIT(COMMIT) | BIT(ASK) | BIT(REPLY),
    [CALL_REPLY] = 0,
    [CALL_STREAM] = 0,
};

static void
call_enter(struct call *call, enum call_state next)
{
    must((unsigned)next < CALL_STATES);
    must(leads_to[call->state] & (1u << next));
    call->state = next;
}

/* Sound, or a fault of the header; absent where it is needed is a verdict of its own. */
static enum verdict
parse_key(struct call *call)
{
    struct text key;
    bool sent = http_field_find(&call->exchange->request, TEXT("idempotency-key"), &key);
    if (!sent) return call->endpoint->needs_key ? VERDICT_IDEMPOTENCY_KEY_MISSING : VERDICT_OK;
    bool once = http_field_count(&call->exchange->request, TEXT("idempotency-key")) == 1;
    if (!once || !id_idempotency_key_is_sound(key)) {
        call_say(call, DETAIL_KEY_SHAPE);
        return VERDICT_MALFORMED;
    }
    memcpy(call->key, key.at, key.size);
    return VERDICT_OK;
}

/* A text that cannot be an id names nothing. */
static bool
parse_path(struct call *call)
{
    static const struct {
        bool is_id;
        enum id_kind kind;
    } paths[] = {
        [PATH_NONE] = { false, 0 },
        [PATH_CAMPAIGN] = { true, ID_CAMPAIGN },
        [PATH_VOUCHER] = { true, ID_VOUCHER },
        [PATH_REDEMPTION] = { true, ID_REDEMPTION },
        [PATH_REQUEST_NO] = { false, 0 },
        [PATH_MERCHANT] = { true, ID_MERCHANT },
        [PATH_TERMINAL] = { true, ID_TERMINAL },
        [PATH_CHANGE] = { true, ID_BUDGET_CHANGE },
        [PATH_JOB] = { true, ID_JOB },
        [PATH_RESIDENT] = { true, ID_RESIDENT },
        [PATH_CODE] = { false, 0 },
    };
    enum call_path is = call->endpoint->path_is;
    if (is == PATH_REQUEST_NO) return id_caller_number_is_sound(call->path_text);
    return !paths[is].is_id || id_read(paths[is].kind, call->path_text, &call->path_id);
}

static enum verdict
parse_json(struct call *call)
{
    const struct endpoint *e = call->endpoint;
    struct json_document *document = NULL;
    struct json_reader reader;
    bool may_be_empty = e->body == BODY_EMPTY;
    struct text bytes = call->body;
    if (bytes.size == 0 && may_be_empty) bytes = TEXT("{}");
    enum fault fault = json_document_open(&document, bytes, JSON_TOP_OBJECT);
    if (fault == FAULT_MEMORY) return VERDICT_UNAVAILABLE;
    if (fault != FAULT_NONE) {
        faults_add(&call->faults, FLAW_NOT_JSON, &(struct pointer){ 0 });
        return VERDICT_MALFORMED;
    }
    if (json_reader_start(&reader, document, &call->faults)) {
        if (e->parse != NULL) e->parse(call, &reader);
        json_reader_finish(&reader);
    }
    json_document_close(document);
    /* What is merely invalid waits for its turn: it is outranked by who calls and what is there. */
    return call->faults.worst == SEVERITY_MALFORMED ? VERDICT_MALFORMED : VERDICT_OK;
}

static enum verdict
parse_body(struct call *call)
{
    enum call_body body = call->endpoint->body;
    bool is_json = body == BODY_EMPTY || body == BODY_JSON || body == BODY_JSON_OR_CSV;
    return is_json && !call->is_upload ? parse_json(call) : VERDICT_OK;
}

/* Whoever would only wait is told so before any work is spent on him, reading his body and checking
 * who he is included; tills never are. */
static bool
parse_is_crowded(struct call *call)
{
    struct worker_context *w = call->context;
    if (call->endpoint->limit != LIMIT_CLAIM) return false;
    if (w->claims_in_progress >= CLAIMS_IN_PROGRESS_MAX) return true;
    if (clerk_is_crowded(w->service->clerk)) return true;
    w->claims_in_progress++;
    call->is_claim = true;
    return false;
}

static enum step
step_parse(struct call *call)
{
    const struct http_request *request = &call->exchange->request;
    struct text accept;
    if (http_field_find(request, TEXT("accept-language"), &accept)) {
        call->language = language_of(accept);
    }
    if (call->endpoint == NULL) {
        call_enter(call, call_refuse(call, call->allow == NULL ? VERDICT_NOT_FOUND
                                                               : VERDICT_METHOD_NOT_ALLOWED));
        return STEP_NEXT;
    }
    if (parse_is_crowded(call)) {
        call->retry_after_s = 1;
        call_enter(call, call_refuse(call, VERDICT_UNAVAILABLE));
        return STEP_NEXT;
    }
    call->body = request->body;
    call->if_match_any = if_match_read(request, &call->if_match);
    enum verdict verdict = parse_body(call);
    if (verdict == VERDICT_OK) verdict = parse_key(call);
    call_enter(call, verdict == VERDICT_OK ? CALL_AUTH : call_refuse(call, verdict));
    return STEP_NEXT;
}

/* A till's line, and an administrator's, is known by what came over it once. */
static void
prefer_line(struct call *call)
{
    enum caller_kind kind = call->caller.kind;
    if (kind == CALLER_TERMINAL || kind == CALLER_ADMIN) http_prefer(call->exchange);
}

static enum step
step_auth(struct call *call)
{
    enum verdict verdict = auth_check(call);
    if (verdict == VERDICT_OK && !parse_path(call)) verdict = VERDICT_NOT_FOUND;
    bool put = call->endpoint->method == HTTP_PUT;
    if (verdict == VERDICT_OK && put && call->if_match < 0 && !call->if_match_any) {
        verdict = VERDICT_PRECONDITION_REQUIRED;
    }
    if (verdict == VERDICT_OK) prefer_line(call);
    enum call_state next = call->is_upload ? CALL_UPLOAD : CALL_LIMIT;
    call_enter(call, verdict == VERDICT_OK ? next : call_refuse(call, verdict));
    return STEP_NEXT;
}

/* Who may not send a file is told before it is taken. */
static enum step
step_upload(struct call *call)
{
    if (upload_begin(call) == FAULT_NONE) return STEP_WAIT;
    call_enter(call, call_refuse(call, VERDICT_UNAVAILABLE));
    return STEP_NEXT;
}

static void
limit_answered(void *owner, struct limit_ask *ask)
{
    struct call *call = owner;
    must(ask == &call->ask && call->state == CALL_LIMIT);
    auth_limit_fields(call);
    enum call_state next = ask->allowed ? CALL_BEGIN : call_refuse(call, VERDICT_RATE_LIMITED);
    if (!ask->allowed) {
        call->retry_after_s = (ask->numbers.retry_after_us + 999999) / 1000000;
    }
    if (call->limit_asking) { /* answered within limiter_ask(): step_limit goes on */
        call->limit_asking = false;
        call->limit_next = next;
        return;
    }
    call_resume(call, next);
}

/* Whoever hammers at a closed door is slowed down too. */
static enum call_state
limit_peeked(struct call *call, enum verdict verdict)
{
    if (!auth_limits_here(call, &call->ask)) return call_refuse(call, verdict);
    limiter_ask_here(call->context->limiter, &call->ask);
    auth_limit_fields(call);
    if (call->ask.allowed) return call_refuse(call, verdict);
    call->retry_after_s = (call->ask.numbers.retry_after_us + 999999) / 1000000;
    return call_refuse(call, VERDICT_RATE_LIMITED);
}

static enum step
step_limit(struct call *call)
{
    const struct endpoint *e = call->endpoint;
    enum verdict certain = e->peek == NULL ? VERDICT_OK : e->peek(call);
    if (certain != VERDICT_OK) {
        call_enter(call, limit_peeked(call, certain));
        return STEP_NEXT;
    }
    if (!auth_limits(call, &call->ask)) {
        call_enter(call, CALL_BEGIN);
        return STEP_NEXT;
    }
    call->ask.owner = call;
    call->ask.answered = limit_answered;
    call->limit_asking = true;
    limiter_ask(call->context->limiter, &call->ask);
    if (call->limit_asking) {
        call->limit_asking = false;
        return STEP_WAIT;
    }
    call_enter(call, call->limit_next);
    return STEP_NEXT;
}

/* What the target of the path is, where a fault of the body would be outranked by its absence. */
static bool
target_exists(struct call *call)
{
    struct view *v = call_view(call);
    struct merchant_row merchant;
    struct voucher_row voucher;
    struct redemption_row redemption;
    struct budget_change_row change;
    switch (call->endpoint->path_is) {
    case PATH_CAMPAIGN: return view_campaign(v, &call->path_id, &call->campaign);
    case PATH_MERCHANT: return view_merchant(v, &call->path_id, &merchant);
    case PATH_VOUCHER: return view_voucher(v, &call->path_id, &voucher);
    case PATH_CHANGE: return view_budget_change(v, &call->path_id, &change);
    case PATH_REDEMPTION:
        return view_redemption(v, &call->path_id, &redemption) &&
               uuid_equal(&redemption.merchant, &call->caller.merchant);
    default: return true;
    }
}

static void
call_fingerprint(struct call *call, struct digest *out)
{
    const struct http_request *r = &call->exchange->request;
    const struct text parts[] = { r->method_name, r->path, call->body };
    keyring_fingerprint(call->secrets->keyring, parts, COUNT_OF(parts), out);
}

/* An invalid body: the verdicts that outrank it are looked for first. */
static enum verdict
invalid_or_worse(struct call *call)
{
    struct idempotency_row row;
    struct digest fingerprint;
    call_fingerprint(call, &fingerprint);
    bool used = call->key[0] != '\0' &&
                view_idempotency(call_view(call), &call->caller.id, text_of(call->key), &row);
    if (used && !digest_equal(&row.fingerprint, &fingerprint)) {
        return VERDICT_IDEMPOTENCY_KEY_REUSED;
    }
    return target_exists(call) ? VERDICT_INVALID : VERDICT_NOT_FOUND;
}

static enum step
step_begin(struct call *call)
{
    call->op.verdict = VERDICT_OK;
    /* Faults within the evidence are one verdict among many: the ledger says which comes first. */
    if (faults_verdict(&call->faults) == VERDICT_INVALID) {
        call_enter(call, call_refuse(call, invalid_or_worse(call)));
        return STEP_NEXT;
    }
    enum call_state next = call->endpoint->begin(call);
    if (view_fault(call_view(call)) != FAULT_NONE) next = call_refuse(call, VERDICT_UNAVAILABLE);
    call_enter(call, next);
    return STEP_NEXT;
}

static enum step
step_commit(struct call *call)
{
    struct worker_context *w = call->context;
    struct op *op = &call->op;
    must((unsigned)op->kind < OP_KIND_COUNT); /* op_start() was called for this very request */
    call->committed = true;
    op->caller = call->caller;
    op->if_match = call->if_match;
    memcpy(op->key, call->key, sizeof op->key);
    call_fingerprint(call, &op->fingerprint);
    (void)keyring_signer_active(call->secrets->keyring, &op->kid);
    op->reply = w->ops;
    if (op->kind == OP_JOB_CREATE || op->kind == OP_JOB_ACT) {
        jobs_post(w->service->jobs, op);
        return STEP_WAIT;
    }
    torture_point("commit-next");
    if (clerk_post(w->service->clerk, op)) return STEP_WAIT;
    call->retry_after_s = 1;
    call_enter(call, call_refuse(call, VERDICT_UNAVAILABLE));
    return STEP_NEXT;
}

static enum step
step_ask(struct call *call)
{
    struct worker_context *w = call->context;
    if (call->desk != NULL) {
        call->task.reply = w->tasks;
        if (desk_post(call->desk, &call->task)) return STEP_WAIT;
        call_enter(call, call_refuse(call, VERDICT_UNAVAILABLE));
        return STEP_NEXT;
    }
    call->outcall.reply = w->outcalls;
    if (outcall_post(w->service->outcalls, &call->outcall)) return STEP_WAIT;
    metric_add(w->metrics, METRIC_OUTCALLS, call->outcall.errand, OUTCOME_LATE, 1);
    crypto_wipe(call->outcall.body, call->outcall.body_size);
    call_enter(call, call_refuse(call, VERDICT_UNAVAILABLE));
    return STEP_NEXT;
}

static enum call_state
finish_refused(struct call *call)
{
    static const struct {
        const char *pointer;
        enum flaw flaw;
    } evidence[] = {
#define X(name, pointer, flaw) { pointer, FLAW_##flaw },
        EVIDENCE_FAULTS(X)
#undef X
    };
    const struct op *op = &call->op;
    /* What the reader found in the evidence is told only where the evidence is the verdict. */
    if (op->verdict != VERDICT_EVIDENCE_INVALID) faults_clear(&call->faults);
    for (size_t i = 0; i < op->faults.count; i++) {
        faults_add(&call->faults, op->faults.rows[i].flaw, &op->faults.rows[i].pointer);
    }
    for (size_t i = 0; i < COUNT_OF(evidence); i++) {
        struct pointer p = { 0 };
        if (!(op->evidence_faults & (1u << i))) continue;
        p.size = (uint8_t)strlen(evidence[i].pointer);
        memcpy(p.text, evidence[i].pointer, p.size);
        if (!faults_hold(&call->faults, &p)) faults_add(&call->faults, evidence[i].flaw, &p);
    }
    call->retry_after_s = op->retry_after_s;
    if (op->because != DETAIL_NONE) return call_refuse_because(call, op->verdict, op->because);
    (void)snprintf(call->detail, sizeof call->detail, "%s", op->detail);
    return call_refuse(call, op->verdict);
}

static enum step
step_finish(struct call *call)
{
    struct op *op = &call->op;
    if (op->verdict != VERDICT_OK) {
        call_enter(call, finish_refused(call));
        return STEP_NEXT;
    }
    torture_point("answer-unsigned");
    if (op->replayed) call_add_field(call, "Idempotent-Replayed: true");
    if (call->endpoint->finish != NULL) {
        enum call_state next = call->endpoint->finish(call);
        bool read = view_fault(call_view(call)) == FAULT_NONE;
        call_enter(call, read ? next : call_refuse(call, VERDICT_UNAVAILABLE));
        return STEP_NEXT;
    }
    if (op->body.failed) { /* what it made stands; the same key answers when there is memory */
        call_enter(call, call_refuse(call, VERDICT_UNAVAILABLE));
        return STEP_NEXT;
    }
    call->page = json_writer_text(&op->body);
    if (op->revision > 0) call_add_field(call, "ETag: \"r%lld\"", (long long)op->revision);
    call_enter(call, call_answer(call, op->status));
    return STEP_NEXT;
}

/* An answer that did not fit into its writer is none. */
static bool
reply_is_whole(const struct call *call)
{
    return call->page.size > 0 || !call->reply.failed;
}

/* What only the one who asked may keep, and what may be otherwise in another language. */
static bool
reply_is_private(const struct call *call)
{
    if (call->endpoint != NULL && call->endpoint->refused != NULL) return false; /* pages say it */
    bool is_public = call->endpoint != NULL && call->endpoint->role == ROLE_ANYONE &&
                     call->endpoint->method == HTTP_GET; /* a sign-in answers a session */
    return !is_public || call->verdict != VERDICT_OK;
}

static void
reply_fields(struct call *call)
{
    const char *type = call->content_type == NULL ? "application/json" : call->content_type;
    call_add_plain_field(call, TEXT("Content-Type"), text_of(type));
    call_add_plain_field(call, TEXT("X-Request-Id"), text_of(call->request_id));
    call_add_plain_field(call, TEXT("X-Content-Type-Options"), TEXT("nosniff"));
    if (text_equal(call->origin.scheme, TEXT("https"))) {
        call_add_plain_field(call, TEXT("Strict-Transport-Security"),
                             TEXT("max-age=31536000; includeSubDomains"));
    }
    if (!reply_is_private(call)) return;
    call_add_plain_field(call, TEXT("Cache-Control"), TEXT("no-store"));
}

static enum step
step_reply(struct call *call)
{
    if (call->verdict == VERDICT_OK && !reply_is_whole(call)) call->verdict = VERDICT_UNAVAILABLE;
    if (call->verdict != VERDICT_OK) refuse_write(call);
    struct text body = call->page.size > 0 ? call->page : json_writer_text(&call->reply);
    reply_fields(call);
    torture_point("reply-next");
    if (call->signed_request) receipt_sign(call, call->status, body);
    http_answer(call->exchange, call->status, (struct text){ call->fields, call->fields_size },
                body);
    torture_point("reply-given");
    return STEP_OVER;
}

/* From here on the streams have the call. */
static enum step
step_stream(struct call *call)
{
    must(call->stream != NULL && !call->signed_request);
    call->status = 200;
    reply_fields(call);
    http_answer_begin(call->exchange, call->status,
                      (struct text){ call->fields, call->fields_size });
    if (call->exchange->request.method == HTTP_HEAD) { /* its parts would never end */
        http_answer_end(call->exchange);
        return STEP_OVER;
    }
    streams_add(call->context->streams, call);
    return STEP_WAIT;
}

static enum step (*const steps[CALL_STATES])(struct call *call) = {
    [CALL_PARSE] = step_parse,   [CALL_AUTH] = step_auth,     [CALL_UPLOAD] = step_upload,
    [CALL_LIMIT] = step_limit,   [CALL_STREAM] = step_stream, [CALL_BEGIN] = step_begin,
    [CALL_COMMIT] = step_commit, [CALL_ASK] = step_ask,       [CALL_FINISH] = step_finish,
    [CALL_REPLY] = step_reply,
};

bool
call_run(struct call *call)
{
    enum step step;
    do {
        step = steps[call->state](call);
    } while (step == STEP_NEXT);
    if (step == STEP_OVER) call->context->answered(call->context, call);
    return step == STEP_WAIT;
}

void
call_resume(struct call *call, enum call_state state)
{
    call_enter(call, state);
    (void)call_run(call);
}
