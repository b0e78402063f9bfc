/* voucher/bulk/columns.c */
#include "voucher/bulk/columns.h"

#include "crypto/digest.h"
#include "voucher/id.h"
#include "voucher/idcheck.h"
#include "voucher/person.h"
#include "voucher/utf8.h"

static const struct {
    char letter;
    const char *name, *chinese, *kinds;
} known[] = {
#define X(letter, name, chinese, kinds) { letter, name, chinese, kinds },
    BULK_COLUMNS(X)
#undef X
};

static char
letter_of_kind(enum job_kind kind)
{
    static const char letters[] = {
        [JOB_GRANTS] = 'G', [JOB_RESIDENTS] = 'R', [JOB_MERCHANTS] = 'M'
    };
    must((unsigned)kind < COUNT_OF(letters) && letters[kind] != '\0');
    return letters[kind];
}

static const char *
column_name(char letter)
{
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (known[i].letter == letter) return known[i].name;
    }
    must(!"a letter of no column");
    return "";
}

static char
column_find(enum job_kind kind, struct text name)
{
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (strchr(known[i].kinds, letter_of_kind(kind)) == NULL) continue;
        bool same =
            text_equal(name, text_of(known[i].name)) || text_equal(name, text_of(known[i].chinese));
        if (same) return known[i].letter;
    }
    return '\0';
}

/* Blanks around a value are the spreadsheet's, not the person's. */
static struct text
trimmed(struct text t)
{
    while (t.size > 0 && (t.at[0] == ' ' || t.at[0] == '\t')) {
        t = (struct text){ t.at + 1, t.size - 1 };
    }
    while (t.size > 0 && (t.at[t.size - 1] == ' ' || t.at[t.size - 1] == '\t')) {
        t.size--;
    }
    return t;
}

static bool
header_lacks(enum job_kind kind, const char *columns, char why[192])
{
    static const char *const needed[] = {
        [JOB_GRANTS] = "", [JOB_RESIDENTS] = "in", [JOB_MERCHANTS] = "Nuk"
    };
    for (const char *letter = needed[kind]; *letter != '\0'; letter++) {
        if (strchr(columns, *letter) != NULL) continue;
        (void)snprintf(why, 192, "CSV: the header lacks %s", column_name(*letter));
        return true;
    }
    bool named = strchr(columns, 'i') != NULL || strchr(columns, 'r') != NULL;
    if (kind == JOB_GRANTS && !named) (void)snprintf(why, 192, "CSV: the header lacks id_number");
    return kind == JOB_GRANTS && !named;
}

/* An only column of ID numbers or resident ids needs no header. */
static bool
is_bare_grant(enum job_kind kind, const struct csv_record *record)
{
    struct uuid ignored;
    if (kind != JOB_GRANTS || record->field_count != 1) return false;
    struct text value = trimmed(record->fields[0]);
    bool digits = value.size == IDCHECK_ID_NUMBER_SIZE && value.at[0] >= '0' && value.at[0] <= '9';
    return digits || id_read(ID_RESIDENT, value, &ignored);
}

bool
bulk_read_header(enum job_kind kind, const struct csv_record *header,
                 char columns[JOB_COLUMNS_MAX + 1], bool *is_row, char why[192])
{
    memset(columns, 0, JOB_COLUMNS_MAX + 1);
    *is_row = is_bare_grant(kind, header);
    if (*is_row) {
        columns[0] = 'i';
        return true;
    }
    for (size_t i = 0; i < header->field_count; i++) {
        struct text name = trimmed(header->fields[i]);
        char letter = column_find(kind, name);
        bool again = letter != '\0' && strchr(columns, letter) != NULL;
        if (letter == '\0' || again) {
            (void)snprintf(why, 192, "CSV: column %zu is %s", i + 1,
                           again ? "there twice" : "unknown (UTF-8, the header in the first line)");
            return false;
        }
        columns[i] = letter;
    }
    return !header_lacks(kind, columns, why);
}

