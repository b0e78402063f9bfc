/* crypto/jwt.c: see jwt.h. */
#include "crypto/jwt.h"

#include <strings.h>

#include "crypto/digest.h"
#include "crypto/jws.h"
#include "voucher/json_load.h"
#include "voucher/torture.h"

#define ISSUER_SIZE_MAX 128
#define ISSUERS_TEXT_MAX 65536

struct jwt_issuer {
    char iss[ISSUER_SIZE_MAX + 1];
    size_t key_count;
    struct jwk keys[JWK_KEYS_MAX];
};

struct jwt_issuers {
    size_t count;
    struct jwt_issuer issuers[JWT_ISSUERS_MAX];
};

const char *
jwt_result_text(enum jwt_result result)
{
    static const char *const words[JWT_RESULT_COUNT] = {
#define X(name, word) [JWT_##name] = word,
        JWT_RESULTS(X)
#undef X
    };
    must((unsigned)result < JWT_RESULT_COUNT);
    return words[result];
}

static enum fault
refuse(char *why, size_t index, const char *what)
{
    snprintf(why, JWT_WHY_SIZE, "issuer %zu: %s", index + 1, what);
    return FAULT_CONFIG;
}

static enum fault
read_issuer_keys(struct jwt_issuer *issuer, const json_t *jwks)
{
    char *json = json_dumps(jwks, JSON_COMPACT);
    if (json == NULL) return FAULT_MALFORMED; /* absent, or no object */
    const enum fault fault = jwk_read_set(issuer->keys, &issuer->key_count, text_of(json));
    free(json);
    return fault;
}

static bool
keys_are_pinned(const struct jwt_issuer *issuer)
{
    for (size_t i = 0; i < issuer->key_count; i++) {
        if (issuer->keys[i].kid[0] == '\0' || issuer->keys[i].kind == JWK_OCT) return false;
    }
    return issuer->key_count > 0;
}

static bool
issuer_is_there(const struct jwt_issuers *issuers, const char *iss)
{
    for (size_t i = 0; i < issuers->count; i++) {
        if (strcmp(issuers->issuers[i].iss, iss) == 0) return true;
    }
    return false;
}

/* The issuer counts as soon as it may own keys, so that closing ends them. */
static enum fault
read_issuer(struct jwt_issuers *issuers, const json_t *object, char *why)
{
    const size_t index = issuers->count;
    const char *iss = json_string_value(json_object_get(object, "iss"));
    if (iss == NULL || iss[0] == '\0' || strlen(iss) > ISSUER_SIZE_MAX) {
        return refuse(why, index, "iss must be a text of 1 to 128 bytes");
    }
    if (issuer_is_there(issuers, iss)) return refuse(why, index, "iss stands twice");
    struct jwt_issuer *issuer = &issuers->issuers[issuers->count++];
    memcpy(issuer->iss, iss, strlen(iss) + 1);
    const enum fault fault = read_issuer_keys(issuer, json_object_get(object, "jwks"));
    if (fault == FAULT_MEMORY) return fault;
    if (fault != FAULT_NONE) return refuse(why, index, "jwks is not a sound set of keys");
    if (!keys_are_pinned(issuer)) {
        return refuse(why, index, "needs Ed25519 or P-256 keys, each with a kid");
    }
    return FAULT_NONE;
}

static enum fault
read_issuers(struct jwt_issuers *issuers, const json_t *list, char *why)
{
    if (!json_is_array(list)) return refuse(why, 0, "the file is not a JSON array");
    if (json_array_size(list) > JWT_ISSUERS_MAX) {
        return refuse(why, JWT_ISSUERS_MAX, "is one too many");
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const enum fault fault = read_issuer(issuers, json_array_get(list, i), why);
        if (fault != FAULT_NONE) return fault;
    }
    return FAULT_NONE;
}

