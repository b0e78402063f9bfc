/* voucher/httpsig/base.h: the signature base of RFC 9421 section 2.5, for requests and answers,
 * free of any policy. Pure: no allocation; any thread.
 *
 * Components: @method @target-uri @authority @scheme @request-target @path @query of requests,
 * @status of answers, and every field, its lines combined. Component parameters (sf, bs, key, req,
 * tr, and the name of @query-param) are refused: no till needs them, and each is a second reading
 * of a value that was already read once. */
#ifndef HUIQUAN_HTTPSIG_BASE_H
#define HUIQUAN_HTTPSIG_BASE_H

#include "voucher/httpsig/reason.h"
#include "voucher/httpsig/sfv_writer.h"

#define HTTPSIG_COMPONENTS_MAX 32
/* Of Signature-Input, Signature and Content-Digest, lines combined. */
#define HTTPSIG_FIELD_SIZE_MAX 4096

struct signed_field {
    struct text name; /* in any case */
    struct text value;
};

/* What the signature is about, borrowed from whoever parsed it. All as sent: for @authority
 * upper case and a default port are taken off here. */
struct signed_message {
    int status; /* of an answer; 0: a request */
    struct text method;
    struct text scheme; /* https behind a proxy that ends TLS */
    struct text authority; /* of an absolute-form target, else Host */
    struct text target; /* empty: path and query */
    struct text path; /* raw; empty counts as "/" */
    struct text query; /* raw, without the "?" */
    bool has_query;
    const struct signed_field *fields;
    size_t field_count;
    struct text body;
};

/* Writes all values of a field joined by ", ", white space around each taken off (section 2.1).
 * The name is in lower case. False when there is none. */
bool signed_message_field(const struct signed_message *m, struct text name, struct sfv_writer *out);

/* Bits of what a signature covers; other components have none. */
enum httpsig_covers {
    HTTPSIG_COVERS_METHOD = 1 << 0,
    HTTPSIG_COVERS_PATH = 1 << 1,
    HTTPSIG_COVERS_QUERY = 1 << 2,
    HTTPSIG_COVERS_STATUS = 1 << 3,
    HTTPSIG_COVERS_CONTENT_DIGEST = 1 << 4,
    HTTPSIG_COVERS_IDEMPOTENCY_KEY = 1 << 5,
};

/* input is a member of Signature-Input that is_list. The last line holds it in canonical form
 * (section 2.3), whatever white space or leading zeros it came with. */
MUST_USE enum httpsig_reason httpsig_base_write(const struct signed_message *m,
                                                const struct sfv_member *input,
                                                struct sfv_writer *out, unsigned *covered);

#endif