static void
item_fault(struct job_item *out, const char *column, enum flaw flaw)
{
    if (flaw == FLAW_NONE || out->fault_count == JOB_FAULTS_MAX) return;
    out->faults[out->fault_count++] = (struct job_fault){ column, flaw };
}

static bool
is_clean(struct text value)
{
    uint32_t character = 0;
    size_t size = 1;
    for (size_t i = 0; i < value.size; i += size) {
        size = utf8_read(value, i, &character);
        if (size == 0 || character < 0x20 || character == 0x7f) return false;
    }
    return true;
}

/* The value of a column, without the blanks around it; empty where there is none. */
static struct text
value_of(const struct bulk_reader *r, const struct csv_record *record, char letter)
{
    const char *at = strchr(r->columns, letter);
    size_t place = at == NULL ? CSV_FIELDS_MAX : (size_t)(at - r->columns);
    if (place >= record->field_count) return (struct text){ 0 };
    return trimmed(record->fields[place]);
}

static void
copy_value(struct job_item *out, char letter, struct text value, size_t size_max, char *to)
{
    to[0] = '\0';
    if (value.size > size_max) {
        item_fault(out, column_name(letter), FLAW_TOO_LONG);
        return;
    }
    if (!is_clean(value)) {
        item_fault(out, column_name(letter), FLAW_BAD_CHARACTERS);
        return;
    }
    if (value.size > 0) memcpy(to, value.at, value.size);
    to[value.size] = '\0';
}

static size_t
separator_size(struct text list, size_t at)
{
    static const char *const wide[] = { "；", "、" }; /* three bytes each */
    if (list.at[at] == ';' || list.at[at] == '|') return 1;
    for (size_t i = 0; i < COUNT_OF(wide); i++) {
        if (list.size - at >= 3 && memcmp(list.at + at, wide[i], 3) == 0) return 3;
    }
    return 0;
}

static void
add_group(struct job_item *out, struct text group, struct label *labels, size_t *count,
          size_t count_max)
{
    group = trimmed(group);
    if (group.size == 0) return;
    if (*count == count_max) {
        item_fault(out, "groups", FLAW_TOO_MANY);
        return;
    }
    copy_value(out, 'g', group, LABEL_BYTES_MAX, labels[*count].text);
    (*count)++;
}

static size_t
read_groups(struct job_item *out, struct text list, struct label *labels, size_t count_max)
{
    size_t count = 0, begin = 0;
    for (size_t i = 0; i < list.size && out->fault_count == 0;) {
        size_t gap = separator_size(list, i);
        if (gap > 0) {
            add_group(out, (struct text){ list.at + begin, i - begin }, labels, &count, count_max);
            begin = i + gap;
        }
        i += gap > 0 ? gap : 1;
    }
    if (out->fault_count > 0 || list.size == 0) return count;
    add_group(out, (struct text){ list.at + begin, list.size - begin }, labels, &count, count_max);
    return count;
}

static void
read_person(const struct bulk_reader *r, const struct csv_record *record, struct job_item *out)
{
    struct person p;
    struct faults faults = { 0 };
    struct roll_row roll = { 0 };
    memset(&p, 0, sizeof p);
    copy_value(out, 'n', value_of(r, record, 'n'), PERSON_NAME_BYTES_MAX, p.name);
    copy_value(out, 'i', value_of(r, record, 'i'), IDCHECK_ROOM - 1, p.id_number);
    copy_value(out, 'm', value_of(r, record, 'm'), IDCHECK_ROOM - 1, p.mobile);
    copy_value(out, 'c', value_of(r, record, 'c'), LABEL_BYTES_MAX, roll.cell);
    struct text groups = value_of(r, record, 'g');
    if (out->fault_count == 0) {
        person_check(&p, r->clock.now_s, r->clock.offset_s, &faults);
        for (size_t i = 0; i < faults.count; i++) {
            const char *member = faults.rows[i].pointer.text + 1; /* behind its slash */
            item_fault(out, column_name(column_find(JOB_RESIDENTS, text_of(member))),
                       faults.rows[i].flaw);
        }
    }
    roll.group_count = read_groups(out, groups, roll.groups, ROLL_GROUPS_MAX);
    if (out->fault_count == 0) {
        person_seal(&p, r->keyring, &out->person.resident);
        roll.resident = out->person.resident.id;
        out->person.roll = roll;
    }
    person_wipe(&p);
}

