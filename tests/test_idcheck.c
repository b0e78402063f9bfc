/* Identity and evidence formats, normalisation and masks. Rows marked "known" come from public
 * documents; the others were computed outside by the rule of the standard. */
#include "tests/rows.h"

#include "voucher/idcheck.h"
#include "voucher/mask.h"

static const struct civil_date today = { 2026, 6, 19 };

struct row {
    const char *name, *text;
    enum flaw want;
};

static void
check_rows(const struct row *rows, size_t count, enum flaw (*judge)(struct text text))
{
    for (size_t i = 0; i < count; i++) {
        ROW_CHECK(rows[i].name, judge(text_of(rows[i].text)) == rows[i].want);
        row_passed();
    }
}

static const struct row id_numbers[] = {
    { "known: check X", "11010519491231002X", FLAW_NONE },
    { "known: check X again", "34052419800101001X", FLAW_NONE },
    { "known: 1989", "120223198902021249", FLAW_NONE },
    { "known: 1992", "130132199210293822", FLAW_NONE },
    { "Huiji district", "410108199001011232", FLAW_NONE },
    { "leap day", "410108200002290013", FLAW_NONE },
    { "born today", "410108202606190012", FLAW_NONE },
    { "130 years, 131 tomorrow", "410108189506200013", FLAW_NONE },
    { "residence permit of Hong Kong", "810000199001010019", FLAW_NONE },
    { "foreign permanent resident", "911123199001010013", FLAW_NONE },

    { "known: check digit", "130402198207290622", FLAW_ID_NUMBER_CHECK },
    { "known: sequence", "110101199001011234", FLAW_ID_NUMBER_CHECK },
    { "X for a digit", "41010819900101123X", FLAW_ID_NUMBER_CHECK },
    { "digit for X", "110105194912310020", FLAW_ID_NUMBER_CHECK },
    { "one digit mistyped", "410108199001011242", FLAW_ID_NUMBER_CHECK },
    { "two digits swapped", "410108199001012132", FLAW_ID_NUMBER_CHECK },
    { "region mistyped", "410105199001011232", FLAW_ID_NUMBER_CHECK },

    { "leap day of a plain year", "410108200102290010", FLAW_ID_NUMBER_DATE },
    { "month 13", "410108199013010018", FLAW_ID_NUMBER_DATE },
    { "month 0", "410108199000010019", FLAW_ID_NUMBER_DATE },
    { "31 June", "410108199006310012", FLAW_ID_NUMBER_DATE },
    { "day 0", "410108199001000015", FLAW_ID_NUMBER_DATE },
    { "year 0", "410108000001010013", FLAW_ID_NUMBER_DATE },
    { "date outranks check", "410108199002301234", FLAW_ID_NUMBER_DATE },
    { "born tomorrow", "410108202606200014", FLAW_ID_NUMBER_FUTURE },
    { "born in 2999", "410108299901010010", FLAW_ID_NUMBER_FUTURE },
    { "131 years today", "410108189506190011", FLAW_ID_NUMBER_TOO_OLD },
    { "born in 1800", "410108180001010018", FLAW_ID_NUMBER_TOO_OLD },

    { "empty", "", FLAW_ID_NUMBER_SHAPE },
    { "15 digits of the old kind", "410108900101123", FLAW_ID_NUMBER_SHAPE },
    { "17 digits", "41010819900101123", FLAW_ID_NUMBER_SHAPE },
    { "19 digits", "4101081990010112320", FLAW_ID_NUMBER_SHAPE },
    { "lower-case x is not normalised", "11010519491231002x", FLAW_ID_NUMBER_SHAPE },
    { "X inside", "1101051949123X0021", FLAW_ID_NUMBER_SHAPE },
    { "X twice", "1101051949123100XX", FLAW_ID_NUMBER_SHAPE },
    { "letter at the end", "11010519491231002A", FLAW_ID_NUMBER_SHAPE },
    { "letter O for 0", "41O108199001011232", FLAW_ID_NUMBER_SHAPE },
    { "begins with 0", "010108199001010016", FLAW_ID_NUMBER_SHAPE },
    { "blank in front", " 41010819900101123", FLAW_ID_NUMBER_SHAPE },
    { "blank at the end", "41010819900101123 ", FLAW_ID_NUMBER_SHAPE },
    { "hyphen", "410108-19900101-23", FLAW_ID_NUMBER_SHAPE },
    { "six wide digits are 18 bytes", "４１０１０８", FLAW_ID_NUMBER_SHAPE },
    { "all zero", "000000000000000000", FLAW_ID_NUMBER_SHAPE },
    { "masked", "410***********1232", FLAW_ID_NUMBER_SHAPE },
};

