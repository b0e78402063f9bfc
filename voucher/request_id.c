#include "voucher/request_id.h"

#include "crypto/digest.h"
#include "crypto/encode.h"

void
request_ids_start(struct request_ids *ids)
{
    uint8_t drawn[6];
    crypto_random_fill(drawn, sizeof drawn);
    size_t size = encode_hex(drawn, sizeof drawn, ids->prefix);
    must(size + 1 == sizeof ids->prefix);
    ids->number = 0;
}

void
request_id_next(struct request_ids *ids, char out[REQUEST_ID_SIZE])
{
    uint32_t n = ids->number++;
    const uint8_t number[] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
                               (uint8_t)n };
    memcpy(out, ids->prefix, sizeof ids->prefix - 1);
    size_t size = sizeof ids->prefix - 1;
    size += encode_hex(number, sizeof number, out + size);
    must(size + 1 == REQUEST_ID_SIZE);
}
