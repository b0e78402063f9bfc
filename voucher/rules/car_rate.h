/* voucher/rules/car_rate.h: what a car purchase earns, as data. Pure; any thread. Money is fen.
 *
 * Two kinds of rate: fixed bands of the invoice amount (lower bound inclusive, upper exclusive;
 * gaps between bands are allowed and earn nothing), and a share in basis points, floored to fen,
 * with a cap. The programmes of a district are rows of data (tests/test_car_rate.c carries the
 * known ones); nothing here knows a programme. */
#ifndef HUIQUAN_RULES_CAR_RATE_H
#define HUIQUAN_RULES_CAR_RATE_H

#include "voucher/base.h"
#include "voucher/faults.h"

#define CAR_BANDS_MAX 16
#define BASIS_POINTS_WHOLE 10000

/* Numbers are stored. */
enum car_energy { CAR_FUEL = 0, CAR_NEV = 1 };
enum car_rate_type { CAR_RATE_FIXED_BANDS = 0, CAR_RATE_PERCENT_CAPPED = 1 };

struct car_band {
    int64_t from_fen;
    int64_t to_fen; /* exclusive; 0: open, allowed in the last band only */
    int64_t fuel_fen, nev_fen;
};

struct car_share {
    int64_t bp; /* basis points of the invoice; 0: this energy earns nothing */
    int64_t cap_fen;
};

struct car_rate {
    enum car_rate_type type;
    size_t band_count; /* of fixed bands */
    struct car_band bands[CAR_BANDS_MAX];
    struct car_share fuel, nev; /* of percent_capped */
};

/* Adds every fault of the rate to *faults, with pointers under *base (as "/car/rate"). True when
 * there was none: only such a rate may be stored or valued. */
bool car_rate_check(const struct car_rate *rate, const struct pointer *base, struct faults *faults);

/* The fen that an invoice earns; 0 when it lies in no band. The rate must have passed
 * car_rate_check(); invoice_fen must be >= 0. Cannot overflow: no answer exceeds a band's value or
 * the invoice. */
int64_t car_rate_value(const struct car_rate *rate, enum car_energy energy, int64_t invoice_fen);

#endif