static enum flaw
judge_id_number(struct text text)
{
    return idcheck_id_number(text, &today);
}

static void
test_id_numbers(void **state)
{
    (void)state;
    check_rows(id_numbers, COUNT_OF(id_numbers), judge_id_number);
}

/* GB 11643 sees every error of one digit and every swap of neighbours. */
static void
test_id_number_typing_errors(void **state)
{
    (void)state;
    static const char good[] = "410108199001011232";
    for (size_t i = 0; i < 17; i++) {
        char typed[sizeof good];
        for (char digit = '0'; digit <= '9'; digit++) {
            memcpy(typed, good, sizeof good);
            typed[i] = digit;
            assert_true((judge_id_number(text_of(typed)) == FLAW_NONE) == (digit == good[i]));
        }
        memcpy(typed, good, sizeof good);
        typed[i] = good[i + 1];
        typed[i + 1] = good[i];
        assert_true((judge_id_number(text_of(typed)) == FLAW_NONE) == (good[i] == good[i + 1]));
    }
    row_passed();
}

static const struct row usccs[] = {
    { "known: letter and digit", "91350100M000100Y43", FLAW_NONE },
    { "known: check K", "91110000101623741K", FLAW_NONE },
    { "known: digits only", "911101066976941872", FLAW_NONE },
    { "known: another", "914403001922038216", FLAW_NONE },
    { "sole trader", "91410108MA44ABCD13", FLAW_NONE },
    { "public body", "12410108MB0X12345B", FLAW_NONE },
    { "check N", "91410108MA9F0000XN", FLAW_NONE },
    { "remainder 0 gives 0", "91410108MA00000250", FLAW_NONE },
    { "check Y, the last of the alphabet", "91410108MA0000015Y", FLAW_NONE },

    { "known: check of a typing error", "91310115MA1H8R7C6D", FLAW_USCC_CHECK },
    { "known: check digit", "914105001924458113", FLAW_USCC_CHECK },
    { "a real company's code that fails", "91350211M0000XUF46", FLAW_USCC_CHECK },
    { "one character mistyped", "91350100M000100Y44", FLAW_USCC_CHECK },
    { "two characters swapped", "91350100M00010Y043", FLAW_USCC_CHECK },
    { "Y for 0 as check", "91410108MA0000025Y", FLAW_USCC_CHECK },
    { "all equal", "111111111111111111", FLAW_USCC_CHECK },

    { "empty", "", FLAW_USCC_SHAPE },
    { "17 characters", "91350100M000100Y4", FLAW_USCC_SHAPE },
    { "19 characters", "91350100M000100Y433", FLAW_USCC_SHAPE },
    { "15 digits of the old kind", "410108600123456", FLAW_USCC_SHAPE },
    { "I", "91350100MI00100Y43", FLAW_USCC_SHAPE },
    { "O", "91350100MO00100Y43", FLAW_USCC_SHAPE },
    { "S", "91350100MS00100Y43", FLAW_USCC_SHAPE },
    { "V", "91350100MV00100Y43", FLAW_USCC_SHAPE },
    { "Z", "91350100MZ00100Y43", FLAW_USCC_SHAPE },
    { "Z as check", "91350100M000100Y4Z", FLAW_USCC_SHAPE },
    { "lower case is not normalised", "91350100m000100y43", FLAW_USCC_SHAPE },
    { "hyphen", "91350100M000100Y-3", FLAW_USCC_SHAPE },
    { "blank", "91350100 000100Y43", FLAW_USCC_SHAPE },
    { "wide", "９１３５０１", FLAW_USCC_SHAPE },
};

