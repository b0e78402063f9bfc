/* voucher/httpsig/sfv_writer.h: structured field values (RFC 8941), written in their one canonical
 * form into the caller's buffer; also the lines of a signature base. A writer that ran out of room
 * stays failed and writes nothing more. No allocation; any thread, a writer belongs to one. */
#ifndef HUIQUAN_HTTPSIG_SFV_WRITER_H
#define HUIQUAN_HTTPSIG_SFV_WRITER_H

#include "voucher/httpsig/sfv.h"

#define SFV_WRITE_BYTES_MAX 64 /* a signature */

struct sfv_writer {
    char *at;
    size_t size, room;
    bool failed;
};

/* The buffer is borrowed for as long as the writer is used. */
void sfv_writer_start(struct sfv_writer *w, char *buffer, size_t room);
/* What was written so far, in the buffer; of a failed writer a part. */
struct text sfv_writer_text(const struct sfv_writer *w);

void sfv_write_text(struct sfv_writer *w, struct text text); /* as it is */
void sfv_write_integer(struct sfv_writer *w, int64_t value);
/* Quotes and escapes; every byte must be printable ASCII (must()). */
void sfv_write_string(struct sfv_writer *w, struct text value);
/* At most SFV_WRITE_BYTES_MAX bytes. */
void sfv_write_bytes(struct sfv_writer *w, const uint8_t *bytes, size_t size);

/* What a reader of sfv.h found. */
void sfv_write_bare(struct sfv_writer *w, const struct sfv_bare *value);
void sfv_write_parameters(struct sfv_writer *w, struct text parameters);
void sfv_write_list(struct sfv_writer *w, struct text list, struct text parameters);

#endif
