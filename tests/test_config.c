#include "tests/rows.h"

#include <unistd.h>

#include "voucher/config.h"

#define ARGUMENTS_MAX 8
#define FILE_NAME "test.conf"

static void
write_file(const char *text)
{
    FILE *file = fopen(FILE_NAME, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

/* Arguments and variables of a row, each list ended by NULL. */
static enum fault
read_row(struct config *c, const char *file, const char *const *arguments,
         const char *const *environment, struct config_faults *faults)
{
    char *argv[ARGUMENTS_MAX + 3] = { (char *)"huiquand" };
    char *env[ARGUMENTS_MAX + 1] = { NULL };
    int argc = 1;
    if (file != NULL) {
        write_file(file);
        argv[argc++] = (char *)"--config";
        argv[argc++] = (char *)FILE_NAME;
    }
    for (size_t i = 0; i < ARGUMENTS_MAX && arguments[i] != NULL; i++)
        argv[argc++] = (char *)arguments[i];
    for (size_t i = 0; i < ARGUMENTS_MAX && environment[i] != NULL; i++)
        env[i] = (char *)environment[i];
    const struct config_source source = { argc, argv, env };
    return config_read(c, &source, faults);
}

/* What comes out of one setting, by the line of --print-config. */
static const struct {
    const char *name, *file;
    const char *arguments[ARGUMENTS_MAX], *environment[ARGUMENTS_MAX];
    const char *want; /* a whole line */
} good[] = {
    { "default", NULL, { 0 }, { 0 }, "hold_s = 900" },
    { "default of a choice", NULL, { 0 }, { 0 }, "language = zh" },
    { "default of a text", NULL, { 0 }, { 0 }, "listen = 127.0.0.1:8080" },
    { "file", "hold_s = 7\n", { 0 }, { 0 }, "hold_s = 7" },
    { "file without a last newline", "hold_s = 7", { 0 }, { 0 }, "hold_s = 7" },
    { "file with carriage returns", "hold_s = 7\r\nlanguage = en\r\n", { 0 }, { 0 }, "hold_s = 7" },
    { "file with comments", "# a\n; b\n\nhold_s=7\n", { 0 }, { 0 }, "hold_s = 7" },
    { "indented line", "language = en\n  hold_s = 7\n", { 0 }, { 0 }, "hold_s = 7" },
    { "semicolon in a value", "data_dir = /a ;b\n", { 0 }, { 0 }, "data_dir = /a ;b" },
    { "path with a blank", "data_dir = /a b\n", { 0 }, { 0 }, "data_dir = /a b" },
    { "variable", NULL, { 0 }, { "HUIQUAN_HOLD_S=8" }, "hold_s = 8" },
    { "flag", NULL, { "--hold_s", "9" }, { 0 }, "hold_s = 9" },
    { "flag with an equals sign", NULL, { "--hold_s=9" }, { 0 }, "hold_s = 9" },
    { "flag with dashes", NULL, { "--hold-s", "9" }, { 0 }, "hold_s = 9" },
    { "variable outranks file", "hold_s = 7\n", { 0 }, { "HUIQUAN_HOLD_S=8" }, "hold_s = 8" },
    { "flag outranks both",
      "hold_s = 7\n",
      { "--hold_s", "9" },
      { "HUIQUAN_HOLD_S=8" },
      "hold_s = 9" },
    { "an empty value unsets", "redis = r:1\n", { 0 }, { "HUIQUAN_REDIS=" }, "redis = " },
    { "a foreign variable",
      NULL,
      { 0 },
      { "HUIQUAN_SERVICE_HOST=10.0.0.1", "HOLD_S=3" },
      "hold_s = 900" },
    { "a variable in lower case", NULL, { 0 }, { "HUIQUAN_hold_s=3" }, "hold_s = 900" },
    { "least", NULL, { "--batch_max", "1" }, { 0 }, "batch_max = 1" },
    { "most", NULL, { "--daemons", "1024" }, { 0 }, "daemons = 1024" },
    { "second choice", NULL, { "--language", "en" }, { 0 }, "language = en" },
    { "last choice", NULL, { "--log_level", "error" }, { 0 }, "log_level = error" },
    { "any port", NULL, { "--listen", "0.0.0.0:0" }, { 0 }, "listen = 0.0.0.0:0" },
    { "IPv6", NULL, { "--listen", "[::1]:8080" }, { 0 }, "listen = [::1]:8080" },
    { "Redis by socket", NULL, { "--redis", "/run/r.sock" }, { 0 }, "redis = /run/r.sock" },
    { "Redis by name", NULL, { "--redis", "redis:6379" }, { 0 }, "redis = redis:6379" },
    { "derived", NULL, { "--data_dir", "/d" }, { 0 }, "control_socket = /d/control.sock" },
    { "derived keys", NULL, { "--data_dir", "/d" }, { 0 }, "key_dir = /d/keys" },
    { "not derived", NULL, { "--data_dir", "/d", "--key_dir", "/k" }, { 0 }, "key_dir = /k" },
    { "blocks",
      NULL,
      { "--trusted_proxies", "10.0.0.0/8, ::1" },
      { 0 },
      "trusted_proxies = 10.0.0.0/8, ::1" },
    { "a secret is not shown",
      NULL,
      { "--sms_webhook_url", "https://sms.example/?key=geheim" },
      { 0 },
      "# sms_webhook_url = (set, not shown)" },
    { "an unset secret", NULL, { 0 }, { 0 }, "# sms_webhook_url = " },
    { "a URL may fill the head",
      NULL,
      { "--url_bytes_max", "8192" },
      { 0 },
      "url_bytes_max = 8192" },
    { "a batch may fill the queue", NULL, { "--queue_max", "1024" }, { 0 }, "queue_max = 1024" },
    { "order of --config does not matter",
      "hold_s = 7\n",
      { "--language", "en" },
      { 0 },
      "hold_s = 7" },
};

static bool
prints_line(const struct config *c, const char *line)
{
    char *page = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&page, &size);
    assert_non_null(out);
    fputc('\n', out);
    config_print(c, out);
    assert_int_equal(fclose(out), 0);
    char wanted[256];
    snprintf(wanted, sizeof wanted, "\n%s\n", line);
    const bool found = strstr(page, wanted) != NULL && strstr(page, "geheim") == NULL;
    free(page);
    return found;
}

static void
settings_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct config c;
        struct config_faults faults;
        enum fault f = read_row(&c, good[i].file, good[i].arguments, good[i].environment, &faults);
        if (f != FAULT_NONE) print_error("%s", faults.text);
        ROW_CHECK(good[i].name, f == FAULT_NONE && faults.count == 0);
        ROW_CHECK(good[i].name, prints_line(&c, good[i].want));
        row_passed();
    }
}

