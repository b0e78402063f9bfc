/* voucher/config.c: gathers the settings from file, environment and command line. The table, and
 * what fits each row of it, stands in voucher/config_table.c. */
#include "voucher/config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <unistd.h>

#include "voucher/config_table.h"

#define SETTINGS_MAX 96
#define LINE_SIZE_MAX 1024
#define PLACE_SIZE (CONFIG_TEXT_SIZE + 16)
#define SOCKET_PATH_MAX 107 /* sun_path of Linux, without its NUL */

/* One reading of all sources. */
struct gathering {
    struct config *config;
    struct config_faults *faults;
    bool seen[SETTINGS_MAX]; /* in the source being read */
    FILE *file;
    const char *file_name;
    unsigned line;
};

PRINTF_LIKE(2, 3)
static void
say_fault(struct config_faults *faults, const char *format, ...)
{
    const size_t room = sizeof faults->text - faults->size;
    va_list arguments;
    va_start(arguments, format);
    const int wanted = vsnprintf(faults->text + faults->size, room, format, arguments);
    va_end(arguments);
    must(wanted >= 0);
    faults->count++;
    if ((size_t)wanted < room) {
        faults->size += (size_t)wanted;
    } else {
        faults->text[faults->size] = '\0'; /* a line is told whole or not at all */
    }
}

static void
say_misfit(struct config_faults *faults, const char *place, const struct setting *s,
           struct text value)
{
    char range[256] = "";
    FILE *out = fmemopen(range, sizeof range - 1, "w");
    if (out != NULL) {
        setting_write_range(s, out);
        fclose(out);
    }
    if (s->secret) {
        say_fault(faults, "%s: %s does not fit; right is %s\n", place, s->key, range);
    } else {
        say_fault(faults, "%s: %s = \"%.*s\" does not fit; right is %s\n", place, s->key,
                  (int)value.size, value.at, range);
    }
}

static void
gather_value(struct gathering *g, const char *place, const struct setting *s, struct text value)
{
    const size_t row = (size_t)(s - config_settings);
    must(row < SETTINGS_MAX);
    if (g->seen[row]) {
        say_fault(g->faults, "%s: %s is set a second time; once is right\n", place, s->key);
        return;
    }
    g->seen[row] = true;
    if (!setting_read(g->config, s, value)) say_misfit(g->faults, place, s, value);
}

static void
gather_defaults(struct gathering *g)
{
    must(config_setting_count <= SETTINGS_MAX);
    for (size_t i = 0; i < config_setting_count; i++) {
        const struct setting *s = &config_settings[i];
        if (s->key != NULL) must(setting_read(g->config, s, text_of(s->fallback)));
    }
}

static void
file_place(const struct gathering *g, char out[PLACE_SIZE])
{
    snprintf(out, PLACE_SIZE, "%s:%u", g->file_name, g->line);
}

/* inih asks for a line; counting here is how its handler learns the number. */
static char *
gather_line(char *out, int room, void *owner)
{
    struct gathering *g = owner;
    char place[PLACE_SIZE];
    if (fgets(out, room, g->file) == NULL) return NULL;
    g->line++;
    file_place(g, place);
    const size_t size = strlen(out);
    if (size > 0 && out[size - 1] == '\n') return out;
    const int next = fgetc(g->file);
    if (next == EOF) return out;

    say_fault(g->faults, "%s: longer than %d bytes\n", place, room - 2);
    for (int c = next; c != '\n' && c != EOF;)
        c = fgetc(g->file);
    out[0] = '\0';
    return out;
}

static int
gather_pair(void *owner, const char *section, const char *name, const char *value)
{
    struct gathering *g = owner;
    char place[PLACE_SIZE];
    file_place(g, place);
    const struct setting *s = setting_find(text_of(name));
    if (section[0] != '\0') {
        say_fault(g->faults, "%s: the file has no [sections]\n", place);
    } else if (s == NULL) {
        say_fault(g->faults, "%s: no setting is called \"%s\"; --help lists them\n", place, name);
    } else {
        gather_value(g, place, s, text_of(value));
    }
    return 1; /* faults are gathered, the file is read to its end */
}

static void
gather_file(struct gathering *g)
{
    g->file_name = g->config->file;
    if (g->file_name[0] == '\0') return;
    memset(g->seen, 0, sizeof g->seen);
    g->file = fopen(g->file_name, "re");
    if (g->file == NULL) {
        say_fault(g->faults, "%s: %s\n", g->file_name, strerror(errno));
        return;
    }
    /* The library's own variables: nobody else uses it, and no other thread exists yet. A value
     * may hold a semicolon, and an indented line is no continuation. */
    ini_use_stack = false;
    ini_initial_alloc = LINE_SIZE_MAX;
    ini_max_line = LINE_SIZE_MAX;
    ini_allow_inline_comments = false;
    ini_allow_multiline = false;
    const int answer = ini_parse_stream(gather_line, g, gather_pair, g);
    if (answer > 0) {
        say_fault(g->faults, "%s:%d: neither key = value nor a comment\n", g->file_name, answer);
    } else if (answer < 0) {
        say_fault(g->faults, "%s: out of memory\n", g->file_name);
    }
    if (ferror(g->file)) say_fault(g->faults, "%s: cannot be read\n", g->file_name);
    fclose(g->file);
    g->file = NULL;
}

