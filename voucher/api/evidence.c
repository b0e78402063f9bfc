/* voucher/api/evidence.c */
#include "voucher/api/evidence.h"

#include "crypto/digest.h"
#include "voucher/idcheck.h"

#define FEN_MAX INT64_C(100000000000000)
#define BIT(fault) (1u << EVIDENCE_FAULT_##fault)

/* Which bit a flaw of a format is. */
static unsigned
bit_of(enum flaw flaw)
{
    switch (flaw) {
    case FLAW_INVOICE_CODE: return BIT(INVOICE_CODE);
    case FLAW_INVOICE_NUMBER: return BIT(INVOICE_NUMBER);
    case FLAW_VIN_SHAPE: return BIT(VIN_SHAPE);
    case FLAW_VIN_ALL_EQUAL: return BIT(VIN_ALL_EQUAL);
    case FLAW_VIN_CHECK: return BIT(VIN_CHECK);
    case FLAW_PLATE_SHAPE: return BIT(PLATE_SHAPE);
    case FLAW_PLATE_ENERGY: return BIT(PLATE_ENERGY);
    case FLAW_ID_NUMBER_SHAPE: return BIT(ID_SHAPE);
    case FLAW_ID_NUMBER_DATE: return BIT(ID_DATE);
    case FLAW_ID_NUMBER_FUTURE: return BIT(ID_FUTURE);
    case FLAW_ID_NUMBER_TOO_OLD: return BIT(ID_TOO_OLD);
    case FLAW_ID_NUMBER_CHECK: return BIT(ID_CHECK);
    default: return 0;
    }
}

/* Normalised text of a member; the empty text when it is absent or flawed. */
static struct text
member_normal(struct json_reader *r, const char *key, enum json_presence presence, char *room)
{
    struct text text;
    struct json_texts rule = { presence, 1, IDCHECK_ROOM - 1, NULL };
    room[0] = '\0';
    if (!json_member_text(r, key, rule, &text)) return (struct text){ 0 };
    return (struct text){ room, idcheck_normalise(text, room, IDCHECK_ROOM) };
}

static void
parse_invoice(struct call *call, struct json_reader *evidence, struct evidence *out)
{
    struct json_reader r;
    struct civil_date date;
    char code_room[IDCHECK_ROOM], number_room[IDCHECK_ROOM], both[2 * IDCHECK_ROOM];
    struct json_integers amount = { JSON_REQUIRED, 0, FEN_MAX };
    if (!json_member_object(evidence, "invoice", JSON_REQUIRED, &r)) return;
    struct text code = member_normal(&r, "code", JSON_NULLABLE, code_room);
    struct text number = member_normal(&r, "number", JSON_REQUIRED, number_room);
    out->faults |= bit_of(idcheck_invoice(code, number));
    int size =
        snprintf(both, sizeof both, "%.*s-%.*s", (int)code.size, code.size == 0 ? "" : code.at,
                 (int)number.size, number.size == 0 ? "" : number.at);
    must(size > 0 && (size_t)size < sizeof both);
    keyring_evidence(call->secrets->keyring, EVIDENCE_INVOICE, text_of(both), &out->invoice);
    if (json_member_date(&r, "date", JSON_REQUIRED, &date)) {
        out->invoice_day = civil_day_of_date(&date);
    }
    json_member_int64(&r, "amount_fen", amount, &out->invoice_amount_fen);
    json_reader_finish(&r);
}

static void
parse_car(struct call *call, struct json_reader *r, struct evidence *out)
{
    static const char *const energies[] = { "fuel", "nev" };
    char vin_room[IDCHECK_ROOM], plate_room[IDCHECK_ROOM];
    size_t energy = 0;
    bool energy_named =
        json_member_word(r, "energy", (struct json_words){ JSON_REQUIRED, 2, energies }, &energy);
    out->energy = (enum car_energy)energy;
    struct text vin = member_normal(r, "vin", JSON_REQUIRED, vin_room);
    enum flaw flaw = idcheck_vin(vin);
    out->vin_imported_mismatch = flaw == FLAW_VIN_CHECK_IMPORTED;
    out->faults |= bit_of(flaw);
    keyring_evidence(call->secrets->keyring, EVIDENCE_VIN, vin, &out->vin);
    struct text plate = member_normal(r, "plate", JSON_NULLABLE, plate_room);
    if (plate.size == 0) return;
    out->plate_named = true;
    flaw = idcheck_plate(plate, out->energy);
    if (energy_named || flaw != FLAW_PLATE_ENERGY) out->faults |= bit_of(flaw);
    keyring_evidence(call->secrets->keyring, EVIDENCE_PLATE, plate, &out->plate);
}

static void
parse_buyer(struct call *call, struct json_reader *r, struct evidence *out)
{
    char id_room[IDCHECK_ROOM], name[PERSON_NAME_BYTES_MAX + 1] = "";
    struct civil_date today =
        civil_date_of_day(civil_day_of(call->now_s, call_service(call)->offset_s));
    json_member_copy(r, "buyer_name",
                     (struct json_texts){ JSON_REQUIRED, 1, PERSON_NAME_BYTES_MAX, NULL }, name);
    keyring_name(call->secrets->keyring, text_of(name), &out->buyer_name);
    struct text id_number = member_normal(r, "buyer_id_number", JSON_REQUIRED, id_room);
    out->faults |= bit_of(idcheck_id_number(id_number, &today));
    keyring_person_ref(call->secrets->keyring, id_number, &out->buyer);
    crypto_wipe(id_room, sizeof id_room);
    crypto_wipe(name, sizeof name);
}

/* What the reader itself found impossible (30 February, money below zero) is a fault of the
 * evidence like the others: the rule must know of each, so that it refuses and all are told at
 * once. */
static unsigned
faults_of_reader(const struct faults *faults)
{
    static const char *const pointers[] = {
#define X(name, pointer, flaw) pointer,
        EVIDENCE_FAULTS(X)
#undef X
    };
    unsigned found = 0;
    for (size_t i = 0; i < COUNT_OF(pointers); i++) {
        struct pointer p = { .size = (uint8_t)strlen(pointers[i]) };
        memcpy(p.text, pointers[i], p.size);
        if (faults_hold(faults, &p)) found |= 1u << i;
    }
    return found == 0 ? BIT(MISSING) : found;
}

void
evidence_parse(struct call *call, struct json_reader *body, struct evidence *out)
{
    struct json_reader r;
    if (!json_member_object(body, "evidence", JSON_OPTIONAL, &r)) return;
    out->present = true;
    parse_invoice(call, &r, out);
    parse_car(call, &r, out);
    parse_buyer(call, &r, out);
    json_reader_finish(&r);
    if (faults_verdict(&call->faults) != VERDICT_OK) out->faults |= faults_of_reader(&call->faults);
}