#define B20 "bbbbbbbbbbbbbbbbbbbb"
#define B120 B20 B20 B20 B20 B20 B20

static const struct {
    const char *name, *file;
    const char *arguments[ARGUMENTS_MAX], *environment[ARGUMENTS_MAX];
    size_t count;
    const char *says; /* part of the faults' text */
} bad[] = {
    { "below",
      "\nhold_s = 0\n",
      { 0 },
      { 0 },
      1,
      "test.conf:2: hold_s = \"0\" does not fit; right is a number from 1 to 86400\n" },
    { "above", NULL, { "--daemons", "1025" }, { 0 }, 1, "--daemons: daemons = \"1025\"" },
    { "above by a variable", NULL, { 0 }, { "HUIQUAN_DAEMONS=1025" }, 1, "HUIQUAN_DAEMONS: daem" },
    { "beyond 64 bits", NULL, { "--hold_s", "18446744073709551616" }, { 0 }, 1, "hold_s" },
    { "negative", NULL, { "--workers", "-1" }, { 0 }, 1, "workers" },
    { "more workers than there is room for", NULL, { "--workers", "65" }, { 0 }, 1, "workers" },
    { "more fields than the codec holds", NULL, { "--fields_max", "65" }, { 0 }, 1, "fields_max" },
    { "a plus", NULL, { "--workers", "+1" }, { 0 }, 1, "workers" },
    { "octal", NULL, { "--hold_s", "0900" }, { 0 }, 1, "hold_s" },
    { "hexadecimal", NULL, { "--hold_s", "0x10" }, { 0 }, 1, "hold_s" },
    { "a unit", NULL, { "--hold_s", "900s" }, { 0 }, 1, "hold_s" },
    { "a fraction", NULL, { "--hold_s", "1.5" }, { 0 }, 1, "hold_s" },
    { "an empty number", NULL, { "--hold_s", "" }, { 0 }, 1, "hold_s" },
    { "comment behind a number", "hold_s = 9 # nine\n", { 0 }, { 0 }, 1, "test.conf:1: hold_s" },
    { "unknown choice", NULL, { "--language", "fr" }, { 0 }, 1, "right is one of zh|en" },
    { "half a choice", NULL, { "--log_level", "inf" }, { 0 }, 1, "log_level" },
    { "two choices", NULL, { "--language", "zh|en" }, { 0 }, 1, "language" },
    { "unknown key",
      "holds = 9\n",
      { 0 },
      { 0 },
      1,
      "test.conf:1: no setting is called \"holds\"" },
    { "unknown key in capitals", "HOLD_S = 9\n", { 0 }, { 0 }, 1, "test.conf:1: no setting" },
    { "unknown flag", NULL, { "--holds", "9" }, { 0 }, 1, "--holds: no such option" },
    { "a heading's empty key", NULL, { "--", "9" }, { 0 }, 1, "--: no such option" },
    { "a lone word", NULL, { "hold_s" }, { 0 }, 1, "hold_s: no such option" },
    { "a flag without a value", NULL, { "--hold_s" }, { 0 }, 1, "--hold_s: needs a value" },
    { "--config without a value", NULL, { "--config" }, { 0 }, 1, "--config: needs a value" },
    { "--config twice", "hold_s = 9\n", { "--config", "b" }, { 0 }, 1, "--config: given a second" },
    { "--config empty", NULL, { "--config=" }, { 0 }, 1, "--config: not a path" },
    { "no such file", NULL, { "--config", "absent.conf" }, { 0 }, 1, "absent.conf: No such file" },
    { "twice in the file",
      "hold_s = 9\nhold_s = 9\n",
      { 0 },
      { 0 },
      1,
      "test.conf:2: hold_s is set a second time" },
    { "twice by flag",
      NULL,
      { "--hold_s", "9", "--hold-s", "9" },
      { 0 },
      1,
      "--hold-s: hold_s is" },
    { "a wrong value though outranked", "hold_s = 0\n", { "--hold_s", "9" }, { 0 }, 1, "conf:1" },
    { "a section", "[door]\nhold_s = 9\n", { 0 }, { 0 }, 1, "test.conf:2: the file has no [sec" },
    { "no equals sign", "language = en\nhold_s\n", { 0 }, { 0 }, 1, "test.conf:2: neither key" },
    { "address without a port", NULL, { "--listen", "127.0.0.1" }, { 0 }, 1, "host:port" },
    { "address without a host", NULL, { "--listen", ":80" }, { 0 }, 1, "listen" },
    { "port too large", NULL, { "--listen", "127.0.0.1:65536" }, { 0 }, 1, "listen" },
    { "IPv6 without brackets", NULL, { "--listen", "::1:80" }, { 0 }, 1, "listen" },
    { "brackets around a name", NULL, { "--listen", "[host]:80" }, { 0 }, 1, "listen" },
    { "listening nowhere", NULL, { "--listen", "" }, { 0 }, 1, "listen" },
    { "no data_dir", NULL, { "--data_dir", "" }, { 0 }, 1, "data_dir" },
    { "relative socket of Redis", NULL, { "--redis", "redis.sock" }, { 0 }, 1, "redis" },
    { "URL without a scheme", NULL, { "--public_url", "v.example" }, { 0 }, 1, "public_url" },
    { "URL with a slash", NULL, { "--public_url", "https://v.example/" }, { 0 }, 1, "public_url" },
    { "URL with a blank", NULL, { "--public_url", "https://v .example" }, { 0 }, 1, "public_url" },
    { "URL with a quote", NULL, { "--public_url", "https://v\"" }, { 0 }, 1, "public_url" },
    { "URL with a backslash", NULL, { "--public_url", "https://v\\a" }, { 0 }, 1, "public_url" },
    { "URL with the character DEL", NULL, { "--public_url", "https://v\x7f" }, { 0 }, 1, "public" },
    { "URL beyond ASCII",
      NULL,
      { "--public_url", "https://\xe6\x83\xa0\xe5\x88\xb8.example" },
      { 0 },
      1,
      "public_url" },
    { "URL of 129 bytes",
      NULL,
      { "--public_url", "https://" B120 "b" },
      { 0 },
      1,
      "public_url: longer than 128 bytes" },
    { "another scheme", NULL, { "--public_url", "ftp://v.example" }, { 0 }, 1, "public_url" },
    { "a wrong secret is not told",
      NULL,
      { "--sms_webhook_url", "geheim" },
      { 0 },
      1,
      "--sms_webhook_url: sms_webhook_url does not fit" },
    { "block that is none", NULL, { "--trusted_proxies", "10.0.0.0/8,x" }, { 0 }, 1, "trusted" },
    { "block with stray bits", NULL, { "--trusted_proxies", "10.1.0.0/8" }, { 0 }, 1, "trusted" },
    { "comma at the end", NULL, { "--trusted_proxies", "10.0.0.0/8," }, { 0 }, 1, "trusted" },
    { "timezone", NULL, { "--timezone", "Europe/Atlantis" }, { 0 }, 1, "timezone" },
    { "control character", NULL, { "--data_dir", "/a\tb" }, { 0 }, 1, "data_dir" },
    { "the character DEL", NULL, { "--data_dir", "/a\x7f" }, { 0 }, 1, "data_dir" },
    { "certificate without a key", NULL, { "--tls_cert", "/c" }, { 0 }, 1, "both or neither" },
    { "key without a certificate", NULL, { "--tls_key", "/c" }, { 0 }, 1, "both or neither" },
    { "URL larger than the head", NULL, { "--url_bytes_max", "8193" }, { 0 }, 1, "url_bytes_max" },
    { "queue smaller than a batch", NULL, { "--queue_max", "1023" }, { 0 }, 1, "queue_max" },
    { "all at once",
      "a = 1\nhold_s = x\n",
      { "--daemons", "0", "--b" },
      { "HUIQUAN_LANGUAGE=fr" },
      5,
      "test.conf:1: no setting is called \"a\"" },
};

