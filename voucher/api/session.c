/* voucher/api/session.c: signing in: a trusted issuer's assertion, or a one-time code and the
 * name/ID/mobile check. Personal data lives in call->person and is wiped with the call. */
#include "crypto/session.h"
#include "crypto/digest.h"
#include "voucher/api/api.h"
#include "voucher/api/session.h"
#include "voucher/cookie.h"
#include "voucher/idcheck.h"
#include "voucher/mask.h"
#include "voucher/page.h"

#define ASSERTION_BYTES_MAX 8192
#define LEEWAY_S 60
#define CODE_DIGITS 6
#define PERSON_LIFE_S ((int64_t)180 * 86400)

/* Which of the two ways a sign-in takes is kept in call->step. */
enum { WAY_ASSERTION = 1, WAY_CODE = 2, STEP_CODE_TRIED = 3, STEP_ASKED = 4, STEP_SEEN = 5 };

/* Fills call->person, of which the issuer's word is then good. */
static enum verdict
assertion_check(struct call *call)
{
    struct jwt_claims claims;
    struct jwt_check check = { .issuers = call->secrets->issuers,
                               .audience = TEXT("huiquan"),
                               .now_s = call->now_s,
                               .leeway_s = LEEWAY_S };
    must(call->assertion != NULL);
    enum jwt_result result = check.issuers == NULL
                                 ? JWT_UNKNOWN_KEY
                                 : jwt_verify(&check, text_of(call->assertion), &claims);
    if (result != JWT_GOOD) {
        (void)snprintf(call->detail, sizeof call->detail, "assertion: %s", jwt_result_text(result));
        return VERDICT_UNAUTHENTICATED;
    }
    (void)snprintf(call->person.name, sizeof call->person.name, "%s", claims.name);
    (void)snprintf(call->person.id_number, sizeof call->person.id_number, "%s", claims.id_number);
    (void)snprintf(call->person.mobile, sizeof call->person.mobile, "%s", claims.mobile);
    crypto_wipe(&claims, sizeof claims);
    return VERDICT_OK;
}

static bool
code_is_sound(struct text code)
{
    for (size_t i = 0; i < code.size; i++) {
        if (code.at[i] < '0' || code.at[i] > '9') return false;
    }
    return code.size == CODE_DIGITS;
}

void
session_take_code(struct call *call, struct text code)
{
    char mobile[IDCHECK_ROOM];
    size_t size = idcheck_normalise(text_of(call->person.mobile), mobile, sizeof mobile);
    struct text normal = { mobile, size };
    call->step = WAY_CODE;
    call->assurance = ASSURANCE_OTP;
    op_start(&call->op, OP_OTP_TRY);
    keyring_otp(call->secrets->keyring, normal, code, &call->op.otp.code);
    keyring_otp(call->secrets->keyring, normal, (struct text){ 0 }, &call->op.otp.mobile);
}

static void
parse_session(struct call *call, struct json_reader *body)
{
    struct text assertion, code;
    struct json_texts jwt = { JSON_REQUIRED, 1, ASSERTION_BYTES_MAX, NULL };
    struct json_texts number = { JSON_REQUIRED, 1, 63, NULL };
    struct json_texts digits = { JSON_REQUIRED, 0, CODE_DIGITS, code_is_sound };
    (void)json_member_bool(body, "cookie", JSON_OPTIONAL, &call->sets_cookie);
    if (json_member_present(body, "assertion")) {
        call->step = WAY_ASSERTION;
        if (!json_member_text(body, "assertion", jwt, &assertion)) return;
        /* Its signature is checked behind the limit per address. */
        call->assertion = strndup(assertion.at, assertion.size);
        must(call->assertion != NULL);
        return;
    }
    json_member_copy(body, "mobile", number, call->person.mobile);
    if (call->sets_cookie) number.presence = JSON_OPTIONAL; /* who is known is not asked again */
    json_member_copy(body, "name", (struct json_texts){ number.presence, 1, 192, NULL },
                     call->person.name);
    json_member_copy(body, "id_number", number, call->person.id_number);
    call->step = WAY_CODE; /* also where the code has no sound shape */
    if (json_member_text(body, "code", digits, &code)) session_take_code(call, code);
}

static enum call_state
session_keep_person(struct call *call)
{
    struct op *op = &call->op;
    op_end(op);
    op_start(op, OP_RESIDENT_SEEN);
    person_seal(&call->person, call->secrets->keyring, &op->resident);
    call->step = STEP_SEEN;
    return CALL_COMMIT;
}

/* The real name is asked for once: this browser may leave it out next time. */
static void
session_remember(struct call *call, const struct uuid *resident)
{
    char text[SESSION_TEXT_SIZE + 1];
    struct session person = { .audience = SESSION_PERSON,
                              .assurance = ASSURANCE_OTP,
                              .subject = *resident,
                              .issued_at_s = call->now_s,
                              .expires_at_s = call->now_s + PERSON_LIFE_S };
    session_write(call->secrets->keyring, &person, text);
    cookie_set(call, COOKIE_PERSON, text, PERSON_LIFE_S);
}

