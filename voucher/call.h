/* voucher/call.h: one request on its way through the service. Belongs to one worker's thread; comes
 * from the worker's pool.
 *
 *   PARSE > AUTH > LIMIT ~redis~ > BEGIN > COMMIT ~clerk~ > FINISH > REPLY
 *   AUTH > UPLOAD ~body~ > LIMIT for a file of rows; BEGIN > STREAM for an answer in parts.
 *   FINISH may lead to another COMMIT, or to ASK ~another service~ and back; any state may go to
 *   REPLY (~ = waits). call_enter (steps.c) is the only writer of call->state. */
#ifndef HUIQUAN_CALL_H
#define HUIQUAN_CALL_H

#include "crypto/rotating.h"
#include "crypto/token.h"
#include "storage/limiter.h"
#include "voucher/book/op.h"
#include "voucher/bulk/spool.h"
#include "voucher/endpoint.h"
#include "voucher/forwarded.h"
#include "voucher/http/exchange.h"
#include "voucher/http/field.h"
#include "voucher/httpsig/httpsig.h"
#include "voucher/person.h"
#include "voucher/report.h"
#include "voucher/request_id.h"
#include "voucher/service.h"

#define CALL_FIELDS_SIZE 2048
#define CALL_DETAIL_SIZE 512

struct worker_context;

/* What a sign-in needs for a moment; wiped and freed with the call. */
struct login_secrets {
    char password[129], fresh[129], digits[7];
    char stored[LOGIN_HASH_SIZE];
    bool failed, is_guessable;
};

struct call {
    struct worker_context *context;
    struct http_exchange *exchange; /* answered exactly once */
    const struct endpoint *endpoint; /* NULL: no such path */
    enum call_state state;
    char method[8]; /* outlives the request, for the log */
    int64_t started_us;
    int64_t now_s;
    char request_id[REQUEST_ID_SIZE];
    enum language language;
    struct secrets *secrets; /* of the worker, when the call began */
    struct caller caller;
    struct uuid path_id;
    struct text path_text;
    struct text body; /* the request's, or an empty one */
    char key[CALLER_NUMBER_MAX + 1];
    int64_t if_match; /* -1: none */
    bool if_match_any;
    struct forwarded origin;

    enum verdict verdict;
    int status; /* of a success */
    char detail[CALL_DETAIL_SIZE];
    int64_t retry_after_s;
    const char *allow; /* with METHOD_NOT_ALLOWED */
    const char *content_type; /* NULL: application/json */
    size_t fields_size;
    struct json_writer reply;
    struct text page; /* an answer that lies elsewhere, such as a built page */

    bool signed_request; /* the terminal's signature held: the answer is signed */
    struct terminal_row terminal;
    char nonce[HTTPSIG_NONCE_SIZE_MAX + 1];
    struct limit_ask ask;
    bool limit_asking; /* limiter_ask() has not returned yet */
    enum call_state limit_next; /* what it led to when it answered before it returned */
    struct outcall outcall;
    struct desk_task task; /* of an ask: work for a desk instead of a call */
    struct desk *desk; /* that does it */
    struct digest session; /* of an administrator at the page; none: by token */
    struct uuid pool; /* of a claim */
    char code[72]; /* of an enrolment; a token that is shown once */
    uint8_t proof[ED25519_SIGNATURE_SIZE];
    uint8_t token[TOKEN_SIZE]; /* of a voucher that is shown; not yet verified */
    char rotating[ROTATING_DIGITS + 1]; /* the code behind it; empty: none */
    struct login_secrets *login; /* of an administrator who signs in */
    char *assertion; /* of a sign-in; freed with the call */
    struct campaign_rules *rules; /* of a definition that was sent; freed with the call */
    struct uuid *residents; /* of a grant; freed with the call */
    int step; /* the endpoint's own, from its parse to its last finish */
    bool sets_cookie; /* of a sign-in: the browser keeps the session */
    bool committed; /* the ledger was asked */
    bool is_claim; /* counted among the worker's claims in progress */
    struct person person; /* of a sign-in; wiped at the end */
    enum assurance assurance; /* of the session that is being made */
    bool is_upload; /* the body is a file */
    struct spool_writer *spool; /* of an upload; closed with the call */
    struct uuid job; /* that the upload may become */
    struct digest content; /* of the file and the query; what the fingerprint covers */
    struct job_failure cursor; /* of a list that leaves in parts */
    bool (*stream)(struct call *call); /* puts a part into reply; false: it was the last */
    struct report *report; /* that a desk adds up; freed with the call */
    struct board_stream *events; /* of one who looks on; freed with the call */
    struct call *next; /* in the pool, or among the streams */
    struct op op; /* from here on a new request zeroes nothing but faults' count */
    struct faults faults;
    struct campaign_row campaign;
    char fields[CALL_FIELDS_SIZE]; /* fields_size bytes: lines ending CR LF */
};

/* Ends with a refusal. */
enum call_state call_refuse(struct call *call, enum verdict verdict);
enum call_state call_refuse_because(struct call *call, enum verdict verdict, enum detail detail);
/* What the answer will say if it is a refusal. */
void call_say(struct call *call, enum detail detail);
/* A success whose body is in call->reply. */
enum call_state call_answer(struct call *call, int status);
void call_add_field(struct call *call, const char *format, ...) PRINTF_LIKE(2, 3);
void call_add_plain_field(struct call *call, struct text name, struct text value);
/* Looks a query member up; the text is raw (ids and cursors need no decoding). */
bool call_query(const struct call *call, const char *name, struct text *out);
struct view *call_view(struct call *call);
/* Gives back what the call gathered; what was secret is wiped. */
void call_empty(struct call *call);
struct catalogue *call_catalogue(struct call *call);
/* As voucher/board.h has it; good until the next call. */
const struct campaign_row *call_campaign(struct call *call, const struct uuid *id);
const struct terminal_row *call_terminal(struct call *call, const struct uuid *id);
const struct service *call_service(const struct call *call);

#endif
