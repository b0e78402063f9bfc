/* voucher/door.h: from the settings of the daemon to those of its HTTP codec. Pure. */
#ifndef HUIQUAN_DOOR_H
#define HUIQUAN_DOOR_H

#include "voucher/config.h"
#include "voucher/http/settings.h"

/* The refusal is the caller's to fill in. */
struct http_settings door_settings(const struct config *c);

#endif