static void
test_usccs(void **state)
{
    (void)state;
    check_rows(usccs, COUNT_OF(usccs), idcheck_uscc);
    assert_int_equal(idcheck_uscc((struct text){ "91350100M\00000100Y43", 18 }), FLAW_USCC_SHAPE);
    row_passed();
}

static const struct row vins[] = {
    { "known: BMW", "WBAXW1104J0X16755", FLAW_NONE },
    { "known: made in China", "LFV2A1151H3201804", FLAW_NONE },
    { "known: Ford, check X", "1FACP45EXLF192944", FLAW_NONE },
    { "known: test", "LZZTEST16R0000001", FLAW_NONE },
    { "known: check X", "1M8GDM9AXKP042788", FLAW_NONE },
    { "mended", "LSVAU033172132789", FLAW_NONE },

    { "known: made in China, mismatch", "LSVAU033872132789", FLAW_VIN_CHECK },
    { "known: imported, mismatch", "SGZCZ43D13S812715", FLAW_VIN_CHECK_IMPORTED },
    { "European with filler Z", "WVWZZZ1KZ8W000001", FLAW_VIN_CHECK_IMPORTED },
    { "letter as check digit", "LFV2A115AH3201804", FLAW_VIN_CHECK },
    { "one digit mistyped", "LFV2A1151H3201805", FLAW_VIN_CHECK },
    { "two digits swapped", "LFV2A1151H3208104", FLAW_VIN_CHECK },
    { "X for a digit", "LFV2A115XH3201804", FLAW_VIN_CHECK },

    { "known: ones", "11111111111111111", FLAW_VIN_ALL_EQUAL },
    { "zeros", "00000000000000000", FLAW_VIN_ALL_EQUAL },
    { "nines", "99999999999999999", FLAW_VIN_ALL_EQUAL },
    { "letters", "LLLLLLLLLLLLLLLLL", FLAW_VIN_ALL_EQUAL },

    { "empty", "", FLAW_VIN_SHAPE },
    { "16 characters", "LFV2A1151H320180", FLAW_VIN_SHAPE },
    { "18 characters", "LFV2A1151H32018044", FLAW_VIN_SHAPE },
    { "I", "LFV2A1151I3201804", FLAW_VIN_SHAPE },
    { "O for 0", "LFV2A1151H32O1804", FLAW_VIN_SHAPE },
    { "Q", "LFV2A1151Q3201804", FLAW_VIN_SHAPE },
    { "lower case is not normalised", "lfv2a1151h3201804", FLAW_VIN_SHAPE },
    { "blank", "LFV2A1151 3201804", FLAW_VIN_SHAPE },
    { "hyphen", "LFV2A115-H3201804", FLAW_VIN_SHAPE },
    { "Chinese", "车架号码车L", FLAW_VIN_SHAPE },
    { "all I", "IIIIIIIIIIIIIIIII", FLAW_VIN_SHAPE },
};

static void
test_vins(void **state)
{
    (void)state;
    check_rows(vins, COUNT_OF(vins), idcheck_vin);
    assert_int_equal(idcheck_vin((struct text){ "LFV2A1151\0003201804", 17 }), FLAW_VIN_SHAPE);
    row_passed();
    assert_int_equal(flaw_severity(FLAW_VIN_CHECK_IMPORTED), SEVERITY_WARNING);
    assert_int_equal(flaw_severity(FLAW_VIN_CHECK), SEVERITY_INVALID);
    row_passed();
}

