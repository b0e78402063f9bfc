#include "voucher/httpsig/sfv.h"

#include "crypto/encode.h"

#define INTEGER_DIGITS_MAX 15
#define DECIMAL_WHOLE_DIGITS_MAX 12
#define DECIMAL_FRACTION_DIGITS_MAX 3
#define AT_END (-1)

/* Readers take from the front of *in and leave *in anywhere when they fail. */

static int
peek(const struct text *in)
{
    return in->size > 0 ? (unsigned char)in->at[0] : AT_END;
}

static struct text
take(struct text *in, size_t size)
{
    must(size <= in->size);
    const struct text taken = { in->at, size };
    in->at += size;
    in->size -= size;
    return taken;
}

static bool
take_if(struct text *in, char wanted)
{
    if (peek(in) != wanted) return false;
    take(in, 1);
    return true;
}

static void
skip_spaces(struct text *in)
{
    while (take_if(in, ' ')) {}
}

static void
skip_white(struct text *in)
{
    while (take_if(in, ' ') || take_if(in, '\t')) {}
}

/* What was taken between two states of the same reader. */
static struct text
between(struct text before, struct text after)
{
    must(after.size <= before.size);
    return (struct text){ before.at, before.size - after.size };
}

static bool
is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool
is_lower(int c)
{
    return c >= 'a' && c <= 'z';
}

static bool
is_letter(int c)
{
    return is_lower(c) || (c >= 'A' && c <= 'Z');
}

static bool
is_one_of(int c, const char *set)
{
    return c > 0 && strchr(set, c) != NULL;
}

static bool
is_token_character(int c)
{
    return is_letter(c) || is_digit(c) || is_one_of(c, "!#$%&'*+-.^_`|~:/");
}

static bool
is_key_character(int c)
{
    return is_lower(c) || is_digit(c) || is_one_of(c, "_-.*");
}

/* Digits at the front, at most limit of them; returns how many there were, 0 when too many. */
static size_t
read_digits(struct text *in, size_t limit, int64_t *value)
{
    must(limit <= INTEGER_DIGITS_MAX);
    size_t count = 0;
    for (*value = 0; is_digit(peek(in)); count++) {
        if (count == limit) return 0;
        *value = *value * 10 + (*take(in, 1).at - '0');
    }
    return count;
}

static bool
read_number(struct text *in, struct sfv_bare *out)
{
    const bool is_negative = take_if(in, '-');
    int64_t whole, fraction;
    const size_t whole_digits = read_digits(in, INTEGER_DIGITS_MAX, &whole);
    if (whole_digits == 0) return false;
    *out = (struct sfv_bare){ .kind = SFV_INTEGER, .number = whole };
    if (take_if(in, '.')) {
        if (whole_digits > DECIMAL_WHOLE_DIGITS_MAX) return false;
        const size_t digits = read_digits(in, DECIMAL_FRACTION_DIGITS_MAX, &fraction);
        if (digits == 0) return false;
        for (size_t i = digits; i < DECIMAL_FRACTION_DIGITS_MAX; i++) {
            fraction *= 10;
        }
        *out = (struct sfv_bare){ .kind = SFV_DECIMAL, .number = whole * 1000 + fraction };
    }
    must(out->number >= 0);
    if (is_negative) out->number = -out->number;
    return true;
}

static bool
read_string(struct text *in, struct sfv_bare *out)
{
    if (!take_if(in, '"')) return false;
    const struct text begin = *in;
    must(begin.at != NULL);
    while (peek(in) != '"') {
        const bool is_escape = take_if(in, '\\');
        const int c = peek(in);
        if (c < 0x20 || c > 0x7e) return false; /* the end, too */
        if (is_escape && c != '"' && c != '\\') return false;
        take(in, 1);
    }
    *out = (struct sfv_bare){ .kind = SFV_STRING, .text = between(begin, *in) };
    must(take_if(in, '"'));
    return true;
}

static bool
read_token(struct text *in, struct sfv_bare *out)
{
    const struct text begin = *in;
    if (!is_letter(peek(in)) && peek(in) != '*') return false;
    while (is_token_character(peek(in))) {
        take(in, 1);
    }
    *out = (struct sfv_bare){ .kind = SFV_TOKEN, .text = between(begin, *in) };
    must(out->text.size > 0);
    return true;
}

/* Zero to two '=' that fill the last group, and no bit behind the last byte. */
static bool
base64_end_is_sound(struct text base64, size_t letter_count)
{
    must(letter_count <= base64.size);
    const size_t fill = base64.size - letter_count;
    if (base64.size % 4 != 0 || fill > 2) return false;
    if (fill == 0) return true;
    const char last = base64.at[letter_count - 1];
    return is_one_of(last, fill == 2 ? "AQgw" : "AEIMQUYcgkosw048");
}

static bool
read_bytes(struct text *in, struct sfv_bare *out)
{
    if (!take_if(in, ':')) return false;
    const struct text begin = *in;
    while (is_letter(peek(in)) || is_digit(peek(in)) || is_one_of(peek(in), "+/")) {
        take(in, 1);
    }
    const size_t letter_count = between(begin, *in).size;
    while (take_if(in, '=')) {}
    *out = (struct sfv_bare){ .kind = SFV_BYTES, .text = between(begin, *in) };
    return take_if(in, ':') && base64_end_is_sound(out->text, letter_count);
}

