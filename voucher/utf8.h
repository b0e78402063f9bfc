/* voucher/utf8.h: strict UTF-8 (RFC 3629), one character at a time. Pure; any thread. */
#ifndef HUIQUAN_UTF8_H
#define HUIQUAN_UTF8_H

#include "voucher/base.h"

/* Size in bytes of the character that begins at text.at[from], and the character itself; 0 (and
 * *out unchanged) when it is not UTF-8: a stray or missing continuation, an overlong form, a
 * surrogate, beyond U+10FFFF. from < text.size. */
size_t utf8_read(struct text text, size_t from, uint32_t *out);

#endif
