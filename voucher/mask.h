/* voucher/mask.h: what pages, logs and files may show of personal data. Pure, any thread.
 * Text of an unexpected shape is shown as stars only, never as it is. out is terminated by NUL. */
#ifndef HUIQUAN_MASK_H
#define HUIQUAN_MASK_H

#include "voucher/base.h"

#define MASK_SIZE 72 /* room for every mask */

void mask_id_number(struct text id_number, char out[MASK_SIZE]); /* 410***********1234 */
void mask_mobile(struct text mobile, char out[MASK_SIZE]); /* 138****5678 */
/* The first character (UTF-8) and one star, whatever the length. */
void mask_name(struct text name, char out[MASK_SIZE]);
/* The last four characters, fewer of a short one: at most half. Of at most 64 bytes. */
void mask_order_no(struct text order_no, char out[MASK_SIZE]);

#endif
