#include "voucher/httpsig/sfv_writer.h"

#include <inttypes.h>

#include "crypto/encode.h"

void
sfv_writer_start(struct sfv_writer *w, char *buffer, size_t room)
{
    must(buffer != NULL);
    *w = (struct sfv_writer){ .at = buffer, .room = room };
}

struct text
sfv_writer_text(const struct sfv_writer *w)
{
    must(w->size <= w->room);
    return (struct text){ w->at, w->size };
}

void
sfv_write_text(struct sfv_writer *w, struct text text)
{
    must(w->size <= w->room);
    w->failed = w->failed || text.size > w->room - w->size;
    if (w->failed || text.size == 0) return;
    memcpy(w->at + w->size, text.at, text.size);
    w->size += text.size;
}

void
sfv_write_integer(struct sfv_writer *w, int64_t value)
{
    char digits[24];
    const int size = snprintf(digits, sizeof digits, "%" PRId64, value);
    must(size > 0 && (size_t)size < sizeof digits);
    sfv_write_text(w, (struct text){ digits, (size_t)size });
}

/* At least one digit behind the point, no zero after that. */
static void
write_decimal(struct sfv_writer *w, int64_t thousandths)
{
    char digits[32];
    must(thousandths > INT64_MIN);
    const int64_t size_of = thousandths < 0 ? -thousandths : thousandths;
    const int size = snprintf(digits, sizeof digits, "%s%" PRId64 ".%03" PRId64,
                              thousandths < 0 ? "-" : "", size_of / 1000, size_of % 1000);
    must(size >= 5 && (size_t)size < sizeof digits);
    size_t kept = (size_t)size;
    while (digits[kept - 1] == '0' && digits[kept - 2] != '.') {
        kept--;
    }
    sfv_write_text(w, (struct text){ digits, kept });
}

void
sfv_write_string(struct sfv_writer *w, struct text value)
{
    sfv_write_text(w, TEXT("\""));
    for (size_t i = 0; i < value.size; i++) {
        const char c = value.at[i];
        must(c >= 0x20 && c <= 0x7e);
        if (c == '"' || c == '\\') sfv_write_text(w, TEXT("\\"));
        sfv_write_text(w, (struct text){ value.at + i, 1 });
    }
    sfv_write_text(w, TEXT("\""));
}

static void
write_between(struct sfv_writer *w, char mark, struct text text)
{
    must(mark != '\0');
    sfv_write_text(w, (struct text){ &mark, 1 });
    sfv_write_text(w, text);
    sfv_write_text(w, (struct text){ &mark, 1 });
}

void
sfv_write_bytes(struct sfv_writer *w, const uint8_t *bytes, size_t size)
{
    char base64[BASE64_SIZE(SFV_WRITE_BYTES_MAX)];
    must(size <= SFV_WRITE_BYTES_MAX);
    const size_t base64_size = encode_base64(bytes, size, base64);
    write_between(w, ':', (struct text){ base64, base64_size });
}

void
sfv_write_bare(struct sfv_writer *w, const struct sfv_bare *value)
{
    must((unsigned)value->kind <= SFV_BOOLEAN);
    switch (value->kind) {
    case SFV_INTEGER: sfv_write_integer(w, value->number); return;
    case SFV_DECIMAL: write_decimal(w, value->number); return;
    /* Escapes and base64 have one spelling, so these are canonical as sent. */
    case SFV_STRING: write_between(w, '"', value->text); return;
    case SFV_BYTES: write_between(w, ':', value->text); return;
    case SFV_TOKEN: sfv_write_text(w, value->text); return;
    case SFV_BOOLEAN: sfv_write_text(w, value->number ? TEXT("?1") : TEXT("?0")); return;
    }
}

void
sfv_write_parameters(struct sfv_writer *w, struct text parameters)
{
    struct sfv_parameter parameter;
    while (sfv_parameter_next(&parameters, &parameter)) {
        must(parameter.key.size > 0);
        sfv_write_text(w, TEXT(";"));
        sfv_write_text(w, parameter.key);
        if (parameter.value.kind == SFV_BOOLEAN && parameter.value.number == 1) continue;
        sfv_write_text(w, TEXT("="));
        sfv_write_bare(w, &parameter.value);
    }
}

void
sfv_write_list(struct sfv_writer *w, struct text list, struct text parameters)
{
    struct sfv_item item;
    bool is_first = true;
    must(list.at != NULL); /* between two brackets, so never nowhere */
    sfv_write_text(w, TEXT("("));
    while (sfv_list_next(&list, &item)) {
        if (!is_first) sfv_write_text(w, TEXT(" "));
        is_first = false;
        sfv_write_bare(w, &item.value);
        sfv_write_parameters(w, item.parameters);
    }
    sfv_write_text(w, TEXT(")"));
    sfv_write_parameters(w, parameters);
}
