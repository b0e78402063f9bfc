/* voucher/qr.h: drawing QR codes of voucher tokens: numeric mode, level M (ISO/IEC 18004). The only
 * home of libqrencode. Any thread. */
#ifndef HUIQUAN_QR_H
#define HUIQUAN_QR_H

#include "voucher/base.h"

#define QR_SVG_ROOM (64 * 1024)

/* digits: 1 to 300 decimal digits. Returns the size, 0 without memory. One path of unit squares:
 * crisp at any size, and nothing but numbers inside. */
size_t qr_write_svg(struct text digits, char out[QR_SVG_ROOM]);
/* Draws for a terminal, two rows of modules a line; light is drawn, so that it reads on dark and
 * light screens. */
bool qr_print(struct text digits, FILE *out);
/* The same of any text, such as an otpauth link. */
bool qr_print_text(const char *text, FILE *out);

#endif
