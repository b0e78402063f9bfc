/* voucher/api/campaign.c: what administrators do with campaigns, budgets and grants. */
#include "voucher/wire/campaign.h"
#include "crypto/digest.h"
#include "voucher/api/api.h"
#include "voucher/api/import.h"
#include "voucher/api/list.h"
#include "voucher/idcheck.h"
#include "voucher/rules/claim.h"
#include "voucher/wire/reply.h"

#define FEN_MAX INT64_C(100000000000000)

static void
parse_campaign(struct call *call, struct json_reader *body)
{
    bool create = call->endpoint->method == HTTP_POST;
    op_start(&call->op, create ? OP_CAMPAIGN_CREATE : OP_CAMPAIGN_CHANGE);
    must(wire_campaign_read(body, &call->op.campaign.rules) == FAULT_NONE);
    call->rules = call->op.campaign.rules; /* freed with the call */
}

static enum call_state
begin_campaign(struct call *call)
{
    call->op.campaign.campaign = call->path_id;
    return CALL_COMMIT;
}

/* The last segment of the path names the act. */
static enum campaign_act
act_of_path(struct text path)
{
    for (int act = 0; act < ACT_COUNT; act++) {
        struct text word = text_of(campaign_act_text((enum campaign_act)act));
        if (path.size <= word.size) continue;
        struct text tail = { path.at + path.size - word.size, word.size };
        if (text_equal(tail, word)) return (enum campaign_act)act;
    }
    must(!"a row whose path names no act");
    return ACT_COUNT;
}

static enum call_state
begin_act(struct call *call)
{
    op_start(&call->op, OP_CAMPAIGN_ACT);
    call->op.campaign.campaign = call->path_id;
    call->op.campaign.act = act_of_path(call->exchange->request.path);
    return CALL_COMMIT;
}

static void
write_row(struct call *call, const struct campaign_row *row)
{
    struct view *v = call_view(call);
    struct version_row latest;
    struct text definition;
    const struct campaign_rules *acting = catalogue_acting(call_catalogue(call), v, row);
    if (!view_version(v, &row->id, row->latest_version, &latest)) return;
    if (!view_definition(v, &row->id, row->latest_version, &definition)) return;
    struct wire_campaign shown = { row, &latest, acting, definition };
    wire_write_campaign(&call->reply, &shown, call->now_s);
}

static enum call_state
begin_campaign_get(struct call *call)
{
    if (!view_campaign(call_view(call), &call->path_id, &call->campaign)) {
        return call_refuse(call, VERDICT_NOT_FOUND);
    }
    write_row(call, &call->campaign);
    call_add_field(call, "ETag: \"r%lld\"", (long long)call->campaign.revision);
    return call_answer(call, 200);
}

static enum call_state
begin_campaigns(struct call *call)
{
    struct uuid ids[LIST_LIMIT_MAX + 1];
    struct list list;
    if (!list_read(call, &list)) return call_refuse(call, VERDICT_MALFORMED);
    size_t count = view_campaigns(call_view(call), &list.after, ids, list.limit + 1);
    list_begin(call, &list, count);
    for (size_t i = 0; i < list.shown && !list_is_long(call, &list, i); i++) {
        if (!view_campaign(call_view(call), &ids[i], &call->campaign)) continue;
        write_row(call, &call->campaign);
    }
    list_end(call, &list, list.shown > 0 ? &ids[list.shown - 1] : NULL);
    return call_answer(call, 200);
}

static void
write_ledger_pools(struct json_writer *w, const struct campaign_row *row)
{
    json_put_array(w, "pools");
    for (size_t i = 0; i < row->pool_count; i++) {
        json_write_begin_object(w);
        json_put_id(w, "pool_id", ID_POOL, &row->pools[i].id);
        json_put_int64(w, "count", row->pools[i].count);
        json_put_int64(w, "issued", row->pools[i].issued);
        json_put_int64(w, "redeemed", row->pools[i].redeemed);
        json_write_end_object(w);
    }
    json_write_end_array(w);
}

static enum call_state
begin_ledger(struct call *call)
{
    struct json_writer *w = &call->reply;
    struct campaign_row *row = &call->campaign;
    int64_t issued = 0, redeemed = 0;
    if (!view_campaign(call_view(call), &call->path_id, row)) {
        return call_refuse(call, VERDICT_NOT_FOUND);
    }
    for (size_t i = 0; i < row->pool_count; i++) {
        issued += row->pools[i].issued;
        redeemed += row->pools[i].redeemed;
    }
    json_write_begin_object(w);
    json_put_id(w, "campaign_id", ID_CAMPAIGN, &row->id);
    json_put_int64(w, "funded_fen", row->balances.funded_fen);
    json_put_int64(w, "available_fen", row->balances.available_fen);
    json_put_int64(w, "live_fen", row->balances.live_fen);
    json_put_int64(w, "held_fen", row->balances.held_fen);
    json_put_int64(w, "redeemed_fen", row->balances.redeemed_fen);
    json_put_int64(w, "settled_fen", row->balances.settled_fen);
    json_put_int64(w, "returned_fen", row->balances.returned_fen);
    json_put_int64(w, "issued", issued);
    json_put_int64(w, "redeemed", redeemed);
    write_ledger_pools(w, row);
    json_write_end_object(w);
    return call_answer(call, 200);
}