enum fault
jwt_issuers_open(struct jwt_issuers **out, struct text json, char why[JWT_WHY_SIZE])
{
    must(out != NULL && why != NULL);
    *out = NULL;
    why[0] = '\0';
    if (json.size > ISSUERS_TEXT_MAX) return refuse(why, 0, "the file is too large");
    struct jwt_issuers *issuers = calloc(1, sizeof *issuers);
    if (issuers == NULL) return FAULT_MEMORY;
    json_t *list = json_load(json);
    const enum fault fault = read_issuers(issuers, list, why);
    json_decref(list);
    if (fault != FAULT_NONE) {
        jwt_issuers_close(issuers);
        return fault;
    }
    *out = issuers;
    return FAULT_NONE;
}

void
jwt_issuers_close(struct jwt_issuers *issuers)
{
    if (issuers == NULL) return;
    for (size_t i = 0; i < issuers->count; i++) {
        for (size_t j = 0; j < issuers->issuers[i].key_count; j++)
            jwk_close(&issuers->issuers[i].keys[j]);
    }
    free(issuers);
}

static bool
value_is(const json_t *value, struct text text)
{
    if (!json_is_string(value)) return false;
    const struct text string = { json_string_value(value), json_string_length(value) };
    return text_equal(string, text);
}

/* RFC 7519, 4.1.3: a text, or an array of texts of which one is ours. */
static bool
audience_is(const json_t *aud, struct text audience)
{
    if (!json_is_array(aud)) return value_is(aud, audience);
    for (size_t i = 0; i < json_array_size(aud); i++) {
        if (value_is(json_array_get(aud, i), audience)) return true;
    }
    return false;
}

/* A NumericDate (RFC 7519, 2): a fraction is cut. False: a wrong type, or out of all reason. Absent
 * leaves *out as it is. */
static bool
read_date(const json_t *claims, const char *name, int64_t *out_s)
{
    const int64_t date_max_s = INT64_C(1) << 40;
    const json_t *value = json_object_get(claims, name);
    if (value == NULL) return true;
    if (!json_is_number(value)) return false;
    if (json_number_value(value) < 0 || json_number_value(value) > (1ll << 40)) return false;
    *out_s = json_is_integer(value) ? json_integer_value(value) : (int64_t)json_real_value(value);
    return *out_s <= date_max_s;
}

/* Absent leaves an empty text. */
static bool
copy_claim(const json_t *claims, const char *name, char *out, size_t room)
{
    const json_t *value = json_object_get(claims, name);
    out[0] = '\0';
    if (value == NULL) return true;
    if (!json_is_string(value) || json_string_length(value) >= room) return false;
    memcpy(out, json_string_value(value), json_string_length(value) + 1);
    return true;
}

static bool
copy_claims(const json_t *claims, struct jwt_claims *out)
{
    return copy_claim(claims, "iss", out->iss, sizeof out->iss) &&
           copy_claim(claims, "sub", out->sub, sizeof out->sub) &&
           copy_claim(claims, "name", out->name, sizeof out->name) &&
           copy_claim(claims, "id_number", out->id_number, sizeof out->id_number) &&
           copy_claim(claims, "mobile", out->mobile, sizeof out->mobile);
}

static enum jwt_result
judge_times(const struct jwt_check *check, const json_t *claims, struct jwt_claims *out)
{
    int64_t expires_s = 0, not_before_s = 0, issued_s = 0;
    if (!read_date(claims, "exp", &expires_s) || !read_date(claims, "nbf", &not_before_s) ||
        !read_date(claims, "iat", &issued_s)) {
        return JWT_BAD_CLAIMS;
    }
    const int64_t leeway_s = check->leeway_s + (torture_mutant("leeway") ? 60 : 0);
    if (check->now_s - leeway_s >= expires_s) return JWT_EXPIRED;
    const int64_t latest_s = check->now_s + check->leeway_s;
    if (not_before_s > latest_s || issued_s > latest_s) return JWT_NOT_YET;
    out->expires_at_s = expires_s;
    return JWT_GOOD;
}

static enum jwt_result
judge_claims(const struct jwt_check *check, const struct jwt_issuer *issuer, const json_t *claims,
             struct jwt_claims *out)
{
    if (!json_is_object(claims)) return JWT_BAD_CLAIMS;
    if (!value_is(json_object_get(claims, "iss"), text_of(issuer->iss))) return JWT_WRONG_ISSUER;
    if (!audience_is(json_object_get(claims, "aud"), check->audience)) return JWT_WRONG_AUDIENCE;
    const enum jwt_result result = judge_times(check, claims, out);
    if (result != JWT_GOOD) return result;
    return copy_claims(claims, out) ? JWT_GOOD : JWT_BAD_CLAIMS;
}

