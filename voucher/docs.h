/* voucher/docs.h: documents that the build puts into the daemon (scripts/lib/openapi.mjs and
 * embed.mjs, from voucher/openapi.yaml and voucher/docs.css). */
#ifndef HUIQUAN_DOCS_H
#define HUIQUAN_DOCS_H

#include <stddef.h>

extern const char openapi_json[];
extern const size_t openapi_json_size;
extern const char docs_html[];
extern const size_t docs_html_size;
extern const char docs_css[];
extern const size_t docs_css_size;

#endif
