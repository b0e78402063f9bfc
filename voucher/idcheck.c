#include "voucher/idcheck.h"

#include "voucher/utf8.h"

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
all_digits(struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (!is_digit(text.at[i])) return false;
    }
    return true;
}

/* Place of a character in an alphabet, or -1. NUL is in none. */
static int32_t
place_in(const char *alphabet, char c)
{
    const char *found = c == '\0' ? NULL : strchr(alphabet, c);
    return found == NULL ? -1 : (int32_t)(found - alphabet);
}

static uint32_t
normalise_character(uint32_t c)
{
    const bool wide_digit = c >= 0xff10 && c <= 0xff19;
    const bool wide_upper = c >= 0xff21 && c <= 0xff3a;
    const bool wide_lower = c >= 0xff41 && c <= 0xff5a;
    if (wide_digit || wide_upper || wide_lower) c -= 0xfee0;
    return c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c;
}

size_t
idcheck_normalise(struct text in, char *out, size_t room)
{
    must(room > 0);
    size_t size = 0;
    out[0] = '\0';
    for (size_t at = 0; at < in.size;) {
        uint32_t character;
        const size_t taken = utf8_read(in, at, &character);
        if (taken == 0) goto refuse;
        const uint32_t normal = normalise_character(character);
        const size_t given = normal < 0x80 ? 1 : taken;
        if (given >= room - size) goto refuse;
        if (given == 1) {
            out[size] = (char)normal;
        } else {
            memcpy(out + size, in.at + at, given);
        }
        size += given;
        at += taken;
    }
    out[size] = '\0';
    return size;

refuse:
    out[0] = '\0';
    return 0;
}

static enum flaw
judge_birth(struct text id_number, const struct civil_date *today)
{
    char spelled[CIVIL_DATE_SIZE];
    const char *at = id_number.at + 6;
    memcpy(spelled, at, 4);
    spelled[4] = spelled[7] = '-';
    memcpy(spelled + 5, at + 4, 2);
    memcpy(spelled + 8, at + 6, 2);
    struct civil_date birth;
    if (civil_read_date((struct text){ spelled, CIVIL_DATE_SIZE - 1 }, &birth) != CIVIL_OK)
        return FLAW_ID_NUMBER_DATE;
    if (civil_day_of_date(&birth) > civil_day_of_date(today)) return FLAW_ID_NUMBER_FUTURE;
    if (civil_age_years(&birth, today) > IDCHECK_AGE_MAX) return FLAW_ID_NUMBER_TOO_OLD;
    return FLAW_NONE;
}

enum flaw
idcheck_id_number(struct text id_number, const struct civil_date *today)
{
    static const uint8_t weights[] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
    static const char checks[] = "10X98765432";
    if (id_number.size != IDCHECK_ID_NUMBER_SIZE) return FLAW_ID_NUMBER_SHAPE;
    const char last = id_number.at[IDCHECK_ID_NUMBER_SIZE - 1];
    const struct text body = { id_number.at, IDCHECK_ID_NUMBER_SIZE - 1 };
    if (!all_digits(body) || (!is_digit(last) && last != 'X')) return FLAW_ID_NUMBER_SHAPE;
    if (id_number.at[0] == '0') return FLAW_ID_NUMBER_SHAPE; /* no region begins so */

    const enum flaw birth_flaw = judge_birth(id_number, today);
    if (birth_flaw != FLAW_NONE) return birth_flaw;
    uint32_t sum = 0;
    for (size_t i = 0; i < body.size; i++)
        sum += weights[i] * (uint32_t)(body.at[i] - '0');
    return checks[sum % 11] == last ? FLAW_NONE : FLAW_ID_NUMBER_CHECK;
}

enum flaw
idcheck_uscc(struct text uscc)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    if (uscc.size != IDCHECK_USCC_SIZE) return FLAW_USCC_SHAPE;
    int32_t sum = 0, weight = 1, value = 0;
    for (size_t i = 0; i < uscc.size; i++) {
        value = place_in(alphabet, uscc.at[i]);
        if (value < 0) return FLAW_USCC_SHAPE;
        if (i == IDCHECK_USCC_SIZE - 1) break;
        sum += weight * value;
        weight = weight * 3 % 31;
    }
    return value == (31 - sum % 31) % 31 ? FLAW_NONE : FLAW_USCC_CHECK;
}

