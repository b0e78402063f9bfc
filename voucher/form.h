/* voucher/form.h: what a browser's form sends (application/x-www-form-urlencoded). Pure; any
 * thread. */
#ifndef HUIQUAN_FORM_H
#define HUIQUAN_FORM_H

#include "voucher/base.h"

/* Decodes the first member of that name into out, ended by NUL. False, and an empty out: it is not
 * there, is not well-formed UTF-8, holds a control character or does not fit. */
bool form_find(struct text form, const char *name, char *out, size_t out_size);

#endif
