/* crypto/encode.c: see encode.h. Secrets pass here too (session MACs), but never as table indexes
 * that outlive the call's purpose: what is encoded is sent to the peer anyway. */
#include "crypto/encode.h"

static const char base64_alphabet[65] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64url_alphabet[65] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char crockford_alphabet[33] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static const char hex_alphabet[17] = "0123456789abcdef";

/* Returns the size without padding; out gets no NUL. */
static size_t
write_sextets(const uint8_t *bytes, size_t byte_count, const char alphabet[65], char *out)
{
    size_t size = 0;
    uint32_t held = 0;
    unsigned held_bits = 0;
    for (size_t i = 0; i < byte_count; i++) {
        held = (held << 8 | bytes[i]) & 0xffff;
        held_bits += 8;
        for (; held_bits >= 6; held_bits -= 6)
            out[size++] = alphabet[held >> (held_bits - 6) & 63];
    }
    if (held_bits > 0) out[size++] = alphabet[held << (6 - held_bits) & 63];
    return size;
}

size_t
encode_base64url(const void *bytes, size_t byte_count, char *out)
{
    must(bytes != NULL || byte_count == 0);
    const size_t size = write_sextets(bytes, byte_count, base64url_alphabet, out);
    out[size] = '\0';
    must(size + 1 == BASE64URL_SIZE(byte_count));
    return size;
}

size_t
encode_base64(const void *bytes, size_t byte_count, char *out)
{
    must(bytes != NULL || byte_count == 0);
    size_t size = write_sextets(bytes, byte_count, base64_alphabet, out);
    for (; size % 4 != 0; size++)
        out[size] = '=';
    out[size] = '\0';
    must(size + 1 == BASE64_SIZE(byte_count));
    return size;
}

/* 0 to 63, or -1. */
static int
sextet_of(char c, char c62, char c63)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == c62) return 62;
    return c == c63 ? 63 : -1;
}

/* The bytes that so many characters stand for; false when no bytes give that many. */
static bool
sextets_to_bytes(size_t size, size_t *out_count)
{
    if (size % 4 == 1) return false;
    *out_count = size / 4 * 3 + (size % 4 == 0 ? 0 : size % 4 - 1);
    return true;
}

/* Two passes, so that a refusal leaves out as it was. */
static bool
sextets_are_sound(struct text text, char c62, char c63)
{
    int last = 0;
    for (size_t i = 0; i < text.size; i++) {
        last = sextet_of(text.at[i], c62, c63);
        if (last < 0) return false;
    }
    const int spare_bits = text.size % 4 == 2 ? 4 : text.size % 4 == 3 ? 2 : 0;
    return (last & ((1 << spare_bits) - 1)) == 0;
}

static bool
read_sextets(struct text text, const char *c62_c63, uint8_t *out, size_t room, size_t *out_size)
{
    size_t count = 0;
    if (!sextets_to_bytes(text.size, &count) || count > room) return false;
    if (!sextets_are_sound(text, c62_c63[0], c62_c63[1])) return false;
    uint32_t held = 0;
    unsigned held_bits = 0;
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        held = (held << 6 | (uint32_t)sextet_of(text.at[i], c62_c63[0], c62_c63[1])) & 0xffff;
        held_bits += 6;
        if (held_bits < 8) continue;
        held_bits -= 8;
        out[size++] = (uint8_t)(held >> held_bits);
    }
    must(size == count);
    *out_size = size;
    return true;
}

bool
decode_base64url(struct text text, void *out, size_t room, size_t *out_size)
{
    must(text.at != NULL || text.size == 0);
    return read_sextets(text, "-_", out, room, out_size);
}

bool
decode_base64(struct text text, void *out, size_t room, size_t *out_size)
{
    must(text.at != NULL || text.size == 0);
    if (text.size % 4 != 0) return false;
    size_t padding = 0;
    while (padding < 2 && padding < text.size && text.at[text.size - padding - 1] == '=')
        padding++;
    text.size -= padding;
    return read_sextets(text, "+/", out, room, out_size);
}

bool
decode_base64url_exact(struct text text, void *out, size_t byte_count)
{
    size_t size = 0;
    if (text.size + 1 != BASE64URL_SIZE(byte_count)) return false;
    return decode_base64url(text, out, byte_count, &size);
}

size_t
encode_hex(const void *bytes, size_t byte_count, char *out)
{
    must(bytes != NULL || byte_count == 0);
    const uint8_t *from = bytes;
    for (size_t i = 0; i < byte_count; i++) {
        out[2 * i] = hex_alphabet[from[i] >> 4];
        out[2 * i + 1] = hex_alphabet[from[i] & 15];
    }
    out[2 * byte_count] = '\0';
    return 2 * byte_count;
}

static int
nibble_of(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
decode_hex(struct text text, void *out, size_t byte_count)
{
    must(text.at != NULL || text.size == 0);
    if (text.size != 2 * byte_count) return false;
    for (size_t i = 0; i < text.size; i++) {
        if (nibble_of(text.at[i]) < 0) return false;
    }
    uint8_t *to = out;
    for (size_t i = 0; i < byte_count; i++)
        to[i] = (uint8_t)(nibble_of(text.at[2 * i]) << 4 | nibble_of(text.at[2 * i + 1]));
    return true;
}

/* 130 bits of text for 128 bits: the stream begins with two zero bits. */
void
encode_crockford(const struct uuid *id, char out[CROCKFORD_SIZE])
{
    must(id != NULL);
    uint32_t held = 0;
    unsigned held_bits = 2;
    size_t size = 0;
    for (size_t i = 0; i < sizeof id->bytes; i++) {
        held = (held << 8 | id->bytes[i]) & 0xffff;
        held_bits += 8;
        for (; held_bits >= 5; held_bits -= 5)
            out[size++] = crockford_alphabet[held >> (held_bits - 5) & 31];
    }
    must(size == CROCKFORD_SIZE - 1 && held_bits == 0);
    out[size] = '\0';
}

/* 0 to 31, or -1: upper case only, and none of the letters that Crockford lets stand for digits. */
static int
quintet_of(char c)
{
    if (c == '\0') return -1;
    const char *at = strchr(crockford_alphabet, c);
    return at == NULL ? -1 : (int)(at - crockford_alphabet);
}

bool
decode_crockford(struct text text, struct uuid *out)
{
    must(text.at != NULL || text.size == 0);
    if (text.size != CROCKFORD_SIZE - 1 || text.at[0] > '7') return false;
    struct uuid id;
    uint32_t held = 0;
    unsigned held_bits = 0;
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        const int quintet = quintet_of(text.at[i]);
        if (quintet < 0) return false;
        held = (held << 5 | (uint32_t)quintet) & 0xffff;
        held_bits += i == 0 ? 3 : 5;
        if (held_bits < 8) continue;
        held_bits -= 8;
        id.bytes[size++] = (uint8_t)(held >> held_bits);
    }
    must(size == sizeof id.bytes && held_bits == 0);
    *out = id;
    return true;
}
