/* tests/torture/power.c: the power is cut. A mixed workload runs through the ledger's seam on a
 * file layer that remembers every write and sync; then, at every sync and at twenty points between
 * each two, a disk is made of what was durable and a chance selection of what was not (image.h),
 * and the real engine opens it. Must show: it opens; whatever was acknowledged before that point is
 * answered again with the same bytes; the batch under way is there as a whole or not at all; the
 * journal holds the last entry that was acknowledged; the audit finds nothing. */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/torture/lib/image.h"
#include "tests/torture/lib/outcome.h"
#include "tests/torture/lib/work.h"

#define DATABASE "huiquan.db"
#define IMAGES_BETWEEN 20
#define BATCHES 620
#define REOPEN_EVERY 97
#define LOG_PAGES_MAX 300 /* a checkpoint every twenty batches or so */

/* What was so when a batch had been acknowledged. */
struct standing {
    size_t op_count;
    int64_t now_s;
    struct journal_head head;
};

struct power {
    struct work work;
    struct record record;
    struct outcome outcome;
    struct standing standings[BATCHES + 1];
    size_t standing_count;
    struct dice dice;
    char dir[64];
    struct image image;
    int64_t images, asked, whole_batches, lost_batches, ghosts, syncs;
    int64_t by_mode[IMAGE_MODE_COUNT];
};

static const char *
base_dir(void)
{
    const char *base = getenv("TMPDIR");
    if (access("/dev/shm", W_OK) == 0) return "/dev/shm"; /* nothing here needs a real sync */
    return base != NULL ? base : "/tmp";
}

static struct journal_head
last_head(struct view *v)
{
    struct journal_head heads[64];
    size_t count = view_journal_heads(v, heads, COUNT_OF(heads));
    must(count > 0 && count < COUNT_OF(heads));
    return heads[count - 1];
}

static void
note_standing(struct power *p)
{
    struct work *w = &p->work;
    record_mark(&p->record, (int64_t)p->standing_count);
    p->standings[p->standing_count++] =
        (struct standing){ w->op_count, w->b.now_s, last_head(w->b.book.view) };
}

static void
record_work(struct power *p, size_t batches, uint64_t seed)
{
    struct work *w = &p->work;
    char path[256];
    work_open(w, base_dir(),
              &(struct ledger_settings){ .vfs = RECORD_VFS, .log_pages_max = LOG_PAGES_MAX }, seed);
    (void)snprintf(path, sizeof path, "%s/" DATABASE, w->b.dir);
    record_begin(&p->record, path);
    note_standing(p);
    for (size_t i = 1; i <= batches; i++) {
        work_plan(w);
        must(work_run(w) == FAULT_NONE);
        work_learn(w);
        note_standing(p);
        ledger_tidy(w->b.ledger);
        if (i % REOPEN_EVERY == 0) bench_reopen(&w->b);
    }
    record_end(&p->record);
}

static int64_t
image_clock_us(void *owner)
{
    return ((const struct power *)owner)->work.b.now_s * 1000000;
}

static void
image_random(void *owner, void *out, size_t size)
{
    struct power *p = owner;
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)out)[i] = (uint8_t)dice_roll(&p->dice);
    }
}

static void
power_fault(struct power *p, const struct image_walk *at, const char *what, int64_t number)
{
    outcome_fault(&p->outcome, "event %zu of %zu, image %lld (database: %s; log: %s%s): %s %lld",
                  at->at, p->record.count, (long long)p->images,
                  image_mode_words(p->image.modes[RECORD_DB]),
                  image_mode_words(p->image.modes[RECORD_LOG]),
                  p->image.ghost ? ", the old one" : "", what, (long long)number);
}

struct entry_wanted {
    struct journal_head head;
    bool found;
};

static bool
entry_is_there(void *owner, const struct journal_row *row)
{
    struct entry_wanted *wanted = owner;
    wanted->found = row->writer == wanted->head.writer && row->seq == wanted->head.seq &&
                    digest_equal(&row->hash, &wanted->head.hash);
    return false;
}