static void
read_grant(const struct bulk_reader *r, const struct csv_record *record, struct job_item *out)
{
    char normal[IDCHECK_ROOM];
    struct text value = value_of(r, record, 'i');
    struct civil_date today = civil_date_of_day(civil_day_of(r->clock.now_s, r->clock.offset_s));
    const char *column = value.size > 0 ? "id_number" : "resident_id";
    if (value.size == 0) value = value_of(r, record, 'r');
    out->by_id = id_read(ID_RESIDENT, value, &out->resident);
    if (out->by_id) return;
    size_t size = idcheck_normalise(value, normal, sizeof normal);
    struct text id_number = { normal, size };
    enum flaw flaw = size == 0 ? FLAW_ID_NUMBER_SHAPE : idcheck_id_number(id_number, &today);
    if (column[0] == 'r') flaw = value.size == 0 ? FLAW_MISSING : FLAW_BAD_ID;
    item_fault(out, column, flaw);
    if (flaw == FLAW_NONE) keyring_person_ref(r->keyring, id_number, &out->resident);
    crypto_wipe(normal, sizeof normal);
}

static enum merchant_kind
read_kind(struct job_item *out, struct text word)
{
    bool shop = text_equal(word, TEXT("shop")) || text_equal(word, TEXT("商户"));
    bool dealer = text_equal(word, TEXT("car_dealer")) || text_equal(word, TEXT("车商"));
    if (!shop && !dealer) item_fault(out, "kind", FLAW_UNKNOWN_WORD);
    return dealer ? MERCHANT_CAR_DEALER : MERCHANT_SHOP;
}

static void
read_merchant(const struct bulk_reader *r, const struct csv_record *record, struct job_item *out)
{
    char normal[IDCHECK_ROOM];
    struct merchant_row row = { 0 };
    copy_value(out, 'N', value_of(r, record, 'N'), CAMPAIGN_NAME_BYTES_MAX, row.name);
    copy_value(out, 'c', value_of(r, record, 'c'), LABEL_BYTES_MAX, row.cell);
    if (out->fault_count == 0 && row.name[0] == '\0') item_fault(out, "name", FLAW_MISSING);
    size_t size = idcheck_normalise(value_of(r, record, 'u'), normal, sizeof normal);
    enum flaw flaw = size == 0 ? FLAW_USCC_SHAPE : idcheck_uscc((struct text){ normal, size });
    bool overridden = value_of(r, record, 'o').size > 0;
    if (flaw == FLAW_USCC_CHECK && overridden) flaw = FLAW_NONE;
    item_fault(out, "uscc", flaw);
    if (flaw == FLAW_NONE) memcpy(row.uscc, normal, size + 1);
    row.kind = read_kind(out, value_of(r, record, 'k'));
    row.group_count = read_groups(out, value_of(r, record, 'g'), row.groups, MERCHANT_GROUPS_MAX);
    out->merchant = row;
}

void
bulk_read_item(const struct bulk_reader *r, const struct csv_record *record, struct job_item *out)
{
    static void (*const reads[])(const struct bulk_reader *, const struct csv_record *,
                                 struct job_item *) = {
        [JOB_GRANTS] = read_grant,
        [JOB_RESIDENTS] = read_person,
        [JOB_MERCHANTS] = read_merchant,
    };
    must((unsigned)r->kind < COUNT_OF(reads) && reads[r->kind] != NULL);
    out->fault_count = 0;
    bool whole = record != NULL && record->field_count <= strlen(r->columns);
    if (!whole) {
        item_fault(out, "", FLAW_BAD_SHAPE);
        return;
    }
    reads[r->kind](r, record, out);
}
