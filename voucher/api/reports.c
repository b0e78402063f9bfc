/* voucher/api/reports.c: what administrators read: reports, what waits for a second person, and,
 * with a reason and an entry, who somebody is. */
#include "crypto/digest.h"
#include "voucher/api/api.h"
#include "voucher/api/list.h"
#include "voucher/civil.h"
#include "voucher/rules/claim.h"
#include "voucher/rules/lifecycle.h"
#include "voucher/wire/reply.h"

#define INBOX_MAX 200
#define SCAN_MAX 4096
#define DAYS_MAX 3660

static const char *const periods[] = { "day", "week", "month", "quarter", "campaign" };
static const char *const groups[] = { "none", "merchant_group", "category", "grid_cell",
                                      "merchant" };

/* False: there is such a member and its word is none of these. */
static bool
query_word(const struct call *call, const char *name, struct json_words words, size_t *out)
{
    struct text text;
    if (!call_query(call, name, &text)) return true;
    for (size_t i = 0; i < words.count; i++) {
        if (!text_equal(text, text_of(words.words[i]))) continue;
        *out = i;
        return true;
    }
    return false;
}

static bool
query_day(const struct call *call, const char *name, int64_t *day)
{
    struct text text;
    struct civil_date date;
    if (!call_query(call, name, &text)) return true;
    if (civil_read_date(text, &date) != CIVIL_OK) return false;
    *day = civil_day_of_date(&date);
    return true;
}

#define LIST(words) ((struct json_words){ JSON_OPTIONAL, COUNT_OF(words), words })

/* From the first of this month to tomorrow, unless said otherwise; to is exclusive. */
static bool
report_read(struct call *call, struct report *r)
{
    struct text text;
    size_t period = BY_DAY, group = GROUP_NONE;
    int32_t offset_s = call_service(call)->offset_s;
    int64_t today = civil_day_of(call->now_s, offset_s);
    struct civil_date first = civil_date_of_day(today);
    first.day = 1;
    int64_t from = civil_day_of_date(&first), to = today + 1;
    bool whole = query_word(call, "by", LIST(periods), &period) &&
                 query_word(call, "group", LIST(groups), &group) &&
                 query_day(call, "from", &from) && query_day(call, "to", &to);
    if (!whole || from >= to || to - from > DAYS_MAX) return false;
    r->has_baseline = call_query(call, "baseline", &text);
    if (!query_day(call, "baseline", &r->baseline_day)) return false;
    if (call_query(call, "campaign_id", &text) && !id_read(ID_CAMPAIGN, text, &r->range.campaign)) {
        return false;
    }
    r->period = (enum report_period)period;
    r->group = (enum report_group)group;
    r->range.from_s = civil_day_begins_at(from, offset_s);
    r->range.to_s = civil_day_begins_at(to, offset_s);
    r->range.now_s = call->now_s;
    r->range.offset_s = offset_s;
    return true;
}

static void
report_work(struct desk_task *task, struct view *view)
{
    report_run(MAILBOX_OF(task, struct call, task)->report, view);
}

static enum call_state
begin_report(struct call *call)
{
    call->report = calloc(1, sizeof *call->report);
    if (call->report == NULL) return call_refuse(call, VERDICT_UNAVAILABLE);
    if (!report_read(call, call->report)) {
        return call_refuse_because(call, VERDICT_MALFORMED, DETAIL_REPORT_QUERY);
    }
    call->task.work = report_work;
    call->desk = call_service(call)->reports;
    return CALL_ASK;
}

/* Yuan of sales per yuan of subsidy, to the hundredth; empty where nothing was paid. */
static void
leverage_write(const struct report_fact *f, char out[32])
{
    int64_t hundred_fen;
    out[0] = '\0';
    if (f->redeemed_fen <= 0 || !fen_multiply(f->sales_fen, 100, &hundred_fen)) return;
    int64_t hundredths = hundred_fen / f->redeemed_fen;
    (void)snprintf(out, 32, "%lld.%02lld", (long long)(hundredths / 100),
                   (long long)(hundredths % 100));
}

