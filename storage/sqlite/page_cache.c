/* storage/sqlite/page_cache.c: see page_cache.h, and sqlite3_pcache_methods2 in sqlite3.h. */
#include "storage/sqlite/page_cache.h"

#include <pthread.h>
#include <sqlite3.h>

#include "voucher/base.h"

#define NO_KEY 0U /* pages count from 1 */

struct page_cache {
    sqlite3_pcache *usual;
    unsigned key_max; /* no page here has a larger key in the usual cache */
    unsigned far, near; /* a page that is called far is kept as near; NO_KEY: none */
};

static sqlite3_pcache_methods2 usual;
static pthread_once_t is_installed = PTHREAD_ONCE_INIT;

static struct page_cache *
cache_of(sqlite3_pcache *cache)
{
    return (struct page_cache *)(void *)cache;
}

static sqlite3_pcache *
cache_create(int page_size, int extra_size, int is_purgeable)
{
    struct page_cache *c = calloc(1, sizeof *c);
    if (c == NULL) return NULL;
    c->usual = usual.xCreate(page_size, extra_size, is_purgeable);
    if (c->usual != NULL) return (sqlite3_pcache *)(void *)c;
    free(c);
    return NULL;
}

static void
cache_destroy(sqlite3_pcache *cache)
{
    usual.xDestroy(cache_of(cache)->usual);
    free(cache);
}

static void
cache_set_size(sqlite3_pcache *cache, int page_count)
{
    usual.xCachesize(cache_of(cache)->usual, page_count);
}

static int
cache_count(sqlite3_pcache *cache)
{
    return usual.xPagecount(cache_of(cache)->usual);
}

static void
cache_shrink(sqlite3_pcache *cache)
{
    usual.xShrink(cache_of(cache)->usual);
}

static sqlite3_pcache_page *
cache_fetch(sqlite3_pcache *cache, unsigned key, int may_create)
{
    struct page_cache *c = cache_of(cache);
    must(key != NO_KEY && key != c->near); /* that name is lent to another page */
    if (key == c->far) key = c->near;
    sqlite3_pcache_page *page = usual.xFetch(c->usual, key, may_create);
    if (page != NULL && key > c->key_max) c->key_max = key;
    return page;
}

static void
cache_unpin(sqlite3_pcache *cache, sqlite3_pcache_page *page, int is_discarded)
{
    usual.xUnpin(cache_of(cache)->usual, page, is_discarded);
}

/* A second far page at a time, which SQLite does not make, keeps its name. */
static void
cache_rename(sqlite3_pcache *cache, sqlite3_pcache_page *page, unsigned from, unsigned to)
{
    struct page_cache *c = cache_of(cache);
    must(from != NO_KEY && to != NO_KEY);
    if (from == c->far) {
        from = c->near;
        c->far = c->near = NO_KEY;
    } else if (c->far == NO_KEY && to > c->key_max && to - c->key_max > 1) {
        c->far = to;
        to = c->near = c->key_max + 1;
    }
    if (to > c->key_max) c->key_max = to;
    if (from != to) usual.xRekey(c->usual, page, from, to);
}

/* Pages of limit and beyond go. */
static void
cache_cut(sqlite3_pcache *cache, unsigned limit)
{
    struct page_cache *c = cache_of(cache);
    must(c->far == NO_KEY);
    usual.xTruncate(c->usual, limit);
    if (limit <= c->key_max) c->key_max = limit > 0 ? limit - 1 : 0;
}

static void
install(void)
{
    if (sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &usual) != SQLITE_OK) return;
    sqlite3_pcache_methods2 ours = usual;
    must(usual.iVersion == 1 && usual.xShrink != NULL);
    ours.xCreate = cache_create;
    ours.xDestroy = cache_destroy;
    ours.xCachesize = cache_set_size;
    ours.xPagecount = cache_count;
    ours.xShrink = cache_shrink;
    ours.xFetch = cache_fetch;
    ours.xUnpin = cache_unpin;
    ours.xRekey = cache_rename;
    ours.xTruncate = cache_cut;
    (void)sqlite3_config(SQLITE_CONFIG_PCACHE2, &ours);
}

void
page_cache_install(void)
{
    must(pthread_once(&is_installed, install) == 0);
}