/* GB 16735, table of values: A-H are 1-8, J-N 1-5, P 7, R 9, S-Z 2-9; -1 for I, O, Q and others. */
static int32_t
vin_value(char c)
{
    static const char letters[] = "ABCDEFGHJKLMNPRSTUVWXYZ";
    static const uint8_t values[] = { 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4,
                                      5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9 };
    _Static_assert(sizeof values == sizeof letters - 1, "a value for each letter");
    if (is_digit(c)) return c - '0';
    const int32_t place = place_in(letters, c);
    return place < 0 ? -1 : values[place];
}

static bool
all_equal(struct text text)
{
    for (size_t i = 1; i < text.size; i++) {
        if (text.at[i] != text.at[0]) return false;
    }
    return true;
}

enum flaw
idcheck_vin(struct text vin)
{
    static const uint8_t weights[] = { 8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2 };
    static const char checks[] = "0123456789X";
    if (vin.size != IDCHECK_VIN_SIZE) return FLAW_VIN_SHAPE;
    int32_t sum = 0;
    for (size_t i = 0; i < vin.size; i++) {
        const int32_t value = vin_value(vin.at[i]);
        if (value < 0) return FLAW_VIN_SHAPE;
        sum += weights[i] * value;
    }
    if (all_equal(vin)) return FLAW_VIN_ALL_EQUAL; /* 1 seventeen times has a sound check digit */
    if (checks[sum % 11] == vin.at[8]) return FLAW_NONE;
    return vin.at[0] == 'L' ? FLAW_VIN_CHECK : FLAW_VIN_CHECK_IMPORTED;
}

enum flaw
idcheck_invoice(struct text code, struct text number)
{
    if (!all_digits(number)) return FLAW_INVOICE_NUMBER;
    if (number.size == 20) return code.size == 0 ? FLAW_NONE : FLAW_INVOICE_CODE;
    if (number.size != 8) return FLAW_INVOICE_NUMBER;
    return code.size == 12 && all_digits(code) ? FLAW_NONE : FLAW_INVOICE_CODE;
}

/* The 31 provinces, regions and cities; all of them take three bytes. */
static bool
begins_with_province(struct text plate)
{
    static const char provinces[] =
        "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新";
    _Static_assert(sizeof provinces - 1 == 31 * 3, "31 of three bytes each");
    if (plate.size < 3) return false;
    for (size_t i = 0; i < sizeof provinces - 1; i += 3) {
        if (memcmp(plate.at, provinces + i, 3) == 0) return true;
    }
    return false;
}

static bool
is_plate_letter(char c)
{
    return c >= 'A' && c <= 'Z' && c != 'I' && c != 'O';
}

/* The serial of a small car: a letter of the drive (A-E pure electric, F-K other), a letter or
 * digit, four digits; of a large one: five digits and the letter. */
static bool
is_nev_serial(struct text serial)
{
    static const char drives[] = "ABCDEFGHJK";
    const struct text body = { serial.at + 1, 5 };
    if (serial.size != 6) return false;
    if (place_in(drives, serial.at[0]) >= 0) {
        if (!is_digit(body.at[0]) && !is_plate_letter(body.at[0])) return false;
        return all_digits((struct text){ body.at + 1, 4 });
    }
    return all_digits((struct text){ serial.at, 5 }) && place_in(drives, serial.at[5]) >= 0;
}

static bool
is_ordinary_serial(struct text serial)
{
    if (serial.size != 5) return false;
    for (size_t i = 0; i < serial.size; i++) {
        if (!is_digit(serial.at[i]) && !is_plate_letter(serial.at[i])) return false;
    }
    return true;
}

enum flaw
idcheck_plate(struct text plate, enum car_energy energy)
{
    must(energy == CAR_FUEL || energy == CAR_NEV);
    if (!begins_with_province(plate) || plate.size < 4) return FLAW_PLATE_SHAPE;
    if (!is_plate_letter(plate.at[3])) return FLAW_PLATE_SHAPE;
    const struct text serial = { plate.at + 4, plate.size - 4 };
    const bool nev = is_nev_serial(serial);
    if (!nev && !is_ordinary_serial(serial)) return FLAW_PLATE_SHAPE;
    return nev == (energy == CAR_NEV) ? FLAW_NONE : FLAW_PLATE_ENERGY;
}

enum flaw
idcheck_mobile(struct text mobile)
{
    if (mobile.size != 11 || !all_digits(mobile)) return FLAW_MOBILE_SHAPE;
    return mobile.at[0] == '1' && mobile.at[1] >= '3' ? FLAW_NONE : FLAW_MOBILE_SHAPE;
}