static enum call_state
begin_stats(struct call *call)
{
    struct json_writer *w = &call->reply;
    struct campaign_row *row = &call->campaign;
    int64_t count = 0, issued = 0, redeemed = 0;
    if (!view_campaign(call_view(call), &call->path_id, row)) {
        return call_refuse(call, VERDICT_NOT_FOUND);
    }
    for (size_t i = 0; i < row->pool_count; i++) {
        count += row->pools[i].count;
        issued += row->pools[i].issued;
        redeemed += row->pools[i].redeemed;
    }
    json_write_begin_object(w);
    json_put_id(w, "campaign_id", ID_CAMPAIGN, &row->id);
    json_put_int64(w, "count", count);
    json_put_int64(w, "issued", issued);
    json_put_int64(w, "remaining", count - issued);
    json_put_int64(w, "redeemed", redeemed);
    json_put_int64(w, "redeemed_fen", row->balances.redeemed_fen);
    json_put_int64(w, "live_fen", row->balances.live_fen);
    write_ledger_pools(w, row);
    json_write_end_object(w);
    return call_answer(call, 200);
}

static void
parse_budget(struct call *call, struct json_reader *body)
{
    struct budget_command *cmd = &call->op.budget;
    op_start(&call->op, OP_BUDGET_PROPOSE);
    json_member_int64(body, "current_fen", (struct json_integers){ JSON_REQUIRED, 0, FEN_MAX },
                      &cmd->current_fen);
    json_member_int64(body, "target_fen", (struct json_integers){ JSON_REQUIRED, 1, FEN_MAX },
                      &cmd->target_fen);
    json_member_copy(body, "reason",
                     (struct json_texts){ JSON_REQUIRED, 1, REASON_BYTES_MAX, NULL }, cmd->reason);
}

static enum call_state
begin_budget(struct call *call)
{
    call->op.budget.campaign = call->path_id;
    return CALL_COMMIT;
}

static enum call_state
begin_judge(struct call *call)
{
    struct text path = call->exchange->request.path;
    op_start(&call->op, OP_BUDGET_JUDGE);
    call->op.budget.change = call->path_id;
    call->op.budget.approve = path.at[path.size - 1] == 'e'; /* approve, else reject */
    return CALL_COMMIT;
}

static enum call_state
begin_budget_changes(struct call *call)
{
    struct budget_change_row found[LIST_LIMIT_MAX + 1];
    struct list list;
    if (!list_read(call, &list)) return call_refuse(call, VERDICT_MALFORMED);
    if (!view_campaign(call_view(call), &call->path_id, &call->campaign)) {
        return call_refuse(call, VERDICT_NOT_FOUND);
    }
    size_t count =
        view_budget_changes(call_view(call), &call->path_id, &list.after, found, list.limit + 1);
    list_begin(call, &list, count);
    for (size_t i = 0; i < list.shown; i++) {
        wire_write_budget_change(&call->reply, &found[i], call_service(call)->offset_s);
    }
    list_end(call, &list, list.shown > 0 ? &found[list.shown - 1].id : NULL);
    return call_answer(call, 200);
}

static enum call_state
begin_budget_change(struct call *call)
{
    struct budget_change_row change;
    if (!view_budget_change(call_view(call), &call->path_id, &change)) {
        return call_refuse(call, VERDICT_NOT_FOUND);
    }
    wire_write_budget_change(&call->reply, &change, call_service(call)->offset_s);
    return call_answer(call, 200);
}

/* A person of a grant: by ID number, or by the resident's id. Who was never seen is a person too.
 */
static void
parse_grant_row(struct call *call, const struct json_array *list, size_t i)
{
    char normal[IDCHECK_ROOM];
    struct text number;
    struct json_texts rule = { JSON_REQUIRED, 1, 63, NULL };
    struct civil_date today =
        civil_date_of_day(civil_day_of(call->now_s, call_service(call)->offset_s));
    if (!json_element_text(list, i, rule, &number)) return;
    struct uuid *out = &call->residents[i];
    call->op.grant.by_id[i] = id_read(ID_RESIDENT, number, out);
    if (call->op.grant.by_id[i]) return;
    size_t size = idcheck_normalise(number, normal, sizeof normal);
    struct text id_number = { normal, size };
    enum flaw flaw = size == 0 ? FLAW_ID_NUMBER_SHAPE : idcheck_id_number(id_number, &today);
    if (flaw != FLAW_NONE) json_element_flaw(list, i, flaw);
    keyring_person_ref(call->secrets->keyring, id_number, out);
    crypto_wipe(normal, sizeof normal);
}

