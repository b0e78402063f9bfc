/* voucher/book/commands.h: what an operation asks of the clerk, one struct per kind. Plain data. */
#ifndef HUIQUAN_BOOK_COMMANDS_H
#define HUIQUAN_BOOK_COMMANDS_H

#include "voucher/mailbox.h"
#include "voucher/model/command.h"
#include "voucher/model/job.h"
#include "voucher/rules/lifecycle.h"

struct claim_command {
    struct uuid campaign, pool;
};

#define GRANT_RESIDENTS_MAX 256

struct grant_command {
    struct uuid campaign, pool;
    size_t resident_count;
    struct uuid *residents; /* keyed person references; the worker's until the op comes back */
    /* Named by his resident_id, so he must be there; an ID number may be one nobody has seen yet.
     */
    bool *by_id;
};

struct campaign_command {
    struct uuid campaign; /* none for a new one */
    enum campaign_act act;
    struct campaign_rules *rules; /* of create and change; pool ids filled in by the clerk */
};

struct budget_command {
    struct uuid campaign; /* of propose */
    struct uuid change; /* of judge */
    bool approve;
    int64_t current_fen, target_fen;
    char reason[REASON_BYTES_MAX + 1];
};

struct terminal_command {
    struct uuid terminal, merchant;
    char outlet[CAMPAIGN_NAME_BYTES_MAX + 1];
    int64_t requests_per_min;
    enum terminal_algorithm algorithm;
    uint8_t public_key[32];
};

struct job_command {
    struct job_row row; /* of create; of act and step only its id */
    enum job_act act;
    const struct job_step *step; /* of the thread that waits for the answer */
    struct mailbox *asker; /* where create and act come from, while the jobs' thread has them */
};

/* Signing in at the page. The worker has compared what is secret; the clerk counts and decides. */
struct login_command {
    char login[LOGIN_BYTES_MAX + 1];
    bool password_holds;
    int64_t step; /* of TOTP, that the digits belong to; 0: of none */
    struct digest code; /* of an enrolment; none: a sign-in */
    char password[LOGIN_HASH_SIZE]; /* the new one, of an enrolment or a change */
    size_t secret_size;
    uint8_t secret[LOGIN_SECRET_MAX]; /* of a new login, sealed */
    struct digest session; /* that is to begin, to stay, or to end */
};

struct admin_command {
    char name[PERSON_NAME_BYTES_MAX + 1];
    unsigned roles;
    struct digest token;
    struct login_command login; /* made with it; an empty login: none */
};

struct unmask_command {
    struct uuid resident;
    char reason[REASON_BYTES_MAX + 1];
};

#endif