/* In the open batch. */
static void
ask_settled(struct power *p, const struct image_walk *at, struct book *book, struct work_span span)
{
    for (size_t i = 0; i < span.settled_count; i++) {
        struct work_answer again;
        if (!p->work.ops[i].acked) continue;
        work_ask(book, &p->work.ops[i], &again);
        const char *wrong = work_judge(&p->work, i, span, &again);
        if (wrong != NULL) power_fault(p, at, wrong, (int64_t)i);
        p->asked++;
    }
}

/* The batch under way: whoever asks again gets his answer, or another one made now. */
static void
ask_unknown(struct power *p, const struct image_walk *at, struct book *book, struct work_span span)
{
    int64_t known = 0, of = 0;
    for (size_t i = span.settled_count; i < span.tried_count; i++) {
        const struct work_op *o = &p->work.ops[i];
        struct work_answer again;
        work_ask(book, o, &again);
        if (!o->acked) continue;
        of++;
        known += again.replayed || again.verdict == VERDICT_REQUEST_REVERSED;
        const char *wrong = again.replayed ? work_judge(&p->work, i, span, &again) : NULL;
        if (wrong != NULL) power_fault(p, at, wrong, (int64_t)i);
    }
    if (of == 0) return;
    if (known != 0 && known != of) power_fault(p, at, "half a batch is there:", known);
    p->whole_batches += known == of;
    p->lost_batches += known == 0;
}

static void
ask_all(struct power *p, const struct image_walk *at, struct ledger *ledger, size_t standing)
{
    struct catalogue *catalogue;
    struct id_source ids;
    struct seams seams = { p, image_clock_us, image_clock_us, image_random };
    const struct standing *last = &p->standings[standing];
    const struct standing *next = last + (standing + 1 < p->standing_count);
    struct work_span span = { last->op_count, next->op_count };
    must(catalogue_open(&catalogue) == FAULT_NONE);
    id_source_start(&ids, &seams);
    struct book book = p->work.b.book;
    book.ledger = ledger;
    book.view = ledger_view(ledger);
    book.catalogue = catalogue;
    book.ids = &ids;
    book.now_s = next->now_s;
    must(ledger_begin(ledger) == FAULT_NONE);
    ask_settled(p, at, &book, span);
    ask_unknown(p, at, &book, span);
    enum fault fault = ledger_seal(ledger);
    if (fault != FAULT_NONE) power_fault(p, at, "a seal on the image ended with fault", fault);
    catalogue_close(catalogue);
}

static void
check_books(struct power *p, const struct image_walk *at, const struct journal_head *head)
{
    struct view *v;
    struct audit audit;
    struct entry_wanted wanted = { .head = *head };
    enum fault fault = view_open(&v, p->dir);
    if (fault != FAULT_NONE) {
        power_fault(p, at, "no view opens, fault", fault);
        return;
    }
    fault = view_audit(v, &audit);
    if (fault != FAULT_NONE) power_fault(p, at, "the audit met fault", fault);
    if (!audit_is_clean(&audit)) power_fault(p, at, audit.first_fault, audit.entries);
    view_journal(v, head->writer, head->seq - 1, entry_is_there, &wanted);
    if (!wanted.found) power_fault(p, at, "the journal is shorter than acknowledged:", head->seq);
    view_close(v);
}

static void
check_image(struct power *p, const struct image_walk *at, size_t standing)
{
    struct ledger *ledger;
    struct seams seams = { p, image_clock_us, image_clock_us, image_random };
    struct ledger_settings settings = { .data_dir = p->dir };
    image_make(&p->image, at, &p->dice);
    image_store(&p->image, p->dir, DATABASE);
    p->images++;
    p->ghosts += p->image.ghost;
    p->by_mode[p->image.modes[RECORD_LOG]]++;
    enum fault fault = ledger_open(&ledger, &settings, &seams);
    if (fault != FAULT_NONE) {
        power_fault(p, at, "the engine refuses to open, fault", fault);
        return;
    }
    ask_all(p, at, ledger, standing);
    check_books(p, at, &p->standings[standing].head);
    ledger_close(ledger);
}

