#include "tests/torture/lib/trial.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BATCHES_BEFORE 60
#define OPENINGS 2
#define BATCHES 5 /* after each */
#define FILES_MAX 8
#define EVERY_UP_TO 200 /* in the quick run */
#define THEN_EACH 17
#define STATUS_STOPPED 70
#define STATUS_NOT_OPENED 71

/* The state from which every trial begins. */
struct trial_start {
    size_t file_count;
    struct {
        char name[64];
        size_t size;
        char *bytes;
    } files[FILES_MAX];
    struct bench bench;
    struct dice dice;
    size_t op_count, batch_count, voucher_count, redemption_count;
    size_t undone_by[WORK_OPS_MAX];
};

bool
trial_fails(struct trial_plan *plan)
{
    if (plan == NULL || !plan->armed || plan->at == 0) {
        if (plan != NULL && plan->armed) plan->calls++;
        return false;
    }
    plan->calls++;
    bool fails = plan->calls == plan->at || (plan->for_ever && plan->calls > plan->at);
    plan->fired = plan->fired || fails;
    return fails;
}

static void *
shared(size_t size)
{
    void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(room != MAP_FAILED);
    return room;
}

static const char *
base_dir(void)
{
    const char *base = getenv("TMPDIR");
    if (access("/dev/shm", W_OK) == 0) return "/dev/shm"; /* nothing here needs a real sync */
    return base != NULL ? base : "/tmp";
}

static void
keep_file(struct trial_start *start, const char *dir, const char *name)
{
    char path[512];
    struct stat about;
    must(start->file_count < FILES_MAX);
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    must(fd >= 0 && fstat(fd, &about) == 0);
    size_t i = start->file_count++;
    (void)snprintf(start->files[i].name, sizeof start->files[i].name, "%s", name);
    start->files[i].size = (size_t)about.st_size;
    start->files[i].bytes = malloc(start->files[i].size + 1);
    must(start->files[i].bytes != NULL);
    must(read(fd, start->files[i].bytes, start->files[i].size) == (ssize_t)about.st_size);
    must(close(fd) == 0);
}

static void
each_file(const char *dir, void (*each)(void *owner, const char *dir, const char *name),
          void *owner)
{
    DIR *listing = opendir(dir);
    must(listing != NULL);
    for (struct dirent *e; (e = readdir(listing)) != NULL;) {
        if (e->d_name[0] != '.') each(owner, dir, e->d_name);
    }
    (void)closedir(listing);
}

static void
each_keep(void *owner, const char *dir, const char *name)
{
    size_t size = strlen(name);
    bool is_index = size > 4 && strcmp(name + size - 4, "-shm") == 0; /* made anew */
    if (!is_index) keep_file(owner, dir, name);
}

static void
each_remove(void *owner, const char *dir, const char *name)
{
    char path[512];
    (void)owner;
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    must(unlink(path) == 0);
}

/* A ledger as a killed daemon leaves it: part of it in the log only. */
void
trial_open(struct trial *t, const struct ledger_settings *settings, uint64_t seed)
{
    *t = (struct trial){ .plan = shared(sizeof *t->plan),
                         .work = shared(sizeof *t->work),
                         .openings = OPENINGS,
                         .batches = BATCHES };
    struct work *w = t->work;
    work_open(w, base_dir(), settings, seed);
    for (int i = 0; i < BATCHES_BEFORE; i++) {
        work_plan(w);
        must(work_run(w) == FAULT_NONE);
        work_learn(w);
        if (i < BATCHES_BEFORE - 5) ledger_tidy(w->b.ledger);
    }
    t->start = calloc(1, sizeof *t->start);
    must(t->start != NULL);
    each_file(w->b.dir, each_keep, t->start);
    work_stop(w);
    t->start->bench = w->b;
    t->start->dice = w->dice;
    t->start->op_count = w->op_count;
    t->start->batch_count = w->batch_count;
    t->start->voucher_count = w->voucher_count;
    t->start->redemption_count = w->redemption_count;
    for (size_t i = 0; i < w->op_count; i++) {
        t->start->undone_by[i] = w->ops[i].undone_by;
    }
}

