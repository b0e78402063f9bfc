/* storage/sqlite/store_people.c: effects on who is who. Residents and codes have no marks: their
 * rows may be erased, and change with every sign-in. */
#include "storage/sqlite/engine.h"

void
store_merchant(struct ledger *l, const struct effect *e)
{
    const struct merchant_row *m = e->merchant;
    char lines[MERCHANT_GROUPS_MAX * (LABEL_BYTES_MAX + 1) + 1];
    must(!uuid_is_none(&m->id) && m->uscc[0] != '\0');
    must(m->group_count <= MERCHANT_GROUPS_MAX);
    size_t size = labels_join(m->groups, m->group_count, lines, sizeof lines);
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_MERCHANT);
    bind_uuid_raw(s, 1, &m->id);
    bind_text(s, 2, text_of(m->name));
    bind_text(s, 3, text_of(m->uscc));
    bind_int(s, 4, m->kind);
    bind_blob(s, 5, lines, size);
    bind_text(s, 6, text_of(m->cell));
    bind_int(s, 7, m->created_at_s);
    store_one(l, s);
    struct canon c;
    canon_merchant(&c, m);
    store_mark(l, &c, false);
}

void
store_terminal(struct ledger *l, const struct effect *e)
{
    const struct terminal_row *t = e->terminal;
    must(!uuid_is_none(&t->id) && !uuid_is_none(&t->merchant));
    must(t->requests_per_min >= 0);
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_TERMINAL);
    bind_uuid_raw(s, 1, &t->id);
    bind_uuid_raw(s, 2, &t->merchant);
    bind_text(s, 3, text_of(t->outlet));
    bind_int(s, 4, t->state);
    bind_int(s, 5, t->algorithm);
    bind_blob(s, 6, t->public_key, sizeof t->public_key);
    bind_int(s, 7, t->enrollment_expires_at_s);
    bind_int(s, 8, t->requests_per_min);
    bind_int(s, 9, t->created_at_s);
    store_one(l, s);
    struct canon c;
    canon_terminal(&c, t);
    store_mark(l, &c, false);
}

void
store_admin(struct ledger *l, const struct effect *e)
{
    const struct admin_row *a = e->admin;
    must(!uuid_is_none(&a->id) && !digest_is_none(&a->token));
    must((a->roles & ~(unsigned)ROLES_ALL) == 0);
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_ADMIN);
    bind_uuid_raw(s, 1, &a->id);
    bind_text(s, 2, text_of(a->name));
    bind_int(s, 3, a->roles);
    bind_blob(s, 4, a->token.bytes, sizeof a->token.bytes);
    bind_int(s, 5, a->active);
    bind_int(s, 6, a->created_at_s);
    store_one(l, s);
    struct canon c;
    canon_admin(&c, a);
    store_mark(l, &c, false);
}

void
store_resident(struct ledger *l, const struct effect *e)
{
    const struct resident_row *r = e->resident;
    must(!uuid_is_none(&r->id));
    must(r->sealed_size <= sizeof r->sealed);
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_RESIDENT);
    bind_uuid_raw(s, 1, &r->id);
    bind_blob(s, 2, r->name.bytes, sizeof r->name.bytes);
    bind_blob(s, 3, r->sealed, r->sealed_size);
    bind_int(s, 4, r->seen_at_s);
    store_one(l, s);
}

void
store_otp(struct ledger *l, const struct effect *e)
{
    const struct otp_row *o = e->otp;
    must(!digest_is_none(&o->mobile));
    must(o->tries_left >= 0);
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_OTP);
    bind_blob(s, 1, o->mobile.bytes, sizeof o->mobile.bytes);
    bind_blob(s, 2, o->code.bytes, sizeof o->code.bytes);
    bind_int(s, 3, o->sent_at_s);
    bind_int(s, 4, o->tries_left);
    store_one(l, s);
}
