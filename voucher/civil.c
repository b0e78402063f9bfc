#include "voucher/civil.h"

#define HOUR_S 3600
#define MINUTE_S 60
/* The calendar repeats after 400 years. Counting from 1 March puts the leap day last. */
#define DAYS_PER_ERA 146097
#define DAYS_TO_EPOCH 719468 /* from 0000-03-01 to 1970-01-01 */

static int64_t
floor_divide(int64_t value, int64_t by)
{
    must(by > 0);
    return value / by - (value % by < 0 ? 1 : 0);
}

int64_t
civil_day_of_date(const struct civil_date *date)
{
    must(date->month >= 1 && date->month <= 12);
    must(date->day >= 1 && date->day <= 31);
    const int64_t year = date->month > 2 ? date->year : date->year - 1;
    const int64_t era = floor_divide(year, 400);
    const int64_t year_of_era = year - era * 400;
    const int64_t month_from_march = (date->month + 9) % 12;
    const int64_t day_of_year = (153 * month_from_march + 2) / 5 + date->day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH;
}

struct civil_date
civil_date_of_day(int64_t day)
{
    must(day > INT32_MIN && day < INT32_MAX);
    const int64_t shifted = day + DAYS_TO_EPOCH;
    const int64_t era = floor_divide(shifted, DAYS_PER_ERA);
    const int64_t day_of_era = shifted - era * DAYS_PER_ERA;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month_from_march = (5 * day_of_year + 2) / 153;
    const int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return (struct civil_date){
        .year = (int32_t)(year_of_era + era * 400 + (month <= 2 ? 1 : 0)),
        .month = (int32_t)month,
        .day = (int32_t)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
    };
}

int64_t
civil_day_of(int64_t instant_s, int32_t offset_s)
{
    must(offset_s > -CIVIL_DAY_S && offset_s < CIVIL_DAY_S);
    return floor_divide(instant_s + offset_s, CIVIL_DAY_S);
}

int64_t
civil_day_begins_at(int64_t day, int32_t offset_s)
{
    must(offset_s > -CIVIL_DAY_S && offset_s < CIVIL_DAY_S);
    return day * CIVIL_DAY_S - offset_s;
}

int64_t
civil_valid_until(int64_t instant_s, int64_t valid_days, int32_t offset_s)
{
    must(valid_days >= 1 && valid_days <= CIVIL_VALID_DAYS_MAX);
    return civil_day_begins_at(civil_day_of(instant_s, offset_s) + valid_days, offset_s);
}

bool
civil_within_hours(int32_t from_min, int32_t to_min, int64_t instant_s, int32_t offset_s)
{
    must(from_min >= 0 && from_min <= CIVIL_DAY_MIN);
    must(to_min >= 0 && to_min <= CIVIL_DAY_MIN);
    const int64_t day = civil_day_of(instant_s, offset_s);
    const int64_t minute = (instant_s - civil_day_begins_at(day, offset_s)) / MINUTE_S;
    if (from_min == to_min) return true;
    if (from_min < to_min) return minute >= from_min && minute < to_min;
    return minute >= from_min || minute < to_min;
}

int32_t
civil_age_years(const struct civil_date *birth, const struct civil_date *today)
{
    const bool before_birthday =
        today->month < birth->month || (today->month == birth->month && today->day < birth->day);
    return today->year - birth->year - (before_birthday ? 1 : 0);
}

bool
civil_zone_offset(struct text name, int32_t *out_s)
{
    static const struct {
        struct text name;
        int32_t offset_s;
    } zones[] = {
        { { "Asia/Shanghai", 13 }, 8 * HOUR_S },
        { { "Asia/Urumqi", 11 }, 6 * HOUR_S },
        { { "Asia/Hong_Kong", 14 }, 8 * HOUR_S },
        { { "Asia/Macau", 10 }, 8 * HOUR_S },
        { { "UTC", 3 }, 0 },
    };
    for (size_t i = 0; i < COUNT_OF(zones); i++) {
        if (text_equal(zones[i].name, name)) {
            *out_s = zones[i].offset_s;
            return true;
        }
    }
    return false;
}

/* Reading. Shape first (MALFORMED), then whether the calendar has it (INVALID). */

