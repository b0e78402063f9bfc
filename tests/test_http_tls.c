/* tests/test_http_tls.c: the same codec over TLS, with certificates made on the spot. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "tests/http_echo.h"
#include "tests/http_talk.h"
#include "voucher/http/tls.h"

enum { VALID_S = 3600, DIRECTORY_SIZE = 32, PATH_SIZE = 40 };

struct identity {
    char directory[DIRECTORY_SIZE];
    char certificate[PATH_SIZE];
    char key[PATH_SIZE];
};

static void
identity_write(const struct identity *id, X509 *x509, EVP_PKEY *key)
{
    FILE *file = fopen(id->certificate, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, x509), 1);
    fclose(file);
    file = fopen(id->key, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(file);
}

static void
identity_open(struct identity *id, long serial)
{
    snprintf(id->directory, sizeof id->directory, "/tmp/huiquan-test-XXXXXX");
    assert_non_null(mkdtemp(id->directory));
    snprintf(id->certificate, sizeof id->certificate, "%s/c", id->directory);
    snprintf(id->key, sizeof id->key, "%s/k", id->directory);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    assert_true(key && x509);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), VALID_S);
    X509_set_pubkey(x509, key);
    X509_NAME *name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(x509, name);
    assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
    identity_write(id, x509, key);
    X509_free(x509);
    EVP_PKEY_free(key);
}

static void
identity_close(struct identity *id)
{
    unlink(id->certificate);
    unlink(id->key);
    rmdir(id->directory);
}

/* A client's TLS over memory, fed by a talk. */
struct session {
    struct talk talk;
    SSL *ssl;
    size_t fed_size;
    size_t plain_size;
    char plain[8192];
    bool is_over; /* close_notify, or a fault */
    bool has_failed;
};

static void
session_turn(struct session *s)
{
    BIO *in = SSL_get_rbio(s->ssl);
    BIO *out = SSL_get_wbio(s->ssl);
    char bytes[4096];
    if (s->fed_size < s->talk.size) {
        BIO_write(in, s->talk.in + s->fed_size, (int)(s->talk.size - s->fed_size));
        s->fed_size = s->talk.size;
    }
    size_t left = sizeof s->plain - s->plain_size;
    int size = SSL_read(s->ssl, s->plain + s->plain_size, (int)left);
    if (size > 0) s->plain_size += (size_t)size;
    int error = size > 0 ? SSL_ERROR_NONE : SSL_get_error(s->ssl, size);
    if (error == SSL_ERROR_ZERO_RETURN) s->is_over = true;
    if (error == SSL_ERROR_SSL) s->is_over = s->has_failed = true;
    while ((size = BIO_read(out, bytes, sizeof bytes)) > 0) {
        talk_send(&s->talk, (struct text){ bytes, (size_t)size });
    }
}

static bool
session_is_over(const void *about)
{
    struct session *s = (struct session *)(uintptr_t)about;
    session_turn(s);
    return s->is_over || s->talk.is_closed;
}

static bool
session_is_open(const void *about)
{
    return session_is_over(about) || SSL_is_init_finished(((const struct session *)about)->ssl);
}

