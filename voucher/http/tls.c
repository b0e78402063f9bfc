#include "voucher/http/tls.h"

#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <unistd.h>

struct http_tls {
    SSL_CTX *context; /* counts its owners itself, atomically */
};

static bool
context_set_up(SSL_CTX *context)
{
    must(context);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
}

static enum fault
context_load(SSL_CTX *context, const char *certificate_path, const char *key_path)
{
    must(certificate_path && key_path);
    if (access(certificate_path, R_OK) != 0 || access(key_path, R_OK) != 0) return FAULT_IO;
    bool is_fine = SSL_CTX_use_certificate_chain_file(context, certificate_path) == 1 &&
                   SSL_CTX_use_PrivateKey_file(context, key_path, SSL_FILETYPE_PEM) == 1 &&
                   SSL_CTX_check_private_key(context) == 1;
    ERR_clear_error();
    return is_fine ? FAULT_NONE : FAULT_CONFIG;
}

enum fault
http_tls_open(struct http_tls **out, const char *certificate_path, const char *key_path)
{
    *out = NULL;
    struct http_tls *tls = calloc(1, sizeof *tls);
    if (!tls) return FAULT_MEMORY;
    tls->context = SSL_CTX_new(TLS_server_method());
    enum fault fault = FAULT_MEMORY;
    if (tls->context && context_set_up(tls->context)) {
        fault = context_load(tls->context, certificate_path, key_path);
    }
    if (fault == FAULT_NONE) {
        *out = tls;
    } else {
        http_tls_close(tls);
    }
    return fault;
}

struct http_tls *
http_tls_share(const struct http_tls *tls)
{
    must(tls->context);
    struct http_tls *shared = calloc(1, sizeof *shared);
    if (!shared) return NULL;
    must(SSL_CTX_up_ref(tls->context) == 1);
    shared->context = tls->context;
    return shared;
}

void
http_tls_close(struct http_tls *tls)
{
    if (!tls) return;
    SSL_CTX_free(tls->context);
    free(tls);
}

struct bufferevent *
http_tls_accept(const struct http_tls *tls, struct event_base *base, int fd)
{
    must(tls->context && fd >= 0);
    SSL *ssl = SSL_new(tls->context);
    if (!ssl) return NULL;
    struct bufferevent *wire = bufferevent_openssl_socket_new(
        base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
    if (!wire) {
        /* libevent 2.1 has freed ssl itself: BEV_OPT_CLOSE_ON_FREE covers its failure too. */
        return NULL;
    }
    /* Many clients end without close_notify; HTTP has its own framing, so nothing is cut unseen. */
    bufferevent_openssl_set_allow_dirty_shutdown(wire, 1);
    return wire;
}

void
http_tls_finish(struct bufferevent *wire)
{
    must(wire);
    SSL *ssl = bufferevent_openssl_get_ssl(wire);
    if (ssl && SSL_is_init_finished(ssl)) SSL_shutdown(ssl);
    ERR_clear_error();
}
