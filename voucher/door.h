/* voucher/door.h: from the settings of the daemon to those of its HTTP codec and its limiter, and
 * what is answered before there is a call. The worker's thread. */
#ifndef HUIQUAN_DOOR_H
#define HUIQUAN_DOOR_H

#include "storage/limiter.h"
#include "voucher/http/exchange.h"
#include "voucher/http/settings.h"
#include "voucher/json_writer.h"
#include "voucher/service.h"

/* The refusal is the caller's to fill in. */
struct http_settings door_settings(const struct config *c);
struct limiter_settings door_limiter(const struct service *service);
void door_answer_options(struct http_exchange *exchange, const char *allow);
/* A refusal of the codec as a problem document, in the language asked for or else in this one. */
enum verdict door_write_refusal(struct json_writer *w, const struct http_refusal *why,
                                enum language language, const char *request_id);

#endif
