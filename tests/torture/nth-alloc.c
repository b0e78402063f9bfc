/* tests/torture/nth-alloc.c: the n-th allocation fails, once and for ever, for every n of a piece
 * of work on the ledger (trial.h) and of pieces without one (trial_pieces.h). Every allocation
 * counts, whoever asks: ours, SQLite's, jansson's, OpenSSL's, libevent's. Must show: no false
 * acknowledgement, nothing leaked, no crash.
 *
 * malloc and its family are defined here for the whole program, in front of the C library's. */
#include <errno.h>

#include "tests/torture/lib/trial_pieces.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_MALLOC 0 /* a sanitizer has its own */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OWN_MALLOC 0
#endif
#endif
#ifndef OWN_MALLOC
#define OWN_MALLOC 1
#endif

#define LOG_PAGES_MAX 60

static struct trial_plan *planned;

#if OWN_MALLOC
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

static bool
allocation_fails(void)
{
    if (planned == NULL || !planned->armed) return false;
    bool fails = trial_fails(planned);
    if (fails) errno = ENOMEM;
    return fails;
}

static void *
counted(void *block)
{
    if (block != NULL && planned != NULL && planned->armed) planned->blocks++;
    return block;
}

void *
malloc(size_t size)
{
    return allocation_fails() ? NULL : counted(__libc_malloc(size));
}

void *
calloc(size_t count, size_t size)
{
    return allocation_fails() ? NULL : counted(__libc_calloc(count, size));
}

void *
realloc(void *block, size_t size)
{
    if (allocation_fails()) return NULL;
    void *grown = __libc_realloc(block, size);
    return block == NULL ? counted(grown) : grown;
}

void *memalign(size_t alignment, size_t size);

void *
memalign(size_t alignment, size_t size)
{
    return allocation_fails() ? NULL : counted(__libc_memalign(alignment, size));
}

void *
aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int
posix_memalign(void **out, size_t alignment, size_t size)
{
    void *block = memalign(alignment, size);
    if (block == NULL) return ENOMEM;
    *out = block;
    return 0;
}

void
free(void *block)
{
    if (block != NULL && planned != NULL && planned->armed) planned->blocks--;
    __libc_free(block);
}
#endif

int
main(int argc, char **argv)
{
    struct torture_options options;
    struct trial trial;
    if (!torture_options_read(&options, argc, argv)) return 2;
    if (!OWN_MALLOC) {
        printf("{\"ok\":true,\"figures\":{\"left out under a sanitizer\":1},\"faults\":[]}\n");
        return 0;
    }
    trial_open(&trial, &(struct ledger_settings){ .log_pages_max = LOG_PAGES_MAX }, options.seed);
    if (options.quick) trial.openings = 1;
    if (options.quick) trial.batches = 2;
    trial_pieces_prepare();
    planned = trial.plan;
    for (size_t i = 0; i < trial_piece_count; i++) {
        trial_run_piece(&trial, &trial_pieces[i], options.quick);
    }
    trial_run_all(&trial, &options);
    trial_tell(&trial);
    planned = NULL;
    trial_pieces_end();
    trial_close(&trial);
    return outcome_tell(&trial.outcome);
}
