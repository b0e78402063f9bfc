/* Instants, dates, hours, zones. Every expected number was computed outside (GNU date, Python). */
#include "tests/rows.h"

#include "voucher/civil.h"

#define SHANGHAI_S 28800

static const struct {
    const char *name, *text;
    enum civil_read want;
    int64_t instant_s;
} instants[] = {
    { "campaign start", "2026-06-19T10:00:00+08:00", CIVIL_OK, 1781834400 },
    { "the same in UTC", "2026-06-19T02:00:00Z", CIVIL_OK, 1781834400 },
    { "the same west of it", "2026-06-18T18:00:00-08:00", CIVIL_OK, 1781834400 },
    { "half an hour of offset", "2026-06-19T07:30:00+05:30", CIVIL_OK, 1781834400 },
    { "lower-case t and z", "2026-06-19t02:00:00z", CIVIL_OK, 1781834400 },
    { "unknown local offset", "2026-06-19T02:00:00-00:00", CIVIL_OK, 1781834400 },
    { "fraction is cut", "2026-06-19T02:00:00.999999999Z", CIVIL_OK, 1781834400 },
    { "one digit of fraction", "2026-06-19T02:00:00.9+00:00", CIVIL_OK, 1781834400 },
    { "epoch", "1970-01-01T00:00:00Z", CIVIL_OK, 0 },
    { "second before it", "1969-12-31T23:59:59Z", CIVIL_OK, -1 },
    { "leap day", "2024-02-29T00:00:00Z", CIVIL_OK, 1709164800 },
    { "leap day of a 400th year", "2000-02-29T12:00:00Z", CIVIL_OK, 951825600 },
    { "leap second of 2016", "2016-12-31T23:59:60Z", CIVIL_OK, 1483228800 },
    { "leap second seen from Shanghai", "2017-01-01T07:59:60+08:00", CIVIL_OK, 1483228800 },
    { "leap second of a June", "2015-06-30T23:59:60Z", CIVIL_OK, 1435708800 },
    { "first instant allowed", "1900-01-01T00:00:00Z", CIVIL_OK, CIVIL_INSTANT_MIN_S },
    { "last instant allowed", "8999-12-31T23:59:59Z", CIVIL_OK, CIVIL_INSTANT_MAX_S - 1 },
    { "offset at its limit", "2026-06-19T23:59:00+23:59", CIVIL_OK, 1781827200 },

    { "30 February", "2026-02-30T00:00:00+08:00", CIVIL_INVALID, 0 },
    { "29 February of a plain year", "2026-02-29T00:00:00Z", CIVIL_INVALID, 0 },
    { "29 February of 2100", "2100-02-29T00:00:00Z", CIVIL_INVALID, 0 },
    { "31 April", "2026-04-31T00:00:00Z", CIVIL_INVALID, 0 },
    { "month 13", "2026-13-01T00:00:00Z", CIVIL_INVALID, 0 },
    { "month 0", "2026-00-10T00:00:00Z", CIVIL_INVALID, 0 },
    { "day 0", "2026-01-00T00:00:00Z", CIVIL_INVALID, 0 },
    { "year 0", "0000-01-01T00:00:00Z", CIVIL_INVALID, 0 },
    { "hour 24", "2026-06-19T24:00:00Z", CIVIL_INVALID, 0 },
    { "minute 60", "2026-06-19T10:60:00Z", CIVIL_INVALID, 0 },
    { "second 61", "2016-12-31T23:59:61Z", CIVIL_INVALID, 0 },
    { "second 60 at noon", "2016-12-31T12:00:60Z", CIVIL_INVALID, 0 },
    { "second 60 at the end of a May", "2016-05-31T23:59:60Z", CIVIL_INVALID, 0 },
    { "second 60 local, not UTC", "2016-12-31T23:59:60+08:00", CIVIL_INVALID, 0 },
    { "offset hour 24", "2026-06-19T10:00:00+24:00", CIVIL_INVALID, 0 },
    { "offset minute 60", "2026-06-19T10:00:00+08:60", CIVIL_INVALID, 0 },
    { "before 1900", "1899-12-31T23:59:59Z", CIVIL_INVALID, 0 },
    { "before 1900 by its offset", "1900-01-01T00:00:00+08:00", CIVIL_INVALID, 0 },
    { "year 9000", "9000-01-01T00:00:00Z", CIVIL_INVALID, 0 },

    { "empty", "", CIVIL_MALFORMED, 0 },
    { "date alone", "2026-06-19", CIVIL_MALFORMED, 0 },
    { "no offset", "2026-06-19T10:00:00", CIVIL_MALFORMED, 0 },
    { "blank for T", "2026-06-19 10:00:00+08:00", CIVIL_MALFORMED, 0 },
    { "no seconds", "2026-06-19T10:00+08:00", CIVIL_MALFORMED, 0 },
    { "offset without colon", "2026-06-19T10:00:00+0800", CIVIL_MALFORMED, 0 },
    { "offset of hours only", "2026-06-19T10:00:00+08", CIVIL_MALFORMED, 0 },
    { "offset and more", "2026-06-19T10:00:00+08:000", CIVIL_MALFORMED, 0 },
    { "Z and more", "2026-06-19T10:00:00Z ", CIVIL_MALFORMED, 0 },
    { "leading blank", " 2026-06-19T10:00:00Z", CIVIL_MALFORMED, 0 },
    { "fraction without digits", "2026-06-19T10:00:00.Z", CIVIL_MALFORMED, 0 },
    { "fraction after a comma", "2026-06-19T10:00:00,5Z", CIVIL_MALFORMED, 0 },
    { "one digit of month", "2026-6-19T10:00:00Z", CIVIL_MALFORMED, 0 },
    { "five digits of year", "12026-06-19T10:00:00Z", CIVIL_MALFORMED, 0 },
    { "signed year", "+2026-06-19T10:00:00Z", CIVIL_MALFORMED, 0 },
    { "slashes", "2026/06/19T10:00:00Z", CIVIL_MALFORMED, 0 },
    { "basic format", "20260619T100000Z", CIVIL_MALFORMED, 0 },
    { "Unix seconds", "1781834400", CIVIL_MALFORMED, 0 },
    { "full-width digits", "２０２６-06-19T10:00:00Z", CIVIL_MALFORMED, 0 },
    { "minus of typography", "2026-06-19T10:00:00−08:00", CIVIL_MALFORMED, 0 },
    { "zone name", "2026-06-19T10:00:00 Asia/Shanghai", CIVIL_MALFORMED, 0 },
    { "malformed outranks invalid", "2026-02-30T25:00:00", CIVIL_MALFORMED, 0 },
    { "negative hour", "2026-06-19T-1:00:00Z", CIVIL_MALFORMED, 0 },
};