/* How much more was sold than in the baseline, in thousandths of it; empty where that was nothing.
 */
static void
uplift_write(const struct report_line *line, char out[32])
{
    int64_t thousandths;
    out[0] = '\0';
    if (line->baseline_fen <= 0) return;
    if (!fen_multiply(line->sums.sales_fen - line->baseline_fen, 1000, &thousandths)) return;
    thousandths /= line->baseline_fen;
    const int64_t size = thousandths < 0 ? -thousandths : thousandths;
    (void)snprintf(out, 32, "%s%lld.%03lld", thousandths < 0 ? "-" : "", (long long)(size / 1000),
                   (long long)(size % 1000));
}

static void
period_write(const struct report *r, const struct report_line *line, char out[ID_TEXT_SIZE])
{
    struct civil_date date = civil_date_of_day(line->sums.day);
    if (r->period == BY_CAMPAIGN)
        (void)id_write(ID_CAMPAIGN, &line->sums.campaign, out);
    else
        civil_write_date(&date, out);
}

static void
write_line(struct json_writer *w, const struct report *r, const struct report_line *line)
{
    char period[ID_TEXT_SIZE], leverage[32];
    const struct report_fact *f = &line->sums;
    period_write(r, line, period);
    leverage_write(f, leverage);
    json_write_begin_object(w);
    json_put_string(w, r->period == BY_CAMPAIGN ? "campaign_id" : "from", period);
    if (r->group != GROUP_NONE) json_put_string(w, groups[r->group], line->key);
    if (r->group == GROUP_MERCHANT) json_put_id(w, "merchant_id", ID_MERCHANT, &f->merchant);
    json_put_int64(w, "claimed", f->claimed);
    json_put_int64(w, "issued", f->issued);
    json_put_int64(w, "issued_fen", f->issued_fen);
    json_put_int64(w, "redeemed", f->redeemed);
    json_put_int64(w, "redeemed_fen", f->redeemed_fen);
    json_put_int64(w, "expired", f->expired);
    json_put_int64(w, "expired_fen", f->expired_fen);
    json_put_int64(w, "returned", f->returned);
    json_put_int64(w, "returned_fen", f->returned_fen);
    json_put_int64(w, "sales_fen", f->sales_fen);
    json_put_string(w, "leverage", leverage[0] == '\0' ? NULL : leverage);
    if (r->has_baseline) {
        char uplift[32];
        uplift_write(line, uplift);
        json_put_int64(w, "baseline_sales_fen", line->baseline_fen);
        json_put_string(w, "uplift", uplift[0] == '\0' ? NULL : uplift);
    }
    json_write_end_object(w);
}

/* A name may hold quotes, and may begin as a formula would (CWE-1236). */
static void
append_quoted(struct json_writer *w, const char *text)
{
    json_append(w,
                strchr("=+-@\t\r", text[0]) != NULL && text[0] != '\0' ? TEXT("\"'") : TEXT("\""));
    for (const char *c = text; *c != '\0'; c++) {
        json_append(w, *c == '"' ? TEXT("\"\"") : (struct text){ c, 1 });
    }
    json_append(w, TEXT("\""));
}