/* HUIQUAN_DATA_DIR is data_dir; variables in lower case are none of ours. */
static const struct setting *
setting_of_variable(struct text variable)
{
    static const struct text start = { "HUIQUAN_", sizeof "HUIQUAN_" - 1 };
    char key[64];
    if (variable.size <= start.size || variable.size - start.size >= sizeof key) return NULL;
    if (memcmp(variable.at, start.at, start.size) != 0) return NULL;
    const struct text name = { variable.at + start.size, variable.size - start.size };
    for (size_t i = 0; i < name.size; i++) {
        const unsigned char c = (unsigned char)name.at[i];
        if (islower(c)) return NULL;
        key[i] = (char)tolower(c);
    }
    return setting_find((struct text){ key, name.size });
}

static void
gather_environment(struct gathering *g, char *const *environment)
{
    char place[PLACE_SIZE];
    memset(g->seen, 0, sizeof g->seen);
    for (size_t i = 0; environment != NULL && environment[i] != NULL; i++) {
        const char *equals = strchr(environment[i], '=');
        if (equals == NULL) continue;
        const size_t name_size = (size_t)(equals - environment[i]);
        const struct setting *s = setting_of_variable((struct text){ environment[i], name_size });
        if (s == NULL) continue;
        snprintf(place, sizeof place, "%.*s", (int)name_size, environment[i]);
        gather_value(g, place, s, text_of(equals + 1));
    }
}

static bool
gather_wish(struct config *c, struct text option)
{
    static const struct {
        struct text option;
        enum config_wish wish;
    } wishes[] = {
        { { "--print-config", 14 }, CONFIG_PRINT },
        { { "--help", 6 }, CONFIG_HELP },
        { { "--version", 9 }, CONFIG_VERSION },
    };
    for (size_t i = 0; i < COUNT_OF(wishes); i++) {
        if (!text_equal(option, wishes[i].option)) continue;
        if (wishes[i].wish > c->wish) c->wish = wishes[i].wish;
        return true;
    }
    return false;
}

/* An argument cut at its '='; a value may also follow as the next argument. */
struct option {
    struct text name; /* without the dashes */
    const char *value;
};

static struct option
option_of(const struct config_source *source, int *at)
{
    const char *argument = source->arguments[*at];
    const char *equals = strchr(argument, '=');
    struct option found = { { argument, 0 }, NULL };
    if (strncmp(argument, "--", 2) != 0) return found;
    found.name.at = argument + 2;
    found.name.size = equals ? (size_t)(equals - argument) - 2 : strlen(argument) - 2;
    if (equals != NULL) {
        found.value = equals + 1;
    } else if (*at + 1 < source->argument_count) {
        found.value = source->arguments[++*at];
    }
    return found;
}

static void
gather_file_name(struct gathering *g, const char *name)
{
    const size_t size = strlen(name);
    if (g->config->file[0] != '\0') {
        say_fault(g->faults, "--config: given a second time; once is right\n");
    } else if (size == 0 || size >= CONFIG_TEXT_SIZE) {
        say_fault(g->faults, "--config: not a path\n");
    } else {
        memcpy(g->config->file, name, size + 1);
    }
}

/* What is asked for, and the file: it is read before the other arguments, as it ranks below. */
static void
gather_wishes(struct gathering *g, const struct config_source *source)
{
    for (int i = 1; i < source->argument_count; i++) {
        if (gather_wish(g->config, text_of(source->arguments[i]))) continue;
        const struct option option = option_of(source, &i);
        if (option.value == NULL || !text_equal(option.name, TEXT("config"))) continue;
        gather_file_name(g, option.value);
    }
}

static void
gather_option(struct gathering *g, const char *argument, const struct option *option)
{
    char place[PLACE_SIZE];
    const struct setting *s = setting_find(option->name);
    const bool is_file = text_equal(option->name, TEXT("config"));
    snprintf(place, sizeof place, "--%.*s", (int)option->name.size, option->name.at);
    if (s == NULL && !is_file) {
        say_fault(g->faults, "%s: no such option; --help lists them\n", argument);
    } else if (option->value == NULL) {
        say_fault(g->faults, "%s: needs a value\n", place);
    } else if (s != NULL) {
        gather_value(g, place, s, text_of(option->value));
    }
}