static void
test_read_instant(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(instants); i++) {
        int64_t instant_s = INT64_MIN;
        const enum civil_read got = civil_read_instant(text_of(instants[i].text), &instant_s);
        ROW_CHECK(instants[i].name, got == instants[i].want);
        const int64_t want_s = got == CIVIL_OK ? instants[i].instant_s : INT64_MIN;
        ROW_CHECK(instants[i].name, instant_s == want_s);
        row_passed();
    }
}

static const struct {
    const char *name;
    int64_t instant_s;
    int32_t offset_s;
    const char *want;
} written[] = {
    { "Shanghai", 1781834400, SHANGHAI_S, "2026-06-19T10:00:00+08:00" },
    { "UTC", 1781834400, 0, "2026-06-19T02:00:00+00:00" },
    { "west", 1781834400, -12600, "2026-06-18T22:30:00-03:30" },
    { "before the epoch", -1, 0, "1969-12-31T23:59:59+00:00" },
    { "the last second of a year", 1798732799, 0, "2026-12-31T15:59:59+00:00" },
    { "the same, local", 1798732799, SHANGHAI_S, "2026-12-31T23:59:59+08:00" },
    { "and the next", 1798732800, SHANGHAI_S, "2027-01-01T00:00:00+08:00" },
    { "leap day", 1709164800, SHANGHAI_S, "2024-02-29T08:00:00+08:00" },
    { "first instant", CIVIL_INSTANT_MIN_S, -86340, "1899-12-31T00:01:00-23:59" },
    { "last instant", CIVIL_INSTANT_MAX_S - 1, 86340, "9000-01-01T23:58:59+23:59" },
};

