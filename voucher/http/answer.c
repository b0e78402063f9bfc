#include "voucher/http/answer.h"

#include <time.h>

#include "voucher/decimal.h"

static const struct {
    int status;
    struct text phrase;
} phrases[] = {
#define PHRASE(status, words)        \
    {                                \
        status,                      \
        {                            \
            words, sizeof(words) - 1 \
        }                            \
    }
    PHRASE(200, "OK"),
    PHRASE(201, "Created"),
    PHRASE(202, "Accepted"),
    PHRASE(204, "No Content"),
    PHRASE(303, "See Other"),
    PHRASE(304, "Not Modified"),
    PHRASE(307, "Temporary Redirect"),
    PHRASE(308, "Permanent Redirect"),
    PHRASE(400, "Bad Request"),
    PHRASE(401, "Unauthorized"),
    PHRASE(403, "Forbidden"),
    PHRASE(404, "Not Found"),
    PHRASE(405, "Method Not Allowed"),
    PHRASE(406, "Not Acceptable"),
    PHRASE(408, "Request Timeout"),
    PHRASE(409, "Conflict"),
    PHRASE(410, "Gone"),
    PHRASE(412, "Precondition Failed"),
    PHRASE(413, "Content Too Large"),
    PHRASE(414, "URI Too Long"),
    PHRASE(415, "Unsupported Media Type"),
    PHRASE(417, "Expectation Failed"),
    PHRASE(422, "Unprocessable Content"),
    PHRASE(428, "Precondition Required"),
    PHRASE(429, "Too Many Requests"),
    PHRASE(431, "Request Header Fields Too Large"),
    PHRASE(500, "Internal Server Error"),
    PHRASE(501, "Not Implemented"),
    PHRASE(503, "Service Unavailable"),
    PHRASE(505, "HTTP Version Not Supported"),
#undef PHRASE
};

struct text
http_status_phrase(int status)
{
    must(status >= 100 && status <= 599);
    for (size_t i = 0; i < COUNT_OF(phrases); i++) {
        if (phrases[i].status == status) return phrases[i].phrase;
    }
    return TEXT("");
}

/* Room is a matter of constants here, so running out of it is a bug. */
struct line {
    char *at;
    size_t size;
    size_t size_max;
};

static void
line_put(struct line *line, struct text text)
{
    must(text.size <= line->size_max - line->size);
    if (text.size > 0) memcpy(line->at + line->size, text.at, text.size);
    line->size += text.size;
}

static void
line_put_number(struct line *line, uint64_t number)
{
    char room[DECIMAL_SIZE];
    line_put(line, decimal_write(number, room));
}

static void
front_format(struct line *front, const struct http_answer_shape *shape)
{
    must(shape->date);
    line_put(front, TEXT("HTTP/1.1 "));
    line_put_number(front, (uint64_t)shape->status);
    line_put(front, TEXT(" "));
    line_put(front, http_status_phrase(shape->status));
    line_put(front, TEXT("\r\nDate: "));
    line_put(front, (struct text){ shape->date, HTTP_DATE_SIZE });
    line_put(front, TEXT("\r\n"));
}

static void
back_format(struct line *back, const struct http_answer_shape *shape)
{
    static const struct text persistence[] = {
        [HTTP_SAYS_NOTHING] = { "", 0 },
        [HTTP_SAYS_CLOSE] = { "Connection: close\r\n", 19 },
        [HTTP_SAYS_KEEP_ALIVE] = { "Connection: keep-alive\r\n", 24 },
    };
    if (shape->ending == HTTP_ENDING_SIZED) {
        line_put(back, TEXT("Content-Length: "));
        line_put_number(back, shape->body_size);
        line_put(back, TEXT("\r\n"));
    }
    if (shape->ending == HTTP_ENDING_CHUNKED)
        line_put(back, TEXT("Transfer-Encoding: chunked\r\n"));
    line_put(back, persistence[shape->persistence]);
    line_put(back, TEXT("\r\n"));
}

void
http_answer_format(struct http_answer_head *out, const struct http_answer_shape *shape)
{
    struct line front = { out->front, 0, sizeof out->front };
    struct line back = { out->back, 0, sizeof out->back };
    front_format(&front, shape);
    back_format(&back, shape);
    out->front_size = front.size;
    out->back_size = back.size;
}

void
http_date_format(char out[HTTP_DATE_SIZE], int64_t unix_s)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[64];
    struct tm tm;
    time_t when = (time_t)unix_s;
    must(gmtime_r(&when, &tm) && tm.tm_year >= 0 && tm.tm_year < 8100);
    int size = snprintf(text, sizeof text, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
                        days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon,
                        tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
    must(size == HTTP_DATE_SIZE);
    memcpy(out, text, HTTP_DATE_SIZE);
}
