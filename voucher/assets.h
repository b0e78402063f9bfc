/* voucher/assets.h: the pages' files, which the build puts into the daemon (scripts/lib/web.mjs,
 * from voucher/web). Immutable; any thread. Without the pages (HUIQUAN_WEB=OFF) the table is empty.
 */
#ifndef HUIQUAN_ASSETS_H
#define HUIQUAN_ASSETS_H

#include "voucher/base.h"

/* In order of preference: a later one is smaller. */
enum asset_encoding { ASSET_IDENTITY, ASSET_GZIP, ASSET_BROTLI, ASSET_ENCODINGS };

struct asset {
    const char *route; /* the path that it is served at */
    const char *type; /* Content-Type */
    const char *tag; /* of the contents, for ETag; an encoding adds its letter */
    bool is_immutable; /* its route names its contents */
    struct text bytes[ASSET_ENCODINGS]; /* empty: that encoding would not be smaller */
};

extern const struct asset assets[];
extern const size_t asset_count;
/* What the resident page's head needs: links and the script. */
extern const char asset_resident_head[];

#endif
