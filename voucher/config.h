/* voucher/config.h: the settings, read once and immutable after start. config_read() runs in the
 * first thread before any other exists; afterwards any thread may read the struct.
 *
 * A setting comes from the command line (--key value), the environment (HUIQUAN_KEY), the file
 * (key = value) or the table's default, in this order. Every fault of every source is reported at
 * once with its place and what would be right; one fault stops the start. Unknown variables
 * HUIQUAN_* are not faults: orchestrators invent some for every service of that name.
 * The table itself, with limits and help, stands in voucher/config_table.c. */
#ifndef HUIQUAN_CONFIG_H
#define HUIQUAN_CONFIG_H

#include "voucher/base.h"
#include "voucher/cidr.h"
#include "voucher/log.h"
#include "voucher/verdict.h"

#define CONFIG_TEXT_SIZE 512
#define CONFIG_PUBLIC_URL_MAX 128 /* it is named in each voucher shown as a JWS */
#define CONFIG_PROXIES_MAX 32
#define CONFIG_FIELDS_MAX 64 /* as many as the HTTP codec has room for */
#define CONFIG_WORKERS_MAX 64

enum config_wish { CONFIG_RUN, CONFIG_PRINT, CONFIG_HELP, CONFIG_VERSION };

/* Texts end with NUL; an empty one is "not set". Members bear the names of their keys. */
enum config_switch { SWITCH_OFF, SWITCH_ON };

struct config {
    enum config_wish wish;
    char file[CONFIG_TEXT_SIZE]; /* --config; empty: none */

    char listen[CONFIG_TEXT_SIZE];
    char metrics_listen[CONFIG_TEXT_SIZE];
    char control_socket[CONFIG_TEXT_SIZE]; /* never empty after reading */
    char public_url[CONFIG_TEXT_SIZE]; /* without a slash at its end */
    char tls_cert[CONFIG_TEXT_SIZE];
    char tls_key[CONFIG_TEXT_SIZE];
    char trusted_proxies[CONFIG_TEXT_SIZE];
    struct cidr proxies[CONFIG_PROXIES_MAX]; /* trusted_proxies, read */
    size_t proxy_count;
    int64_t connections_max, head_bytes_max, fields_max, url_bytes_max, body_bytes_max;
    int64_t upload_bytes_max, upload_ms, listeners_max;
    int64_t head_ms, body_ms, idle_ms, drain_ms, write_ms;

    char data_dir[CONFIG_TEXT_SIZE];
    char key_dir[CONFIG_TEXT_SIZE]; /* never empty after reading */
    int64_t reserve_mib;
    int64_t workers; /* 0 in the file is counted out: at least 1 after reading */
    int64_t daemons, batch_max, queue_max, drain_s;
    char witness[CONFIG_TEXT_SIZE], witness_url[CONFIG_TEXT_SIZE];
    int64_t witness_ms;
    char run_as[CONFIG_TEXT_SIZE];
    enum config_switch sandbox;

    char redis[CONFIG_TEXT_SIZE]; /* host:port, or an absolute path of a socket */
    char redis_password_file[CONFIG_TEXT_SIZE];
    int64_t redis_timeout_ms, address_per_min, short_code_misses_per_min;

    char issuers_file[CONFIG_TEXT_SIZE];
    char sms_webhook_url[CONFIG_TEXT_SIZE];
    char identity_check_url[CONFIG_TEXT_SIZE];
    char webhook_secret_file[CONFIG_TEXT_SIZE];
    int64_t webhook_timeout_ms, session_s, admin_session_s, otp_s, otp_tries, otp_interval_s;

    int64_t login_tries, login_lock_s;

    char timezone[CONFIG_TEXT_SIZE];
    enum language language;
    int64_t hold_s, signature_window_s, reverse_window_s;

    enum log_level log_level;
};

/* Lines of text, one per fault; when they no longer fit they are still counted. */
struct config_faults {
    size_t count, size;
    char text[16384];
};

struct config_source {
    int argument_count; /* with the program's name in front, as main() has it */
    char *const *arguments;
    char *const *environment; /* NULL: none */
};

/* FAULT_CONFIG: *out is not to be used, faults says why. A wish for help or version leaves *out
 * otherwise unread and never fails. */
MUST_USE enum fault config_read(struct config *out, const struct config_source *source,
                                struct config_faults *faults);

/* The effective settings as a file that config_read() accepts; secrets are left out. */
void config_print(const struct config *c, FILE *out);
/* The table, for --help: key, default, limits, sentence. */
void config_print_help(FILE *out);
/* The address of a peer whose X-Forwarded-For, -Proto and -Host are to be believed? */
bool config_trusts(const struct config *c, const struct address *peer);

#endif
