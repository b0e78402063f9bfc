/* tests/bench/seed.c: fills a ledger for scripts/bench --growth, while no daemon has it open.
 *
 *   bench_seed DATA_DIR CAMPAIGN POOL VOUCHERS RESIDENTS
 *
 * The very operations that the clerk decides, through the batch seam, many to a seal: so indexes,
 * journal and balances are as if so many residents had come. Prints one JSON object. */
#include <time.h>

#include "crypto/digest.h"
#include "tests/bench/cpu.h"
#include "voucher/book/book.h"
#include "voucher/id.h"
#include "voucher/person.h"

#define BATCH_MAX 8192

struct seeder {
    struct seams seams;
    struct keyring *keyring;
    struct ledger *ledger;
    struct catalogue *catalogue;
    struct id_source ids;
    struct book book;
    struct op op;
    struct uuid campaign, pool;
    uint32_t kid;
    int64_t batched;
};

static int64_t
wall_us(void *owner)
{
    struct timespec t;
    (void)owner;
    must(clock_gettime(CLOCK_REALTIME, &t) == 0);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static int64_t
monotonic_us(void *owner)
{
    (void)owner;
    return monotonic_ns() / 1000;
}

static void
random_fill(void *owner, void *out, size_t size)
{
    (void)owner;
    crypto_random_fill(out, size);
}

static void
seal(struct seeder *s)
{
    if (s->batched == 0) return;
    must(ledger_seal(s->ledger) == FAULT_NONE);
    ledger_tidy(s->ledger);
    s->batched = 0;
}

/* Decides the operation that was written into s->op. */
static void
decide(struct seeder *s)
{
    if (s->batched == 0) must(ledger_begin(s->ledger) == FAULT_NONE);
    book_decide(&s->book, &s->op);
    must(s->op.verdict == VERDICT_OK);
    op_end(&s->op);
    if (++s->batched == BATCH_MAX) seal(s);
}

static struct text
number_of(int64_t n, char out[32])
{
    const int size = snprintf(out, 32, "seed-%012lld", (long long)n);
    return (struct text){ out, (size_t)size };
}

static void
add_claim(struct seeder *s, int64_t n)
{
    char number[32];
    const struct text text = number_of(n, number);
    op_start(&s->op, OP_CLAIM);
    s->op.caller = (struct caller){ .kind = CALLER_RESIDENT, .assurance = ASSURANCE_ISSUER };
    keyring_person_ref(s->keyring, text, &s->op.caller.id);
    keyring_fingerprint(s->keyring, &text, 1, &s->op.fingerprint);
    (void)snprintf(s->op.key, sizeof s->op.key, "%s", number);
    s->op.kid = s->kid;
    s->op.claim = (struct claim_command){ .campaign = s->campaign, .pool = s->pool };
    decide(s);
}

static void
add_resident(struct seeder *s, int64_t n)
{
    struct person person = { 0 };
    (void)number_of(n, person.id_number);
    (void)snprintf(person.name, sizeof person.name, "%s", "居民");
    (void)snprintf(person.mobile, sizeof person.mobile, "138%08lld", (long long)(n % 100000000));
    op_start(&s->op, OP_RESIDENT_SEEN);
    person_seal(&person, s->keyring, &s->op.resident);
    decide(s);
}

static void
seeder_open(struct seeder *s, const char *data_dir)
{
    char keys[512], why[KEYRING_WHY_SIZE];
    const struct ledger_settings settings = { .data_dir = data_dir, .busy_ms_max = 5000 };
    s->seams = (struct seams){ NULL, wall_us, monotonic_us, random_fill };
    (void)snprintf(keys, sizeof keys, "%s/keys", data_dir);
    if (keyring_open(&s->keyring, keys, why) != FAULT_NONE) {
        fprintf(stderr, "bench_seed: %s\n", why);
        exit(1);
    }
    (void)keyring_signer_active(s->keyring, &s->kid);
    must(ledger_open(&s->ledger, &settings, &s->seams) == FAULT_NONE);
    must(catalogue_open(&s->catalogue) == FAULT_NONE);
    id_source_start(&s->ids, &s->seams);
    s->book = (struct book){ .ledger = s->ledger,
                             .view = ledger_view(s->ledger),
                             .catalogue = s->catalogue,
                             .ids = &s->ids,
                             .now_s = wall_us(NULL) / 1000000 };
}

int
main(int argc, char **argv)
{
    static struct seeder s;
    if (argc != 6 || !id_read(ID_CAMPAIGN, text_of(argv[2]), &s.campaign) ||
        !id_read(ID_POOL, text_of(argv[3]), &s.pool)) {
        fputs("bench_seed DATA_DIR CAMPAIGN POOL VOUCHERS RESIDENTS\n", stderr);
        return 2;
    }
    const int64_t vouchers = strtoll(argv[4], NULL, 10), residents = strtoll(argv[5], NULL, 10);
    const int64_t begin_us = monotonic_us(NULL);
    seeder_open(&s, argv[1]);
    for (int64_t n = 0; n < vouchers; n++) {
        add_claim(&s, n);
    }
    for (int64_t n = 0; n < residents; n++) {
        add_resident(&s, n);
    }
    seal(&s);
    printf("{\"vouchers\":%lld,\"residents\":%lld,\"elapsed_ms\":%lld}\n", (long long)vouchers,
           (long long)residents, (long long)((monotonic_us(NULL) - begin_us) / 1000));
    catalogue_close(s.catalogue);
    ledger_close(s.ledger);
    keyring_close(s.keyring);
    return 0;
}