static void
test_write_instant(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(written); i++) {
        char out[CIVIL_INSTANT_SIZE];
        civil_write_instant(written[i].instant_s, written[i].offset_s, out);
        ROW_CHECK(written[i].name, strcmp(out, written[i].want) == 0);
        row_passed();
    }
}

/* Each day from 1899 to 2110 is the one after the day before it, and comes back from its number. */
static void
test_every_day(void **state)
{
    (void)state;
    struct civil_date before = civil_date_of_day(-25933);
    assert_int_equal(before.year * 10000 + before.month * 100 + before.day, 18981231);
    for (int64_t day = -25932; day < 51500; day++) {
        const struct civil_date date = civil_date_of_day(day);
        assert_int_equal(civil_day_of_date(&date), day);
        const bool next_day = date.day == before.day + 1 && date.month == before.month;
        const bool next_month =
            date.day == 1 && before.day >= 28 &&
            (date.month == before.month + 1 || (date.month == 1 && before.month == 12));
        assert_true(next_day || next_month);
        assert_int_equal(date.year, before.year + (date.month < before.month ? 1 : 0));
        before = date;
    }
    row_passed();
}

static const struct {
    const char *name, *text;
    enum civil_read want;
} dates[] = {
    { "plain", "2026-06-19", CIVIL_OK },
    { "leap day", "2024-02-29", CIVIL_OK },
    { "last day of a century", "2099-12-31", CIVIL_OK },
    { "30 February", "2026-02-30", CIVIL_INVALID },
    { "leap day of 1900", "1900-02-29", CIVIL_INVALID },
    { "31 June", "2026-06-31", CIVIL_INVALID },
    { "month 13", "2026-13-01", CIVIL_INVALID },
    { "day 32", "2026-01-32", CIVIL_INVALID },
    { "all zero", "0000-00-00", CIVIL_INVALID },
    { "empty", "", CIVIL_MALFORMED },
    { "with a time", "2026-06-19T00:00:00Z", CIVIL_MALFORMED },
    { "short month", "2026-6-19", CIVIL_MALFORMED },
    { "slashes", "2026/06/19", CIVIL_MALFORMED },
    { "no dashes", "20260619", CIVIL_MALFORMED },
    { "Chinese", "2026年6月", CIVIL_MALFORMED },
    { "trailing blank", "2026-06-19 ", CIVIL_MALFORMED },
    { "letters", "2026-0a-19", CIVIL_MALFORMED },
};

static void
test_read_date(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(dates); i++) {
        struct civil_date date = { 0 };
        ROW_CHECK(dates[i].name, civil_read_date(text_of(dates[i].text), &date) == dates[i].want);
        ROW_CHECK(dates[i].name, (date.year != 0) == (dates[i].want == CIVIL_OK));
        if (dates[i].want == CIVIL_OK) {
            char out[CIVIL_DATE_SIZE];
            civil_write_date(&date, out);
            ROW_CHECK(dates[i].name, strcmp(out, dates[i].text) == 0);
        }
        row_passed();
    }
}

static const struct {
    const char *name, *text;
    enum civil_read want;
    int32_t minute;
} hours[] = {
    { "evening", "18:00", CIVIL_OK, 1080 },          { "midnight", "00:00", CIVIL_OK, 0 },
    { "last minute", "23:59", CIVIL_OK, 1439 },      { "end of day", "24:00", CIVIL_OK, 1440 },
    { "beyond the end", "24:01", CIVIL_INVALID, 0 }, { "hour 25", "25:00", CIVIL_INVALID, 0 },
    { "minute 60", "18:60", CIVIL_INVALID, 0 },      { "empty", "", CIVIL_MALFORMED, 0 },
    { "one digit", "8:00", CIVIL_MALFORMED, 0 },     { "seconds", "18:00:00", CIVIL_MALFORMED, 0 },
    { "wide colon", "18：00", CIVIL_MALFORMED, 0 },  { "no colon", "1800", CIVIL_MALFORMED, 0 },
    { "dot", "18.00", CIVIL_MALFORMED, 0 },          { "sign", "-8:00", CIVIL_MALFORMED, 0 },
    { "am", "08:00am", CIVIL_MALFORMED, 0 },
};

