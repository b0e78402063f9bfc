/* storage/sqlite/store_login.c: effects of signing in. */
#include "storage/sqlite/engine.h"

/* Each wrong guess writes the row; what its mark is made of then stays as it was. */
static void
store_login_mark(struct ledger *l, const struct login_row *before, const struct login_row *row)
{
    struct canon was, is;
    must(row->secret_size > 0);
    canon_login(&was, before);
    canon_login(&is, row);
    bool same = was.size == is.size && memcmp(was.bytes, is.bytes, is.size) == 0;
    if (!same) store_mark(l, &is, false);
}

void
store_login(struct ledger *l, const struct effect *e)
{
    const struct login_row *r = e->login;
    must(r->login[0] != '\0' && !uuid_is_none(&r->admin));
    must(r->secret_size > 0 && r->secret_size <= sizeof r->secret);
    struct login_row before;
    (void)view_login(&l->view, text_of(r->login), &before);
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_LOGIN);
    bind_text(s, 1, text_of(r->login));
    bind_uuid_raw(s, 2, &r->admin);
    bind_text(s, 3, text_of(r->password));
    bind_blob(s, 4, r->secret, r->secret_size);
    bind_int(s, 5, r->last_step);
    bind_int(s, 6, r->failures);
    bind_int(s, 7, r->locked_until_s);
    bind_digest(s, 8, &r->code);
    bind_int(s, 9, r->code_until_s);
    store_one(l, s);
    store_login_mark(l, &before, r);
}

void
store_admin_session(struct ledger *l, const struct effect *e)
{
    const struct admin_session_row *r = e->session;
    must(!digest_is_none(&r->token) && !uuid_is_none(&r->admin));
    must(r->expires_at_s > r->issued_at_s);
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_ADMIN_SESSION);
    bind_blob(s, 1, r->token.bytes, sizeof r->token.bytes);
    bind_uuid_raw(s, 2, &r->admin);
    bind_int(s, 3, r->issued_at_s);
    bind_int(s, 4, r->expires_at_s);
    store_one(l, s);
    struct canon c;
    canon_session(&c, r);
    store_mark(l, &c, true);
}

/* There may be none: ending what has ended is fine. */
void
store_admin_sessions_end(struct ledger *l, const struct effect *e)
{
    const struct admin_session_row *r = e->session;
    must(l->open);
    must(e->only_this || !uuid_is_none(&r->admin));
    enum query q = e->only_this ? QUERY_END_ADMIN_SESSION : QUERY_END_ADMIN_SESSIONS;
    sqlite3_stmt *s = query_start(&l->view, q);
    int at = 1;
    if (!e->only_this) bind_uuid_raw(s, at++, &r->admin);
    bind_blob(s, at, r->token.bytes, sizeof r->token.bytes);
    (void)query_run(&l->view, s);
}
