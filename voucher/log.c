#include "voucher/log.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "voucher/civil.h"

/* What log_end() adds: ,"cut":true,"lost":18446744073709551615} and the newline. */
#define TAIL_SIZE 64
#define TIME_SIZE sizeof("2026-06-19T02:00:00.000Z")

enum key_type { TEXT_VALUE, INTEGER_VALUE, BOOLEAN_VALUE };

static const struct {
    const char *name;
    enum key_type type;
} keys[LOG_KEY_COUNT] = {
#define X(name, key, type) [LOG_##name] = { key, type##_VALUE },
    LOG_KEYS(X)
#undef X
};

static const char *const level_names[] = {
    [LOG_LEVEL_DEBUG] = "debug",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_ERROR] = "error",
};

void
log_open(struct log *log, int fd, enum log_level least, const struct seams *seams)
{
    must(fd >= 0 && seams != NULL && seams->wall_us != NULL);
    log->fd = fd;
    log->least = least;
    log->seams = seams;
    atomic_init(&log->lost, 0);
    atomic_init(&log->lost_sum, 0);
}

/* RFC 3339 in UTC with milliseconds. */
static void
write_time(int64_t wall_us, char out[TIME_SIZE])
{
    char instant[CIVIL_INSTANT_SIZE];
    must(wall_us >= 0);
    civil_write_instant(wall_us / 1000000, 0, instant);
    int64_t ms = wall_us / 1000 % 1000;
    memcpy(out, instant, 19);
    memcpy(out + 19,
           (const char[]){ '.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10),
                           (char)('0' + ms % 10), 'Z', '\0' },
           6);
}

void
log_begin(struct log_line *line, struct log *log, enum log_level level, const char *event)
{
    char time[TIME_SIZE];
    must(event != NULL && level <= LOG_LEVEL_ERROR);
    line->log = level >= log->least ? log : NULL;
    if (line->log == NULL) return;
    line->cut = false;
    line->lost = atomic_exchange_explicit(&log->lost, 0, memory_order_relaxed);
    json_writer_fix(&line->writer, line->bytes, LOG_LINE_SIZE_MAX - TAIL_SIZE);
    json_write_begin_object(&line->writer);
    write_time(log->seams->wall_us(log->seams->owner), time);
    json_put_string(&line->writer, "time", time);
    json_put_string(&line->writer, "level", level_names[level]);
    json_put_string(&line->writer, "event", event);
    must(!line->writer.failed);
}

/* Before a member, and after it: a member that found no room leaves nothing behind. */
static const char *
key_of(const struct log_line *line, enum log_key key, enum key_type type)
{
    must(key < LOG_KEY_COUNT && keys[key].type == type);
    must(!line->writer.failed);
    return keys[key].name;
}

static void
keep_or_drop(struct log_line *line, const struct json_writer *before)
{
    if (!line->writer.failed) return;
    line->writer = *before;
    line->cut = true;
}

/* At most LOG_VALUE_SIZE_MAX bytes, and no half of a character. */
static struct text
shorten(struct log_line *line, struct text value)
{
    if (value.size <= LOG_VALUE_SIZE_MAX) return value;
    line->cut = true;
    value.size = LOG_VALUE_SIZE_MAX;
    while (value.size > 0 && ((uint8_t)value.at[value.size] & 0xc0) == 0x80)
        value.size--;
    return value;
}

void
log_text(struct log_line *line, enum log_key key, struct text value)
{
    if (line->log == NULL || value.size == 0) return;
    const char *name = key_of(line, key, TEXT_VALUE);
    const struct json_writer before = line->writer;
    json_put_text(&line->writer, name, shorten(line, value));
    keep_or_drop(line, &before);
}

void
log_string(struct log_line *line, enum log_key key, const char *value)
{
    log_text(line, key, text_of(value));
}

void
log_integer(struct log_line *line, enum log_key key, int64_t value)
{
    if (line->log == NULL) return;
    const char *name = key_of(line, key, INTEGER_VALUE);
    const struct json_writer before = line->writer;
    json_put_int64(&line->writer, name, value);
    keep_or_drop(line, &before);
}

void
log_boolean(struct log_line *line, enum log_key key, bool value)
{
    if (line->log == NULL) return;
    const char *name = key_of(line, key, BOOLEAN_VALUE);
    const struct json_writer before = line->writer;
    json_put_bool(&line->writer, name, value);
    keep_or_drop(line, &before);
}

/* False when the descriptor takes nothing now. A write cut short by a full disk leaves half a line,
 * which readers of JSON lines skip. */
static bool
write_now(int fd, struct text line)
{
    struct pollfd ready = { .fd = fd, .events = POLLOUT };
    ssize_t written;
    if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT)) return false;
    do {
        written = write(fd, line.at, line.size);
    } while (written < 0 && errno == EINTR);
    return written == (ssize_t)line.size;
}

/* Closes the line; NULL: there is nothing to say. */
static struct log *
line_finish(struct log_line *line)
{
    struct log *log = line->log;
    if (log == NULL) return NULL;
    line->writer.room = LOG_LINE_SIZE_MAX - 1;
    if (line->cut) json_put_bool(&line->writer, "cut", true);
    if (line->lost > 0) json_put_int64(&line->writer, "lost", (int64_t)line->lost);
    json_write_end_object(&line->writer);
    must(!line->writer.failed && line->writer.size < sizeof line->bytes);
    line->bytes[line->writer.size] = '\n';
    line->log = NULL;
    return log;
}

static void
lines_lost(struct log *log, uint64_t told, uint64_t count)
{
    atomic_fetch_add_explicit(&log->lost, told + count, memory_order_relaxed);
    atomic_fetch_add_explicit(&log->lost_sum, count, memory_order_relaxed);
}

void
log_end(struct log_line *line)
{
    struct log *log = line_finish(line);
    if (log == NULL) return;
    if (write_now(log->fd, (struct text){ line->bytes, line->writer.size + 1 })) return;
    lines_lost(log, line->lost, 1);
}

void
log_end_later(struct log_line *line, struct log_buffer *buffer)
{
    struct log *log = line_finish(line);
    if (log == NULL) return;
    size_t size = line->writer.size + 1;
    must(size <= sizeof buffer->bytes && buffer->size <= sizeof buffer->bytes);
    if (size > sizeof buffer->bytes - buffer->size) log_flush(log, buffer);
    memcpy(buffer->bytes + buffer->size, line->bytes, size);
    buffer->size += size;
    buffer->line_count++;
    buffer->told += line->lost;
}

void
log_flush(struct log *log, struct log_buffer *buffer)
{
    if (buffer->size == 0) return;
    bool written = write_now(log->fd, (struct text){ buffer->bytes, buffer->size });
    if (!written) lines_lost(log, buffer->told, buffer->line_count);
    buffer->size = 0;
    buffer->line_count = buffer->told = 0;
}