static void
faults_stop_the_start(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct config c;
        struct config_faults faults;
        enum fault f = read_row(&c, bad[i].file, bad[i].arguments, bad[i].environment, &faults);
        const bool said = strstr(faults.text, bad[i].says) != NULL;
        if (!said) print_error("%s", faults.text);
        ROW_CHECK(bad[i].name, f == FAULT_CONFIG);
        ROW_CHECK(bad[i].name, faults.count == bad[i].count);
        ROW_CHECK(bad[i].name, said && strstr(faults.text, "\"geheim\"") == NULL);
        row_passed();
    }
}

static const struct {
    const char *name, *key;
    size_t size;
    enum fault want;
} lengths[] = {
    { "longest folder with room for its socket", "data_dir", 107 - 13, FAULT_NONE },
    { "one more", "data_dir", 107 - 12, FAULT_CONFIG },
    { "longest folder that fits at all", "data_dir", 511, FAULT_CONFIG },
    { "longest socket", "control_socket", 107, FAULT_NONE },
    { "longer than a socket", "control_socket", 108, FAULT_CONFIG },
    { "longest text", "issuers_file", 511, FAULT_NONE },
    { "longer than a text", "issuers_file", 512, FAULT_CONFIG },
    { "longer than a line", "issuers_file", 2000, FAULT_CONFIG },
};