static void
append_line(struct json_writer *w, const struct report *r, const struct report_line *line)
{
    char text[512], period[ID_TEXT_SIZE], leverage[32];
    const struct report_fact *f = &line->sums;
    period_write(r, line, period);
    leverage_write(f, leverage);
    json_append(w, text_of(period));
    json_append(w, TEXT(","));
    append_quoted(w, line->key);
    int size = snprintf(text, sizeof text, ",%lld,%lld,%lld,%lld,%lld,%lld,%lld,%lld,%lld,%lld,%s",
                        (long long)f->claimed, (long long)f->issued, (long long)f->issued_fen,
                        (long long)f->redeemed, (long long)f->redeemed_fen, (long long)f->expired,
                        (long long)f->expired_fen, (long long)f->returned,
                        (long long)f->returned_fen, (long long)f->sales_fen, leverage);
    must(size > 0 && (size_t)size < sizeof text);
    json_append(w, (struct text){ text, (size_t)size });
    if (r->has_baseline) {
        char uplift[32];
        uplift_write(line, uplift);
        size = snprintf(text, sizeof text, ",%lld,%s", (long long)line->baseline_fen, uplift);
        must(size > 0 && (size_t)size < sizeof text);
        json_append(w, (struct text){ text, (size_t)size });
    }
    json_append(w, TEXT("\r\n"));
}

/* With a byte order mark, so that spreadsheets read it as what it is. */
static enum call_state
answer_csv(struct call *call, const struct report *r)
{
    json_append(&call->reply,
                TEXT("\xef\xbb\xbf"
                     "period,group,claimed,issued,issued_fen,redeemed,redeemed_fen,expired,"
                     "expired_fen,returned,returned_fen,sales_fen,leverage"));
    json_append(&call->reply,
                r->has_baseline ? TEXT(",baseline_sales_fen,uplift\r\n") : TEXT("\r\n"));
    for (size_t i = 0; i < r->count; i++) {
        append_line(&call->reply, r, &r->lines[i]);
    }
    call->content_type = "text/csv; charset=utf-8; header=present";
    call_add_field(call, "Content-Disposition: attachment; filename=\"report.csv\"");
    return call_answer(call, 200);
}

static enum call_state
finish_report(struct call *call)
{
    struct text format;
    const struct report *r = call->report;
    struct json_writer *w = &call->reply;
    if (r->fault != FAULT_NONE) return call_refuse(call, VERDICT_UNAVAILABLE);
    if (r->is_cut) return call_refuse_because(call, VERDICT_INVALID, DETAIL_REPORT_LONG);
    if (call_query(call, "format", &format) && text_equal(format, TEXT("csv"))) {
        return answer_csv(call, r);
    }
    json_write_begin_object(w);
    json_put_string(w, "by", periods[r->period]);
    json_put_string(w, "group", groups[r->group]);
    json_put_time(w, "from", r->range.from_s, r->range.offset_s);
    json_put_time(w, "to", r->range.to_s, r->range.offset_s);
    json_put_array(w, "items");
    for (size_t i = 0; i < r->count; i++) {
        write_line(w, r, &r->lines[i]);
    }
    json_write_end_array(w);
    json_write_end_object(w);
    return call_answer(call, 200);
}

static void
write_waiting(struct call *call, const struct version_row *version, bool mine)
{
    struct json_writer *w = &call->reply;
    const struct campaign_row *row = &call->campaign;
    struct text definition;
    json_write_begin_object(w);
    json_put_string(w, "kind", "campaign");
    json_put_bool(w, "mine", mine);
    json_write_key(w, "campaign");
    if (view_definition(call_view(call), &row->id, version->version, &definition)) {
        const struct campaign_rules *acting =
            catalogue_acting(call_catalogue(call), call_view(call), row);
        struct wire_campaign shown = { row, version, acting, definition };
        wire_write_campaign(w, &shown, call->now_s);
    } else {
        json_write_null(w);
    }
    json_write_end_object(w);
}

