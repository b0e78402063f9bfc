/* voucher/httpsig/sfv.h: structured field values (RFC 8941), as far as message signatures (RFC
 * 9421) and digests (RFC 9530) are made of them: dictionaries of items and inner lists with
 * parameters; integers, decimals, strings, tokens, byte sequences, booleans. Both RFCs are built on
 * RFC 8941, so the Date and Display String of RFC 9651 are refused.
 *
 * Pure: no allocation, no recursion, linear in the size; any thread. Nothing is copied: texts point
 * into the field value, which must stay where it is.
 *
 * Strict where the RFC leaves a choice: base64 must be padded, with zero pad bits. The same value
 * can then be spelled in one way only, so that what was signed is what was read. */
#ifndef HUIQUAN_HTTPSIG_SFV_H
#define HUIQUAN_HTTPSIG_SFV_H

#include "voucher/base.h"

enum sfv_kind { SFV_INTEGER, SFV_DECIMAL, SFV_STRING, SFV_TOKEN, SFV_BYTES, SFV_BOOLEAN };

struct sfv_bare {
    enum sfv_kind kind;
    int64_t number; /* INTEGER; DECIMAL in thousandths; BOOLEAN 0 or 1 */
    struct text text; /* STRING between the quotes, escapes as sent; TOKEN; BYTES as base64 */
};

/* parameters and list were checked by the reader that set them. */
struct sfv_item {
    struct sfv_bare value;
    struct text parameters; /* for sfv_parameter_next() */
};

struct sfv_parameter {
    struct text key;
    struct sfv_bare value; /* true when it has none */
};

struct sfv_member {
    struct text key;
    bool is_list;
    struct sfv_bare value; /* unless is_list */
    struct text list; /* if is_list: for sfv_list_next() */
    struct text parameters;
};

enum sfv_step { SFV_NEXT, SFV_END, SFV_BROKEN };

/* Takes the next member off the front of *rest, which at first is the whole field value (lines of
 * one field joined by commas). After SFV_BROKEN nothing that was read before may be used. */
enum sfv_step sfv_dictionary_next(struct text *rest, struct sfv_member *out);

/* SFV_DOUBLED: the RFC lets the last one win; a signature should leave nothing to such a rule. */
enum sfv_found { SFV_FOUND, SFV_ABSENT, SFV_DOUBLED, SFV_MALFORMED };

/* Reads the whole dictionary, also behind the member. *out is set only by SFV_FOUND. */
enum sfv_found sfv_dictionary_find(struct text field, struct text key, struct sfv_member *out);

/* Of checked texts (see above), so they cannot fail; false at the end. */
bool sfv_list_next(struct text *rest, struct sfv_item *out);
bool sfv_parameter_next(struct text *rest, struct sfv_parameter *out);

/* The string without escapes. False when it needs more than room bytes. */
MUST_USE bool sfv_string_read(const struct sfv_bare *value, char *out, size_t room, size_t *size);
/* The bytes of a byte sequence. False when there are more than room. */
MUST_USE bool sfv_bytes_read(const struct sfv_bare *value, uint8_t *out, size_t room, size_t *size);

#endif
