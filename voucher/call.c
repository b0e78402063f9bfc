/* voucher/call.c: what the endpoints do with a call. */
#include "voucher/call.h"

#include <stdarg.h>

#include "crypto/digest.h"
#include "voucher/call_context.h"
#include "voucher/wire/campaign.h"

struct view *
call_view(struct call *call)
{
    return call->context->view;
}

struct catalogue *
call_catalogue(struct call *call)
{
    return call->context->catalogue;
}

static struct board_moment
board_now(const struct worker_context *w)
{
    return (struct board_moment){ clerk_generation(w->service->clerk), service_now_us(w->service) };
}

const struct campaign_row *
call_campaign(struct call *call, const struct uuid *id)
{
    struct worker_context *w = call->context;
    return board_campaign(w->board, w->view, id, board_now(w));
}

const struct terminal_row *
call_terminal(struct call *call, const struct uuid *id)
{
    struct worker_context *w = call->context;
    return board_terminal(w->board, w->view, id, board_now(w));
}

const struct service *
call_service(const struct call *call)
{
    return call->context->service;
}

enum call_state
call_refuse(struct call *call, enum verdict verdict)
{
    must(verdict != VERDICT_OK);
    call->verdict = verdict;
    return CALL_REPLY;
}

enum call_state
call_refuse_because(struct call *call, enum verdict verdict, enum detail detail)
{
    call_say(call, detail);
    return call_refuse(call, verdict);
}

void
call_say(struct call *call, enum detail detail)
{
    (void)snprintf(call->detail, sizeof call->detail, "%s", detail_words(detail, call->language));
}

enum call_state
call_answer(struct call *call, int status)
{
    call->verdict = VERDICT_OK;
    call->status = status;
    return CALL_REPLY;
}

void
call_add_field(struct call *call, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t room = sizeof call->fields - call->fields_size;
    int size = vsnprintf(call->fields + call->fields_size, room, format, arguments);
    va_end(arguments);
    must(size >= 0 && (size_t)size + 2 < room);
    call->fields_size += (size_t)size;
    memcpy(call->fields + call->fields_size, "\r\n", 2);
    call->fields_size += 2;
}

void
call_add_plain_field(struct call *call, struct text name, struct text value)
{
    const struct text parts[] = { name, TEXT(": "), value, TEXT("\r\n") };
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        must(parts[i].size < sizeof call->fields - call->fields_size);
        if (parts[i].size > 0) memcpy(call->fields + call->fields_size, parts[i].at, parts[i].size);
        call->fields_size += parts[i].size;
    }
}

bool
call_query(const struct call *call, const char *name, struct text *out)
{
    struct text query = call->exchange->request.query;
    size_t name_size = strlen(name), begin = 0;
    if (query.size == 0) return false;
    for (size_t i = 0; i <= query.size; i++) {
        if (i < query.size && query.at[i] != '&') continue;
        const char *member = query.at + begin;
        size_t size = i - begin;
        begin = i + 1;
        if (size <= name_size || member[name_size] != '=') continue;
        if (memcmp(member, name, name_size) != 0) continue;
        *out = (struct text){ member + name_size + 1, size - name_size - 1 };
        return true;
    }
    return false;
}

void
call_empty(struct call *call)
{
    op_end(&call->op);
    campaign_rules_free(call->rules);
    call->rules = NULL;
    free(call->residents);
    call->residents = NULL;
    if (call->assertion != NULL) crypto_wipe(call->assertion, strlen(call->assertion));
    free(call->assertion);
    call->assertion = NULL;
    if (call->login != NULL) crypto_wipe(call->login, sizeof *call->login);
    free(call->login);
    call->login = NULL;
    free(call->events);
    call->events = NULL;
    report_free(call->report);
    call->report = NULL;
    spool_close(call->spool);
    call->spool = NULL;
    person_wipe(&call->person);
    crypto_wipe(call->code, sizeof call->code);
}