static const struct {
    const char *name, *code, *number;
    enum flaw want;
} invoices[] = {
    { "known: paper", "141001720076", "00357144", FLAW_NONE },
    { "known: digital", "", "25232000000078865175", FLAW_NONE },
    { "7-digit number", "141001720076", "0357144", FLAW_INVOICE_NUMBER },
    { "code with a digital number", "141001720076", "25232000000078865175", FLAW_INVOICE_CODE },
    { "paper without a code", "", "00357144", FLAW_INVOICE_CODE },
    { "code of 11 digits", "14100172007", "00357144", FLAW_INVOICE_CODE },
    { "code of 13 digits", "1410017200760", "00357144", FLAW_INVOICE_CODE },
    { "code of 10 digits, other invoices", "4100172007", "00357144", FLAW_INVOICE_CODE },
    { "letter in the code", "14100172007A", "00357144", FLAW_INVOICE_CODE },
    { "letter in the number", "141001720076", "0035714A", FLAW_INVOICE_NUMBER },
    { "letter in a digital number", "", "2523200000007886517A", FLAW_INVOICE_NUMBER },
    { "digital of 19", "", "2523200000007886517", FLAW_INVOICE_NUMBER },
    { "digital of 21", "", "252320000000788651750", FLAW_INVOICE_NUMBER },
    { "number of 9", "141001720076", "003571440", FLAW_INVOICE_NUMBER },
    { "code and number in one", "", "14100172007600357144 ", FLAW_INVOICE_NUMBER },
    { "number empty", "141001720076", "", FLAW_INVOICE_NUMBER },
    { "both empty", "", "", FLAW_INVOICE_NUMBER },
    { "wide digits", "141001720076", "００３５７１４４", FLAW_INVOICE_NUMBER },
    { "negative", "141001720076", "-0357144", FLAW_INVOICE_NUMBER },
};

static void
test_invoices(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(invoices); i++) {
        ROW_CHECK(invoices[i].name,
                  idcheck_invoice(text_of(invoices[i].code), text_of(invoices[i].number)) ==
                      invoices[i].want);
        row_passed();
    }
    assert_int_equal(idcheck_invoice((struct text){ 0 }, TEXT("25232000000078865175")), FLAW_NONE);
    row_passed();
}

/* The third column is what a fuel car gets, the fourth what a new-energy car gets. */
static const struct {
    const char *name, *plate;
    enum flaw fuel, nev;
} plates[] = {
    { "known: ordinary", "豫A12345", FLAW_NONE, FLAW_PLATE_ENERGY },
    { "known: small new energy", "豫AD12345", FLAW_PLATE_ENERGY, FLAW_NONE },
    { "known: large new energy", "豫A12345D", FLAW_PLATE_ENERGY, FLAW_NONE },
    { "letters in the serial", "豫A1B2C3", FLAW_NONE, FLAW_PLATE_ENERGY },
    { "Beijing", "京N8Z9Q2", FLAW_NONE, FLAW_PLATE_ENERGY },
    { "last province of the list", "新A00001", FLAW_NONE, FLAW_PLATE_ENERGY },
    { "plug-in hybrid", "豫AF12345", FLAW_PLATE_ENERGY, FLAW_NONE },
    { "drive A", "豫AA12345", FLAW_PLATE_ENERGY, FLAW_NONE },
    { "drive K", "豫AK12345", FLAW_PLATE_ENERGY, FLAW_NONE },
    { "letter in second place", "粤BDP1234", FLAW_PLATE_ENERGY, FLAW_NONE },
    { "large, hybrid", "豫A12345F", FLAW_PLATE_ENERGY, FLAW_NONE },
    { "ordinary that begins with D", "豫AD1234", FLAW_NONE, FLAW_PLATE_ENERGY },

    { "known: I in the serial", "豫A1234I", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "known: I as office", "豫AI12345", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "O in the serial", "豫A1234O", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "I as the city's letter", "豫I12345", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "O as the city's letter", "豫O12345", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "digit as the city's letter", "豫112345", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "drive L", "豫AL12345", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "drive Z", "豫AZ12345", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "six digits", "豫A123456", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "drive in second place", "豫A1D2345", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "I in second place", "豫ADI2345", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "letter in third place", "豫ADPQ234", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "letter among the digits", "豫AD1234A", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "large with drive L", "豫A12345L", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "large with a letter inside", "豫A1A345D", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "four in the serial", "豫A1234", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "seven in the serial", "豫AD123456", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "lower case is not normalised", "豫a12345", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "no province", "A12345", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "letter for the province", "HA12345", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "not a province", "国A12345", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "Hong Kong", "港A12345", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "Taiwan", "台A12345", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "embassy", "使014578", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "police", "豫A1234警", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "learner", "豫A1234学", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "trailer", "豫A1234挂", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "Hong Kong car in Guangdong", "粤ZF023港", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "bytes of two provinces",
      "\xab\xe4\xba"
      "A12345",
      FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "dot after the city", "豫A·12345", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "blank", "豫A 12345", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "province alone", "豫", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "province and city alone", "豫A", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "half a character", "\xe8\xb1", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
    { "empty", "", FLAW_PLATE_SHAPE, FLAW_PLATE_SHAPE },
};

static void
test_plates(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(plates); i++) {
        const struct text plate = text_of(plates[i].plate);
        ROW_CHECK(plates[i].name, idcheck_plate(plate, CAR_FUEL) == plates[i].fuel);
        ROW_CHECK(plates[i].name, idcheck_plate(plate, CAR_NEV) == plates[i].nev);
        row_passed();
    }
}

