/* tests/bench/requests.c: see requests.h. */
#include "tests/bench/requests.h"

void
requests_open(struct requests *r, size_t count_max)
{
    *r = (struct requests){ .count_max = count_max, .room = 1 << 20 };
    r->bytes = malloc(r->room);
    r->ends = calloc(count_max + 1, sizeof *r->ends);
    must(r->bytes != NULL && r->ends != NULL);
}

void
requests_close(struct requests *r)
{
    free(r->bytes);
    free(r->ends);
}

void
requests_add(struct requests *r, struct text request)
{
    must(r->count < r->count_max && request.size < REQUEST_SIZE_MAX);
    if (r->size + request.size > r->room) {
        r->room *= 2;
        r->bytes = realloc(r->bytes, r->room);
        must(r->bytes != NULL);
    }
    memcpy(r->bytes + r->size, request.at, request.size);
    r->size += request.size;
    r->ends[r->count++] = r->size;
}

struct text
requests_at(const struct requests *r, size_t i)
{
    must(i < r->count);
    const size_t begin = i == 0 ? 0 : r->ends[i - 1];
    return (struct text){ r->bytes + begin, r->ends[i] - begin };
}
