/* voucher/http/field.h: one header field line, and looking fields up in a parsed request. Pure; any
 * thread. Names are given in any case. */
#ifndef HUIQUAN_HTTP_FIELD_H
#define HUIQUAN_HTTP_FIELD_H

#include "voucher/base.h"
#include "voucher/http/request.h"

/* name ":" OWS value OWS (RFC 9112 section 5), without its CR LF. False: not valid. */
bool http_field_parse(struct text line, struct http_field *out);

size_t http_field_count(const struct http_request *request, struct text name);
/* The first of that name. False: there is none, *value is then empty. */
bool http_field_find(const struct http_request *request, struct text name, struct text *value);
/* All of that name joined by ", " (RFC 9110 section 5.3). Returns the size that it needs; when that
 * is more than out_size, out holds nothing of use. 0 also when there is none. */
size_t http_field_join(const struct http_request *request, struct text name, char *out,
                       size_t out_size);
/* Whether a comma-separated list field names the token, in any case. */
bool http_field_lists(const struct http_request *request, struct text name, struct text token);
/* The same for one value. */
bool http_list_names(struct text list, struct text token);

#endif
