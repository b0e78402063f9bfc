/* voucher/api/sign_in.c: signing in and out by plain forms: mobile and one-time code, name and ID
 * number. What was typed stays in the form (never the code), so that a slip costs one field. */
#include "voucher/api/api.h"
#include "voucher/api/session.h"
#include "voucher/cookie.h"
#include "voucher/form.h"
#include "voucher/page.h"

#define CODE_ROOM 16
#define FIELDS_OF_THE_KNOWN 2 /* mobile and code */

struct sign_in_field {
    const char *name;
    enum page_word word;
    const char *attributes;
};

static const struct sign_in_field fields[] = {
    { "mobile", WORD_MOBILE, "type=\"tel\" autocomplete=\"tel-national\" inputmode=\"numeric\"" },
    { "code", WORD_CODE,
      "autocomplete=\"one-time-code\" inputmode=\"numeric\" maxlength=\"6\" pattern=\"[0-9]{6}\"" },
    { "name", WORD_REAL_NAME, "autocomplete=\"name\"" },
    { "id_number", WORD_ID_NUMBER, "autocomplete=\"off\" maxlength=\"18\"" },
};

static enum flaw
flaw_of(const struct call *call, const char *name)
{
    for (size_t i = 0; i < call->faults.count; i++) {
        const struct flaw_at *row = &call->faults.rows[i];
        if (row->pointer.text[0] == '/' && strcmp(row->pointer.text + 1, name) == 0) {
            return row->flaw;
        }
    }
    return FLAW_NONE;
}

static void
put_field(struct page *p, const struct sign_in_field *field)
{
    char value[PERSON_NAME_BYTES_MAX + 1] = "";
    enum flaw flaw = flaw_of(p->call, field->name);
    bool is_code = field->word == WORD_CODE;
    if (!is_code) (void)form_find(p->call->body, field->name, value, sizeof value);
    page_format(p, "<p class=\"field\"><label for=\"%s\">", field->name);
    page_say(p, field->word);
    page_format(p, "</label><input required id=\"%s\" name=\"%s\" %s value=\"", field->name,
                field->name, field->attributes);
    page_put(p, text_of(value));
    page_format(p, "\"%s>", flaw == FLAW_NONE ? "" : " aria-invalid=\"true\"");
    if (flaw != FLAW_NONE) {
        page_format(p, "<span class=\"wrong\" id=\"%s-wrong\">", field->name);
        page_put(p, text_of(flaw_words(flaw, p->language)));
        page_add(p, "</span>");
    }
    if (field->word == WORD_MOBILE) {
        page_add(p, "<button class=\"button plain\" formaction=\"/sign-in/code\" formnovalidate>");
        page_say(p, WORD_SEND_CODE);
        page_add(p, "</button>");
    }
    page_add(p, "</p>");
}

/* Whoever is known here types his name again only when it did not fit. */
static void
put_fields(struct page *p)
{
    struct session known;
    bool is_known = cookie_read(p->call, COOKIE_PERSON, &known) &&
                    flaw_of(p->call, "name") == FLAW_NONE &&
                    flaw_of(p->call, "id_number") == FLAW_NONE;
    size_t count = is_known ? FIELDS_OF_THE_KNOWN : COUNT_OF(fields);
    for (size_t i = 0; i < count; i++) {
        put_field(p, &fields[i]);
    }
    page_add(p, "<p class=\"soft\">");
    if (is_known) {
        page_say(p, WORD_KNOWN);
        page_add(p, " <b id=\"known\">");
        page_put_person(p, &known.subject);
        page_add(p, "</b> <button class=\"link\" formaction=\"/sign-out\" formnovalidate>");
        page_say(p, WORD_NOT_ME);
        page_add(p, "</button>");
    } else {
        page_say(p, WORD_WHY_NAME);
    }
    page_add(p, "</p>");
}

