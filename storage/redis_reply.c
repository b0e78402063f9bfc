/* storage/redis_reply.c: the reader builds no objects. Its root is always the one reply of the
 * reader; what does not fit it changes the kind, and an array that is too long, or within an array,
 * ends the reading.
 */
#include "storage/redis_reply.h"

#include <hiredis/hiredis.h>

struct redis_reader {
    redisReader *hiredis;
    struct redis_reply reply; /* in the making */
};

#if HIREDIS_MAJOR >= 1
typedef size_t element_count; /* hiredis changed the type of its callback */
#else
typedef int element_count;
#endif

static struct redis_reply *
reply_of(const redisReadTask *task)
{
    struct redis_reader *r = task->privdata;
    return &r->reply;
}

static void
reply_begin(const redisReadTask *task, enum redis_reply_kind kind)
{
    struct redis_reply *reply = reply_of(task);
    if (task->parent != NULL) {
        reply->kind = REPLY_OTHER; /* within an array only integers are asked for */
        return;
    }
    memset(reply, 0, sizeof *reply);
    reply->kind = kind;
}

static void *
reply_on_string(const redisReadTask *task, char *bytes, size_t size)
{
    struct redis_reply *reply = reply_of(task);
    reply_begin(task, task->type == REDIS_REPLY_ERROR ? REPLY_ERROR : REPLY_TEXT);
    if (task->parent != NULL) return reply;
    size_t kept = size < sizeof reply->text ? size : sizeof reply->text - 1;
    memcpy(reply->text, bytes, kept);
    reply->text_size = size;
    return reply;
}

static void *
reply_on_array(const redisReadTask *task, element_count count)
{
    struct redis_reply *reply = reply_of(task);
    /* NULL: hiredis takes it for a lack of memory and gives up. */
    if (task->parent != NULL || count < 0 || count > REDIS_REPLY_NUMBERS_MAX) return NULL;
    reply_begin(task, count == 0 ? REPLY_OTHER : REPLY_NUMBERS);
    reply->number_count = (size_t)count;
    return reply;
}

static void *
reply_on_integer(const redisReadTask *task, long long value)
{
    struct redis_reply *reply = reply_of(task);
    if (task->parent == NULL) {
        reply_begin(task, REPLY_OTHER);
    } else if (reply->kind == REPLY_NUMBERS) {
        must(task->idx >= 0 && task->idx < REDIS_REPLY_NUMBERS_MAX);
        reply->numbers[task->idx] = value;
    }
    return reply;
}

static void *
reply_on_nil(const redisReadTask *task)
{
    reply_begin(task, REPLY_OTHER);
    return reply_of(task);
}

static void
reply_free(void *reply)
{
    (void)reply; /* the reader's own */
}

enum fault
redis_reader_open(struct redis_reader **out)
{
    /* hiredis asks for a pointer to what it may change, and changes nothing. */
    static const redisReplyObjectFunctions functions = {
        .createString = reply_on_string,
        .createArray = reply_on_array,
        .createInteger = reply_on_integer,
        .createNil = reply_on_nil,
        .freeObject = reply_free,
    };
    *out = NULL;
    struct redis_reader *r = calloc(1, sizeof *r);
    if (r == NULL) return FAULT_MEMORY;
    r->hiredis = redisReaderCreateWithFunctions((redisReplyObjectFunctions *)&functions);
    if (r->hiredis == NULL) {
        free(r);
        return FAULT_MEMORY;
    }
    r->hiredis->privdata = r;
    *out = r;
    return FAULT_NONE;
}

void
redis_reader_close(struct redis_reader *r)
{
    if (r == NULL) return;
    redisReaderFree(r->hiredis);
    free(r);
}

enum fault
redis_reader_feed(struct redis_reader *r, const void *bytes, size_t size)
{
    must(bytes != NULL || size == 0);
    return redisReaderFeed(r->hiredis, bytes, size) == REDIS_OK ? FAULT_NONE : FAULT_MALFORMED;
}

enum fault
redis_reader_next(struct redis_reader *r, struct redis_reply *out, bool *whole)
{
    void *reply = NULL;
    *whole = false;
    if (redisReaderGetReply(r->hiredis, &reply) != REDIS_OK) return FAULT_MALFORMED;
    if (reply == NULL) {
        size_t waiting_size = r->hiredis->len - r->hiredis->pos;
        return waiting_size > REDIS_REPLY_SIZE_MAX ? FAULT_MALFORMED : FAULT_NONE;
    }
    must(reply == &r->reply);
    *out = r->reply;
    *whole = true;
    return FAULT_NONE;
}