static void
test_every_province(void **state)
{
    (void)state;
    static const char all[] = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新";
    unsigned count = 0;
    for (size_t at = 0; all[at] != '\0'; at += 3, count++) {
        char plate[] = "...A12345";
        memcpy(plate, all + at, 3);
        ROW_CHECK(plate, idcheck_plate(text_of(plate), CAR_FUEL) == FLAW_NONE);
        row_passed();
    }
    assert_int_equal(count, 31);
}

static const struct row mobiles[] = {
    { "known", "13812345678", FLAW_NONE },
    { "13", "13000000000", FLAW_NONE },
    { "19", "19999999999", FLAW_NONE },
    { "known: 12", "12012345678", FLAW_MOBILE_SHAPE },
    { "10", "10086000000", FLAW_MOBILE_SHAPE },
    { "11", "11012345678", FLAW_MOBILE_SHAPE },
    { "begins with 2", "23812345678", FLAW_MOBILE_SHAPE },
    { "ten digits", "1381234567", FLAW_MOBILE_SHAPE },
    { "twelve digits", "138123456789", FLAW_MOBILE_SHAPE },
    { "country code", "+8613812345678", FLAW_MOBILE_SHAPE },
    { "country code without plus", "8613812345678", FLAW_MOBILE_SHAPE },
    { "hyphens", "138-1234-567", FLAW_MOBILE_SHAPE },
    { "blank", "138 2345678", FLAW_MOBILE_SHAPE },
    { "letter", "1381234567a", FLAW_MOBILE_SHAPE },
    { "masked", "138****5678", FLAW_MOBILE_SHAPE },
    { "fixed line", "03711234567", FLAW_MOBILE_SHAPE },
    { "empty", "", FLAW_MOBILE_SHAPE },
};

static void
test_mobiles(void **state)
{
    (void)state;
    check_rows(mobiles, COUNT_OF(mobiles), idcheck_mobile);
}

static const struct {
    const char *name, *in, *want; /* "" where it is refused */
} normals[] = {
    { "nothing to do", "LFV2A1151H3201804", "LFV2A1151H3201804" },
    { "lower case", "lfv2a1151h3201804", "LFV2A1151H3201804" },
    { "lower-case x", "11010519491231002x", "11010519491231002X" },
    { "wide digits", "４１０１０８１９９００１０１１２３２", "410108199001011232" },
    { "wide X", "11010519491231002Ｘ", "11010519491231002X" },
    { "wide lower-case x", "11010519491231002ｘ", "11010519491231002X" },
    { "wide ends of the ranges", "０９ＡＺａｚ", "09AZAZ" },
    { "Chinese stays", "豫a１2345", "豫A12345" },
    { "blanks stay", " a b ", " A B " },
    { "wide blank stays", "a　b", "A　B" },
    { "wide punctuation stays", "（＋：＠［｀｛", "（＋：＠［｀｛" },
    { "hyphen stays", "a-b", "A-B" },
    { "Greek is not Latin", "Αα", "Αα" },
    { "four bytes stay", "𠮷a", "𠮷A" },
    { "63 bytes fit", "123456789012345678901234567890123456789012345678901234567890123",
      "123456789012345678901234567890123456789012345678901234567890123" },
    { "64 bytes do not", "1234567890123456789012345678901234567890123456789012345678901234", "" },
    { "last character does not fit",
      "12345678901234567890123456789012345678901234567890123456789012豫", "" },
    { "empty", "", "" },
    { "stray continuation", "abc\x80", "" },
    { "cut off", "abc\xe8\xb1", "" },
    { "overlong", "abc\xc0\xaf", "" },
    { "surrogate", "abc\xed\xa0\x80", "" },
    { "latin-1", "abc\xe9", "" },
};

