/* voucher/civil.h: instants and the calendar without localtime(). Pure; any thread.
 *
 * An instant is int64 Unix seconds; an offset is seconds east of UTC; a day is the number of days
 * since 1970-01-01 (proleptic Gregorian). Zones are a table of fixed offsets: China has had no
 * summer time since 1991, and no campaign is older. Windows are half-open [from, to). */
#ifndef HUIQUAN_CIVIL_H
#define HUIQUAN_CIVIL_H

#include "voucher/base.h"

#define CIVIL_DAY_S 86400
#define CIVIL_DAY_MIN 1440
/* What civil_read_instant() lets in. A validity of CIVIL_VALID_DAYS_MAX may be added to the last of
 * these, in any offset, and still prints with four digits of year. */
#define CIVIL_INSTANT_MIN_S (-2208988800) /* 1900-01-01T00:00:00Z */
#define CIVIL_INSTANT_MAX_S 221845392000 /* 9000-01-01T00:00:00Z, exclusive */
#define CIVIL_VALID_DAYS_MAX 36525

#define CIVIL_INSTANT_SIZE 26 /* 2026-06-19T10:00:00+08:00, with NUL */
#define CIVIL_DATE_SIZE 11 /* 2026-06-19, with NUL */
#define CIVIL_HOUR_SIZE 6 /* 18:00, with NUL */
#define CIVIL_HTTP_SIZE 30 /* Sun, 06 Nov 1994 08:49:37 GMT, with NUL */

/* INVALID: the shape is right, but no calendar has it (2026-02-30, 24:00:00, +99:00). */
enum civil_read { CIVIL_OK, CIVIL_MALFORMED, CIVIL_INVALID };

struct civil_date {
    int32_t year; /* 1 .. 9999 */
    int32_t month;
    int32_t day;
};

/* RFC 3339 date-time with any offset; a fraction is cut; lower-case t and z are read. A leap second
 * (23:59:60 UTC at the end of June or December) reads as the second after it, any other :60 is
 * INVALID. *out_s is unchanged unless CIVIL_OK. */
MUST_USE enum civil_read civil_read_instant(struct text text, int64_t *out_s);
/* YYYY-MM-DD. */
MUST_USE enum civil_read civil_read_date(struct text text, struct civil_date *out);
/* HH:MM in minutes since midnight; 24:00 (1440) is read, as the end of a day. */
MUST_USE enum civil_read civil_read_hour(struct text text, int32_t *out_min);

/* RFC 3339 in whole seconds; an offset of 0 prints +00:00. The local year must be 1 .. 9999,
 * the offset in whole minutes and less than a day. */
void civil_write_instant(int64_t instant_s, int32_t offset_s, char out[CIVIL_INSTANT_SIZE]);
void civil_write_date(const struct civil_date *date, char out[CIVIL_DATE_SIZE]);
void civil_write_hour(int32_t minute, char out[CIVIL_HOUR_SIZE]);
/* IMF-fixdate of RFC 9110, 5.6.7. */
void civil_write_http(int64_t instant_s, char out[CIVIL_HTTP_SIZE]);

/* False when the table lacks the zone (IANA name, exact case). */
MUST_USE bool civil_zone_offset(struct text name, int32_t *out_s);

int64_t civil_day_of_date(const struct civil_date *date);
struct civil_date civil_date_of_day(int64_t day);
/* The local day in which an instant lies, and the instant at which a local day begins. */
int64_t civil_day_of(int64_t instant_s, int32_t offset_s);
int64_t civil_day_begins_at(int64_t day, int32_t offset_s);
/* 24:00 local of the last of valid_days calendar days, counting the instant's own day as the first;
 * valid_days in 1 .. CIVIL_VALID_DAYS_MAX. */
int64_t civil_valid_until(int64_t instant_s, int64_t valid_days, int32_t offset_s);

/* Whether an instant's local time of day lies in [from, to); from > to crosses midnight, from == to
 * is the whole day. Both in 0 .. 1440. */
bool civil_within_hours(int32_t from_min, int32_t to_min, int64_t instant_s, int32_t offset_s);
/* Full years from birth to today; negative when the birth is still to come. */
int32_t civil_age_years(const struct civil_date *birth, const struct civil_date *today);

#endif
