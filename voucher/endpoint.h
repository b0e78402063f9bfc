/* voucher/endpoint.h: one row of the table of endpoints, and the words that it is written in. Plain
 * data; any thread. */
#ifndef HUIQUAN_ENDPOINT_H
#define HUIQUAN_ENDPOINT_H

#include "voucher/http/request.h"
#include "voucher/json.h"

enum call_state {
    CALL_PARSE,
    CALL_AUTH,
    CALL_UPLOAD,
    CALL_LIMIT,
    CALL_BEGIN,
    CALL_COMMIT,
    CALL_ASK,
    CALL_FINISH,
    CALL_REPLY,
    CALL_STREAM,
    CALL_STATES
};

enum call_role { ROLE_ANYONE, ROLE_RESIDENT, ROLE_TERMINAL, ROLE_ADMIN, ROLE_CONTROL };
/* By which listener a request came. */
enum call_door { DOOR_PUBLIC, DOOR_METRICS, DOOR_CONTROL };
enum call_limit { LIMIT_NONE, LIMIT_CLAIM, LIMIT_ADDRESS };
enum call_path {
    PATH_NONE,
    PATH_CAMPAIGN,
    PATH_VOUCHER,
    PATH_REDEMPTION,
    PATH_REQUEST_NO,
    PATH_MERCHANT,
    PATH_TERMINAL,
    PATH_CHANGE,
    PATH_JOB,
    PATH_RESIDENT,
    PATH_CODE
};
/* CSV bodies are files: they stream into the spool (voucher/upload.h). */
enum call_body { BODY_NONE, BODY_EMPTY, BODY_JSON, BODY_RAW, BODY_CSV, BODY_JSON_OR_CSV };

struct call;

/* One row of the table of endpoints, from which routing, role checks, metrics and the OpenAPI test
 * follow. "{…}" in a path is what path says. */
struct endpoint {
    enum http_method method;
    const char *path;
    enum call_role role;
    unsigned admin_roles; /* of an administrator: one of these; 0: any */
    enum call_limit limit;
    enum call_path path_is;
    enum call_body body;
    bool needs_key;
    bool for_metrics; /* the listener for metrics serves this too, and nothing else */
    /* Reads the body; faults go into call->faults. NULL: there is nothing to read. */
    void (*parse)(struct call *call, struct json_reader *body);
    /* A refusal that is certain already: it asks neither Redis nor the ledger, only the worker's
     * own table of limits. VERDICT_OK: go on. NULL: nothing is certain. */
    enum verdict (*peek)(struct call *call);
    /* Answers (CALL_REPLY), or fills call->op (CALL_COMMIT). */
    enum call_state (*begin)(struct call *call);
    /* After the op came back with VERDICT_OK, or after an ask. NULL: the op's body is the answer.
     */
    enum call_state (*finish)(struct call *call);
    /* A page's own way to say no: it answers as a success would. NULL: a problem document. */
    void (*refused)(struct call *call);
};

#endif