static void
trial_reset(struct trial *t)
{
    struct work *w = t->work;
    const struct trial_start *start = t->start;
    each_file(w->b.dir, each_remove, NULL);
    for (size_t i = 0; i < start->file_count; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%s", start->bench.dir, start->files[i].name);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        must(fd >= 0);
        must(write(fd, start->files[i].bytes, start->files[i].size) ==
             (ssize_t)start->files[i].size);
        must(close(fd) == 0);
    }
    w->b = start->bench;
    w->dice = start->dice;
    w->op_count = start->op_count;
    w->batch_count = start->batch_count;
    w->voucher_count = start->voucher_count;
    w->redemption_count = start->redemption_count;
    for (size_t i = 0; i < w->op_count; i++) {
        w->ops[i].undone_by = start->undone_by[i];
    }
}

void
trial_close(struct trial *t)
{
    trial_reset(t);
    must(work_start(t->work) == FAULT_NONE);
    work_close(t->work);
    for (size_t i = 0; i < t->start->file_count; i++) {
        free(t->start->files[i].bytes);
    }
    free(t->start);
    (void)munmap(t->work, sizeof *t->work);
    (void)munmap(t->plan, sizeof *t->plan);
}

static int64_t
files_open(void)
{
    int64_t count = 0;
    for (int fd = 0; fd < 256; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

/* A second connection, as the command line's. Its faults are told and harmless. */
static void
look_from_beside(const struct work *w, bool audits)
{
    struct view *v;
    struct audit audit;
    struct campaign_row row;
    if (view_open(&v, w->b.dir) != FAULT_NONE) return;
    bool seen = view_campaign(v, &w->shop, &row);
    if (!seen && view_fault(v) == FAULT_NONE) _exit(73); /* it is there */
    enum fault fault = audits ? view_audit(v, &audit) : FAULT_MEMORY;
    if (fault == FAULT_NONE && !audit_is_clean(&audit)) {
        fprintf(stderr, "audit amid the trial: %s\n", audit.first_fault);
        _exit(72);
    }
    view_close(v);
}

static int
child_batches(struct work *w, int count)
{
    for (int i = 0; i < count; i++) {
        work_plan(w);
        enum fault fault = work_run(w);
        work_learn(w);
        if (fault == FAULT_IO || fault == FAULT_CORRUPT) return STATUS_STOPPED;
        ledger_tidy(w->b.ledger);
    }
    return 0;
}

static int
child_work(const struct trial *t)
{
    struct work *w = t->work;
    for (int i = 0; i < t->openings; i++) {
        if (work_start(w) != FAULT_NONE) return STATUS_NOT_OPENED;
        int status = child_batches(w, t->batches);
        if (status != 0) return status; /* as a process that ends: nothing is closed */
        look_from_beside(w, t->audits);
        work_stop(w);
    }
    return 0;
}

static void
child_begin(void)
{
    struct rlimit none = { 0, 0 };
    (void)setrlimit(RLIMIT_CORE, &none);
}

static _Noreturn void
child_run(struct trial *t)
{
    struct trial_plan *plan = t->plan;
    child_begin();
    int64_t files = files_open();
    plan->armed = true;
    int status = child_work(t);
    plan->armed = false;
    plan->blocks_left = plan->blocks;
    plan->files_left = files_open() - files;
    _exit(status);
}

static enum trial_end
end_of(int status)
{
    if (!WIFEXITED(status)) return TRIAL_CRASHED;
    switch (WEXITSTATUS(status)) {
    case 0: return TRIAL_WENT_ON;
    case STATUS_STOPPED: return TRIAL_STOPPED;
    case STATUS_NOT_OPENED: return TRIAL_NOT_OPENED;
    default: return TRIAL_CRASHED;
    }
}

void
trial_fault(struct trial *t, const char *what, int64_t number)
{
    outcome_fault(&t->outcome, "%s: n = %lld%s: %s %lld",
                  t->piece != NULL ? t->piece->name : "the ledger", (long long)t->plan->at,
                  t->plan->for_ever ? " for ever" : "", what, (long long)number);
}

static void
plan_begin(struct trial_plan *plan, int64_t at, bool for_ever)
{
    *plan = (struct trial_plan){ .at = at, .for_ever = for_ever };
}

static void
count_operations(struct trial *t)
{
    const struct work *w = t->work;
    for (size_t i = t->start->op_count; i < w->op_count; i++) {
        const struct work_op *o = &w->ops[i];
        t->acked += o->acked;
        t->refused += o->state == WORK_REFUSED;
        bool unwritten = o->state == WORK_SEALED && o->answer.verdict == VERDICT_OK &&
                         o->answer.size == 0 && o->op.kind != OP_SWEEP;
        t->answers_unwritten += unwritten;
    }
}

static void
check_leaks(struct trial *t)
{
    const struct trial_plan *plan = t->plan;
    int64_t kept = t->blocks_usual + (t->piece != NULL ? t->piece->blocks_kept : 0);
    if (plan->files_left != 0) trial_fault(t, "files left open:", plan->files_left);
    if (plan->blocks_left > kept) trial_fault(t, "not freed:", plan->blocks_left - kept);
}

static void
check_end(struct trial *t, enum trial_end end, int status)
{
    bool is_plain = t->plan->at == 0;
    if (is_plain) t->blocks_usual = t->plan->blocks_left;
    if (is_plain && end != TRIAL_WENT_ON) trial_fault(t, "fails without a fault", end);
    if (end == TRIAL_CRASHED) trial_fault(t, "crashed, wait status", status);
    if (end == TRIAL_WENT_ON || end == TRIAL_NOT_OPENED) check_leaks(t);
}

enum trial_end
trial_run(struct trial *t, int64_t at, bool for_ever)
{
    int status = 0;
    trial_reset(t);
    plan_begin(t->plan, at, for_ever);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) child_run(t);
    must(waitpid(child, &status, 0) == child);
    t->plan->armed = false;
    enum trial_end end = end_of(status);
    t->ends[end]++;
    t->runs++;
    check_end(t, end, status);
    count_operations(t);
    trial_check_disk(t);
    return end;
}

static int64_t
next_of(int64_t at, bool quick)
{
    return !quick || at < EVERY_UP_TO ? at + 1 : at + THEN_EACH;
}

void
trial_run_all(struct trial *t, const struct torture_options *options)
{
    int64_t offset = (int64_t)(options->seed % THEN_EACH);
    (void)trial_run(t, 0, false);
    outcome_figure(&t->outcome, "calls of a run without a fault", t->plan->calls);
    int64_t from = options->from > 0 ? options->from : 1;
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        bool fired = true;
        int64_t at = from;
        for (; fired && (options->to < 0 || at <= options->to); at = next_of(at, options->quick)) {
            if (options->quick && at == EVERY_UP_TO) at += offset;
            (void)trial_run(t, at, for_ever == 1);
            fired = t->plan->fired;
        }
        outcome_figure(&t->outcome, for_ever ? "n reached, for ever" : "n reached, once", at - 1);
    }
}