static enum jwt_result
judge_payload(const struct jwt_check *check, const struct jwt_issuer *issuer, const struct jws *jws,
              struct jwt_claims *out)
{
    uint8_t payload[JWS_SIZE_MAX];
    size_t size = 0;
    if (!jws_payload(jws, payload, sizeof payload, &size)) return JWT_MALFORMED;
    json_t *claims = json_load((struct text){ (const char *)payload, size });
    const enum jwt_result result = judge_claims(check, issuer, claims, out);
    json_decref(claims);
    crypto_wipe(payload, size);
    return result;
}

static enum jwt_result
result_of(enum jws_result result)
{
    switch (result) {
    case JWS_GOOD: return JWT_GOOD;
    case JWS_MALFORMED: return JWT_MALFORMED;
    case JWS_HEADER_REFUSED: return JWT_HEADER_REFUSED;
    case JWS_ALG_REFUSED: return JWT_ALG_REFUSED;
    case JWS_UNKNOWN_KEY: return JWT_UNKNOWN_KEY;
    case JWS_BAD_SIGNATURE: return JWT_BAD_SIGNATURE;
    }
    must(false);
    return JWT_MALFORMED;
}

/* RFC 8725, 3.11: an issuer signs tokens of other kinds too (at+jwt, logout+jwt), and one of those
 * is no assertion, whatever it claims. Many name no kind; "application/" may stand in front and
 * case does not count (RFC 7515, 4.1.9). */
static bool
kind_is_jwt(const char *typ)
{
    static const char prefix[] = "application/";
    if (typ[0] == '\0') return true;
    if (strncasecmp(typ, prefix, sizeof prefix - 1) == 0) typ += sizeof prefix - 1;
    return strcasecmp(typ, "JWT") == 0;
}

/* What this issuer's key of that kid says; UNKNOWN_KEY when it has none. */
static enum jwt_result
judge_by_issuer(const struct jwt_check *check, const struct jwt_issuer *issuer,
                const struct jws *jws, struct jwt_claims *out)
{
    for (size_t i = 0; i < issuer->key_count; i++) {
        if (strcmp(issuer->keys[i].kid, jws->kid) != 0) continue;
        const enum jwt_result result = result_of(jws_verify(jws, &issuer->keys[i]));
        if (result != JWT_GOOD) return result;
        return judge_payload(check, issuer, jws, out);
    }
    return JWT_UNKNOWN_KEY;
}

/* Two issuers may use the same kid, so one's refusal is not the end; a more telling refusal (a
 * later one in the table of results) is what is answered. */
enum jwt_result
jwt_verify(const struct jwt_check *check, struct text compact, struct jwt_claims *out)
{
    must(check != NULL && check->issuers != NULL && out != NULL);
    must(check->leeway_s >= 0 && check->leeway_s <= JWT_LEEWAY_S_MAX);
    must(check->audience.size > 0);
    *out = (struct jwt_claims){ 0 };
    struct jws jws;
    enum jwt_result answer = result_of(jws_read(&jws, compact));
    if (answer != JWT_GOOD) return answer;
    if (strcmp(jws.alg, "none") == 0) return JWT_ALG_REFUSED;
    if (!kind_is_jwt(jws.typ)) return JWT_HEADER_REFUSED;
    answer = JWT_UNKNOWN_KEY;
    for (size_t i = 0; i < check->issuers->count; i++) {
        const enum jwt_result result =
            judge_by_issuer(check, &check->issuers->issuers[i], &jws, out);
        if (result == JWT_GOOD) return JWT_GOOD;
        if (result == JWT_UNKNOWN_KEY) continue;
        if (answer == JWT_UNKNOWN_KEY || result > answer) answer = result;
    }
    crypto_wipe(out, sizeof *out);
    return answer;
}
