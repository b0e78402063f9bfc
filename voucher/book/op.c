/* voucher/book/op.c: the beginning and the end of an operation. */
#include "voucher/book/op.h"

static const struct {
    const char *text;
    bool spends, outdates, crowds;
} kinds[OP_KIND_COUNT] = {
#define X(name, text, spends, outdates, crowds) [OP_##name] = { text, spends, outdates, crowds },
    OP_KINDS(X)
#undef X
};

const char *
op_kind_text(enum op_kind kind)
{
    must((unsigned)kind < OP_KIND_COUNT);
    return kinds[kind].text;
}

bool
op_kind_spends(enum op_kind kind)
{
    must((unsigned)kind < OP_KIND_COUNT);
    return kinds[kind].spends;
}

bool
op_kind_outdates(enum op_kind kind)
{
    must((unsigned)kind < OP_KIND_COUNT);
    return kinds[kind].outdates;
}

bool
op_kind_crowds(enum op_kind kind)
{
    must((unsigned)kind < OP_KIND_COUNT);
    return kinds[kind].crowds;
}

void
op_start(struct op *op, enum op_kind kind)
{
    must((unsigned)kind < OP_KIND_COUNT);
    memset(op, 0, offsetof(struct op, claimed));
    op->kind = kind;
    op->if_match = -1;
    op->claimed.claim.voucher_count = 0;
    faults_clear(&op->faults);
    json_writer_grow(&op->body, OP_REPLY_BYTES_MAX);
}

void
op_end(struct op *op)
{
    json_writer_close(&op->body);
}
