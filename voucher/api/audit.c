/* voucher/api/audit.c: what auditors read: the journal and signed checkpoints over its heads. */
#include "crypto/chain.h"
#include "storage/journal.h"
#include "voucher/api/api.h"
#include "voucher/api/list.h"
#include "voucher/wire/reply.h"

#define HEADS_MAX 64

struct journal_page {
    struct call *call;
    size_t limit, count;
    int64_t writer, seq; /* of the last one shown */
    bool more;
};

/* "WRITER-SEQ" of the last entry that was read. */
static bool
cursor_read(struct text text, int64_t *writer, int64_t *seq)
{
    int64_t numbers[2] = { 0, 0 };
    size_t which = 0;
    if (text.size == 0 || text.size > 40) return false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];
        if (c == '-' && which == 0) {
            which = 1;
            continue;
        }
        if (c < '0' || c > '9' || numbers[which] > INT64_MAX / 100) return false;
        numbers[which] = numbers[which] * 10 + (c - '0');
    }
    *writer = numbers[0];
    *seq = numbers[1];
    return which == 1;
}

static bool
journal_each(void *owner, const struct journal_row *row)
{
    struct journal_page *page = owner;
    if (page->count == page->limit) {
        page->more = true;
        return false;
    }
    wire_write_journal(&page->call->reply, row, call_service(page->call)->offset_s);
    page->count++;
    page->writer = row->writer;
    page->seq = row->seq;
    return true;
}

/* The same limit as every list has; the cursor is the journal's own. */
static bool
page_read(struct call *call, struct journal_page *page)
{
    struct text text;
    if (call_query(call, "limit", &text) && !list_read_limit(text, &page->limit)) {
        call_say(call, DETAIL_LIMIT_RANGE);
        return false;
    }
    if (!call_query(call, "after", &text)) return true;
    if (cursor_read(text, &page->writer, &page->seq)) return true;
    call_say(call, DETAIL_CURSOR);
    return false;
}

static enum call_state
begin_journal(struct call *call)
{
    char next[48];
    struct json_writer *w = &call->reply;
    struct journal_page page = { .call = call, .limit = LIST_LIMIT_DEFAULT };
    if (!page_read(call, &page)) {
        return call_refuse(call, VERDICT_MALFORMED);
    }
    json_write_begin_object(w);
    json_put_array(w, "items");
    view_journal(call_view(call), page.writer, page.seq, journal_each, &page);
    json_write_end_array(w);
    (void)snprintf(next, sizeof next, "%lld-%lld", (long long)page.writer, (long long)page.seq);
    json_put_string(w, "next", page.more ? next : NULL);
    json_put_bool(w, "has_more", page.more);
    json_write_end_object(w);
    return call_answer(call, 200);
}

static enum call_state
begin_checkpoints(struct call *call)
{
    struct journal_head heads[HEADS_MAX];
    struct chain_head chain[HEADS_MAX];
    char note[CHECKPOINT_SIZE(HEADS_MAX)];
    uint32_t kid;
    size_t count = view_journal_heads(call_view(call), heads, HEADS_MAX);
    for (size_t i = 0; i < count; i++) {
        chain[i] = (struct chain_head){ heads[i].writer, heads[i].seq, heads[i].hash };
    }
    const struct ed25519_signer *signer = keyring_signer_active(call->secrets->keyring, &kid);
    struct checkpoint checkpoint = {
        .origin = TEXT("huiquan"), .at_s = call->now_s, .heads = chain, .head_count = count
    };
    size_t size = checkpoint_write(signer, &checkpoint, note, sizeof note);
    char kid_text[9];
    (void)snprintf(kid_text, sizeof kid_text, "%08x", kid);
    struct json_writer *w = &call->reply;
    json_write_begin_object(w);
    json_put_array(w, "items");
    json_write_begin_object(w);
    json_put_time(w, "at", call->now_s, call_service(call)->offset_s);
    json_put_string(w, "kid", kid_text);
    json_put_text(w, "note", (struct text){ note, size });
    json_write_end_object(w);
    json_write_end_array(w);
    json_put_null(w, "next");
    json_put_bool(w, "has_more", false);
    json_write_end_object(w);
    return call_answer(call, 200);
}

static const struct endpoint rows[] = {
    { .method = HTTP_GET, .path = "/v1/admin/journal", .role = ROLE_ADMIN, .begin = begin_journal },
    { .method = HTTP_GET,
      .path = "/v1/admin/checkpoints",
      .role = ROLE_ADMIN,
      .begin = begin_checkpoints },
};

struct endpoint_rows
api_audit(void)
{
    return (struct endpoint_rows){ rows, COUNT_OF(rows) };
}