static void
long_values_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        static const char *const none[ARGUMENTS_MAX] = { NULL };
        struct config c;
        struct config_faults faults;
        char file[4096] = "";
        snprintf(file, sizeof file, "%s = ", lengths[i].key);
        memset(file + strlen(file), 'd', lengths[i].size);
        ROW_CHECK(lengths[i].name, read_row(&c, file, none, none, &faults) == lengths[i].want);
        ROW_CHECK(lengths[i].name, (faults.count > 0) == (lengths[i].want != FAULT_NONE));
        row_passed();
    }
}

/* Thousands of faults are counted, and the text ends with a whole line. */
static void
many_faults_fit(void **state)
{
    (void)state;
    static const char *const none[ARGUMENTS_MAX] = { NULL };
    struct config c;
    struct config_faults faults;
    char *file = calloc(3000 * 4 + 1, 1);
    assert_non_null(file);
    for (size_t i = 0; i < 3000; i++)
        memcpy(file + i * 4, "a=1\n", 4);
    assert_int_equal(read_row(&c, file, none, none, &faults), FAULT_CONFIG);
    assert_int_equal(faults.count, 3000);
    assert_int_equal(faults.text[faults.size], '\0');
    assert_int_equal(faults.text[faults.size - 1], '\n');
    assert_int_equal(strlen(faults.text), faults.size);
    free(file);
    row_passed();
}