static size_t
inbox_campaign(struct call *call, const struct uuid *id, size_t room)
{
    struct version_row version;
    struct budget_change_row changes[32];
    struct uuid after = { { 0 } };
    struct view *v = call_view(call);
    struct json_writer *w = &call->reply;
    const struct uuid *me = &call->caller.id;
    size_t shown = 0;
    if (!view_campaign(v, id, &call->campaign)) return 0;
    bool waits = view_version(v, id, call->campaign.latest_version, &version) &&
                 version.state == VERSION_SUBMITTED;
    if (waits && shown < room) {
        bool mine = uuid_equal(&version.author, me) || uuid_equal(&version.submitter, me);
        write_waiting(call, &version, mine);
        shown++;
    }
    size_t count = view_budget_changes(v, id, &after, changes, COUNT_OF(changes));
    for (size_t i = 0; i < count && shown < room; i++) {
        if (changes[i].state != CHANGE_PENDING) continue;
        json_write_begin_object(w);
        json_put_string(w, "kind", "budget_change");
        json_put_bool(w, "mine", uuid_equal(&changes[i].author, me));
        json_write_key(w, "budget_change");
        wire_write_budget_change(w, &changes[i], call_service(call)->offset_s);
        json_write_end_object(w);
        shown++;
    }
    return shown;
}

/* What an approver may judge now; what is his own waits for another ("mine"). */
static enum call_state
begin_inbox(struct call *call)
{
    struct uuid ids[64], after = { { 0 } };
    size_t count, scanned = 0, shown = 0;
    json_write_begin_object(&call->reply);
    json_put_array(&call->reply, "items");
    do {
        count = view_campaigns(call_view(call), &after, ids, COUNT_OF(ids));
        for (size_t i = 0; i < count && shown < INBOX_MAX; i++) {
            shown += inbox_campaign(call, &ids[i], INBOX_MAX - shown);
        }
        scanned += count;
    } while (count == COUNT_OF(ids) && scanned < SCAN_MAX && shown < INBOX_MAX);
    json_write_end_array(&call->reply);
    json_put_bool(&call->reply, "has_more", shown == INBOX_MAX || scanned >= SCAN_MAX);
    json_write_end_object(&call->reply);
    return call_answer(call, 200);
}

static void
parse_unmask(struct call *call, struct json_reader *body)
{
    op_start(&call->op, OP_UNMASK);
    (void)json_member_copy(body, "reason", (struct json_texts){ JSON_REQUIRED, 4, 256, NULL },
                           call->op.unmask.reason);
}

static enum call_state
begin_unmask(struct call *call)
{
    call->op.unmask.resident = call->path_id;
    return CALL_COMMIT;
}

/* The entry is durable by now; only then is the seal opened. */
static enum call_state
finish_unmask(struct call *call)
{
    struct resident_row row;
    struct json_writer *w = &call->reply;
    if (!view_resident(call_view(call), &call->op.unmask.resident, &row)) {
        return call_refuse(call, VERDICT_NOT_FOUND);
    }
    if (!person_unseal(&row, call->secrets->keyring, &call->person)) {
        return call_refuse(call, VERDICT_UNAVAILABLE);
    }
    json_write_begin_object(w);
    json_put_id(w, "resident_id", ID_RESIDENT, &row.id);
    json_put_string(w, "name", call->person.name);
    json_put_string(w, "id_number", call->person.id_number);
    json_put_string(w, "mobile", call->person.mobile[0] == '\0' ? NULL : call->person.mobile);
    json_write_end_object(w);
    person_wipe(&call->person);
    return call_answer(call, 200);
}

static const struct endpoint rows[] = {
    { .method = HTTP_GET,
      .path = "/v1/admin/reports",
      .role = ROLE_ADMIN,
      .begin = begin_report,
      .finish = finish_report },
    { .method = HTTP_GET, .path = "/v1/admin/inbox", .role = ROLE_ADMIN, .begin = begin_inbox },
    { .method = HTTP_POST,
      .path = "/v1/admin/residents/{id}/unmask",
      .role = ROLE_ADMIN,
      .admin_roles = ROLE_AUDITOR,
      .path_is = PATH_RESIDENT,
      .body = BODY_JSON,
      .parse = parse_unmask,
      .begin = begin_unmask,
      .finish = finish_unmask },
};

struct endpoint_rows
api_reports(void)
{
    return (struct endpoint_rows){ rows, COUNT_OF(rows) };
}
