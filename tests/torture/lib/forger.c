/* tests/torture/lib/forger.c: see forger.h; the keys, and what all tricks share. */
#include "tests/torture/lib/forger.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/encode.h"
#include "crypto/keyring_store.h"

static void
make_ring(struct forger *f)
{
    char why[KEYRING_WHY_SIZE];
    uint32_t revoked = 0;
    snprintf(f->directory, sizeof f->directory, "%s", "/tmp/huiquan-forge-XXXXXX");
    must(mkdtemp(f->directory) != NULL);
    must(keyring_create(f->directory, FORGER_NOW_S - 1000, why) == FAULT_NONE);
    must(keyring_rotate(f->directory, FORGER_NOW_S - 900, why) == FAULT_NONE);
    must(keyring_open(&f->before, f->directory, why) == FAULT_NONE);
    (void)keyring_signer_active(f->before, &revoked);
    must(keyring_revoke(f->directory, revoked, FORGER_NOW_S - 800, why) == FAULT_NONE);
    must(keyring_open(&f->ring, f->directory, why) == FAULT_NONE);
}

static void
make_signer(struct forger *f, struct ed25519_signer **out)
{
    uint8_t seed[ED25519_KEY_SIZE];
    for (size_t i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)dice_roll(&f->dice);
    must(ed25519_signer_open(out, seed) == FAULT_NONE);
}

static void
make_table(struct forger *f)
{
    char json[1024], why[JWT_WHY_SIZE], x[2][BASE64URL_SIZE(ED25519_KEY_SIZE)];
    for (size_t i = 0; i < 2; i++)
        encode_base64url(ed25519_signer_public_key(f->issuers[i]), ED25519_KEY_SIZE, x[i]);
    snprintf(json, sizeof json,
             "[{\"iss\":\"one\",\"jwks\":{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":"
             "\"k1\",\"x\":\"%s\"}]}},{\"iss\":\"two\",\"jwks\":{\"keys\":[{\"kty\":\"OKP\","
             "\"crv\":\"Ed25519\",\"kid\":\"k1\",\"x\":\"%s\"}]}}]",
             x[0], x[1]);
    must(jwt_issuers_open(&f->table, text_of(json), why) == FAULT_NONE);
}

void
forger_open(struct forger *f, uint64_t seed)
{
    *f = (struct forger){ .dice = { seed } };
    make_ring(f);
    make_signer(f, &f->issuers[0]);
    make_signer(f, &f->issuers[1]);
    make_signer(f, &f->stranger);
    make_table(f);
}

void
forger_close(struct forger *f)
{
    keyring_close(f->ring);
    keyring_close(f->before);
    ed25519_signer_close(f->issuers[0]);
    ed25519_signer_close(f->issuers[1]);
    ed25519_signer_close(f->stranger);
    jwt_issuers_close(f->table);
    DIR *directory = opendir(f->directory);
    must(directory != NULL);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        (void)unlinkat(dirfd(directory), entry->d_name, 0); /* fails for . and .. */
    closedir(directory);
    (void)rmdir(f->directory);
}

/* What a reader that is too kind might pass over, and a few that it might not. */
static char
odd_char(struct dice *dice)
{
    static const char odd[] = " \t\r\n.=+/-_%\"\\,:;\0aA0zZ9\x7f\x80\xff\xef\xbc\x90";
    return dice_one_in(dice, 3) ? (char)dice_roll(dice) : odd[dice_below(dice, sizeof odd - 1)];
}

static void
insert_at(struct forgery *forgery, size_t at, char c)
{
    memmove(forgery->text + at + 1, forgery->text + at, forgery->size - at);
    forgery->text[at] = c;
    forgery->size++;
}

static void
remove_at(struct forgery *forgery, size_t at, size_t size)
{
    memmove(forgery->text + at, forgery->text + at + size, forgery->size - at - size);
    forgery->size -= size;
}

static void
spoil_once(struct dice *dice, struct forgery *forgery)
{
    const size_t at = dice_below(dice, forgery->size);
    char *here = &forgery->text[at];
    switch (dice_below(dice, 8)) {
    case 0: *here = (char)(*here ^ 1 << dice_below(dice, 8)); break;
    case 1: *here = odd_char(dice); break;
    case 2: *here = forgery->text[dice_below(dice, forgery->size)]; break;
    case 3: insert_at(forgery, at, odd_char(dice)); break;
    case 4: insert_at(forgery, at, *here); break;
    case 5: remove_at(forgery, at, 1); break;
    case 6: insert_at(forgery, forgery->size, odd_char(dice)); break;
    default: remove_at(forgery, at, dice_below(dice, forgery->size - at)); break;
    }
}

void
forger_spoil(struct dice *dice, struct forgery *forgery)
{
    char was[FORGERY_SIZE];
    const size_t was_size = forgery->size;
    must(was_size > 1 && was_size + 3 < FORGERY_SIZE);
    memcpy(was, forgery->text, was_size);
    forgery->is_honest = false;
    do {
        for (uint64_t n = dice_below(dice, 3); n < 3 && forgery->size > 1; n++)
            spoil_once(dice, forgery);
    } while (forgery->size == was_size && memcmp(was, forgery->text, was_size) == 0);
}

/* L, the order of the group, little-endian (RFC 8032, 5.1). */
static const uint8_t group_order[32] = {
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10,
};

static void
add_order(uint8_t scalar[32])
{
    unsigned carry = 0;
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)scalar[i] + group_order[i];
        scalar[i] = (uint8_t)carry;
        carry >>= 8;
    }
}

const uint8_t *
forger_small_point(struct dice *dice)
{
    /* As in tests/vectors/ed25519_small_order.json: canonical or not, 14 in all. */
    static const char *const points[] = {
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    static uint8_t bytes[COUNT_OF(points)][ED25519_KEY_SIZE];
    const size_t at = dice_below(dice, COUNT_OF(points));
    must(decode_hex(text_of(points[at]), bytes[at], sizeof bytes[at]));
    return bytes[at];
}

void
forger_bend_signature(struct dice *dice, uint8_t signature[ED25519_SIGNATURE_SIZE])
{
    uint8_t half[32];
    switch (dice_below(dice, 7)) {
    case 0:
        for (uint64_t n = dice_below(dice, 14); n < 14; n++)
            add_order(signature + 32);
        break;
    case 1: signature[31] ^= 0x80; break;
    case 2:
        memcpy(signature, forger_small_point(dice), 32);
        if (dice_one_in(dice, 2)) memset(signature + 32, 0, 32);
        break;
    case 3: memset(signature, 0, ED25519_SIGNATURE_SIZE); break;
    case 4:
        memcpy(half, signature, 32);
        memcpy(signature, signature + 32, 32);
        memcpy(signature + 32, half, 32);
        break;
    case 5: signature[63] |= (uint8_t)(0x20 << dice_below(dice, 3)); break;
    default:
        signature[dice_below(dice, ED25519_SIGNATURE_SIZE)] ^= (uint8_t)(1 << dice_below(dice, 8));
    }
}
