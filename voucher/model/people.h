/* voucher/model/people.h: merchants, terminals, administrators, residents. Plain data.
 * Names, numbers and contacts of residents exist only sealed (struct resident_row). */
#ifndef HUIQUAN_MODEL_PEOPLE_H
#define HUIQUAN_MODEL_PEOPLE_H

#include "voucher/model/campaign.h"

#define PERSON_NAME_BYTES_MAX 192
#define MERCHANT_GROUPS_MAX 16
#define RESIDENT_SEALED_MAX 768

enum merchant_kind { MERCHANT_SHOP = 0, MERCHANT_CAR_DEALER = 1 };

struct merchant_row {
    struct uuid id;
    char name[CAMPAIGN_NAME_BYTES_MAX + 1];
    char uscc[19];
    enum merchant_kind kind;
    size_t group_count;
    struct label groups[MERCHANT_GROUPS_MAX];
    char cell[LABEL_BYTES_MAX + 1]; /* of the grid; empty: not known */
    int64_t created_at_s;
};

enum terminal_state { TERMINAL_PENDING = 0, TERMINAL_ACTIVE = 1, TERMINAL_REVOKED = 2 };
enum terminal_algorithm { TERMINAL_ED25519 = 0, TERMINAL_HMAC_SHA256 = 1 };

struct terminal_row {
    struct uuid id, merchant;
    char outlet[CAMPAIGN_NAME_BYTES_MAX + 1];
    enum terminal_state state;
    enum terminal_algorithm algorithm;
    uint8_t public_key[32]; /* of an Ed25519 terminal; an HMAC secret is derived, never stored */
    int64_t enrollment_expires_at_s; /* the code itself is derived from the id, never stored */
    int64_t requests_per_min; /* 0: the setting */
    int64_t created_at_s;
};

enum role {
    ROLE_BUDGET = 1 << 0,
    ROLE_OPERATIONS = 1 << 1,
    ROLE_APPROVER = 1 << 2,
    ROLE_AUDITOR = 1 << 3,
};
#define ROLES_ALL (ROLE_BUDGET | ROLE_OPERATIONS | ROLE_APPROVER | ROLE_AUDITOR)

struct admin_row {
    struct uuid id;
    char name[PERSON_NAME_BYTES_MAX + 1];
    unsigned roles;
    struct digest token; /* digest of the API token */
    bool active;
    int64_t created_at_s;
};

#define LOGIN_BYTES_MAX 32
#define LOGIN_SECRET_MAX 64 /* sealed */
#define LOGIN_HASH_SIZE 128

/* How an administrator signs in at the page. */
struct login_row {
    char login[LOGIN_BYTES_MAX + 1];
    struct uuid admin;
    char password[LOGIN_HASH_SIZE]; /* argon2id; empty: not enrolled yet */
    size_t secret_size;
    uint8_t secret[LOGIN_SECRET_MAX]; /* of TOTP, sealed */
    int64_t last_step; /* of TOTP: one use each */
    int64_t failures; /* since the last success */
    int64_t locked_until_s;
    struct digest code; /* one-time, of the enrolment; none: used up */
    int64_t code_until_s;
};

struct admin_session_row {
    struct digest token;
    struct uuid admin;
    int64_t issued_at_s, expires_at_s;
};

struct resident_row {
    struct uuid id; /* the keyed person reference: first 16 bytes of an HMAC, marked as UUIDv7 */
    struct digest name; /* keyed digest, for equality with the name on an invoice */
    size_t sealed_size;
    uint8_t sealed[RESIDENT_SEALED_MAX]; /* name, ID number, mobile (crypto/seal.h) */
    int64_t seen_at_s;
};

enum budget_change_state { CHANGE_PENDING = 0, CHANGE_APPROVED = 1, CHANGE_REJECTED = 2 };

struct budget_change_row {
    struct uuid id, campaign;
    int64_t current_fen, target_fen;
    char reason[513];
    enum budget_change_state state;
    struct uuid author, judge;
    int64_t created_at_s, judged_at_s;
};

/* One code per mobile at a time; both are keyed digests. */
struct otp_row {
    struct digest mobile, code;
    int64_t sent_at_s;
    int64_t tries_left;
};

#endif
