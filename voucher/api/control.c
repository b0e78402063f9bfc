/* voucher/api/control.c: what the operator does on the machine itself, by the control socket: who
 * may open that file may do this. */
#include "crypto/api_token.h"
#include "voucher/api/api.h"
#include "voucher/wire/reply.h"

static void
parse_admin(struct call *call, struct json_reader *body)
{
    static const char *const words[] = { "budget", "operations", "approver", "auditor" };
    struct json_array roles;
    op_start(&call->op, OP_ADMIN_CREATE);
    json_member_copy(body, "name",
                     (struct json_texts){ JSON_REQUIRED, 1, PERSON_NAME_BYTES_MAX, NULL },
                     call->op.admin.name);
    if (!json_member_array(body, "roles", (struct json_counts){ JSON_REQUIRED, 1, 4 }, &roles)) {
        return;
    }
    for (size_t i = 0; i < roles.count; i++) {
        struct text word;
        size_t k = 0;
        struct json_texts rule = { JSON_REQUIRED, 1, 16, NULL };
        if (!json_element_text(&roles, i, rule, &word)) continue;
        while (k < COUNT_OF(words) && !text_equal(word, text_of(words[k]))) {
            k++;
        }
        if (k == COUNT_OF(words))
            json_element_flaw(&roles, i, FLAW_UNKNOWN_WORD);
        else
            call->op.admin.roles |= 1u << k;
    }
}

static enum call_state
begin_admin(struct call *call)
{
    char token[API_TOKEN_SIZE + 1];
    api_token_make(token);
    must(api_token_digest(text_of(token), &call->op.admin.token));
    _Static_assert(sizeof call->code > API_TOKEN_SIZE, "the token waits here for its answer");
    memcpy(call->code, token, sizeof token);
    return CALL_COMMIT;
}

/* The token is shown once; only its digest is kept. */
static enum call_state
finish_admin(struct call *call)
{
    struct text made = json_writer_text(&call->op.body);
    json_write_begin_object(&call->reply);
    json_write_raw_members(&call->reply, (struct text){ made.at + 1, made.size - 2 });
    json_put_string(&call->reply, "token", call->code);
    json_write_end_object(&call->reply);
    return call_answer(call, 201);
}

static const struct endpoint rows[] = {
    { .method = HTTP_POST,
      .path = "/v1/admin/admins",
      .role = ROLE_CONTROL,
      .body = BODY_JSON,
      .parse = parse_admin,
      .begin = begin_admin,
      .finish = finish_admin },
};

struct endpoint_rows
api_control(void)
{
    return (struct endpoint_rows){ rows, COUNT_OF(rows) };
}
