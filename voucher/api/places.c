/* voucher/api/places.c: where a campaign's vouchers are taken: its merchants by name. */
#include "voucher/api/api.h"
#include "voucher/api/list.h"
#include "voucher/call_context.h"
#include "voucher/rules/redeem.h"

#define MERCHANTS_AT_ONCE 64
#define MERCHANTS_LOOKED_AT 4096 /* a page may be short: its cursor goes on */

struct places {
    struct list list;
    size_t shown, looked_at;
    struct uuid last;
    bool more;
};

static void
write_place(struct call *call, const struct merchant_row *row)
{
    struct json_writer *w = &call->reply;
    json_write_begin_object(w);
    json_put_id(w, "merchant_id", ID_MERCHANT, &row->id);
    json_put_string(w, "name", row->name);
    json_put_string(w, "kind", row->kind == MERCHANT_CAR_DEALER ? "car_dealer" : "shop");
    json_write_end_object(w);
}

/* False: the page is full. */
static bool
place_add(struct call *call, const struct campaign_rules *rules, const struct merchant_row *row,
          struct places *p)
{
    must(p->shown <= p->list.limit && p->looked_at <= MERCHANTS_LOOKED_AT);
    p->more = p->shown == p->list.limit || p->looked_at == MERCHANTS_LOOKED_AT;
    if (p->more) return false;
    p->looked_at++;
    p->last = row->id;
    if (!rule_merchant_allowed(rules, row)) return true;
    write_place(call, row);
    p->shown++;
    return true;
}

static void
write_listed(struct call *call, const struct campaign_rules *rules, struct places *p)
{
    struct merchant_row row;
    bool begun = uuid_is_none(&p->list.after);
    for (size_t i = 0; i < rules->merchant_count; i++) {
        const struct uuid *id = &rules->merchants[i];
        if (!begun) {
            begun = uuid_equal(id, &p->list.after);
            continue;
        }
        if (!view_merchant(call_view(call), id, &row)) continue;
        if (!place_add(call, rules, &row, p)) return;
    }
}

static void
write_every(struct call *call, const struct campaign_rules *rules, struct places *p)
{
    struct merchant_row *rows = calloc(MERCHANTS_AT_ONCE, sizeof *rows);
    struct uuid after = p->list.after;
    size_t count = rows == NULL ? 0 : MERCHANTS_AT_ONCE;
    while (count == MERCHANTS_AT_ONCE && !p->more) {
        count = view_merchants(call_view(call), &after, rows, MERCHANTS_AT_ONCE);
        for (size_t i = 0; i < count && !p->more; i++) {
            (void)place_add(call, rules, &rows[i], p);
        }
    }
    free(rows);
}

static enum call_state
begin_places(struct call *call)
{
    struct places places = { 0 };
    if (!list_read(call, &places.list)) return call_refuse(call, VERDICT_MALFORMED);
    const struct campaign_row *campaign = call_campaign(call, &call->path_id);
    const struct campaign_rules *rules =
        campaign == NULL ? NULL : catalogue_acting(call_catalogue(call), call_view(call), campaign);
    if (rules == NULL) return call_refuse(call, VERDICT_NOT_FOUND);
    list_begin(call, &places.list, 0);
    if (rules->merchants_mode == MERCHANTS_LIST)
        write_listed(call, rules, &places);
    else
        write_every(call, rules, &places);
    places.list.more = places.more;
    list_end(call, &places.list, &places.last);
    call_add_field(call, "Cache-Control: public, max-age=60");
    return call_answer(call, 200);
}

static const struct endpoint rows[] = {
    { .method = HTTP_GET,
      .path = "/v1/campaigns/{id}/merchants",
      .path_is = PATH_CAMPAIGN,
      .begin = begin_places },
};

struct endpoint_rows
api_places(void)
{
    return (struct endpoint_rows){ rows, COUNT_OF(rows) };
}
