/* voucher/api/front.c: the resident's front page as the daemon writes it: campaigns with state and
 * windows, and claim buttons that are plain forms. A form's answer is always a redirect, and its
 * hidden key makes a second sending (a reload, a step back, a double tap) the same claim. */
#include "voucher/api/api.h"
#include "voucher/api/pages.h"
#include "voucher/call_context.h"
#include "voucher/form.h"
#include "voucher/page.h"
#include "voucher/rules/claim.h"

#define CAMPAIGNS_LOOKED_AT 1000
#define CAMPAIGNS_SHOWN 30

struct front_campaign {
    const struct campaign_row *row;
    const struct campaign_rules *rules;
    enum campaign_state state;
};

/* What can be claimed first, what is over last. */
static const struct {
    enum campaign_state state;
    enum page_word word;
    const char *look;
} ranks[] = {
    { CAMPAIGN_RUNNING, WORD_RUNNING, "good" },
    { CAMPAIGN_APPROVED, WORD_SOON, "soon" },
    { CAMPAIGN_PAUSED, WORD_PAUSED, "soon" },
    { CAMPAIGN_CLOSED, WORD_CLOSED, "past" },
};

void
page_put_face(struct page *p, enum campaign_kind kind, int64_t value_fen, int64_t min_spend_fen)
{
    page_add(p, "<p class=\"face\"><b><small>¥</small>");
    page_put_yuan(p, value_fen);
    page_add(p, "</b><span>");
    if (kind == CAMPAIGN_CAR) {
        page_say(p, WORD_CAR_FACE);
    } else if (min_spend_fen == 0) {
        page_say(p, WORD_ANY_SUM);
    } else {
        char yuan[PAGE_YUAN_SIZE];
        page_write_yuan(min_spend_fen, yuan);
        page_fill(p, WORD_ABOVE, yuan, "");
    }
    page_add(p, "</span></p>");
}

static void
put_claim_form(struct page *p, const struct front_campaign *c, size_t place)
{
    char campaign[ID_TEXT_SIZE], pool[ID_TEXT_SIZE];
    uint64_t key[2];
    const struct seams *seams = &call_service(p->call)->seams;
    if (!p->is_signed_in) {
        page_add(p, "<a class=\"button\" href=\"/sign-in\">");
        page_say(p, WORD_SIGN_IN_FIRST);
        page_add(p, "</a>");
        return;
    }
    (void)id_write(ID_CAMPAIGN, &c->row->id, campaign);
    (void)id_write(ID_POOL, &c->row->pools[place].id, pool);
    seams->random_fill(seams->owner, key, sizeof key);
    page_format(p,
                "<form method=\"post\" action=\"/campaigns/%s/claim\"><input type=\"hidden\" "
                "name=\"pool\" value=\"%s\"><input type=\"hidden\" name=\"key\" "
                "value=\"f%016llx%016llx\"><button class=\"button\">",
                campaign, pool, (unsigned long long)key[0], (unsigned long long)key[1]);
    page_say(p, WORD_CLAIM);
    page_add(p, "<span class=\"hidden\"> ");
    page_put(p, text_of(c->rules->pools[place].name));
    page_add(p, "</span></button></form>");
}

static void
put_left(struct page *p, int64_t left, int64_t count)
{
    char left_text[24], count_text[24];
    (void)snprintf(left_text, sizeof left_text, "%lld", (long long)left);
    (void)snprintf(count_text, sizeof count_text, "%lld", (long long)count);
    page_fill(p, WORD_LEFT, left_text, count_text);
}

static void
put_pool(struct page *p, const struct front_campaign *c, size_t place)
{
    must(place < c->row->pool_count);
    const struct pool_row *pool = &c->row->pools[place];
    size_t at = rules_pool_place(c->rules, &pool->id);
    must(at < CAMPAIGN_POOLS_MAX);
    const struct pool_rules *rules = &c->rules->pools[at];
    struct front_campaign shown = *c;
    int64_t left = pool->count - pool->issued;
    page_add(p, "<li class=\"ticket\">");
    page_put_face(p, c->rules->kind, rules->value_fen, rules->min_spend_fen);
    page_add(p, "<div class=\"stub\"><p><b>");
    page_put(p, text_of(rules->name));
    page_add(p, "</b><span class=\"left\">");
    if (left > 0)
        put_left(p, left, pool->count);
    else
        page_say(p, WORD_SOLD_OUT);
    page_add(p, "</span></p>");
    bool open = c->state == CAMPAIGN_RUNNING && c->rules->issuing == ISSUING_RUSH && left > 0;
    if (open) put_claim_form(p, &shown, place);
    page_add(p, "</div></li>");
}

static void
put_window(struct page *p, enum page_word word, const struct window *window, int32_t offset_s)
{
    page_add(p, "<span>");
    page_say(p, word);
    page_add(p, " ");
    page_put_time(p, window->from_s, offset_s);
    page_add(p, "–");
    page_put_time(p, window->to_s, offset_s);
    page_add(p, "</span> ");
}

static void
put_days(struct page *p, int64_t days)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)days);
    page_fill(p, WORD_USE_DAYS, text, "");
}

