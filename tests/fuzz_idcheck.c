/* libFuzzer: any bytes through normalisation, the checks, masks, ids and times: every input
 * goes everywhere. */
#include "voucher/civil.h"
#include "voucher/id.h"
#include "voucher/idcheck.h"
#include "voucher/mask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_papers(struct text text)
{
    const struct civil_date today = { 2026, 6, 19 };
    const size_t half = text.size / 2;
    const enum flaw flaws[] = {
        idcheck_id_number(text, &today),
        idcheck_uscc(text),
        idcheck_vin(text),
        idcheck_invoice((struct text){ text.at, half },
                        (struct text){ text.at + half, text.size - half }),
        idcheck_plate(text, CAR_FUEL),
        idcheck_plate(text, CAR_NEV),
        idcheck_mobile(text),
    };
    for (size_t i = 0; i < COUNT_OF(flaws); i++)
        must((unsigned)flaws[i] < FLAW_COUNT);
    must(flaws[4] != FLAW_NONE || flaws[5] == FLAW_PLATE_ENERGY);
    must(flaws[2] != FLAW_NONE || text.size == IDCHECK_VIN_SIZE);
}

static void
check_normal(struct text text)
{
    char once[IDCHECK_ROOM], twice[IDCHECK_ROOM];
    const size_t size = idcheck_normalise(text, once, sizeof once);
    must(size < sizeof once && size <= text.size && once[size] == '\0');
    if (size == 0) return;
    must(idcheck_normalise((struct text){ once, size }, twice, sizeof twice) == size);
    must(memcmp(once, twice, size) == 0);
    check_papers((struct text){ once, size });
}

static void
check_masks(struct text text)
{
    char out[MASK_SIZE];
    mask_id_number(text, out);
    must(strlen(out) < MASK_SIZE);
    mask_mobile(text, out);
    must(strlen(out) < MASK_SIZE);
    mask_name(text, out);
    must(strlen(out) <= 5);
    mask_order_no(text, out);
    must(strlen(out) < MASK_SIZE);
}

static void
check_times(struct text text)
{
    char out[CIVIL_INSTANT_SIZE];
    int64_t instant_s, again_s;
    int32_t minute;
    struct civil_date date;
    if (civil_read_instant(text, &instant_s) == CIVIL_OK) {
        civil_write_instant(instant_s, 8 * 3600, out);
        must(civil_read_instant(text_of(out), &again_s) == CIVIL_OK && instant_s == again_s);
        (void)civil_valid_until(instant_s, CIVIL_VALID_DAYS_MAX, -43200);
    }
    if (civil_read_date(text, &date) == CIVIL_OK) {
        const struct civil_date same = civil_date_of_day(civil_day_of_date(&date));
        must(same.year == date.year && same.month == date.month && same.day == date.day);
    }
    if (civil_read_hour(text, &minute) == CIVIL_OK) must(minute >= 0 && minute <= CIVIL_DAY_MIN);
}

static void
check_ids(struct text text)
{
    struct uuid id;
    char out[ID_TEXT_SIZE];
    for (int kind = 0; kind < ID_KIND_COUNT; kind++) {
        if (!id_read((enum id_kind)kind, text, &id)) continue;
        id_write((enum id_kind)kind, &id, out);
        must(text_equal(text, text_of(out)));
    }
    must(!id_idempotency_key_is_sound(text) || id_caller_number_is_sound(text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct text text = { (const char *)data, size };
    check_papers(text);
    check_normal(text);
    check_masks(text);
    check_times(text);
    check_ids(text);
    return 0;
}