static void
test_read_hour(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(hours); i++) {
        int32_t minute = -1;
        ROW_CHECK(hours[i].name, civil_read_hour(text_of(hours[i].text), &minute) == hours[i].want);
        ROW_CHECK(hours[i].name, minute == (hours[i].want == CIVIL_OK ? hours[i].minute : -1));
        if (hours[i].want == CIVIL_OK) {
            char out[CIVIL_HOUR_SIZE];
            civil_write_hour(minute, out);
            ROW_CHECK(hours[i].name, strcmp(out, hours[i].text) == 0);
        }
        row_passed();
    }
}

static const struct {
    const char *name, *from, *to, *at;
    bool want;
} within[] = {
    { "night: its first second", "18:00", "02:00", "2026-06-19T18:00:00+08:00", true },
    { "night: the second before", "18:00", "02:00", "2026-06-19T17:59:59+08:00", false },
    { "night: before midnight", "18:00", "02:00", "2026-06-19T23:59:59+08:00", true },
    { "night: midnight", "18:00", "02:00", "2026-06-20T00:00:00+08:00", true },
    { "night: its last second", "18:00", "02:00", "2026-06-20T01:59:59+08:00", true },
    { "night: its end is out", "18:00", "02:00", "2026-06-20T02:00:00+08:00", false },
    { "night: noon", "18:00", "02:00", "2026-06-20T12:00:00+08:00", false },
    { "day: its first second", "09:00", "21:30", "2026-06-19T09:00:00+08:00", true },
    { "day: the second before", "09:00", "21:30", "2026-06-19T08:59:59+08:00", false },
    { "day: its last second", "09:00", "21:30", "2026-06-19T21:29:59+08:00", true },
    { "day: its end is out", "09:00", "21:30", "2026-06-19T21:30:00+08:00", false },
    { "to 24:00: last second", "18:00", "24:00", "2026-06-19T23:59:59+08:00", true },
    { "to 24:00: midnight is out", "18:00", "24:00", "2026-06-20T00:00:00+08:00", false },
    { "to 00:00 is the same", "18:00", "00:00", "2026-06-20T00:00:00+08:00", false },
    { "to 00:00: last second", "18:00", "00:00", "2026-06-19T23:59:59+08:00", true },
    { "from 24:00: after midnight", "24:00", "02:00", "2026-06-20T01:00:00+08:00", true },
    { "from 24:00: evening is out", "24:00", "02:00", "2026-06-19T23:59:59+08:00", false },
    { "equal ends are the whole day", "10:00", "10:00", "2026-06-20T09:59:59+08:00", true },
    { "the zone counts, not UTC", "18:00", "02:00", "2026-06-19T18:00:00Z", false },
    { "before the epoch", "18:00", "02:00", "1969-12-31T18:00:00+08:00", true },
};

static void
test_within_hours(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(within); i++) {
        int32_t from_min, to_min;
        int64_t at_s;
        assert_int_equal(civil_read_hour(text_of(within[i].from), &from_min), CIVIL_OK);
        assert_int_equal(civil_read_hour(text_of(within[i].to), &to_min), CIVIL_OK);
        assert_int_equal(civil_read_instant(text_of(within[i].at), &at_s), CIVIL_OK);
        /* 18:00Z is 02:00 in Shanghai: every row is judged by Shanghai's clock. */
        ROW_CHECK(within[i].name,
                  civil_within_hours(from_min, to_min, at_s, SHANGHAI_S) == within[i].want);
        row_passed();
    }
}

static const struct {
    const char *name, *claimed;
    int64_t days;
    const char *want;
} validity[] = {
    { "seven days, claimed at noon", "2026-06-19T12:00:00+08:00", 7, "2026-06-26T00:00:00+08:00" },
    { "seven days, first second", "2026-06-19T00:00:00+08:00", 7, "2026-06-26T00:00:00+08:00" },
    { "seven days, last second", "2026-06-19T23:59:59+08:00", 7, "2026-06-26T00:00:00+08:00" },
    { "one day ends tonight", "2026-06-19T23:59:59+08:00", 1, "2026-06-20T00:00:00+08:00" },
    { "across a year", "2026-12-31T08:00:00+08:00", 2, "2027-01-02T00:00:00+08:00" },
    { "across a leap day", "2028-02-28T08:00:00+08:00", 3, "2028-03-02T00:00:00+08:00" },
    { "local day, not UTC's", "2026-06-19T07:59:59+08:00", 1, "2026-06-20T00:00:00+08:00" },
};