/* Name and ID number of who signed in here before, if the mobile that gets the code is still his.
 */
static void
session_recall(struct call *call)
{
    struct session known;
    struct resident_row row;
    struct person person;
    char mobile[IDCHECK_ROOM];
    bool is_left_out = call->person.name[0] == '\0' && call->person.id_number[0] == '\0';
    if (!is_left_out || !call->sets_cookie || !cookie_read(call, COOKIE_PERSON, &known)) return;
    if (!view_resident(call_view(call), &known.subject, &row)) return;
    if (!person_unseal(&row, call->secrets->keyring, &person)) return;
    (void)idcheck_normalise(text_of(call->person.mobile), mobile, sizeof mobile);
    if (strcmp(mobile, person.mobile) == 0) call->person = person;
    person_wipe(&person);
}

static enum call_state
session_answer(struct call *call, const struct uuid *resident)
{
    char text[SESSION_TEXT_SIZE + 1], masked[MASK_SIZE];
    const struct service *service = call_service(call);
    bool by_code = call->assurance == ASSURANCE_OTP;
    struct session session = { .audience = SESSION_RESIDENT,
                               .assurance = call->assurance,
                               .subject = *resident,
                               .issued_at_s = call->now_s,
                               .expires_at_s = call->now_s + service->config->session_s };
    struct json_writer *w = &call->reply;
    session_write(call->secrets->keyring, &session, text);
    if (call->sets_cookie) cookie_set(call, COOKIE_SESSION, text, service->config->session_s);
    if (call->sets_cookie && by_code) session_remember(call, resident);
    if (call->endpoint->refused != NULL) return page_send_to(call, "/");
    json_write_begin_object(w);
    json_put_string(w, "session", text);
    json_put_time(w, "expires_at", session.expires_at_s, service->offset_s);
    json_put_string(w, "assurance", call->assurance == ASSURANCE_ISSUER ? "issuer" : "otp");
    json_put_object(w, "resident");
    json_put_id(w, "resident_id", ID_RESIDENT, resident);
    mask_name(text_of(call->person.name), masked);
    json_put_string(w, "name_masked", masked);
    if (call->person.mobile[0] != '\0') mask_mobile(text_of(call->person.mobile), masked);
    json_put_string(w, "mobile_masked", call->person.mobile[0] != '\0' ? masked : NULL);
    json_write_end_object(w);
    json_write_end_object(w);
    person_wipe(&call->person);
    return call_answer(call, 201);
}

/* A person seen before needs no write: his session follows at once. */
static enum call_state
session_person(struct call *call)
{
    struct resident_row sealed, known;
    person_seal(&call->person, call->secrets->keyring, &sealed);
    if (view_resident(call_view(call), &sealed.id, &known) &&
        digest_equal(&known.name, &sealed.name)) {
        return session_answer(call, &sealed.id);
    }
    return session_keep_person(call);
}

enum call_state
session_begin(struct call *call)
{
    const struct service *service = call_service(call);
    if (call->sets_cookie && !cookie_same_origin(call)) { /* nobody signs others in as himself */
        return call_refuse_because(call, VERDICT_FORBIDDEN, DETAIL_FOREIGN_PAGE);
    }
    if (call->step == WAY_ASSERTION) {
        enum verdict signature = assertion_check(call);
        if (signature != VERDICT_OK) return call_refuse(call, signature);
        call->assurance = ASSURANCE_ISSUER;
    } else {
        session_recall(call);
    }
    person_check(&call->person, call->now_s, service->offset_s, &call->faults);
    enum verdict verdict = faults_verdict(&call->faults);
    if (verdict != VERDICT_OK) return call_refuse(call, verdict);
    if (call->step == WAY_ASSERTION) return session_person(call);
    call->step = STEP_CODE_TRIED;
    return CALL_COMMIT;
}

/* The configured check says whether name, number and mobile belong together: {"match": true}. */
static enum call_state
session_ask(struct call *call)
{
    struct json_writer w;
    const char *url = call_service(call)->config->identity_check_url;
    if (url[0] == '\0') {
        return call_refuse_because(call, VERDICT_NOT_ELIGIBLE, DETAIL_NO_IDENTITY_CHECK);
    }
    json_writer_fix(&w, call->outcall.body, sizeof call->outcall.body);
    json_write_begin_object(&w);
    json_put_string(&w, "name", call->person.name);
    json_put_string(&w, "id_number", call->person.id_number);
    json_put_string(&w, "mobile", call->person.mobile);
    json_write_end_object(&w);
    call->outcall.body_size = json_writer_text(&w).size;
    call->outcall.url = url;
    call->outcall.errand = ERRAND_IDENTITY_CHECK;
    call->step = STEP_ASKED;
    return CALL_ASK;
}