static void
gather_arguments(struct gathering *g, const struct config_source *source)
{
    struct config ignored = { 0 };
    memset(g->seen, 0, sizeof g->seen);
    for (int i = 1; i < source->argument_count; i++) {
        const char *argument = source->arguments[i];
        if (gather_wish(&ignored, text_of(argument))) continue;
        const struct option option = option_of(source, &i);
        gather_option(g, argument, &option);
    }
}

/* What follows from other settings. */
static void
derive(struct config *c, struct config_faults *faults)
{
    static const char control_name[] = "/control.sock", key_name[] = "/keys";
    const size_t size = strlen(c->data_dir);
    if (size + sizeof control_name > CONFIG_TEXT_SIZE) {
        say_fault(faults, "data_dir: too long\n");
        return;
    }
    if (c->control_socket[0] == '\0') {
        memcpy(c->control_socket, c->data_dir, size);
        memcpy(c->control_socket + size, control_name, sizeof control_name);
    }
    if (c->key_dir[0] == '\0') {
        memcpy(c->key_dir, c->data_dir, size);
        memcpy(c->key_dir + size, key_name, sizeof key_name);
    }
    if (c->workers == 0) {
        const long cores = sysconf(_SC_NPROCESSORS_ONLN);
        c->workers = cores < 1 ? 1 : cores > CONFIG_WORKERS_MAX ? CONFIG_WORKERS_MAX : cores;
    }
}

/* What no row can say of itself. */
static void
compare(const struct config *c, struct config_faults *faults)
{
    if ((c->tls_cert[0] == '\0') != (c->tls_key[0] == '\0')) {
        say_fault(faults, "tls_cert and tls_key: both or neither\n");
    }
    if (strlen(c->control_socket) > SOCKET_PATH_MAX) {
        say_fault(faults, "control_socket: \"%s\" is longer than %d bytes\n", c->control_socket,
                  SOCKET_PATH_MAX);
    }
    if (strlen(c->public_url) > CONFIG_PUBLIC_URL_MAX) {
        say_fault(faults, "public_url: longer than %d bytes\n", CONFIG_PUBLIC_URL_MAX);
    }
    if (c->redis[0] == '/' && strlen(c->redis) > SOCKET_PATH_MAX) {
        say_fault(faults, "redis: the path is longer than %d bytes\n", SOCKET_PATH_MAX);
    }
    if (c->url_bytes_max > c->head_bytes_max) {
        say_fault(faults, "url_bytes_max: more than head_bytes_max, which holds it\n");
    }
    if (c->queue_max < c->batch_max) {
        say_fault(faults, "queue_max: less than batch_max, which is taken from it\n");
    }
}

enum fault
config_read(struct config *out, const struct config_source *source, struct config_faults *faults)
{
    struct gathering g = { .config = out, .faults = faults };
    must(source->argument_count == 0 || source->arguments != NULL);
    memset(out, 0, sizeof *out);
    memset(faults, 0, sizeof *faults);

    gather_wishes(&g, source);
    if (out->wish == CONFIG_HELP || out->wish == CONFIG_VERSION) return FAULT_NONE;
    gather_defaults(&g);
    gather_file(&g);
    gather_environment(&g, source->environment);
    gather_arguments(&g, source);
    derive(out, faults);
    compare(out, faults);
    return faults->count == 0 ? FAULT_NONE : FAULT_CONFIG;
}

void
config_print(const struct config *c, FILE *out)
{
    for (size_t i = 0; i < config_setting_count; i++) {
        const struct setting *s = &config_settings[i];
        if (s->key == NULL) {
            fprintf(out, "%s# %s\n\n", i > 0 ? "\n" : "", s->group);
            continue;
        }
        fprintf(out, "# %s; ", s->help);
        setting_write_range(s, out);
        fputc('\n', out);
        if (s->secret) {
            fprintf(out, "# %s = %s\n", s->key, setting_is_empty(c, s) ? "" : "(set, not shown)");
            continue;
        }
        fprintf(out, "%s = ", s->key);
        setting_write(c, s, out);
        fputc('\n', out);
    }
}

void
config_print_help(FILE *out)
{
    for (size_t i = 0; i < config_setting_count; i++) {
        const struct setting *s = &config_settings[i];
        if (s->key == NULL) {
            fprintf(out, "\n%s\n", s->group);
            continue;
        }
        fprintf(out, "  --%-26s %s\n%31s", s->key, s->help, "");
        setting_write_range(s, out);
        if (s->fallback[0] != '\0') fprintf(out, "; default %s", s->fallback);
        fputc('\n', out);
    }
}

bool
config_trusts(const struct config *c, const struct address *peer)
{
    must(c->proxy_count <= CONFIG_PROXIES_MAX);
    for (size_t i = 0; i < c->proxy_count; i++) {
        if (cidr_holds(&c->proxies[i], peer)) return true;
    }
    return false;
}
