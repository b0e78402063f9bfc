#include "voucher/rules/car_rate.h"

#include "voucher/torture.h"

static void
add_at(struct faults *faults, enum flaw flaw, const struct pointer *base, const char *key)
{
    struct pointer at = *base;
    pointer_push_key(&at, text_of(key));
    faults_add(faults, flaw, &at);
}

static void
check_band(const struct car_rate *rate, size_t index, const struct pointer *base,
           struct faults *faults)
{
    must(index < rate->band_count);
    const struct car_band *band = &rate->bands[index];
    const bool open = band->to_fen == 0;
    const bool last = index + 1 == rate->band_count;
    if (band->from_fen < 0) add_at(faults, FLAW_OUT_OF_RANGE, base, "from_fen");
    if (open ? !last : band->to_fen <= band->from_fen)
        add_at(faults, FLAW_WINDOW_REVERSED, base, "to_fen");
    if (band->fuel_fen < 0) add_at(faults, FLAW_OUT_OF_RANGE, base, "fuel_fen");
    if (band->nev_fen < 0) add_at(faults, FLAW_OUT_OF_RANGE, base, "nev_fen");
    if (band->fuel_fen == 0 && band->nev_fen == 0)
        add_at(faults, FLAW_OUT_OF_RANGE, base, "fuel_fen");
    if (index > 0 && band->from_fen < rate->bands[index - 1].to_fen)
        add_at(faults, FLAW_BANDS_OVERLAP, base, "from_fen");
}

static void
check_bands(const struct car_rate *rate, const struct pointer *base, struct faults *faults)
{
    must(rate->band_count <= CAR_BANDS_MAX);
    struct pointer bands = *base;
    pointer_push_key(&bands, TEXT("bands"));
    if (rate->band_count == 0) faults_add(faults, FLAW_TOO_FEW, &bands);
    for (size_t i = 0; i < rate->band_count; i++) {
        struct pointer at = bands;
        pointer_push_index(&at, i);
        check_band(rate, i, &at, faults);
    }
}

static void
check_share(const struct car_share *share, const char *key, const struct pointer *base,
            struct faults *faults)
{
    struct pointer at = *base;
    pointer_push_key(&at, text_of(key));
    if (share->bp < 0 || share->bp > BASIS_POINTS_WHOLE)
        add_at(faults, FLAW_OUT_OF_RANGE, &at, "bp");
    if (share->cap_fen < 0 || (share->cap_fen == 0 && share->bp > 0))
        add_at(faults, FLAW_OUT_OF_RANGE, &at, "cap_fen");
}

bool
car_rate_check(const struct car_rate *rate, const struct pointer *base, struct faults *faults)
{
    must(rate->type == CAR_RATE_FIXED_BANDS || rate->type == CAR_RATE_PERCENT_CAPPED);
    const size_t before = faults->count + faults->dropped;
    if (rate->type == CAR_RATE_FIXED_BANDS) {
        check_bands(rate, base, faults);
    } else {
        check_share(&rate->fuel, "fuel", base, faults);
        check_share(&rate->nev, "nev", base, faults);
        if (rate->fuel.bp == 0 && rate->nev.bp == 0) add_at(faults, FLAW_NEEDED_HERE, base, "fuel");
    }
    return faults->count + faults->dropped == before;
}

static int64_t
smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t
value_of_bands(const struct car_rate *rate, enum car_energy energy, int64_t invoice_fen)
{
    must(rate->band_count <= CAR_BANDS_MAX);
    for (size_t i = 0; i < rate->band_count; i++) {
        const struct car_band *band = &rate->bands[i];
        const bool below_end = band->to_fen == 0 || invoice_fen < band->to_fen;
        if (invoice_fen >= band->from_fen && below_end)
            return energy == CAR_NEV ? band->nev_fen : band->fuel_fen;
    }
    return 0;
}

/* floor(invoice x bp / 10000), the product taken apart so that it cannot overflow. */
static int64_t
value_of_share(const struct car_share *share, int64_t invoice_fen)
{
    must(share->bp >= 0 && share->bp <= BASIS_POINTS_WHOLE);
    must(share->cap_fen >= 0);
    const int64_t whole = invoice_fen / BASIS_POINTS_WHOLE;
    const int64_t rest = invoice_fen % BASIS_POINTS_WHOLE;
    const int64_t up = torture_mutant("fen-rounded-up") ? BASIS_POINTS_WHOLE - 1 : 0;
    return smaller(whole * share->bp + (rest * share->bp + up) / BASIS_POINTS_WHOLE,
                   share->cap_fen);
}

int64_t
car_rate_value(const struct car_rate *rate, enum car_energy energy, int64_t invoice_fen)
{
    must(invoice_fen >= 0);
    must(energy == CAR_FUEL || energy == CAR_NEV);
    const int64_t value_fen =
        rate->type == CAR_RATE_FIXED_BANDS
            ? smaller(value_of_bands(rate, energy, invoice_fen), invoice_fen)
            : value_of_share(energy == CAR_NEV ? &rate->nev : &rate->fuel, invoice_fen);
    must(value_fen >= 0 && value_fen <= invoice_fen);
    return value_fen;
}
