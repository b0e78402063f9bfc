#include "tests/torture/lib/outcome.h"

#include <stdarg.h>

#include "voucher/json_writer.h"

void
outcome_figure(struct outcome *o, const char *name, int64_t value)
{
    must(o->figure_count < OUTCOME_FIGURES_MAX);
    o->figures[o->figure_count].name = name;
    o->figures[o->figure_count++].value = value;
}

void
outcome_fault(struct outcome *o, const char *format, ...)
{
    if (o->fault_count == OUTCOME_FAULTS_MAX) {
        o->faults_untold++;
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    char *at = o->faults[o->fault_count++];
    int size = vsnprintf(at, sizeof o->faults[0], format, arguments);
    va_end(arguments);
    must(size > 0);
    fprintf(stderr, "fault: %s\n", at);
}

int
outcome_tell(const struct outcome *o)
{
    static char room[32768];
    struct json_writer w;
    bool ok = o->fault_count == 0;
    json_writer_fix(&w, room, sizeof room);
    json_write_begin_object(&w);
    json_put_bool(&w, "ok", ok);
    json_put_object(&w, "figures");
    for (size_t i = 0; i < o->figure_count; i++) {
        json_put_int64(&w, o->figures[i].name, o->figures[i].value);
    }
    if (o->faults_untold > 0) json_put_int64(&w, "faults untold", (int64_t)o->faults_untold);
    json_write_end_object(&w);
    json_put_array(&w, "faults");
    for (size_t i = 0; i < o->fault_count; i++) {
        json_write_string(&w, o->faults[i]);
    }
    json_write_end_array(&w);
    json_write_end_object(&w);
    struct text text = json_writer_text(&w);
    must(text.size > 0);
    printf("%.*s\n", (int)text.size, text.at);
    return ok ? 0 : 1;
}

static bool
option_take(struct torture_options *out, const char *name, const char *value)
{
    char *end = NULL;
    uint64_t number = value == NULL ? 0 : strtoull(value, &end, 10);
    if (end == NULL || end == value || *end != '\0' || number > INT64_MAX) return false;
    if (strcmp(name, "--seed") == 0)
        out->seed = number;
    else if (strcmp(name, "--from") == 0)
        out->from = (int64_t)number;
    else if (strcmp(name, "--to") == 0)
        out->to = (int64_t)number;
    else
        return false;
    return true;
}

bool
torture_options_read(struct torture_options *out, int argc, char **argv)
{
    *out = (struct torture_options){ .seed = 1, .from = -1, .to = -1 };
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            out->quick = true;
            continue;
        }
        if (!option_take(out, argv[i], i + 1 < argc ? argv[i + 1] : NULL)) {
            fprintf(stderr, "%s: not understood: %s\n", argv[0], argv[i]);
            return false;
        }
        i++;
    }
    return true;
}
