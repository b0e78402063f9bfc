/* voucher/bulk/window.c */
#include "voucher/bulk/window.h"

#include "crypto/digest.h"

static void
window_fill(struct csv_window *w)
{
    must(!w->is_end);
    memmove(w->bytes, w->bytes + w->at, w->size - w->at);
    w->begin += (int64_t)w->at;
    w->size -= w->at;
    w->at = 0;
    must(w->size < sizeof w->bytes);
    size_t room = sizeof w->bytes - w->size, size = room;
    w->fault = spool_read(&w->spool, w->begin + (int64_t)w->size, w->bytes + w->size, &size);
    must(size <= room);
    w->size += size;
    w->is_end = size < room;
}

void
window_open(struct csv_window *w, const struct uuid *job, int64_t position)
{
    static const char mark[] = "\xef\xbb\xbf";
    w->spool.job = *job;
    w->begin = position;
    w->at = 0;
    w->size = 0;
    w->is_end = false;
    window_fill(w);
    if (position == 0 && w->size >= 3 && memcmp(w->bytes, mark, 3) == 0) w->at = 3;
}

enum csv_result
window_read(struct csv_window *w, struct csv_record *out)
{
    for (;;) {
        if (w->fault != FAULT_NONE) return CSV_END;
        struct text in = { w->bytes + w->at, w->size - w->at };
        enum csv_result result = csv_read(in, w->is_end, out);
        w->at += out->taken;
        if (result != CSV_MORE) return result;
        window_fill(w);
    }
}

int64_t
window_position(const struct csv_window *w)
{
    return w->begin + (int64_t)w->at;
}

void
window_wipe(struct csv_window *w)
{
    crypto_wipe(w->bytes, sizeof w->bytes);
}
