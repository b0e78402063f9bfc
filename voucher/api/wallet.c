/* voucher/api/wallet.c: "my vouchers" as the daemon writes it: state, face, code and picture, all
 * without script. */
#include "crypto/short_code.h"
#include "voucher/api/api.h"
#include "voucher/api/pages.h"
#include "voucher/api/vouchers.h"
#include "voucher/wire/reply.h"

#define CLAIMS_SHOWN 200

struct wallet_voucher {
    const struct voucher_scene *scene;
    struct voucher_row row;
    const char *state;
};

static const struct {
    const char *state;
    enum page_word word;
    const char *look;
} looks[] = {
    { "live", WORD_LIVE, "good" },         { "held", WORD_HELD, "soon" },
    { "redeemed", WORD_REDEEMED, "past" }, { "expired", WORD_EXPIRED, "past" },
    { "void", WORD_VOID, "past" },
};

static size_t
look_of(const char *state)
{
    for (size_t i = 0; i < COUNT_OF(looks); i++) {
        if (strcmp(looks[i].state, state) == 0) return i;
    }
    must(!"a state without a look");
    return 0;
}

static void
put_code(struct page *p, const struct wallet_voucher *v)
{
    char code[SHORT_CODE_DIGITS + 1], id[ID_TEXT_SIZE];
    (void)id_write(ID_VOUCHER, &v->row.id, id);
    short_code_write(p->call->secrets->keyring, v->row.number, code);
    page_add(p, "<p class=\"code\"><span>");
    page_say(p, WORD_SHORT_CODE);
    page_add(p, "</span> <b class=\"digits\">");
    for (size_t i = 0; i < SHORT_CODE_DIGITS; i += 3) {
        page_format(p, "%s%.3s", i > 0 ? " " : "", code + i);
    }
    page_add(p, "</b></p>");
    if (strcmp(v->state, "live") != 0) return;
    page_add(p, "<details class=\"qr\"><summary class=\"button plain\">");
    page_say(p, WORD_SHOW_QR);
    page_format(p,
                "</summary><img width=\"300\" height=\"300\" loading=\"lazy\" "
                "src=\"/v1/vouchers/%s/qr.svg\" alt=\"",
                id);
    page_say(p, WORD_QR_OF);
    page_add(p, "\">");
    if (v->scene->rules->presentation == PRESENTATION_ROTATING) {
        page_add(p, "<p>");
        page_say(p, WORD_ROTATES);
        page_add(p, "</p>");
    }
    page_add(p, "</details>");
}

static void
put_voucher(struct page *p, const struct wallet_voucher *v)
{
    must(v->scene != NULL && v->state != NULL);
    const struct campaign_rules *rules = v->scene->rules;
    size_t look = look_of(v->state);
    page_format(p, "<li class=\"ticket %s\">", looks[look].look);
    page_put_face(p, rules->kind, v->row.value_fen, v->row.min_spend_fen);
    page_add(p, "<div class=\"stub\"><div><p><b>");
    page_put(p, text_of(rules->name));
    page_add(p, "</b><span class=\"left\">");
    page_say(p, WORD_VALID_TO);
    page_add(p, " ");
    page_put_time(p, v->row.valid_to_s, rules->offset_s);
    page_format(p, "</span></p></div><p class=\"state %s\">", looks[look].look);
    page_say(p, looks[look].word);
    page_add(p, "</p>");
    put_code(p, v);
    page_add(p, "</div></li>");
}

static size_t
put_claim(struct page *p, const struct claim_row *claim)
{
    size_t shown = 0;
    struct voucher_scene scene;
    struct view *view = call_view(p->call);
    if (!voucher_scene_load(p->call, claim, &scene)) return 0;
    must(claim->voucher_count > 0 && claim->voucher_count <= PACK_VOUCHERS_MAX);
    for (int64_t i = 0; i < claim->voucher_count; i++) {
        struct wallet_voucher v = { .scene = &scene };
        if (!view_voucher_by_number(view, claim->first_number + i, &v.row)) continue;
        v.state = voucher_state_text(&v.row, p->call->now_s);
        put_voucher(p, &v);
        shown++;
    }
    return shown;
}

static void
put_claims(struct page *p)
{
    size_t shown = 0;
    struct uuid after = { 0 };
    struct claim_row *claims = calloc(CLAIMS_SHOWN, sizeof *claims);
    p->failed = p->failed || claims == NULL;
    if (claims == NULL) return;
    size_t count = view_claims_of_resident(call_view(p->call), &p->session.subject, &after, claims,
                                           CLAIMS_SHOWN);
    page_add(p, "<ul class=\"tickets\">");
    for (size_t i = count; i > 0; i--) { /* the newest first */
        shown += put_claim(p, &claims[i - 1]);
    }
    free(claims);
    page_add(p, "</ul>");
    if (shown > 0) return;
    page_add(p, "<p class=\"empty\">");
    page_say(p, WORD_NO_VOUCHERS);
    page_add(p, "</p>");
}

static enum call_state
begin_wallet(struct call *call)
{
    struct page page;
    struct text fresh;
    page_begin(&page, call, WORD_MINE);
    if (!page.is_signed_in) {
        page_drop(&page);
        return page_send_to(call, "/sign-in");
    }
    if (call_query(call, "new", &fresh)) {
        page_add(&page, "<p class=\"notice good\" role=\"status\"><strong>");
        page_say(&page, WORD_CLAIMED);
        page_add(&page, "</strong>");
        page_say(&page, WORD_CLAIMED_NEXT);
        page_add(&page, "</p>");
    }
    page_add(&page, "<h1>");
    page_say(&page, WORD_MINE);
    page_add(&page, "</h1>");
    put_claims(&page);
    return page_end(&page, 200);
}

static const struct endpoint rows[] = {
    { .method = HTTP_GET, .path = "/vouchers", .begin = begin_wallet },
};

struct endpoint_rows
api_wallet(void)
{
    return (struct endpoint_rows){ rows, COUNT_OF(rows) };
}