static bool
read_boolean(struct text *in, struct sfv_bare *out)
{
    if (!take_if(in, '?')) return false;
    const bool is_true = peek(in) == '1';
    *out = (struct sfv_bare){ .kind = SFV_BOOLEAN, .number = is_true };
    return take_if(in, '1') || take_if(in, '0');
}

static bool
read_bare(struct text *in, struct sfv_bare *out)
{
    const int c = peek(in);
    if (c == '-' || is_digit(c)) return read_number(in, out);
    if (c == '"') return read_string(in, out);
    if (c == ':') return read_bytes(in, out);
    if (c == '?') return read_boolean(in, out);
    return read_token(in, out);
}

static bool
read_key(struct text *in, struct text *out)
{
    const struct text begin = *in;
    if (!is_lower(peek(in)) && peek(in) != '*') return false;
    while (is_key_character(peek(in))) {
        take(in, 1);
    }
    *out = between(begin, *in);
    must(out->size > 0);
    return true;
}

/* Behind its ';'. */
static bool
read_parameter(struct text *in, struct sfv_parameter *out)
{
    skip_spaces(in);
    if (!read_key(in, &out->key)) return false;
    out->value = (struct sfv_bare){ .kind = SFV_BOOLEAN, .number = 1 };
    return !take_if(in, '=') || read_bare(in, &out->value);
}

static bool
read_parameters(struct text *in, struct text *out)
{
    const struct text begin = *in;
    struct sfv_parameter parameter;
    while (take_if(in, ';')) {
        if (!read_parameter(in, &parameter)) return false;
    }
    *out = between(begin, *in);
    return true;
}

static bool
read_item(struct text *in, struct sfv_item *out)
{
    return read_bare(in, &out->value) && read_parameters(in, &out->parameters);
}

/* Behind its '('. Items are apart by spaces. */
static bool
read_list(struct text *in, struct text *out)
{
    const struct text begin = *in;
    struct sfv_item item;
    for (skip_spaces(in); peek(in) != ')'; skip_spaces(in)) {
        if (!read_item(in, &item)) return false;
        if (peek(in) != ' ' && peek(in) != ')') return false;
    }
    *out = between(begin, *in);
    must(take_if(in, ')'));
    return true;
}

static bool
read_member(struct text *in, struct sfv_member *out)
{
    *out = (struct sfv_member){ .value = { .kind = SFV_BOOLEAN, .number = 1 } };
    if (!read_key(in, &out->key)) return false;
    if (take_if(in, '=')) {
        out->is_list = take_if(in, '(');
        const bool is_sound = out->is_list ? read_list(in, &out->list) : read_bare(in, &out->value);
        if (!is_sound) return false;
    }
    return read_parameters(in, &out->parameters);
}

enum sfv_step
sfv_dictionary_next(struct text *rest, struct sfv_member *out)
{
    must(rest->at != NULL || rest->size == 0);
    skip_spaces(rest); /* only at the front of the whole: behind a comma there is none left */
    if (rest->size == 0) return SFV_END;
    if (!read_member(rest, out)) return SFV_BROKEN;
    skip_white(rest);
    if (rest->size == 0) return SFV_NEXT;
    if (!take_if(rest, ',')) return SFV_BROKEN;
    skip_white(rest);
    return rest->size == 0 ? SFV_BROKEN : SFV_NEXT; /* a comma at the end */
}

enum sfv_found
sfv_dictionary_find(struct text field, struct text key, struct sfv_member *out)
{
    must(key.size > 0);
    struct sfv_member member, wanted = { 0 };
    size_t count = 0;
    enum sfv_step step = sfv_dictionary_next(&field, &member);
    for (; step == SFV_NEXT; step = sfv_dictionary_next(&field, &member)) {
        if (!text_equal(member.key, key)) continue;
        wanted = member;
        count++;
    }
    if (step == SFV_BROKEN) return SFV_MALFORMED;
    if (count != 1) return count == 0 ? SFV_ABSENT : SFV_DOUBLED;
    *out = wanted;
    return SFV_FOUND;
}

bool
sfv_list_next(struct text *rest, struct sfv_item *out)
{
    must(rest->at != NULL || rest->size == 0);
    skip_spaces(rest);
    if (rest->size == 0) return false;
    must(read_item(rest, out)); /* checked by read_list() */
    return true;
}

bool
sfv_parameter_next(struct text *rest, struct sfv_parameter *out)
{
    if (rest->size == 0) return false;
    must(take_if(rest, ';')); /* checked by read_parameters() */
    must(read_parameter(rest, out));
    return true;
}

bool
sfv_string_read(const struct sfv_bare *value, char *out, size_t room, size_t *size)
{
    must(value->kind == SFV_STRING);
    struct text in = value->text;
    for (*size = 0; in.size > 0; (*size)++) {
        if (*size == room) return false;
        take_if(&in, '\\');
        out[*size] = *take(&in, 1).at;
    }
    return true;
}

bool
sfv_bytes_read(const struct sfv_bare *value, uint8_t *out, size_t room, size_t *size)
{
    must(value->kind == SFV_BYTES);
    return decode_base64(value->text, out, room, size);
}