static bool
is_sync(const struct record *r, size_t at)
{
    return at < r->count && r->events[at].kind == RECORD_SYNC;
}

/* From one sync to the next: at both, and at so many points between. Each point is an event that
 * has just happened; with few events one point has many images. */
static void
check_stretch(struct power *p, struct image_walk *walk, size_t *standing, int64_t between)
{
    size_t first = walk->at, end = first + 1;
    while (end < p->record.count && !is_sync(&p->record, end)) {
        end++;
    }
    int64_t due[1024] = { 0 };
    size_t length = end - first;
    must(length <= COUNT_OF(due));
    for (int64_t i = 0; i < between; i++) {
        due[dice_below(&p->dice, length)]++;
    }
    due[length - 1]++; /* just before the sync */
    for (size_t i = 0; i < length; i++) {
        image_walk_step(walk);
        const struct record_event *e = &p->record.events[walk->at - 1];
        if (e->kind == RECORD_MARK) *standing = (size_t)e->at;
        p->syncs += e->kind == RECORD_SYNC;
        if (e->kind == RECORD_SYNC) check_image(p, walk, *standing); /* and just after it */
        for (int64_t n = 0; n < due[i]; n++) {
            check_image(p, walk, *standing);
        }
    }
}

static void
check_record(struct power *p, const struct torture_options *options)
{
    struct image_walk walk;
    size_t standing = 0;
    image_walk_start(&walk, &p->record);
    while (walk.at < p->record.count) {
        /* Quick: the same stretches, but only a few of them looked at. */
        bool looks = !options->quick || dice_one_in(&p->dice, 50);
        if (looks) {
            check_stretch(p, &walk, &standing, IMAGES_BETWEEN);
            continue;
        }
        do {
            image_walk_step(&walk);
            const struct record_event *e = &p->record.events[walk.at - 1];
            if (e->kind == RECORD_MARK) standing = (size_t)e->at;
        } while (walk.at < p->record.count && !is_sync(&p->record, walk.at));
    }
    image_walk_end(&walk);
}

static void
remove_dir(const char *dir)
{
    char path[512];
    DIR *listing = opendir(dir);
    for (struct dirent *e; listing != NULL && (e = readdir(listing)) != NULL;) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (e->d_name[0] != '.') (void)unlink(path);
    }
    if (listing != NULL) (void)closedir(listing);
    (void)rmdir(dir);
}

static void
tell_figures(struct power *p)
{
    static const char *const words[IMAGE_MODE_COUNT] = {
#define X(name, text) [IMAGE_##name] = "log: " text,
        IMAGE_MODES(X)
#undef X
    };
    struct outcome *o = &p->outcome;
    outcome_figure(o, "images", p->images);
    outcome_figure(o, "syncs", p->syncs);
    outcome_figure(o, "events recorded", (int64_t)p->record.count);
    outcome_figure(o, "operations", (int64_t)p->work.op_count);
    outcome_figure(o, "acknowledged operations asked again", p->asked);
    outcome_figure(o, "batches under way: whole", p->whole_batches);
    outcome_figure(o, "batches under way: nothing", p->lost_batches);
    outcome_figure(o, "a removed log came back", p->ghosts);
    for (int i = 0; i < IMAGE_MODE_COUNT; i++) {
        outcome_figure(o, words[i], p->by_mode[i]);
    }
}

int
main(int argc, char **argv)
{
    struct torture_options options;
    if (!torture_options_read(&options, argc, argv)) return 2;
    struct power *p = calloc(1, sizeof *p);
    must(p != NULL);
    p->dice.state = options.seed ^ UINT64_C(0x706f776572);
    record_register();
    record_work(p, BATCHES, options.seed);
    (void)snprintf(p->dir, sizeof p->dir, "%s/huiquan-power-XXXXXX", base_dir());
    must(mkdtemp(p->dir) != NULL);
    check_record(p, &options);
    tell_figures(p);
    remove_dir(p->dir);
    image_end(&p->image);
    record_free(&p->record);
    work_close(&p->work);
    int status = outcome_tell(&p->outcome);
    free(p);
    return status;
}