static enum call_state
session_asked(struct call *call)
{
    const struct outcall *asked = &call->outcall;
    struct json_document *document = NULL;
    struct json_reader reader;
    struct faults faults = { 0 };
    bool match = false;
    if (asked->fault != FAULT_NONE || asked->status != 200) {
        return call_refuse(call, VERDICT_UNAVAILABLE);
    }
    struct text answer = { asked->answer, asked->answer_size };
    if (json_document_open(&document, answer, JSON_TOP_OBJECT) != FAULT_NONE) {
        return call_refuse(call, VERDICT_UNAVAILABLE);
    }
    bool told = json_reader_start(&reader, document, &faults) &&
                json_member_bool(&reader, "match", JSON_REQUIRED, &match);
    json_document_close(document);
    if (!told) return call_refuse(call, VERDICT_UNAVAILABLE);
    if (!match) {
        return call_refuse_because(call, VERDICT_NOT_ELIGIBLE, DETAIL_IDENTITY_MISMATCH);
    }
    return session_person(call);
}

enum call_state
session_finish(struct call *call)
{
    if (call->step == STEP_CODE_TRIED) return session_ask(call);
    if (call->step == STEP_ASKED) return session_asked(call);
    must(call->step == STEP_SEEN);
    struct uuid resident = call->op.resident.id;
    return session_answer(call, &resident);
}

enum flaw
otp_check_mobile(struct call *call)
{
    char normal[IDCHECK_ROOM];
    size_t size = idcheck_normalise(text_of(call->person.mobile), normal, sizeof normal);
    struct text mobile = { normal, size };
    enum flaw flaw = size == 0 ? FLAW_MOBILE_SHAPE : idcheck_mobile(mobile);
    if (flaw == FLAW_NONE) memcpy(call->person.mobile, normal, size + 1);
    return flaw;
}

static void
parse_otp(struct call *call, struct json_reader *body)
{
    struct json_texts number = { JSON_REQUIRED, 1, 63, NULL };
    if (!json_member_copy(body, "mobile", number, call->person.mobile)) return;
    enum flaw flaw = otp_check_mobile(call);
    if (flaw != FLAW_NONE) json_member_flaw(body, "mobile", flaw);
}

/* Six digits without bias: what does not fit is drawn again. */
static void
code_draw(const struct seams *seams, char out[CODE_DIGITS + 1])
{
    uint32_t random;
    do {
        seams->random_fill(seams->owner, &random, sizeof random);
    } while (random >= 4294000000u);
    (void)snprintf(out, CODE_DIGITS + 1, "%06u", random % 1000000u);
}

enum call_state
otp_begin(struct call *call)
{
    char code[CODE_DIGITS + 1];
    struct json_writer w;
    const struct service *service = call_service(call);
    struct text mobile = text_of(call->person.mobile);
    const char *url = service->config->sms_webhook_url;
    if (url[0] == '\0') {
        return call_refuse_because(call, VERDICT_UNAVAILABLE, DETAIL_NO_SMS);
    }
    code_draw(&service->seams, code);
    op_start(&call->op, OP_OTP_SEND);
    keyring_otp(call->secrets->keyring, mobile, text_of(code), &call->op.otp.code);
    keyring_otp(call->secrets->keyring, mobile, (struct text){ 0 }, &call->op.otp.mobile);
    json_writer_fix(&w, call->outcall.body, sizeof call->outcall.body);
    json_write_begin_object(&w);
    json_put_string(&w, "type", "otp");
    json_put_text(&w, "mobile", mobile);
    json_put_string(&w, "code", code);
    json_put_int64(&w, "valid_s", service->config->otp_s);
    json_write_end_object(&w);
    call->outcall.body_size = json_writer_text(&w).size;
    call->outcall.url = url;
    call->outcall.errand = ERRAND_SMS;
    crypto_wipe(code, sizeof code);
    return CALL_COMMIT;
}

enum call_state
otp_finish(struct call *call)
{
    if (call->step == 0) {
        call->step = STEP_ASKED;
        return CALL_ASK;
    }
    bool sent = call->outcall.fault == FAULT_NONE && call->outcall.status / 100 == 2;
    return sent ? CALL_REPLY : call_refuse(call, VERDICT_UNAVAILABLE);
}

static enum call_state
finish_otp(struct call *call)
{
    const struct service *service = call_service(call);
    enum call_state next = otp_finish(call);
    if (next != CALL_REPLY || call->verdict != VERDICT_OK) return next;
    json_write_begin_object(&call->reply);
    json_put_time(&call->reply, "expires_at", call->now_s + service->config->otp_s,
                  service->offset_s);
    json_put_int64(&call->reply, "retry_after_s", service->config->otp_interval_s);
    json_write_end_object(&call->reply);
    return call_answer(call, 200);
}

static const struct endpoint rows[] = {
    { .method = HTTP_POST,
      .path = "/v1/sessions",
      .role = ROLE_ANYONE,
      .limit = LIMIT_ADDRESS,
      .body = BODY_JSON,
      .parse = parse_session,
      .begin = session_begin,
      .finish = session_finish },
    { .method = HTTP_POST,
      .path = "/v1/otp",
      .role = ROLE_ANYONE,
      .limit = LIMIT_ADDRESS,
      .body = BODY_JSON,
      .parse = parse_otp,
      .begin = otp_begin,
      .finish = finish_otp },
};

struct endpoint_rows
api_session(void)
{
    return (struct endpoint_rows){ rows, COUNT_OF(rows) };
}