static void
put_campaign(struct page *p, const struct front_campaign *c, size_t rank)
{
    char id[ID_TEXT_SIZE];
    must(rank < COUNT_OF(ranks));
    const struct campaign_rules *rules = c->rules;
    (void)id_write(ID_CAMPAIGN, &c->row->id, id);
    page_format(p, "<article class=\"campaign %s\" id=\"%s\"><header><h2>", ranks[rank].look, id);
    page_put(p, text_of(rules->name));
    page_format(p, "</h2><p class=\"state %s\">", ranks[rank].look);
    bool is_open = ranks[rank].state == CAMPAIGN_RUNNING;
    page_say(p, is_open && rules->issuing != ISSUING_RUSH ? WORD_GRANTED : ranks[rank].word);
    page_add(p, "</p></header><p class=\"when\">");
    put_window(p, WORD_CLAIM_FROM, &rules->claim_window, rules->offset_s);
    if (rules->use_window_named)
        put_window(p, WORD_USE_FROM, &rules->use_window, rules->offset_s);
    else
        put_days(p, rules->valid_days);
    page_add(p, "</p><ul class=\"tickets\">");
    for (size_t i = 0; i < c->row->pool_count; i++) {
        put_pool(p, c, i);
    }
    page_add(p, "</ul></article>");
}

/* Answers how many of this rank were written. */
static size_t
put_rank(struct page *p, size_t rank, const struct uuid *ids, size_t count, size_t room)
{
    size_t shown = 0;
    struct call *call = p->call;
    must(rank < COUNT_OF(ranks));
    for (size_t i = count; i > 0 && shown < room; i--) { /* the newest first */
        struct front_campaign c = { .row = call_campaign(call, &ids[i - 1]) };
        if (c.row == NULL) continue;
        c.rules = catalogue_acting(call_catalogue(call), call_view(call), c.row);
        if (c.rules == NULL) continue;
        c.state = campaign_state_at(c.row, c.rules, call->now_s);
        if (c.state != ranks[rank].state) continue;
        put_campaign(p, &c, rank);
        shown++;
    }
    return shown;
}

static void
put_campaigns(struct page *p)
{
    size_t shown = 0;
    struct uuid after = { 0 };
    struct uuid *ids = calloc(CAMPAIGNS_LOOKED_AT, sizeof *ids);
    p->failed = p->failed || ids == NULL;
    if (ids == NULL) return;
    size_t count = view_campaigns(call_view(p->call), &after, ids, CAMPAIGNS_LOOKED_AT);
    for (size_t rank = 0; rank < COUNT_OF(ranks); rank++) {
        shown += put_rank(p, rank, ids, count, CAMPAIGNS_SHOWN - shown);
    }
    free(ids);
    if (shown > 0) return;
    page_add(p, "<p class=\"empty\">");
    page_say(p, WORD_NONE);
    page_add(p, "</p>");
}

static enum call_state
begin_front(struct call *call)
{
    struct page page;
    struct text code, wait = { 0 };
    page_begin(&page, call, WORD_TITLE);
    if (call_query(call, "refused", &code)) {
        enum verdict verdict = verdict_by_code(code);
        (void)call_query(call, "wait", &wait);
        if (verdict < VERDICT_COUNT && verdict != VERDICT_OK) {
            page_put_refusal(&page, verdict, wait);
        }
    }
    page_add(&page, "<h1>");
    page_say(&page, WORD_FRONT);
    page_add(&page, "</h1>");
    put_campaigns(&page);
    return page_end(&page, 200);
}

/* --- Claiming by a form ---------------------------------------------------------------------- */

static enum call_state
begin_claim_form(struct call *call)
{
    char pool[ID_TEXT_SIZE], key[CALLER_NUMBER_MAX + 1];
    struct text form = call->body;
    bool whole = form_find(form, "pool", pool, sizeof pool) &&
                 id_read(ID_POOL, text_of(pool), &call->pool) &&
                 form_find(form, "key", key, sizeof key) &&
                 id_idempotency_key_is_sound(text_of(key));
    if (!whole) return call_refuse(call, VERDICT_MALFORMED);
    memcpy(call->key, key, sizeof call->key);
    op_start(&call->op, OP_CLAIM);
    call->op.claim.campaign = call->path_id;
    call->op.claim.pool = call->pool;
    return CALL_COMMIT;
}

static enum call_state
finish_claim_form(struct call *call)
{
    char id[ID_TEXT_SIZE], place[64];
    must(call->op.verdict == VERDICT_OK);
    (void)id_write(ID_CLAIM, &call->op.claimed.claim.id, id);
    (void)snprintf(place, sizeof place, "/vouchers?new=%s", id);
    return page_send_to(call, place);
}

void
page_refuse_to_front(struct call *call)
{
    char place[128];
    must(call->verdict != VERDICT_OK);
    if (call->verdict == VERDICT_UNAUTHENTICATED) {
        (void)page_send_to(call, "/sign-in");
        return;
    }
    int64_t wait_s = call->retry_after_s;
    int size = snprintf(place, sizeof place, "/?refused=%s", verdict_code(call->verdict));
    must(size > 0 && (size_t)size < sizeof place);
    if (wait_s > 0) {
        (void)snprintf(place + size, sizeof place - (size_t)size, "&wait=%lld", (long long)wait_s);
    }
    (void)page_send_to(call, place);
}

static const struct endpoint rows[] = {
    { .method = HTTP_GET, .path = "/", .begin = begin_front },
    { .method = HTTP_POST,
      .path = "/campaigns/{id}/claim",
      .role = ROLE_RESIDENT,
      .limit = LIMIT_CLAIM,
      .path_is = PATH_CAMPAIGN,
      .body = BODY_RAW,
      .begin = begin_claim_form,
      .finish = finish_claim_form,
      .refused = page_refuse_to_front },
};

struct endpoint_rows
api_front(void)
{
    return (struct endpoint_rows){ rows, COUNT_OF(rows) };
}
