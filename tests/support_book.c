/* tests/support_book.c: the bench itself: opening, running, and what admins do. */
#include "tests/support_book.h"

#include "tests/rows.h"
#include "voucher/wire/campaign.h"

#include <dirent.h>
#include <unistd.h>

static int64_t
bench_clock_us(void *owner)
{
    return ((const struct bench *)owner)->now_s * 1000000;
}

/* Xorshift: the same chance in every run. */
static void
bench_random(void *owner, void *out, size_t size)
{
    struct bench *b = owner;
    for (size_t i = 0; i < size; i++) {
        b->chance ^= b->chance << 13;
        b->chance ^= b->chance >> 7;
        b->chance ^= b->chance << 17;
        ((uint8_t *)out)[i] = (uint8_t)(b->chance >> 24);
    }
}

static void
bench_start(struct bench *b)
{
    assert_int_equal(ledger_open(&b->ledger, &b->settings, &b->seams), FAULT_NONE);
    assert_int_equal(catalogue_open(&b->catalogue), FAULT_NONE);
    b->book.ledger = b->ledger;
    b->book.view = ledger_view(b->ledger);
    b->book.catalogue = b->catalogue;
    b->book.ids = &b->ids;
}

static void
bench_stop(struct bench *b)
{
    catalogue_close(b->catalogue);
    ledger_close(b->ledger);
    b->catalogue = NULL;
    b->ledger = NULL;
}

static void
bench_free_rules(struct op *op)
{
    bool has = op->kind == OP_CAMPAIGN_CREATE || op->kind == OP_CAMPAIGN_CHANGE;
    if (!has) return;
    campaign_rules_free(op->campaign.rules);
    op->campaign.rules = NULL;
}

static struct uuid
bench_reply_id(const struct bench *b, const char *key, enum id_kind kind)
{
    char pattern[64];
    struct uuid id = { 0 };
    (void)snprintf(pattern, sizeof pattern, "\"%s\":\"", key);
    struct text body = json_writer_text(&b->op.body);
    const char *at = memmem(body.at, body.size, pattern, strlen(pattern));
    assert_non_null(at);
    assert_true(id_read(kind, (struct text){ at + strlen(pattern), ID_TEXT_SIZE - 1 }, &id));
    return id;
}

static struct uuid
bench_merchant(struct bench *b, const char *name, const char *uscc, enum merchant_kind kind)
{
    struct caller admin = bench_admin(ADMIN_AUTHOR);
    struct op *op = bench_begin(b, OP_MERCHANT_CREATE, &admin);
    (void)snprintf(op->merchant.name, sizeof op->merchant.name, "%s", name);
    (void)snprintf(op->merchant.uscc, sizeof op->merchant.uscc, "%s", uscc);
    op->merchant.kind = kind;
    op->merchant.group_count = 1;
    (void)snprintf(op->merchant.groups[0].text, sizeof op->merchant.groups[0].text, "%s",
                   kind == MERCHANT_SHOP ? "night_market" : "dealers");
    assert_int_equal(bench_run(b), VERDICT_OK);
    return bench_reply_id(b, "merchant_id", ID_MERCHANT);
}

static struct caller
bench_till(struct bench *b, const struct uuid *merchant)
{
    struct caller admin = bench_admin(ADMIN_AUTHOR);
    struct caller till = { .kind = CALLER_TERMINAL, .merchant = *merchant };
    struct op *op = bench_begin(b, OP_TERMINAL_CREATE, &admin);
    op->terminal.merchant = *merchant;
    assert_int_equal(bench_run(b), VERDICT_OK);
    till.id = bench_reply_id(b, "terminal_id", ID_TERMINAL);
    op = bench_begin(b, OP_TERMINAL_ENROLL, &(struct caller){ 0 });
    op->terminal.terminal = till.id;
    assert_int_equal(bench_run(b), VERDICT_OK);
    return till;
}

void
bench_open(struct bench *b)
{
    bench_open_in(b, "/tmp", &(struct ledger_settings){ .busy_ms_max = 100 });
}

