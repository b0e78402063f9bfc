/* voucher/page.c */
#include "voucher/page.h"

#include <stdarg.h>

#include "crypto/digest.h"
#include "voucher/assets.h"
#include "voucher/call_context.h"
#include "voucher/cookie.h"
#include "voucher/mask.h"

#define PAGE_ROOM_MAX ((size_t)512 * 1024)
#define VIEW_LIFE_S 31536000
#define VIEW_COOKIE "huiquan-view"

/* The usual view, and 长辈版 with text of 20, 24 and 30 px. */
static const struct {
    const char *name;
    const char *attributes;
} views[] = {
    { "usual", "data-view=\"usual\"" },
    { "elder", "data-view=\"elder\"" },
    { "elder-24", "data-view=\"elder\" data-size=\"24\"" },
    { "elder-30", "data-view=\"elder\" data-size=\"30\"" },
};

#define POLICY_COMMON                                                                 \
    "; style-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'" \
    "; base-uri 'none'; frame-ancestors 'none'"

static bool
path_begins(const struct call *call, const char *with)
{
    struct text path = call->exchange->request.path;
    size_t size = strlen(with);
    return path.size >= size && memcmp(path.at, with, size) == 0;
}

/* The till alone scans: it compiles a module and uses the camera. Its workers are files named
 * after it. */
void
page_add_fields(struct call *call)
{
    bool is_till = path_begins(call, "/pos") || path_begins(call, "/assets/pos");
    call_add_field(call, "Content-Security-Policy: default-src 'none'; script-src 'self'%s%s",
                   is_till ? " 'wasm-unsafe-eval'; worker-src 'self'; img-src 'self' blob:; "
                             "media-src 'self' blob:"
                           : "; img-src 'self' blob:",
                   POLICY_COMMON);
    call_add_field(call, "Permissions-Policy: camera=(%s), microphone=(), geolocation=()",
                   is_till ? "self" : "");
    call_add_field(call, "X-Frame-Options: DENY");
    /* no-referrer would also hide Origin from our own forms. */
    call_add_field(call, "Referrer-Policy: same-origin");
    call_add_field(call, "Cross-Origin-Opener-Policy: same-origin");
    call_add_field(call, "Cross-Origin-Resource-Policy: same-origin");
}

static void
page_append(struct page *p, const char *bytes, size_t size)
{
    if (p->failed) return;
    if (p->size + size > p->room) {
        size_t room = p->room == 0 ? 16384 : p->room;
        while (room < p->size + size) {
            room *= 2;
        }
        char *at = room > PAGE_ROOM_MAX ? NULL : realloc(p->at, room);
        p->failed = at == NULL;
        if (p->failed) return;
        p->at = at;
        p->room = room;
    }
    memcpy(p->at + p->size, bytes, size);
    p->size += size;
}

void
page_add(struct page *p, const char *markup)
{
    page_append(p, markup, strlen(markup));
}

void
page_put(struct page *p, struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        switch (text.at[i]) {
        case '&': page_add(p, "&amp;"); break;
        case '<': page_add(p, "&lt;"); break;
        case '>': page_add(p, "&gt;"); break;
        case '"': page_add(p, "&quot;"); break;
        case '\'': page_add(p, "&#39;"); break;
        default: page_append(p, text.at + i, 1);
        }
    }
}

void
page_say(struct page *p, enum page_word word)
{
    page_add(p, page_word(word, p->language));
}

void
page_fill(struct page *p, enum page_word word, const char *first, const char *second)
{
    const char *at = page_word(word, p->language), *hole;
    while ((hole = strchr(at, '{')) != NULL) {
        must((hole[1] == '1' || hole[1] == '2') && hole[2] == '}');
        page_append(p, at, (size_t)(hole - at));
        page_put(p, text_of(hole[1] == '1' ? first : second));
        at = hole + 3;
    }
    page_add(p, at);
}

void
page_format(struct page *p, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    must(size >= 0 && (size_t)size < sizeof text);
    page_append(p, text, (size_t)size);
}

void
page_write_yuan(int64_t fen, char out[PAGE_YUAN_SIZE])
{
    must(fen >= 0);
    int size = snprintf(out, PAGE_YUAN_SIZE, "%lld", (long long)(fen / 100));
    must(size > 0 && size < PAGE_YUAN_SIZE - 4);
    if (fen % 100 != 0) {
        (void)snprintf(out + size, (size_t)(PAGE_YUAN_SIZE - size), ".%02d", (int)(fen % 100));
    }
}

