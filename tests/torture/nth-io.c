/* tests/torture/nth-io.c: the n-th call to the file layer fails, once and for ever, for every n of
 * a piece of work (trial.h). Must show: no false acknowledgement, nothing left open, no crash; a
 * process that does not know what the disk did stops without a verdict. */
#include "tests/torture/lib/failing.h"

#define LOG_PAGES_MAX 60 /* so that a short piece of work meets checkpoints */

int
main(int argc, char **argv)
{
    struct torture_options options;
    struct trial trial;
    if (!torture_options_read(&options, argc, argv)) return 2;
    failing_register();
    trial_open(&trial, &(struct ledger_settings){ .log_pages_max = LOG_PAGES_MAX }, options.seed);
    trial.audits = true;
    failing_use(trial.plan);
    trial_run_all(&trial, &options);
    trial_tell(&trial);
    failing_use(NULL);
    trial_close(&trial);
    return outcome_tell(&trial.outcome);
}