static enum call_state
answer_form(struct call *call, int status, enum page_word notice)
{
    struct page page;
    enum verdict verdict = call->verdict;
    char wait[24];
    page_begin(&page, call, WORD_SIGN_IN);
    (void)snprintf(wait, sizeof wait, "%lld", (long long)call->retry_after_s);
    if (status >= 400) page_put_refusal(&page, verdict, text_of(wait));
    if (notice != WORD_COUNT) {
        page_add(&page, "<p class=\"notice good\" role=\"status\">");
        page_say(&page, notice);
        page_add(&page, "</p>");
    }
    page_add(&page, "<h1>");
    page_say(&page, WORD_SIGN_IN);
    page_add(&page, "</h1><p class=\"soft\">");
    page_say(&page, WORD_WHY_APP);
    page_add(&page, "</p><form class=\"card fields\" method=\"post\" action=\"/sign-in\">");
    put_fields(&page);
    page_add(&page, "<button class=\"button\">");
    page_say(&page, WORD_SIGN_IN);
    page_add(&page, "</button></form>");
    return page_end(&page, status);
}

static enum call_state
begin_page(struct call *call)
{
    return answer_form(call, 200, WORD_COUNT);
}

static void
refuse_sign_in(struct call *call)
{
    must(call->verdict != VERDICT_OK);
    (void)answer_form(call, verdict_status(call->verdict), WORD_COUNT);
}

static enum call_state
begin_sign_in(struct call *call)
{
    char code[CODE_ROOM];
    struct person *person = &call->person;
    (void)form_find(call->body, "mobile", person->mobile, sizeof person->mobile);
    (void)form_find(call->body, "name", person->name, sizeof person->name);
    (void)form_find(call->body, "id_number", person->id_number, sizeof person->id_number);
    (void)form_find(call->body, "code", code, sizeof code);
    session_take_code(call, text_of(code));
    call->sets_cookie = true;
    return session_begin(call);
}

static enum call_state
begin_code(struct call *call)
{
    struct pointer at = { 0 };
    if (!cookie_same_origin(call)) {
        return call_refuse_because(call, VERDICT_FORBIDDEN, DETAIL_FOREIGN_PAGE);
    }
    (void)form_find(call->body, "mobile", call->person.mobile, sizeof call->person.mobile);
    enum flaw flaw = otp_check_mobile(call);
    if (flaw == FLAW_NONE) return otp_begin(call);
    pointer_push_key(&at, TEXT("mobile"));
    faults_add(&call->faults, flaw, &at);
    return call_refuse(call, VERDICT_INVALID);
}

static enum call_state
finish_code(struct call *call)
{
    enum call_state next = otp_finish(call);
    if (next != CALL_REPLY || call->verdict != VERDICT_OK) return next;
    return answer_form(call, 200, WORD_CODE_SENT);
}

static enum call_state
begin_sign_out(struct call *call)
{
    if (!cookie_same_origin(call)) {
        return call_refuse_because(call, VERDICT_FORBIDDEN, DETAIL_FOREIGN_PAGE);
    }
    cookie_set(call, COOKIE_SESSION, "", 0);
    cookie_set(call, COOKIE_PERSON, "", 0);
    return page_send_to(call, "/");
}

static const struct endpoint rows[] = {
    { .method = HTTP_GET, .path = "/sign-in", .begin = begin_page },
    { .method = HTTP_POST,
      .path = "/sign-in",
      .limit = LIMIT_ADDRESS,
      .body = BODY_RAW,
      .begin = begin_sign_in,
      .finish = session_finish,
      .refused = refuse_sign_in },
    { .method = HTTP_POST,
      .path = "/sign-in/code",
      .limit = LIMIT_ADDRESS,
      .body = BODY_RAW,
      .begin = begin_code,
      .finish = finish_code,
      .refused = refuse_sign_in },
    { .method = HTTP_POST, .path = "/sign-out", .body = BODY_RAW, .begin = begin_sign_out },
};

struct endpoint_rows
api_sign_in(void)
{
    return (struct endpoint_rows){ rows, COUNT_OF(rows) };
}
