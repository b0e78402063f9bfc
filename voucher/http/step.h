/* voucher/http/step.h: moves a connection as far as it goes. Private to voucher/http; the loop's
 * thread. */
#ifndef HUIQUAN_HTTP_STEP_H
#define HUIQUAN_HTTP_STEP_H

#include "voucher/http/connection.h"

/* May free the connection, unless it runs already: then the outer run goes on. */
void http_step_run(struct http_connection *c);

#endif