void
bench_open_in(struct bench *b, const char *base, const struct ledger_settings *settings)
{
    *b = (struct bench){ .settings = *settings,
                         .now_s = BENCH_T0,
                         .chance = UINT64_C(0x9E3779B97F4A7C15) };
    int size = snprintf(b->dir, sizeof b->dir, "%s/huiquan-book-XXXXXX", base);
    assert_true(size > 0 && (size_t)size < sizeof b->dir);
    assert_non_null(mkdtemp(b->dir));
    b->settings.data_dir = b->dir;
    b->seams = (struct seams){ b, bench_clock_us, bench_clock_us, bench_random };
    id_source_start(&b->ids, &b->seams);
    b->book.settings = (struct book_settings){ .hold_s = 900,
                                               .reverse_window_s = BENCH_DAY,
                                               .enrollment_s = BENCH_DAY,
                                               .otp_s = 300,
                                               .otp_interval_s = 60,
                                               .otp_tries = 3,
                                               .offset_s = 8 * 3600 };
    bench_start(b);
    struct uuid shop = bench_merchant(b, "张记小吃", "91350100M000100Y43", MERCHANT_SHOP);
    struct uuid other = bench_merchant(b, "河畔书店", "91110000101623741K", MERCHANT_SHOP);
    struct uuid dealer = bench_merchant(b, "龙湖汽车", "911101066976941872", MERCHANT_CAR_DEALER);
    b->tills[TILL_SHOP] = bench_till(b, &shop);
    b->tills[TILL_SHOP_TOO] = bench_till(b, &shop);
    b->tills[TILL_OTHER_SHOP] = bench_till(b, &other);
    b->tills[TILL_DEALER] = bench_till(b, &dealer);
}

static void
bench_remove(const struct bench *b)
{
    char path[512];
    DIR *dir = opendir(b->dir);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (entry->d_name[0] == '.') continue;
        (void)snprintf(path, sizeof path, "%s/%s", b->dir, entry->d_name);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(closedir(dir), 0);
    assert_int_equal(rmdir(b->dir), 0);
}

void
bench_close(struct bench *b)
{
    bench_check(b);
    bench_free_rules(&b->op);
    op_end(&b->op);
    bench_stop(b);
    bench_remove(b);
}

void
bench_reopen(struct bench *b)
{
    bench_stop(b);
    bench_start(b);
}

struct caller
bench_admin(enum bench_admin who)
{
    struct caller caller = { .kind = CALLER_ADMIN, .roles = ROLES_ALL };
    memset(caller.id.bytes, 0xA0 + (int)who, sizeof caller.id.bytes);
    return caller;
}

struct caller
bench_resident(unsigned number)
{
    struct caller caller = { .kind = CALLER_RESIDENT, .assurance = ASSURANCE_ISSUER };
    memset(caller.id.bytes, 0x52, sizeof caller.id.bytes);
    memcpy(caller.id.bytes, &number, sizeof number);
    return caller;
}

struct op *
bench_begin(struct bench *b, enum op_kind kind, const struct caller *caller)
{
    struct op *op = &b->op;
    bench_free_rules(op);
    if (b->made > 0) op_end(op);
    op_start(op, kind);
    op->caller = *caller;
    op->kid = 7;
    b->made++;
    (void)snprintf(op->key, sizeof op->key, "key-%06u", b->made);
    memcpy(op->fingerprint.bytes, &b->made, sizeof b->made);
    op->fingerprint.bytes[31] = 1;
    return op;
}

enum verdict
bench_run(struct bench *b)
{
    if (b->now_s > b->book.now_s) b->book.now_s = b->now_s;
    assert_int_equal(ledger_begin(b->ledger), FAULT_NONE);
    struct ledger_key keys[BOOK_KEYS_MAX];
    ledger_prefetch(b->ledger, keys, book_keys(&b->op, keys));
    book_decide(&b->book, &b->op);
    assert_int_equal(ledger_seal(b->ledger), FAULT_NONE);
    return b->op.verdict;
}

enum verdict
bench_again(struct bench *b)
{
    struct op *op = &b->op;
    op->status = 0;
    op->replayed = false;
    op->faults = (struct faults){ 0 };
    op->evidence_faults = 0;
    op->claimed.claim.voucher_count = 0;
    json_writer_restart(&op->body);
    return bench_run(b);
}

void
bench_other_content(struct op *op)
{
    op->fingerprint.bytes[30] ^= 1;
}