void
page_put_yuan(struct page *p, int64_t fen)
{
    char text[PAGE_YUAN_SIZE];
    page_write_yuan(fen, text);
    page_add(p, text);
}

void
page_put_time(struct page *p, int64_t instant_s, int32_t offset_s)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    char machine[CIVIL_INSTANT_SIZE];
    int64_t day = civil_day_of(instant_s, offset_s);
    struct civil_date date = civil_date_of_day(day);
    int minute = (int)((instant_s - civil_day_begins_at(day, offset_s)) / 60);
    civil_write_instant(instant_s, offset_s, machine);
    page_format(p, "<time datetime=\"%s\">", machine);
    if (p->language == LANGUAGE_EN) {
        must(date.month >= 1 && date.month <= 12);
        page_format(p, "%d %s", (int)date.day, months[date.month - 1]);
    } else {
        page_format(p, "%d月%d日", (int)date.month, (int)date.day);
    }
    page_format(p, " %02d:%02d</time>", minute / 60, minute % 60);
}

void
page_put_refusal(struct page *p, enum verdict verdict, struct text wait_s)
{
    struct verdict_words words = verdict_words(verdict, p->language);
    page_add(p, "<div class=\"notice bad\" role=\"alert\"><strong>");
    page_put(p, text_of(words.title));
    page_add(p, "</strong> <span>");
    if (verdict == VERDICT_RATE_LIMITED && wait_s.size > 0 && wait_s.size <= 6) {
        char digits[8] = "";
        memcpy(digits, wait_s.at, wait_s.size);
        bool is_number = strspn(digits, "0123456789") == wait_s.size;
        page_fill(p, WORD_WAIT_S, is_number ? digits : "60", "");
    } else {
        page_put(p, text_of(words.help));
    }
    page_add(p, "</span></div>");
}

/* --- Who looks, and how ---------------------------------------------------------------------- */

/* An unknown name is the usual view. */
static size_t
view_named(struct text name)
{
    for (size_t i = 0; i < COUNT_OF(views); i++) {
        if (text_equal(name, text_of(views[i].name))) return i;
    }
    return 0;
}

/* The cookie is "LANG.VIEW", LANG of two letters. */
static void
page_read_view_cookie(struct page *p)
{
    struct text cookie;
    if (!cookie_find(p->call, VIEW_COOKIE, &cookie) || cookie.size < 3) return;
    struct text lang = { cookie.at, 2 }, view = { cookie.at + 3, cookie.size - 3 };
    if (text_equal(lang, TEXT("en"))) p->language = LANGUAGE_EN;
    if (text_equal(lang, TEXT("zh"))) p->language = LANGUAGE_ZH;
    p->view = view_named(view);
}

/* A wish in the query outranks the cookie, and is kept. */
static void
page_read_view(struct page *p)
{
    struct text lang, view;
    p->language = p->call->language;
    page_read_view_cookie(p);
    bool speaks = call_query(p->call, "lang", &lang), looks = call_query(p->call, "view", &view);
    if (speaks) p->language = text_equal(lang, TEXT("en")) ? LANGUAGE_EN : LANGUAGE_ZH;
    if (looks) p->view = view_named(view);
    p->call->language = p->language;
    if (!speaks && !looks) return;
    call_add_field(p->call, "Set-Cookie: " VIEW_COOKIE "=%s.%s; Path=/; SameSite=Lax; Max-Age=%d",
                   p->language == LANGUAGE_EN ? "en" : "zh", views[p->view].name, VIEW_LIFE_S);
}

void
page_put_person(struct page *p, const struct uuid *resident)
{
    struct resident_row row;
    struct person person;
    char masked[MASK_SIZE];
    if (!view_resident(call_view(p->call), resident, &row)) return;
    if (!person_unseal(&row, p->call->secrets->keyring, &person)) return;
    mask_name(text_of(person.name), masked);
    page_add(p, "<span class=\"who\">");
    page_put(p, text_of(masked));
    page_add(p, "</span>");
    person_wipe(&person);
}

/* Where this page is found again: a refused form stands at a path that only takes forms. */
static const char *
page_place(const struct page *p)
{
    if (path_begins(p->call, "/sign-in")) return "/sign-in";
    return path_begins(p->call, "/vouchers") ? "/vouchers" : "/";
}

static void
page_put_link(struct page *p, const char *place, enum page_word word)
{
    bool is_here = strcmp(page_place(p), place) == 0;
    page_format(p, "<a href=\"%s\"%s>", place, is_here ? " aria-current=\"page\"" : "");
    page_say(p, word);
    page_add(p, "</a>");
}

