/* tests/torture/forge.c: a million credentials, honest and forged, against the code that believes
 * or refuses them; the maker of each knows what must come of it (tests/torture/lib/forger.h).
 *
 *   torture_forge --seed N [--quick] [--from I] [--to I]   one JSON object, as outcome.h has it
 *   torture_forge --judge FILE NOW   reads assertions, a line each, and prints what the code says
 *                                    of each by the issuers of the file: for comparison with others
 */
#include "tests/torture/lib/forger.h"
#include "tests/torture/lib/outcome.h"

#define TRIALS_LONG 1000000
#define TRIALS_QUICK 20000
#define GROUPS 3

struct tally {
    int64_t trials, honest, false_accepts, false_refuses;
};

static const struct {
    const struct forger_trick *tricks;
    const size_t *count;
    const char *figure;
} groups[GROUPS] = {
    { forger_token_tricks, &forger_token_trick_count, "tokens" },
    { forger_jwt_tricks, &forger_jwt_trick_count, "assertions" },
    { forger_other_tricks, &forger_other_trick_count, "raw signatures and sessions" },
};

static void
try_once(struct forger *f, const struct forger_trick *trick, struct tally *tally,
         struct outcome *outcome)
{
    struct forgery forgery = { .what = "" };
    const uint64_t seed = f->dice.state;
    trick->make(f, &forgery);
    const bool is_believed = trick->judge(f, &forgery);
    tally->trials++;
    tally->honest += forgery.is_honest;
    if (is_believed == forgery.is_honest) return;
    if (is_believed)
        tally->false_accepts++;
    else
        tally->false_refuses++;
    outcome_fault(outcome, "%s %s: %s (dice %llx): %.*s", is_believed ? "believed" : "refused",
                  trick->name, forgery.what, (unsigned long long)seed,
                  forgery.size < 200 ? (int)forgery.size : 200, forgery.text);
}

/* The first row of each group is the honest one: tried as often as all others together would be
 * one in eight. */
static const struct forger_trick *
draw_trick(struct forger *f, size_t group)
{
    if (dice_one_in(&f->dice, 8)) return groups[group].tricks;
    return &groups[group].tricks[dice_below(&f->dice, *groups[group].count)];
}

static int
run(const struct torture_options *options)
{
    static struct outcome outcome;
    struct forger forger;
    struct tally tally = { 0 };
    int64_t in_group[GROUPS] = { 0 };
    const int64_t trials = options->quick ? TRIALS_QUICK : TRIALS_LONG;
    forger_open(&forger, options->seed);
    while (tally.trials - tally.honest < trials) {
        const size_t group = dice_below(&forger.dice, GROUPS);
        in_group[group]++;
        try_once(&forger, draw_trick(&forger, group), &tally, &outcome);
    }
    forger_close(&forger);
    outcome_figure(&outcome, "forged", tally.trials - tally.honest);
    outcome_figure(&outcome, "honest", tally.honest);
    for (size_t i = 0; i < GROUPS; i++)
        outcome_figure(&outcome, groups[i].figure, in_group[i]);
    outcome_figure(&outcome, "false accepts", tally.false_accepts);
    outcome_figure(&outcome, "false refuses", tally.false_refuses);
    return outcome_tell(&outcome);
}

static struct jwt_issuers *
read_issuers(const char *path)
{
    static char json[32768];
    char why[JWT_WHY_SIZE];
    struct jwt_issuers *issuers = NULL;
    FILE *file = fopen(path, "r");
    if (file == NULL) return NULL;
    const size_t size = fread(json, 1, sizeof json, file);
    fclose(file);
    if (jwt_issuers_open(&issuers, (struct text){ json, size }, why) == FAULT_NONE) return issuers;
    fprintf(stderr, "%s\n", why);
    return NULL;
}

/* As the daemon asks: its audience, and a minute of leeway. */
static int
judge_lines(const char *path, const char *now)
{
    static char line[65536];
    struct jwt_issuers *issuers = read_issuers(path);
    if (issuers == NULL) return 2;
    const struct jwt_check check = { issuers, TEXT("huiquan"), strtoll(now, NULL, 10), 60 };
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct jwt_claims claims;
        const struct text compact = { line, strcspn(line, "\n") };
        puts(jwt_result_text(jwt_verify(&check, compact, &claims)));
    }
    jwt_issuers_close(issuers);
    return 0;
}

int
main(int argc, char **argv)
{
    struct torture_options options;
    if (argc == 4 && strcmp(argv[1], "--judge") == 0) return judge_lines(argv[2], argv[3]);
    if (!torture_options_read(&options, argc, argv)) return 2;
    return run(&options);
}