static void
test_valid_until(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(validity); i++) {
        int64_t claimed_s, want_s;
        assert_int_equal(civil_read_instant(text_of(validity[i].claimed), &claimed_s), CIVIL_OK);
        assert_int_equal(civil_read_instant(text_of(validity[i].want), &want_s), CIVIL_OK);
        ROW_CHECK(validity[i].name,
                  civil_valid_until(claimed_s, validity[i].days, SHANGHAI_S) == want_s);
        row_passed();
    }
}

static const struct {
    const char *zone;
    bool want;
    int32_t offset_s;
} zones[] = {
    { "Asia/Shanghai", true, 28800 },
    { "Asia/Urumqi", true, 21600 },
    { "Asia/Hong_Kong", true, 28800 },
    { "Asia/Macau", true, 28800 },
    { "UTC", true, 0 },
    { "", false, 0 },
    { "asia/shanghai", false, 0 },
    { "Asia/Shanghai ", false, 0 },
    { "Europe/Berlin", false, 0 },
    { "+08:00", false, 0 },
    { "CST", false, 0 },
    { "../../etc/passwd", false, 0 },
};

static void
test_zones(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(zones); i++) {
        int32_t offset_s = -1;
        ROW_CHECK(zones[i].zone,
                  civil_zone_offset(text_of(zones[i].zone), &offset_s) == zones[i].want);
        ROW_CHECK(zones[i].zone, offset_s == (zones[i].want ? zones[i].offset_s : -1));
        row_passed();
    }
}

static const struct {
    const char *want;
    int64_t instant_s;
} https[] = {
    { "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 }, /* the example of RFC 9110 */
    { "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
    { "Wed, 31 Dec 1969 23:59:59 GMT", -1 },
    { "Fri, 19 Jun 2026 02:00:00 GMT", 1781834400 },
    { "Thu, 29 Feb 2024 00:00:00 GMT", 1709164800 },
    { "Sat, 01 Jan 2000 00:00:00 GMT", 946684800 },
};

static void
test_write_http(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(https); i++) {
        char out[CIVIL_HTTP_SIZE];
        civil_write_http(https[i].instant_s, out);
        ROW_CHECK(https[i].want, strcmp(out, https[i].want) == 0);
        row_passed();
    }
}

static const struct {
    const char *name;
    struct civil_date birth, today;
    int32_t want;
} ages[] = {
    { "on the birthday", { 1990, 6, 19 }, { 2026, 6, 19 }, 36 },
    { "the day before", { 1990, 6, 19 }, { 2026, 6, 18 }, 35 },
    { "the month before", { 1990, 6, 19 }, { 2026, 5, 31 }, 35 },
    { "born today", { 2026, 6, 19 }, { 2026, 6, 19 }, 0 },
    { "born tomorrow", { 2026, 6, 20 }, { 2026, 6, 19 }, -1 },
    { "leap-day child in a plain year", { 2000, 2, 29 }, { 2026, 2, 28 }, 25 },
    { "and on 1 March", { 2000, 2, 29 }, { 2026, 3, 1 }, 26 },
};

static void
test_ages(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ages); i++) {
        ROW_CHECK(ages[i].name, civil_age_years(&ages[i].birth, &ages[i].today) == ages[i].want);
        row_passed();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_instant), cmocka_unit_test(test_write_instant),
        cmocka_unit_test(test_every_day),    cmocka_unit_test(test_read_date),
        cmocka_unit_test(test_read_hour),    cmocka_unit_test(test_within_hours),
        cmocka_unit_test(test_valid_until),  cmocka_unit_test(test_zones),
        cmocka_unit_test(test_write_http),   cmocka_unit_test(test_ages),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