static void
page_put_views(struct page *p)
{
    static const enum page_word names[COUNT_OF(views)] = { WORD_USUAL, WORD_ELDER, WORD_LARGER,
                                                           WORD_LARGEST };
    for (size_t i = 0; i < COUNT_OF(views); i++) {
        if (i == p->view || (p->view == 0 && i > 1)) continue;
        page_format(p, "<a href=\"%s?view=%s\">", page_place(p), views[i].name);
        page_say(p, p->view > 0 && i == 1 ? WORD_LARGE : names[i]);
        page_add(p, "</a>");
    }
}

static void
page_put_bar(struct page *p)
{
    page_add(p, "<header class=\"bar\"><a class=\"brand\" href=\"/\"><span class=\"seal\" "
                "aria-hidden=\"true\">惠</span><span><b>");
    page_say(p, WORD_NAME);
    page_add(p, "</b><small>");
    page_say(p, WORD_SERVICE);
    page_add(p, "</small></span></a><nav aria-label=\"");
    page_say(p, WORD_MENU);
    page_add(p, "\">");
    page_put_link(p, "/", WORD_HOME);
    page_put_link(p, "/vouchers", WORD_MINE);
    page_put_views(p);
    page_format(p, "<a href=\"%s?lang=%s</a>", page_place(p),
                p->language == LANGUAGE_EN ? "zh\" lang=\"zh-CN\">中文"
                                           : "en\" lang=\"en\">English");
    if (p->is_signed_in) {
        page_put_person(p, &p->session.subject);
        page_add(p, "<form method=\"post\" action=\"/sign-out\"><button class=\"link\">");
        page_say(p, WORD_SIGN_OUT);
        page_add(p, "</button></form>");
    } else {
        page_put_link(p, "/sign-in", WORD_SIGN_IN);
    }
    page_add(p, "</nav></header>");
}

void
page_begin(struct page *p, struct call *call, enum page_word title)
{
    *p = (struct page){ .call = call };
    page_read_view(p);
    p->is_signed_in = cookie_read(call, COOKIE_SESSION, &p->session);
    page_format(p, "<!doctype html><html lang=\"%s\" %s data-session=\"%s\">",
                p->language == LANGUAGE_EN ? "en" : "zh-CN", views[p->view].attributes,
                !p->is_signed_in                           ? ""
                : p->session.assurance == ASSURANCE_ISSUER ? "issuer"
                                                           : "otp");
    page_add(p, "<head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                "content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" "
                "content=\"light dark\"><title>");
    page_say(p, title);
    page_add(p, "</title>");
    page_add(p, asset_resident_head);
    page_add(p, "</head><body><a class=\"skip\" href=\"#main\">");
    page_say(p, WORD_SKIP);
    page_format(p, "</a><div id=\"app\" data-now=\"%lld\">", (long long)call->now_s);
    page_put_bar(p);
    page_add(p, "<main id=\"main\" tabindex=\"-1\">");
}

void
page_drop(struct page *p)
{
    if (p->at != NULL) crypto_wipe(p->at, p->size);
    free(p->at);
    *p = (struct page){ .failed = true };
}

enum call_state
page_end(struct page *p, int status)
{
    struct call *call = p->call;
    page_add(p, "</main><footer class=\"foot\"><p>");
    page_say(p, WORD_FOOT);
    page_add(p, "</p><p><a href=\"/docs\">");
    page_say(p, WORD_FOOT_API);
    page_add(p, "</a></p></footer></div></body></html>\n");
    must(status >= 200 && status <= 599);
    bool whole = !p->failed;
    if (whole) json_write_raw(&call->reply, (struct text){ p->at, p->size });
    page_drop(p);
    if (!whole) return call_refuse(call, VERDICT_UNAVAILABLE);
    call->content_type = "text/html; charset=utf-8";
    call_add_field(call, "Content-Language: %s", call->language == LANGUAGE_EN ? "en" : "zh-CN");
    call_add_field(call, "Cache-Control: no-store");
    page_add_fields(call);
    return call_answer(call, status);
}

enum call_state
page_send_to(struct call *call, const char *place)
{
    must(place[0] == '/' && place[1] != '/');
    call_add_field(call, "Location: %s", place);
    call_add_field(call, "Cache-Control: no-store");
    call->content_type = "text/plain; charset=utf-8";
    page_add_fields(call);
    return call_answer(call, 303);
}
