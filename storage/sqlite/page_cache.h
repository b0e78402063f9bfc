/* storage/sqlite/page_cache.h: SQLite's own page cache, minus a walk over all of it.
 *
 * When a B-tree's page splits and its siblings change places, SQLite 3.39 and later rename one of
 * them for a moment to the page that is never used, at 1 GiB (btree.c, balance_nonroot: pgnoTemp).
 * The usual cache remembers that as its largest page, so the commit's cut to the size of the file
 * looks at every page that is cached. With scattered keys nearly each batch has such a split: with
 * 100 MiB cached that walk was a third of the writer's time, and it grows with the cache. Here the
 * page bears a near name meanwhile.
 */
#ifndef HUIQUAN_SQLITE_PAGE_CACHE_H
#define HUIQUAN_SQLITE_PAGE_CACHE_H

/* For the whole process, at the first call, from any thread. A process that used SQLite before
 * keeps the usual cache: slower, never wrong. */
void page_cache_install(void);

#endif