void
bench_key(struct op *op, const char *key)
{
    memset(op->key, 0, sizeof op->key);
    (void)snprintf(op->key, sizeof op->key, "%s", key);
}

bool
bench_reply_has(const struct bench *b, const char *words)
{
    struct text body = json_writer_text(&b->op.body);
    return memmem(body.at, body.size, words, strlen(words)) != NULL;
}

static struct campaign_rules *
bench_rules(const char *definition)
{
    char json[8192];
    struct json_document *document = NULL;
    struct json_reader reader;
    struct faults faults = { 0 };
    struct campaign_rules *rules = NULL;
    size_t size = strlen(definition);
    assert_true(size < sizeof json);
    for (size_t i = 0; i < size; i++) {
        json[i] = definition[i] == '\'' ? '"' : definition[i];
    }
    assert_int_equal(json_document_open(&document, (struct text){ json, size }, JSON_TOP_OBJECT),
                     FAULT_NONE);
    assert_true(json_reader_start(&reader, document, &faults));
    assert_int_equal(wire_campaign_read(&reader, &rules), FAULT_NONE);
    json_reader_finish(&reader);
    if (faults_verdict(&faults) != VERDICT_OK) {
        fail_msg("%s: %s", faults.rows[0].pointer.text, flaw_code(faults.rows[0].flaw));
    }
    json_document_close(document);
    return rules;
}

enum verdict
bench_create(struct bench *b, const char *definition, struct uuid *out)
{
    struct caller admin = bench_admin(ADMIN_AUTHOR);
    struct op *op = bench_begin(b, OP_CAMPAIGN_CREATE, &admin);
    op->campaign.rules = bench_rules(definition);
    enum verdict verdict = bench_run(b);
    if (verdict != VERDICT_OK) return verdict;
    *out = bench_reply_id(b, "campaign_id", ID_CAMPAIGN);
    assert_true(b->campaign_count < BENCH_CAMPAIGNS_MAX);
    b->campaigns[b->campaign_count++] = *out;
    return verdict;
}

enum verdict
bench_change(struct bench *b, const struct uuid *campaign, const char *definition)
{
    struct caller admin = bench_admin(ADMIN_AUTHOR);
    struct op *op = bench_begin(b, OP_CAMPAIGN_CHANGE, &admin);
    op->campaign.campaign = *campaign;
    op->campaign.rules = bench_rules(definition);
    return bench_run(b);
}

enum verdict
bench_act(struct bench *b, const struct uuid *campaign, enum campaign_act act, enum bench_admin who)
{
    struct caller admin = bench_admin(who);
    struct op *op = bench_begin(b, OP_CAMPAIGN_ACT, &admin);
    op->campaign.campaign = *campaign;
    op->campaign.act = act;
    return bench_run(b);
}

struct uuid
bench_campaign(struct bench *b, const char *definition)
{
    struct uuid id;
    assert_int_equal(bench_create(b, definition, &id), VERDICT_OK);
    assert_int_equal(bench_act(b, &id, ACT_SUBMIT, ADMIN_AUTHOR), VERDICT_OK);
    assert_int_equal(bench_act(b, &id, ACT_APPROVE, ADMIN_APPROVER), VERDICT_OK);
    return id;
}

enum verdict
bench_budget(struct bench *b, const struct uuid *campaign, int64_t current_fen, int64_t target_fen,
             struct uuid *out)
{
    struct caller admin = bench_admin(ADMIN_AUTHOR);
    struct op *op = bench_begin(b, OP_BUDGET_PROPOSE, &admin);
    op->budget.campaign = *campaign;
    op->budget.current_fen = current_fen;
    op->budget.target_fen = target_fen;
    (void)snprintf(op->budget.reason, sizeof op->budget.reason, "a test");
    enum verdict verdict = bench_run(b);
    if (verdict == VERDICT_OK) *out = bench_reply_id(b, "budget_change_id", ID_BUDGET_CHANGE);
    return verdict;
}

enum verdict
bench_budget_judge(struct bench *b, const struct uuid *change, bool approve, enum bench_admin who)
{
    struct caller admin = bench_admin(who);
    struct op *op = bench_begin(b, OP_BUDGET_JUDGE, &admin);
    op->budget.change = *change;
    op->budget.approve = approve;
    return bench_run(b);
}
