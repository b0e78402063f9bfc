/* voucher/upload.c */
#include "voucher/upload.h"

#include "crypto/digest.h"
#include "voucher/call_context.h"
#include "voucher/http/byte.h"

bool
upload_is_one(const struct http_request *request)
{
    static const struct text csv = { "text/csv", 8 };
    struct text type;
    if (request->method != HTTP_POST) return false;
    if (!http_field_find(request, TEXT("content-type"), &type) || type.size < csv.size)
        return false;
    bool ends = type.size == csv.size || type.at[csv.size] == ';' || type.at[csv.size] == ' ';
    return ends && http_bytes_match((struct text){ type.at, csv.size }, csv);
}

bool
upload_is_taken(const struct endpoint *e)
{
    return e != NULL && (e->body == BODY_CSV || e->body == BODY_JSON_OR_CSV);
}

void
upload_body(void *owner, struct http_exchange *exchange, struct text part)
{
    struct call *call = exchange->user;
    must(owner != NULL && call->spool != NULL);
    spool_write(call->spool, part);
}

enum fault
upload_begin(struct call *call)
{
    must(call->is_upload && call->spool == NULL);
    id_next(&call->context->ids, &call->job);
    return spool_create(&call->spool, call_service(call)->config->data_dir, &call->job,
                        call->secrets->keyring);
}

enum fault
upload_end(struct call *call, struct job_row *row)
{
    struct digest file;
    must(call->spool != NULL);
    enum fault fault = spool_finish(call->spool, &row->size, &file);
    if (fault != FAULT_NONE) return fault;
    row->id = call->job;
    const struct text parts[] = { { (const char *)file.bytes, sizeof file.bytes },
                                  call->exchange->request.query };
    digest_sha256(&call->content, parts, COUNT_OF(parts));
    call->body = (struct text){ (const char *)call->content.bytes, sizeof call->content.bytes };
    spool_keep(call->spool);
    spool_close(call->spool);
    call->spool = NULL;
    return FAULT_NONE;
}
