/* voucher/model/campaign.h: campaigns, pools and their rules as plain structs. No I/O, any thread.
 * Words and units: campaign 活动, pool 券池, rule version 规则版本. Money is int64 fen, instants
 * are Unix seconds, windows are half-open [from, to). */
#ifndef HUIQUAN_MODEL_CAMPAIGN_H
#define HUIQUAN_MODEL_CAMPAIGN_H

#include "voucher/base.h"
#include "voucher/rules/car_rate.h"

#define CAMPAIGN_NAME_BYTES_MAX 192
#define CAMPAIGN_POOLS_MAX 64
#define CAMPAIGN_HOURS_MAX 8
#define PACK_PIECES_MAX 16 /* rows of a pack */
#define PACK_VOUCHERS_MAX 16 /* vouchers that one claim gives */
#define LABEL_BYTES_MAX 48 /* a category, a merchant group */

enum campaign_kind { CAMPAIGN_SHOPPING = 0, CAMPAIGN_CAR = 1 };
enum issuing { ISSUING_RUSH = 0, ISSUING_GRANT = 1, ISSUING_REWARD = 2 };
enum assurance { ASSURANCE_OTP = 0, ASSURANCE_ISSUER = 1 }; /* ordered: stronger is greater */
enum refund_policy { REFUND_RESTORE = 0, REFUND_RETURN = 1 };
enum presentation { PRESENTATION_STATIC = 0, PRESENTATION_ROTATING = 1 };
enum merchants_mode { MERCHANTS_ALL = 0, MERCHANTS_LIST = 1, MERCHANTS_GROUPS = 2 };

/* Numbers are stored: append, never reuse. APPROVED is reported as RUNNING once the claim window
 * has begun (campaign_state_at), so RUNNING is never stored. */
enum campaign_state {
    CAMPAIGN_DRAFT = 0,
    CAMPAIGN_SUBMITTED = 1,
    CAMPAIGN_APPROVED = 2,
    CAMPAIGN_RUNNING = 3,
    CAMPAIGN_PAUSED = 4,
    CAMPAIGN_CLOSED = 5,
};

struct window {
    int64_t from_s, to_s;
};

struct pack_piece {
    int64_t value_fen, min_spend_fen;
    int64_t count;
};

struct pool_rules {
    struct uuid id;
    char name[CAMPAIGN_NAME_BYTES_MAX + 1];
    int64_t value_fen; /* what one claim commits: the face, or the sum of the pack */
    int64_t count;
    int64_t min_spend_fen;
    bool energy_named;
    enum car_energy energy; /* of a car pool, when named */
    bool stackable;
    size_t piece_count; /* 0: the claim gives one voucher of value_fen */
    struct pack_piece pieces[PACK_PIECES_MAX];
};

struct label {
    char text[LABEL_BYTES_MAX + 1];
};

struct daily_hours {
    int32_t from_min, to_min; /* minutes since local midnight; from > to crosses midnight */
};

struct car_rules {
    struct car_rate rate;
    struct window invoice_window;
    bool plate_window_named;
    struct window plate_window;
    int64_t evidence_due_hours;
};

/* One rule version. Owned by whoever parsed it (campaign_rules_free in voucher/wire/campaign.h);
 * immutable once parsed. */
struct campaign_rules {
    char name[CAMPAIGN_NAME_BYTES_MAX + 1];
    enum campaign_kind kind;
    int64_t budget_fen;
    char timezone[40];
    int32_t offset_s; /* of the zone, east positive */
    enum issuing issuing;
    struct window claim_window;
    bool use_window_named; /* otherwise valid_days counts */
    struct window use_window;
    int64_t valid_days;
    int64_t per_person_limit;
    size_t pool_count;
    struct pool_rules pools[CAMPAIGN_POOLS_MAX];
    enum merchants_mode merchants_mode;
    size_t merchant_count;
    struct uuid *merchants;
    size_t group_count;
    struct label *groups;
    size_t allow_count, deny_count;
    struct label *allow, *deny;
    size_t hours_count;
    struct daily_hours hours[CAMPAIGN_HOURS_MAX];
    enum refund_policy refund_policy;
    enum presentation presentation;
    enum assurance assurance;
    int64_t claims_per_s;
    int64_t per_resident_per_min;
    struct car_rules car; /* of a car campaign */
    bool reward_named;
    struct uuid reward_campaign, reward_pool;
    bool needs_roll; /* only who is on the city's roll; empty lists below allow all of it */
    size_t roll_group_count, roll_cell_count;
    struct label *roll_groups, *roll_cells;
};

/* What the ledger holds of a pool: counters, not rules. */
struct pool_row {
    struct uuid id;
    int64_t number; /* small and dense; what postings name */
    int64_t value_fen; /* of the acting rule version; fixed once anything was issued */
    int64_t count;
    int64_t issued; /* claims, net of what came back */
    int64_t redeemed; /* vouchers */
};

/* funded = available + live + held + redeemed + settled + returned; each >= 0. */
struct balances {
    int64_t funded_fen, available_fen, live_fen, held_fen, redeemed_fen, settled_fen, returned_fen;
};

struct campaign_row {
    struct uuid id;
    int64_t number; /* small and dense, also in every token */
    enum campaign_state state;
    int64_t acting_version; /* 0 before the first approval */
    int64_t latest_version; /* >= 1 */
    int64_t revision; /* +1 with every change of definition or state; the ETag */
    int64_t created_at_s;
    struct balances balances;
    size_t pool_count;
    struct pool_row pools[CAMPAIGN_POOLS_MAX]; /* of the acting version, in its order */
};

/* State of one rule version. Numbers are stored. */
enum version_state { VERSION_DRAFT = 0, VERSION_SUBMITTED = 1, VERSION_APPROVED = 2 };

struct version_row {
    struct uuid campaign;
    int64_t version;
    enum version_state state;
    struct uuid author, submitter, approver; /* none until it happened */
    int64_t changed_at_s;
};

#endif
