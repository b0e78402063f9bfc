/* A helper for tests/cross: makes and judges what outside libraries judge and make.
 *
 *   keys-create DIR            make a keyring
 *   keys-rotate DIR
 *   jwks DIR                   print its JWKS
 *   token-sign DIR             print a token's digits (fixed claims)
 *   token-verify X DIGITS      X: public key, base64url; print "kid face expires"
 *   jws-sign DIR ISSUER        print a voucher's JWS (the same claims)
 *   jws-verify JWK COMPACT     print the payload
 *   jwt-verify FILE NOW COMPACT   FILE: table of issuers; print the result's word and the name
 *   checkpoint DIR ORIGIN      print a checkpoint over one head
 *   short-code DIR NUMBER      print a short code and the number read back
 *
 * Ends with 0, or 1 when the thing is refused, or 2 when it is used wrongly. */
#include <inttypes.h>

#include "crypto/chain.h"
#include "crypto/encode.h"
#include "crypto/jws.h"
#include "crypto/jwt.h"
#include "crypto/keyring_store.h"
#include "crypto/short_code.h"
#include "crypto/token.h"

static struct keyring *
open_keyring(const char *directory)
{
    struct keyring *keyring = NULL;
    char why[KEYRING_WHY_SIZE];
    if (keyring_open(&keyring, directory, why) == FAULT_NONE) return keyring;
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static struct voucher_claims
fixed_claims(uint32_t kid)
{
    return (struct voucher_claims){
        .kind = TOKEN_CAR,
        .flags = TOKEN_NEEDS_HOLDER,
        .kid = kid,
        .voucher = { { 0x01, 0x56, 0x3e, 0x3a, 0xb5, 0xd3, 0xd6, 0x76, 0x4c, 0x61, 0xef, 0xb9, 0x93,
                       0x02, 0xbd, 0x5b } },
        .campaign_number = 7,
        .face_fen = 500000,
        .not_before_s = 1781834400,
        .expires_s = 1782835200,
    };
}

static int
keys_create(char **arguments)
{
    char why[KEYRING_WHY_SIZE];
    return keyring_create(arguments[0], 1781834400, why) == FAULT_NONE ? 0 : 1;
}

static int
keys_rotate(char **arguments)
{
    char why[KEYRING_WHY_SIZE];
    return keyring_rotate(arguments[0], 1781834400, why) == FAULT_NONE ? 0 : 1;
}

static int
jwks(char **arguments)
{
    struct keyring *keyring = open_keyring(arguments[0]);
    char json[KEYRING_JWKS_SIZE];
    (void)keyring_write_jwks(keyring, json);
    puts(json);
    keyring_close(keyring);
    return 0;
}

static int
token_sign_fixed(char **arguments)
{
    struct keyring *keyring = open_keyring(arguments[0]);
    uint32_t kid = 0;
    const struct ed25519_signer *signer = keyring_signer_active(keyring, &kid);
    const struct voucher_claims claims = fixed_claims(kid);
    uint8_t token[TOKEN_SIZE];
    char digits[TOKEN_DIGITS + 1];
    token_sign(signer, &claims, token);
    token_write_digits(token, digits);
    puts(digits);
    keyring_close(keyring);
    return 0;
}

static int
token_verify_digits(char **arguments)
{
    uint8_t key[ED25519_KEY_SIZE], token[TOKEN_SIZE];
    struct text rotating;
    struct voucher_claims claims;
    struct ed25519_verifier *verifier = NULL;
    if (!decode_base64url_exact(text_of(arguments[0]), key, sizeof key)) return 2;
    if (!token_read_digits(text_of(arguments[1]), token, &rotating)) return 1;
    if (ed25519_verifier_open(&verifier, key) != FAULT_NONE) return 1;
    const bool held = token_verify(verifier, token, &claims);
    ed25519_verifier_close(verifier);
    if (!held) return 1;
    printf("%08" PRIx32 " %" PRIu32 " %" PRIu32 "\n", claims.kid, claims.face_fen,
           claims.expires_s);
    return 0;
}

static int
jws_sign_fixed(char **arguments)
{
    struct keyring *keyring = open_keyring(arguments[0]);
    uint32_t kid = 0;
    const struct ed25519_signer *signer = keyring_signer_active(keyring, &kid);
    const struct voucher_claims claims = fixed_claims(kid);
    const struct jws_voucher voucher = {
        .issuer = text_of(arguments[1]),
        .audience = { "huiquan-pos", 11 },
        .campaign = { { 1 } },
        .claims = &claims,
    };
    char compact[JWS_VOUCHER_SIZE];
    (void)jws_write_voucher(signer, &voucher, compact);
    puts(compact);
    keyring_close(keyring);
    return 0;
}

static int
jws_verify_with(char **arguments)
{
    struct jwk key;
    struct jws jws;
    uint8_t payload[JWS_SIZE_MAX];
    size_t size = 0;
    if (jwk_read(&key, text_of(arguments[0])) != FAULT_NONE) return 1;
    const bool held = jws_read(&jws, text_of(arguments[1])) == JWS_GOOD &&
                      jws_verify(&jws, &key) == JWS_GOOD &&
                      jws_payload(&jws, payload, sizeof payload, &size);
    jwk_close(&key);
    if (!held) return 1;
    printf("%.*s\n", (int)size, (const char *)payload);
    return 0;
}

static int
jwt_verify_with(char **arguments)
{
    char table[16384], why[JWT_WHY_SIZE];
    FILE *file = fopen(arguments[0], "r");
    if (file == NULL) return 2;
    const size_t size = fread(table, 1, sizeof table, file);
    fclose(file);
    struct jwt_issuers *issuers = NULL;
    if (jwt_issuers_open(&issuers, (struct text){ table, size }, why) != FAULT_NONE) return 2;
    const struct jwt_check check = { issuers, TEXT("huiquan"), strtoll(arguments[1], NULL, 10),
                                     60 };
    struct jwt_claims claims;
    const enum jwt_result result = jwt_verify(&check, text_of(arguments[2]), &claims);
    printf("%s %s\n", jwt_result_text(result), claims.name);
    jwt_issuers_close(issuers);
    return result == JWT_GOOD ? 0 : 1;
}

static int
checkpoint(char **arguments)
{
    struct keyring *keyring = open_keyring(arguments[0]);
    uint32_t kid = 0;
    const struct chain_head head = { 1, 42, { { 1, 2, 3 } } };
    const struct checkpoint c = { text_of(arguments[1]), 1781834400, &head, 1 };
    char note[CHECKPOINT_SIZE(1)];
    (void)checkpoint_write(keyring_signer_active(keyring, &kid), &c, note, sizeof note);
    fputs(note, stdout);
    keyring_close(keyring);
    return 0;
}

static int
short_code(char **arguments)
{
    struct keyring *keyring = open_keyring(arguments[0]);
    char code[SHORT_CODE_DIGITS + 1];
    int64_t back = -1;
    short_code_write(keyring, strtoll(arguments[1], NULL, 10), code);
    const bool held = short_code_read(keyring, text_of(code), &back);
    printf("%s %" PRId64 "\n", code, back);
    keyring_close(keyring);
    return held ? 0 : 1;
}

static const struct {
    const char *name;
    int argument_count;
    int (*run)(char **arguments);
} commands[] = {
    { "keys-create", 1, keys_create },
    { "keys-rotate", 1, keys_rotate },
    { "jwks", 1, jwks },
    { "token-sign", 1, token_sign_fixed },
    { "token-verify", 2, token_verify_digits },
    { "jws-sign", 2, jws_sign_fixed },
    { "jws-verify", 2, jws_verify_with },
    { "jwt-verify", 3, jwt_verify_with },
    { "checkpoint", 2, checkpoint },
    { "short-code", 2, short_code },
};

int
main(int argument_count, char **arguments)
{
    for (size_t i = 0; argument_count >= 2 && i < COUNT_OF(commands); i++) {
        if (strcmp(arguments[1], commands[i].name) != 0) continue;
        if (argument_count - 2 != commands[i].argument_count) break;
        return commands[i].run(arguments + 2);
    }
    fputs("usage: tool_crypto COMMAND ARGUMENT...; see the head of its source\n", stderr);
    return 2;
}
