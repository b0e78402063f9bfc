/* storage/sqlite/entry.c: canonical bytes of a journal entry, as voucher/model/journal.h has them.
 */
#include "storage/sqlite/bytes.h"
#include "storage/sqlite/engine.h"

#define LAYOUT_PLAIN 1
#define LAYOUT_MARKED 2

size_t
entry_encode(const struct journal_entry *entry, uint8_t out[JOURNAL_BYTES_MAX])
{
    must(entry->posting_count <= JOURNAL_POSTINGS_MAX);
    must(entry->detail.size <= JOURNAL_DETAIL_MAX);
    must(entry->marks.size <= JOURNAL_MARKS_MAX);
    must(entry->kind > 0 && entry->kind <= UINT8_MAX);
    must(entry->rule_version >= 0 && entry->rule_version <= UINT32_MAX);
    uint8_t *at = put_number(out, entry->marks.size > 0 ? LAYOUT_MARKED : LAYOUT_PLAIN, 1);
    at = put_number(at, (uint64_t)entry->kind, 1);
    at = put_number(at, entry->posting_count, 2);
    at = put_number(at, (uint64_t)entry->rule_version, 4);
    at = put_number(at, (uint64_t)entry->at_s, 8);
    at = put_bytes(at, entry->campaign.bytes, 16);
    at = put_bytes(at, entry->subject.bytes, 16);
    at = put_bytes(at, entry->object.bytes, 16);
    at = put_bytes(at, entry->actor.bytes, 16);
    for (size_t i = 0; i < entry->posting_count; i++) {
        const struct posting *p = &entry->postings[i];
        must(p->pool_number >= 0 && p->pool_number <= UINT32_MAX);
        must((unsigned)p->from <= ACCOUNT_RETURNED && (unsigned)p->to <= ACCOUNT_RETURNED);
        must(p->issued == (int32_t)p->issued && p->redeemed == (int32_t)p->redeemed);
        at = put_number(at, (uint64_t)p->pool_number, 4);
        at = put_number(at, (uint64_t)p->from, 1);
        at = put_number(at, (uint64_t)p->to, 1);
        at = put_number(at, (uint64_t)p->issued, 4);
        at = put_number(at, (uint64_t)p->redeemed, 4);
        at = put_number(at, (uint64_t)p->amount_fen, 8);
    }
    at = put_number(at, entry->detail.size, 2);
    at = put_bytes(at, entry->detail.at, entry->detail.size);
    at = put_bytes(at, entry->marks.at, entry->marks.size);
    must((size_t)(at - out) <= JOURNAL_BYTES_MAX);
    return (size_t)(at - out);
}

struct reader {
    const uint8_t *at, *end;
    bool short_of;
};

static uint64_t
take_number(struct reader *r, int size)
{
    uint64_t value = 0;
    must(size > 0 && size <= 8);
    must(r->at <= r->end);
    if (r->end - r->at < size) {
        r->short_of = true;
        return 0;
    }
    for (int i = 0; i < size; i++) {
        value = value << 8 | *r->at++;
    }
    return value;
}

static void
take_uuid(struct reader *r, struct uuid *out)
{
    must(r->at <= r->end);
    if (r->end - r->at < 16) {
        r->short_of = true;
        return;
    }
    memcpy(out->bytes, r->at, 16);
    r->at += 16;
}

static void
take_posting(struct reader *r, struct posting *p)
{
    p->pool_number = (int64_t)take_number(r, 4);
    p->from = (enum account)take_number(r, 1);
    p->to = (enum account)take_number(r, 1);
    p->issued = (int32_t)take_number(r, 4);
    p->redeemed = (int32_t)take_number(r, 4);
    p->amount_fen = (int64_t)take_number(r, 8);
}

/* The detail, and the marks behind it; an entry ends with them. */
static bool
take_rest(struct reader *r, bool is_marked, struct journal_entry *out)
{
    size_t detail_size = (size_t)take_number(r, 2);
    if (detail_size > JOURNAL_DETAIL_MAX) return false;
    if (r->short_of || (size_t)(r->end - r->at) < detail_size) return false;
    out->detail = (struct text){ (const char *)r->at, detail_size };
    r->at += detail_size;
    out->marks = (struct text){ (const char *)r->at, (size_t)(r->end - r->at) };
    must(r->at + out->marks.size == r->end);
    if (!is_marked) return out->marks.size == 0;
    return out->marks.size > 0 && out->marks.size <= JOURNAL_MARKS_MAX;
}

bool
entry_decode(struct text bytes, struct journal_entry *out)
{
    struct reader r = { (const uint8_t *)bytes.at, (const uint8_t *)bytes.at + bytes.size, false };
    memset(out, 0, sizeof *out);
    uint64_t layout = take_number(&r, 1);
    if (layout != LAYOUT_PLAIN && layout != LAYOUT_MARKED) return false;
    out->kind = (enum journal_kind)take_number(&r, 1);
    out->posting_count = (size_t)take_number(&r, 2);
    out->rule_version = (int64_t)take_number(&r, 4);
    out->at_s = (int64_t)take_number(&r, 8);
    take_uuid(&r, &out->campaign);
    take_uuid(&r, &out->subject);
    take_uuid(&r, &out->object);
    take_uuid(&r, &out->actor);
    if (out->kind == 0 || out->posting_count > JOURNAL_POSTINGS_MAX) return false;
    for (size_t i = 0; i < out->posting_count; i++) {
        take_posting(&r, &out->postings[i]);
        if (out->postings[i].from > ACCOUNT_RETURNED) return false;
        if (out->postings[i].to > ACCOUNT_RETURNED) return false;
    }
    return take_rest(&r, layout == LAYOUT_MARKED, out);
}

bool
journal_entry_read(struct text bytes, struct journal_entry *out)
{
    must(out != NULL);
    return entry_decode(bytes, out);
}