static bool
read_digits(struct text text, size_t from, size_t count, int32_t *out)
{
    if (from > text.size || count > text.size - from) return false;
    int32_t value = 0;
    for (size_t i = from; i < from + count; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') return false;
        value = value * 10 + (text.at[i] - '0');
    }
    *out = value;
    return true;
}

static bool
is_one_of(struct text text, size_t at, char a, char b)
{
    return at < text.size && (text.at[at] == a || text.at[at] == b);
}

static bool
read_date_shape(struct text text, struct civil_date *out)
{
    return read_digits(text, 0, 4, &out->year) && is_one_of(text, 4, '-', '-') &&
           read_digits(text, 5, 2, &out->month) && is_one_of(text, 7, '-', '-') &&
           read_digits(text, 8, 2, &out->day);
}

static int32_t
days_in_month(int32_t year, int32_t month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    must(month >= 1 && month <= 12);
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static bool
date_exists(const struct civil_date *date)
{
    if (date->year < 1 || date->month < 1 || date->month > 12) return false;
    return date->day >= 1 && date->day <= days_in_month(date->year, date->month);
}

enum civil_read
civil_read_date(struct text text, struct civil_date *out)
{
    struct civil_date date;
    if (text.size != CIVIL_DATE_SIZE - 1) return CIVIL_MALFORMED;
    if (!read_date_shape(text, &date)) return CIVIL_MALFORMED;
    if (!date_exists(&date)) return CIVIL_INVALID;
    *out = date;
    return CIVIL_OK;
}

enum civil_read
civil_read_hour(struct text text, int32_t *out_min)
{
    int32_t hour, minute;
    if (text.size != CIVIL_HOUR_SIZE - 1 || !is_one_of(text, 2, ':', ':')) return CIVIL_MALFORMED;
    if (!read_digits(text, 0, 2, &hour) || !read_digits(text, 3, 2, &minute))
        return CIVIL_MALFORMED;
    if (minute > 59 || hour * 60 + minute > CIVIL_DAY_MIN) return CIVIL_INVALID;
    *out_min = hour * 60 + minute;
    return CIVIL_OK;
}

struct time_parts {
    struct civil_date date;
    int32_t hour, minute, second;
    int32_t offset_sign, offset_hour, offset_minute;
};

/* "Z" or "+08:00" and nothing after it. */
static bool
read_offset_shape(struct text text, size_t at, struct time_parts *out)
{
    out->offset_sign = 1;
    out->offset_hour = out->offset_minute = 0;
    if (is_one_of(text, at, 'Z', 'z')) return at + 1 == text.size;
    if (!is_one_of(text, at, '+', '-')) return false;
    if (text.at[at] == '-') out->offset_sign = -1;
    return at + 6 == text.size && read_digits(text, at + 1, 2, &out->offset_hour) &&
           is_one_of(text, at + 3, ':', ':') && read_digits(text, at + 4, 2, &out->offset_minute);
}

/* "10:00:00" from a place on. */
static bool
read_clock_shape(struct text text, size_t at, struct time_parts *out)
{
    return read_digits(text, at, 2, &out->hour) && is_one_of(text, at + 2, ':', ':') &&
           read_digits(text, at + 3, 2, &out->minute) && is_one_of(text, at + 5, ':', ':') &&
           read_digits(text, at + 6, 2, &out->second);
}

/* Where the text goes on after a fraction; where it stands when there is none, or no digit in it.
 */
static size_t
skip_fraction(struct text text, size_t at)
{
    if (!is_one_of(text, at, '.', '.')) return at;
    size_t end = at + 1;
    while (end < text.size && text.at[end] >= '0' && text.at[end] <= '9')
        end++;
    return end > at + 1 ? end : at;
}

static bool
read_time_shape(struct text text, struct time_parts *out)
{
    if (!read_date_shape(text, &out->date) || !is_one_of(text, 10, 'T', 't')) return false;
    if (!read_clock_shape(text, 11, out)) return false;
    return read_offset_shape(text, skip_fraction(text, 19), out);
}

static bool
clock_exists(const struct time_parts *parts)
{
    return parts->hour <= 23 && parts->minute <= 59 && parts->second <= 60 &&
           parts->offset_hour <= 23 && parts->offset_minute <= 59;
}

/* RFC 3339, 5.7: a second 60 stands only at the end of June or December, in UTC. */
static bool
is_leap_second_end(int64_t instant_s)
{
    if (instant_s % CIVIL_DAY_S != 0) return false;
    const struct civil_date next = civil_date_of_day(civil_day_of(instant_s, 0));
    return next.day == 1 && (next.month == 1 || next.month == 7);
}

enum civil_read
civil_read_instant(struct text text, int64_t *out_s)
{
    struct time_parts parts;
    if (!read_time_shape(text, &parts)) return CIVIL_MALFORMED;
    if (!date_exists(&parts.date) || !clock_exists(&parts)) return CIVIL_INVALID;
    const int32_t offset_s =
        parts.offset_sign * (parts.offset_hour * HOUR_S + parts.offset_minute * MINUTE_S);
    const int64_t instant_s = civil_day_begins_at(civil_day_of_date(&parts.date), offset_s) +
                              parts.hour * HOUR_S + parts.minute * MINUTE_S + parts.second;
    if (parts.second == 60 && !is_leap_second_end(instant_s)) return CIVIL_INVALID;
    if (instant_s < CIVIL_INSTANT_MIN_S || instant_s >= CIVIL_INSTANT_MAX_S) return CIVIL_INVALID;
    *out_s = instant_s;
    return CIVIL_OK;
}

/* Writing. */

static char *
put_digits(char *at, int64_t value, size_t count)
{
    must(value >= 0);
    for (size_t i = count; i > 0; i--) {
        at[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    must(value == 0);
    return at + count;
}

static char *
put_date(char *at, const struct civil_date *date)
{
    must(date->year >= 1 && date->year <= 9999);
    at = put_digits(at, date->year, 4);
    *at++ = '-';
    at = put_digits(at, date->month, 2);
    *at++ = '-';
    return put_digits(at, date->day, 2);
}

/* HH:MM of a count of minutes. */
static char *
put_hour(char *at, int64_t minute)
{
    at = put_digits(at, minute / 60, 2);
    *at++ = ':';
    return put_digits(at, minute % 60, 2);
}

static char *
put_time_of_day(char *at, int64_t second_of_day)
{
    at = put_hour(at, second_of_day / MINUTE_S);
    *at++ = ':';
    return put_digits(at, second_of_day % MINUTE_S, 2);
}

void
civil_write_instant(int64_t instant_s, int32_t offset_s, char out[CIVIL_INSTANT_SIZE])
{
    must(offset_s % MINUTE_S == 0);
    const int64_t day = civil_day_of(instant_s, offset_s);
    const struct civil_date date = civil_date_of_day(day);
    char *at = put_date(out, &date);
    *at++ = 'T';
    at = put_time_of_day(at, instant_s - civil_day_begins_at(day, offset_s));
    *at++ = offset_s < 0 ? '-' : '+';
    at = put_hour(at, (offset_s < 0 ? -offset_s : offset_s) / MINUTE_S);
    *at = '\0';
    must(at - out == CIVIL_INSTANT_SIZE - 1);
}

void
civil_write_date(const struct civil_date *date, char out[CIVIL_DATE_SIZE])
{
    *put_date(out, date) = '\0';
}

void
civil_write_hour(int32_t minute, char out[CIVIL_HOUR_SIZE])
{
    must(minute >= 0 && minute <= CIVIL_DAY_MIN);
    *put_hour(out, minute) = '\0';
}

void
civil_write_http(int64_t instant_s, char out[CIVIL_HTTP_SIZE])
{
    static const char weekdays[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    const int64_t day = civil_day_of(instant_s, 0);
    const struct civil_date date = civil_date_of_day(day);
    const int64_t weekday = (day + 4) - floor_divide(day + 4, 7) * 7; /* day 0 was a Thursday */
    char *at = out;
    memcpy(at, weekdays[weekday], 3);
    memcpy(at + 3, ", ", 2);
    at = put_digits(at + 5, date.day, 2);
    *at++ = ' ';
    memcpy(at, months[date.month - 1], 3);
    at[3] = ' ';
    at = put_digits(at + 4, date.year, 4);
    *at++ = ' ';
    at = put_time_of_day(at, instant_s - civil_day_begins_at(day, 0));
    memcpy(at, " GMT", 5);
}