static void
test_normalise(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(normals); i++) {
        char out[IDCHECK_ROOM];
        memset(out, '#', sizeof out);
        const size_t size = idcheck_normalise(text_of(normals[i].in), out, sizeof out);
        ROW_CHECK(normals[i].name, size == strlen(normals[i].want));
        ROW_CHECK(normals[i].name, strcmp(out, normals[i].want) == 0);
        row_passed();
    }
}

/* What a person types, normalised and then judged. */
static void
test_normalised_then_judged(void **state)
{
    (void)state;
    char out[IDCHECK_ROOM];
    size_t size = idcheck_normalise(TEXT("１１０１０５１９４９１２３１００２ｘ"), out, sizeof out);
    assert_int_equal(judge_id_number((struct text){ out, size }), FLAW_NONE);
    row_passed();
    size = idcheck_normalise(TEXT("豫ａd１2３4５"), out, sizeof out);
    assert_int_equal(idcheck_plate((struct text){ out, size }, CAR_NEV), FLAW_NONE);
    row_passed();
    size = idcheck_normalise(TEXT("９１１１００００１０１６２３７４１ｋ"), out, sizeof out);
    assert_int_equal(idcheck_uscc((struct text){ out, size }), FLAW_NONE);
    row_passed();
}

static const struct {
    const char *name;
    void (*mask)(struct text text, char out[MASK_SIZE]);
    const char *in, *want;
} masks[] = {
    { "ID number", mask_id_number, "410108199001011234", "410***********1234" },
    { "ID number with X", mask_id_number, "11010519491231002X", "110***********002X" },
    { "ID number of 17", mask_id_number, "41010819900101123", "*****************" },
    { "ID number of 19", mask_id_number, "4101081990010112340", "*******************" },
    { "no ID number", mask_id_number, "", "" },
    { "Chinese for an ID number", mask_id_number, "张三李四王五", "******************" },
    { "mobile", mask_mobile, "13812345678", "138****5678" },
    { "mobile of 10", mask_mobile, "1381234567", "**********" },
    { "mobile with country code", mask_mobile, "8613812345678", "*************" },
    { "two characters", mask_name, "张三", "张*" },
    { "three characters", mask_name, "欧阳修", "欧*" },
    { "of a minority", mask_name, "买买提·艾合买提", "买*" },
    { "a single character", mask_name, "张", "*" },
    { "Latin", mask_name, "Zhang San", "Z*" },
    { "rare character of four bytes", mask_name, "𠮷田", "𠮷*" },
    { "no name", mask_name, "", "*" },
    { "not UTF-8", mask_name, "\xe8\xb1", "*" },
    { "order", mask_order_no, "ORD-2026-0001", "*********0001" },
    { "order of 8", mask_order_no, "12345678", "****5678" },
    { "order of 7 shows less than half", mask_order_no, "1234567", "****567" },
    { "order of 2", mask_order_no, "12", "*2" },
    { "order of 1", mask_order_no, "1", "*" },
    { "no order", mask_order_no, "", "" },
    { "order in Chinese", mask_order_no, "订单", "******" },
    { "order beyond 64", mask_order_no,
      "12345678901234567890123456789012345678901234567890123456789012345",
      "****************************************************************" },
};

static void
test_masks(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(masks); i++) {
        char out[MASK_SIZE];
        memset(out, '#', sizeof out);
        masks[i].mask(text_of(masks[i].in), out);
        ROW_CHECK(masks[i].name, strcmp(out, masks[i].want) == 0);
        row_passed();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_id_numbers),     cmocka_unit_test(test_id_number_typing_errors),
        cmocka_unit_test(test_usccs),          cmocka_unit_test(test_vins),
        cmocka_unit_test(test_invoices),       cmocka_unit_test(test_plates),
        cmocka_unit_test(test_every_province), cmocka_unit_test(test_mobiles),
        cmocka_unit_test(test_normalise),      cmocka_unit_test(test_normalised_then_judged),
        cmocka_unit_test(test_masks),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