void
trial_tell(struct trial *t)
{
    struct outcome *o = &t->outcome;
    outcome_figure(o, "runs", t->runs);
    outcome_figure(o, "went on", t->ends[TRIAL_WENT_ON]);
    outcome_figure(o, "stopped without a verdict", t->ends[TRIAL_STOPPED]);
    outcome_figure(o, "did not open", t->ends[TRIAL_NOT_OPENED]);
    outcome_figure(o, "crashed", t->ends[TRIAL_CRASHED]);
    outcome_figure(o, "acknowledged amid faults", t->acked);
    outcome_figure(o, "refused", t->refused);
    outcome_figure(o, "stored, answer not written", t->answers_unwritten);
    outcome_figure(o, "asked again", t->asked);
}

static _Noreturn void
child_run_piece(struct trial *t, const struct trial_piece *piece)
{
    struct trial_plan *plan = t->plan;
    child_begin();
    int64_t files = files_open();
    plan->armed = true;
    bool went = piece->work();
    plan->armed = false;
    plan->blocks_left = plan->blocks;
    plan->files_left = files_open() - files;
    _exit(went ? 0 : STATUS_NOT_OPENED);
}

static void
run_piece_once(struct trial *t, const struct trial_piece *piece, int64_t at, bool for_ever)
{
    int status = 0;
    plan_begin(t->plan, at, for_ever);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) child_run_piece(t, piece);
    must(waitpid(child, &status, 0) == child);
    t->plan->armed = false;
    t->runs++;
    enum trial_end end = end_of(status);
    t->ends[end]++;
    t->piece = piece;
    check_end(t, end, status);
    t->piece = NULL;
}

void
trial_run_piece(struct trial *t, const struct trial_piece *piece, bool quick)
{
    run_piece_once(t, piece, 0, false);
    outcome_figure(&t->outcome, piece->name, t->plan->calls);
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        bool fired = true;
        for (int64_t at = 1; fired; at = next_of(at, quick)) {
            run_piece_once(t, piece, at, for_ever == 1);
            fired = t->plan->fired;
        }
    }
}