static void
parse_grant(struct call *call, struct json_reader *body)
{
    struct json_array list;
    op_start(&call->op, OP_GRANT);
    json_member_id(body, "pool_id", ID_POOL, JSON_REQUIRED, &call->op.grant.pool);
    struct json_counts rule = { JSON_REQUIRED, 1, GRANT_RESIDENTS_MAX };
    if (!json_member_array(body, "residents", rule, &list)) return;
    call->residents = calloc(list.count, sizeof *call->residents + sizeof *call->op.grant.by_id);
    must(call->residents != NULL);
    call->op.grant.by_id = (bool *)(void *)(call->residents + list.count);
    call->op.grant.resident_count = list.count;
    call->op.grant.residents = call->residents;
    for (size_t i = 0; i < list.count; i++) {
        parse_grant_row(call, &list, i);
    }
}

static enum call_state
begin_grant(struct call *call)
{
    if (call->is_upload) return import_begin(call, JOB_GRANTS);
    call->op.grant.campaign = call->path_id;
    return CALL_COMMIT;
}

#define ACT(word, roles)                                                                       \
    {                                                                                          \
        .method = HTTP_POST, .path = "/v1/admin/campaigns/{id}/" word, .role = ROLE_ADMIN,     \
        .admin_roles = roles, .path_is = PATH_CAMPAIGN, .body = BODY_EMPTY, .needs_key = true, \
        .begin = begin_act                                                                     \
    }

static const struct endpoint rows[] = {
    { .method = HTTP_GET,
      .path = "/v1/admin/campaigns",
      .role = ROLE_ADMIN,
      .begin = begin_campaigns },
    { .method = HTTP_POST,
      .path = "/v1/admin/campaigns",
      .role = ROLE_ADMIN,
      .admin_roles = ROLE_OPERATIONS,
      .body = BODY_JSON,
      .needs_key = true,
      .parse = parse_campaign,
      .begin = begin_campaign },
    { .method = HTTP_GET,
      .path = "/v1/admin/campaigns/{id}",
      .role = ROLE_ADMIN,
      .path_is = PATH_CAMPAIGN,
      .begin = begin_campaign_get },
    { .method = HTTP_PUT,
      .path = "/v1/admin/campaigns/{id}",
      .role = ROLE_ADMIN,
      .admin_roles = ROLE_OPERATIONS,
      .path_is = PATH_CAMPAIGN,
      .body = BODY_JSON,
      .parse = parse_campaign,
      .begin = begin_campaign },
    ACT("submit", ROLE_OPERATIONS),
    ACT("approve", ROLE_APPROVER),
    ACT("reject", ROLE_APPROVER),
    ACT("pause", ROLE_OPERATIONS),
    ACT("resume", ROLE_OPERATIONS),
    ACT("close", ROLE_OPERATIONS),
    { .method = HTTP_GET,
      .path = "/v1/admin/campaigns/{id}/ledger",
      .role = ROLE_ADMIN,
      .path_is = PATH_CAMPAIGN,
      .begin = begin_ledger },
    { .method = HTTP_GET,
      .path = "/v1/admin/campaigns/{id}/stats",
      .role = ROLE_ADMIN,
      .path_is = PATH_CAMPAIGN,
      .begin = begin_stats },
    { .method = HTTP_GET,
      .path = "/v1/admin/campaigns/{id}/budget-changes",
      .role = ROLE_ADMIN,
      .path_is = PATH_CAMPAIGN,
      .begin = begin_budget_changes },
    { .method = HTTP_POST,
      .path = "/v1/admin/campaigns/{id}/budget-changes",
      .role = ROLE_ADMIN,
      .admin_roles = ROLE_BUDGET,
      .path_is = PATH_CAMPAIGN,
      .body = BODY_JSON,
      .needs_key = true,
      .parse = parse_budget,
      .begin = begin_budget },
    { .method = HTTP_POST,
      .path = "/v1/admin/campaigns/{id}/grants",
      .role = ROLE_ADMIN,
      .admin_roles = ROLE_OPERATIONS,
      .path_is = PATH_CAMPAIGN,
      .body = BODY_JSON_OR_CSV,
      .needs_key = true,
      .parse = parse_grant,
      .begin = begin_grant },
    { .method = HTTP_GET,
      .path = "/v1/admin/budget-changes/{id}",
      .role = ROLE_ADMIN,
      .path_is = PATH_CHANGE,
      .begin = begin_budget_change },
    { .method = HTTP_POST,
      .path = "/v1/admin/budget-changes/{id}/approve",
      .role = ROLE_ADMIN,
      .admin_roles = ROLE_APPROVER,
      .path_is = PATH_CHANGE,
      .body = BODY_EMPTY,
      .needs_key = true,
      .begin = begin_judge },
    { .method = HTTP_POST,
      .path = "/v1/admin/budget-changes/{id}/reject",
      .role = ROLE_ADMIN,
      .admin_roles = ROLE_APPROVER,
      .path_is = PATH_CHANGE,
      .body = BODY_EMPTY,
      .needs_key = true,
      .begin = begin_judge },
};

struct endpoint_rows
api_campaign(void)
{
    return (struct endpoint_rows){ rows, COUNT_OF(rows) };
}