static const struct {
    const char *name;
    const char *arguments[ARGUMENTS_MAX];
    enum config_wish want;
} wishes[] = {
    { "none", { 0 }, CONFIG_RUN },
    { "print", { "--print-config" }, CONFIG_PRINT },
    { "print behind a setting", { "--hold_s", "9", "--print-config" }, CONFIG_PRINT },
    { "help outranks faults", { "--nonsense", "1", "--help" }, CONFIG_HELP },
    { "version", { "--version" }, CONFIG_VERSION },
};

static void
wishes_are_heard(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wishes); i++) {
        static const char *const none[ARGUMENTS_MAX] = { NULL };
        struct config c;
        struct config_faults faults;
        enum fault f = read_row(&c, NULL, wishes[i].arguments, none, &faults);
        ROW_CHECK(wishes[i].name, f == FAULT_NONE && c.wish == wishes[i].want);
        row_passed();
    }
}

/* What --print-config says is a file that says the same. */
static void
print_reads_back(void **state)
{
    (void)state;
    static const char *const none[ARGUMENTS_MAX] = { NULL };
    static const char *const some[ARGUMENTS_MAX] = { "--hold_s", "9",          "--trusted_proxies",
                                                     "::1",      "--language", "en" };
    struct config first, second;
    struct config_faults faults;
    char *pages[2] = { NULL, NULL };
    size_t size;
    assert_int_equal(read_row(&first, NULL, some, none, &faults), FAULT_NONE);
    FILE *out = open_memstream(&pages[0], &size);
    config_print(&first, out);
    fclose(out);
    assert_int_equal(read_row(&second, pages[0], none, none, &faults), FAULT_NONE);
    out = open_memstream(&pages[1], &size);
    config_print(&second, out);
    fclose(out);
    assert_string_equal(pages[0], pages[1]);
    assert_int_equal(second.hold_s, 9);
    assert_int_equal(second.language, LANGUAGE_EN);
    assert_true(second.workers >= 1);
    free(pages[0]);
    free(pages[1]);
    row_passed();
}

static const struct {
    const char *name, *peer;
    bool trusted;
} peers[] = {
    { "inside the block", "10.1.2.3", true },
    { "the one address", "::1", true },
    { "outside", "11.0.0.1", false },
    { "beside the one address", "::2", false },
    { "mapped into IPv6", "::ffff:10.0.0.1", true },
};

static void
proxies_are_trusted(void **state)
{
    (void)state;
    static const char *const none[ARGUMENTS_MAX] = { NULL };
    static const char *const some[ARGUMENTS_MAX] = { "--trusted_proxies", "10.0.0.0/8, ::1" };
    struct config c, closed;
    struct config_faults faults;
    assert_int_equal(read_row(&c, NULL, some, none, &faults), FAULT_NONE);
    assert_int_equal(read_row(&closed, NULL, none, none, &faults), FAULT_NONE);
    for (size_t i = 0; i < COUNT_OF(peers); i++) {
        struct address peer;
        ROW_CHECK(peers[i].name, address_read(text_of(peers[i].peer), &peer));
        ROW_CHECK(peers[i].name, config_trusts(&c, &peer) == peers[i].trusted);
        ROW_CHECK(peers[i].name, !config_trusts(&closed, &peer));
        row_passed();
    }
}

static int
remove_file(void **state)
{
    (void)state;
    unlink(FILE_NAME);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_read),       cmocka_unit_test(faults_stop_the_start),
        cmocka_unit_test(long_values_are_refused), cmocka_unit_test(many_faults_fit),
        cmocka_unit_test(wishes_are_heard),        cmocka_unit_test(print_reads_back),
        cmocka_unit_test(proxies_are_trusted),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, remove_file));
}