static void
session_open(struct session *s, struct stage *stage, SSL_CTX *context)
{
    *s = (struct session){ .ssl = SSL_new(context) };
    assert_non_null(s->ssl);
    SSL_set_bio(s->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(s->ssl);
    talk_open(&s->talk, stage);
}

static void
session_close(struct session *s)
{
    SSL_free(s->ssl);
    talk_close(&s->talk);
}

static void
session_send(struct session *s, struct text text)
{
    assert_int_equal(SSL_write(s->ssl, text.at, (int)text.size), (int)text.size);
    session_turn(s);
}

static long
session_serial(const struct session *s)
{
    X509 *peer = SSL_get1_peer_certificate(s->ssl);
    assert_non_null(peer);
    long serial = ASN1_INTEGER_get(X509_get_serialNumber(peer));
    X509_free(peer);
    return serial;
}

struct scene {
    struct stage stage;
    struct identity identity;
    SSL_CTX *client;
};

static void
scene_open(struct scene *scene)
{
    static const struct http_handler handler = { .request = echo_request };
    struct http_settings settings = http_settings_default;
    struct http_tls *tls;
    settings.drain_wait_ms = settings.handshake_wait_ms = 100;
    identity_open(&scene->identity, 1);
    stage_open(&scene->stage, &settings, &handler);
    assert_int_equal(http_tls_open(&tls, scene->identity.certificate, scene->identity.key),
                     FAULT_NONE);
    assert_int_equal(http_server_set_tls(scene->stage.server, tls), FAULT_NONE);
    http_tls_close(tls);
    scene->client = SSL_CTX_new(TLS_client_method());
    assert_non_null(scene->client);
}

static void
scene_close(struct scene *scene)
{
    SSL_CTX_free(scene->client);
    stage_close(&scene->stage);
    identity_close(&scene->identity);
}

#define LAST "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

static void
test_versions(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int version;
        bool is_spoken;
    } rows[] = {
        { "TLS 1.3", TLS1_3_VERSION, true },
        { "TLS 1.2", TLS1_2_VERSION, true },
        { "TLS 1.1", TLS1_1_VERSION, false },
        { "TLS 1.0", TLS1_VERSION, false },
    };
    struct scene scene;
    struct session s;
    scene_open(&scene);
    /* So that the old versions are offered at all. */
    SSL_CTX_set_security_level(scene.client, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        SSL_CTX_set_min_proto_version(scene.client, rows[i].version);
        SSL_CTX_set_max_proto_version(scene.client, rows[i].version);
        session_open(&s, &scene.stage, scene.client);
        ROW_CHECK(rows[i].name, stage_until(&scene.stage, session_is_open, &s));
        ROW_CHECK(rows[i].name, SSL_is_init_finished(s.ssl) == rows[i].is_spoken);
        if (rows[i].is_spoken) {
            session_send(&s, TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n" LAST));
            ROW_CHECK(rows[i].name, stage_until(&scene.stage, session_is_over, &s));
            char got[32];
            answer_statuses((struct text){ s.plain, s.plain_size }, got, sizeof got);
            ROW_CHECK(rows[i].name, strcmp(got, "200 200") == 0);
            ROW_CHECK(rows[i].name, !s.has_failed);
        }
        session_close(&s);
        row_passed();
    }
    scene_close(&scene);
}

/* A refusal reaches its reader whole, with close_notify behind it. */
static void
test_refusal(void **state)
{
    (void)state;
    struct scene scene;
    struct session s;
    char got[32];
    scene_open(&scene);
    session_open(&s, &scene.stage, scene.client);
    assert_true(stage_until(&scene.stage, session_is_open, &s));
    session_send(&s, TEXT("GET / HTTP/1.9\r\n\r\nmore that is never read"));
    assert_true(stage_until(&scene.stage, session_is_over, &s));
    answer_statuses((struct text){ s.plain, s.plain_size }, got, sizeof got);
    assert_string_equal(got, "505");
    assert_true(s.is_over && !s.has_failed);
    session_close(&s);
    scene_close(&scene);
    row_passed();
}

/* Whoever never finishes a handshake is dropped, as is whoever speaks plain HTTP. */
static void
test_no_handshake(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct text sent;
    } rows[] = {
        { "silence", { "", 0 } },
        { "plain HTTP", { LAST, sizeof(LAST) - 1 } },
        { "half a record", { "\026\003\001\002", 4 } },
    };
    struct scene scene;
    scene_open(&scene);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct talk talk;
        talk_open(&talk, &scene.stage);
        talk_send(&talk, rows[i].sent);
        ROW_CHECK(rows[i].name, talk_wait(&talk, talk_is_closed));
        ROW_CHECK(rows[i].name, talk_answer_count(&talk) == 0);
        ROW_CHECK(rows[i].name, http_server_counters(scene.stage.server)->requests == 0);
        talk_close(&talk);
        row_passed();
    }
    scene_close(&scene);
}

/* A renewed certificate: old connections go on, new ones see the new one. */
static void
test_renewal(void **state)
{
    (void)state;
    struct scene scene;
    struct identity renewed;
    struct session before;
    struct session after;
    struct http_tls *tls;
    scene_open(&scene);
    session_open(&before, &scene.stage, scene.client);
    assert_true(stage_until(&scene.stage, session_is_open, &before));
    identity_open(&renewed, 2);
    assert_int_equal(http_tls_open(&tls, renewed.certificate, renewed.key), FAULT_NONE);
    assert_int_equal(http_server_set_tls(scene.stage.server, tls), FAULT_NONE);
    http_tls_close(tls);
    session_open(&after, &scene.stage, scene.client);
    assert_true(stage_until(&scene.stage, session_is_open, &after));
    assert_int_equal(session_serial(&before), 1);
    assert_int_equal(session_serial(&after), 2);
    session_send(&before, TEXT(LAST));
    assert_true(stage_until(&scene.stage, session_is_over, &before));
    assert_true(before.plain_size > 0);
    session_close(&before);
    session_close(&after);
    identity_close(&renewed);
    scene_close(&scene);
    row_passed();
}

static void
test_open_faults(void **state)
{
    (void)state;
    struct identity a;
    struct identity b;
    struct http_tls *tls;
    identity_open(&a, 1);
    identity_open(&b, 2);
    assert_int_equal(http_tls_open(&tls, "/nowhere/c", a.key), FAULT_IO);
    assert_null(tls);
    assert_int_equal(http_tls_open(&tls, a.certificate, b.key), FAULT_CONFIG);
    assert_null(tls);
    assert_int_equal(http_tls_open(&tls, a.key, a.key), FAULT_CONFIG);
    assert_null(tls);
    identity_close(&a);
    identity_close(&b);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),     cmocka_unit_test(test_refusal),
        cmocka_unit_test(test_no_handshake), cmocka_unit_test(test_renewal),
        cmocka_unit_test(test_open_faults),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
