/* voucher/person.c: the sealed text is name LF id_number LF mobile. */
#include "voucher/person.h"

#include "crypto/digest.h"
#include "crypto/seal.h"
#include "voucher/civil.h"
#include "voucher/idcheck.h"

static void
person_flaw(struct faults *faults, const char *member, enum flaw flaw)
{
    struct pointer p = { 0 };
    pointer_push_key(&p, text_of(member));
    if (flaw != FLAW_NONE) faults_add(faults, flaw, &p);
}

static bool
person_normalise(char *text, size_t room)
{
    char normal[64];
    size_t size = idcheck_normalise(text_of(text), normal, sizeof normal);
    must(room >= sizeof normal);
    memcpy(text, normal, size + 1);
    return size > 0;
}

void
person_check(struct person *p, int64_t now_s, int32_t offset_s, struct faults *faults)
{
    struct civil_date today = civil_date_of_day(civil_day_of(now_s, offset_s));
    bool numbered = person_normalise(p->id_number, sizeof p->id_number);
    person_flaw(faults, "id_number",
                numbered ? idcheck_id_number(text_of(p->id_number), &today) : FLAW_ID_NUMBER_SHAPE);
    if (p->mobile[0] != '\0') {
        bool reachable = person_normalise(p->mobile, sizeof p->mobile);
        person_flaw(faults, "mobile",
                    reachable ? idcheck_mobile(text_of(p->mobile)) : FLAW_MOBILE_SHAPE);
    }
    if (p->name[0] == '\0') person_flaw(faults, "name", FLAW_TOO_SHORT);
    if (strchr(p->name, '\n') != NULL) person_flaw(faults, "name", FLAW_BAD_CHARACTERS);
}

static struct text
person_context(const struct resident_row *row)
{
    return (struct text){ (const char *)row->id.bytes, sizeof row->id.bytes };
}

void
person_seal(const struct person *p, const struct keyring *keyring, struct resident_row *out)
{
    char plain[sizeof p->name + sizeof p->id_number + sizeof p->mobile];
    memset(out, 0, sizeof *out);
    keyring_person_ref(keyring, text_of(p->id_number), &out->id);
    keyring_name(keyring, text_of(p->name), &out->name);
    int size = snprintf(plain, sizeof plain, "%s\n%s\n%s", p->name, p->id_number, p->mobile);
    must(size > 0 && (size_t)size < sizeof plain);
    out->sealed_size = SEAL_SIZE((size_t)size);
    must(out->sealed_size <= sizeof out->sealed);
    keyring_seal(keyring, person_context(out), (struct text){ plain, (size_t)size }, out->sealed);
    crypto_wipe(plain, sizeof plain);
}

static bool
person_take(const char **at, const char *end, char *out, size_t room)
{
    const char *line_end = memchr(*at, '\n', (size_t)(end - *at));
    if (line_end == NULL) line_end = end;
    size_t size = (size_t)(line_end - *at);
    if (size >= room) return false;
    memcpy(out, *at, size);
    out[size] = '\0';
    *at = line_end < end ? line_end + 1 : end;
    return true;
}

bool
person_unseal(const struct resident_row *row, const struct keyring *keyring, struct person *out)
{
    uint8_t plain[RESIDENT_SEALED_MAX];
    memset(out, 0, sizeof *out);
    if (row->sealed_size <= SEAL_OVERHEAD) return false;
    struct text sealed = { (const char *)row->sealed, row->sealed_size };
    bool whole = keyring_unseal(keyring, person_context(row), sealed, plain);
    const char *at = (const char *)plain;
    const char *end = at + row->sealed_size - SEAL_OVERHEAD;
    whole = whole && person_take(&at, end, out->name, sizeof out->name);
    whole = whole && person_take(&at, end, out->id_number, sizeof out->id_number);
    whole = whole && person_take(&at, end, out->mobile, sizeof out->mobile);
    crypto_wipe(plain, sizeof plain);
    return whole;
}

void
person_wipe(struct person *p)
{
    crypto_wipe(p, sizeof *p);
}
