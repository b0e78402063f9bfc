/* voucher/request_id.h: names of requests in answers and logs (X-Request-Id): a worker's random
 * beginning, and a number that counts up. Nothing of the caller is in it. One per thread. */
#ifndef HUIQUAN_REQUEST_ID_H
#define HUIQUAN_REQUEST_ID_H

#include "voucher/base.h"

#define REQUEST_ID_SIZE 21 /* with the NUL */

struct request_ids {
    char prefix[13]; /* hexadecimal */
    uint32_t number;
};

void request_ids_start(struct request_ids *ids);
void request_id_next(struct request_ids *ids, char out[REQUEST_ID_SIZE]);

#endif
