#include "voucher/faults.h"

#include "voucher/decimal.h"

/* What is wrong and how to mend it, the latter in the same breath. */
#define WORDS(zh, en)                          \
    {                                          \
        [LANGUAGE_ZH] = zh, [LANGUAGE_EN] = en \
    }

static const char *const flaw_texts[FLAW_COUNT][LANGUAGE_COUNT] = {
    [FLAW_NONE] = WORDS("", ""),
    [FLAW_NOT_JSON] = WORDS("请求体不是严格的 JSON(UTF-8,无重复成员,无多余内容)。",
                            "The body is not strict JSON: UTF-8, no duplicate member, nothing "
                            "after the value."),
    [FLAW_MISSING] = WORDS("缺少必填成员。", "This member is required."),
    [FLAW_ONE_OF_TWO] = { "token 与 short_code 须填且只填一个。",
                          "Send either token or short_code, and not both." },
    [FLAW_UNKNOWN_MEMBER] =
        WORDS("不认识的成员,请核对拼写或删除。", "No such member; check its spelling or drop it."),
    [FLAW_WRONG_TYPE] = WORDS("类型不对。", "The value has the wrong JSON type."),
    [FLAW_NOT_INTEGER] =
        WORDS("须为整数(金额以分计),不得带小数点或指数。",
              "Must be an integer (money in fen), without a point and without an exponent."),
    [FLAW_BAD_CHARACTERS] = WORDS("含有控制字符,请删除。", "Contains control characters."),
    [FLAW_BAD_SHAPE] = WORDS("格式不符,只用允许的字符和长度。",
                             "Has the wrong shape; use the characters and length allowed."),
    [FLAW_UNKNOWN_WORD] = WORDS("不是允许的取值。", "Not one of the words allowed."),
    [FLAW_BAD_ID] = WORDS("编号格式不对:前缀加 26 位大写 Crockford Base32。",
                          "Not an id: a prefix and 26 upper-case Crockford base32 characters."),
    [FLAW_BAD_TIME] = WORDS("时间格式不对,例如 2026-06-19T10:00:00+08:00、2026-06-19 或 18:00。",
                            "Not a time, as 2026-06-19T10:00:00+08:00, 2026-06-19 or 18:00."),
    [FLAW_NO_SUCH_TIME] = WORDS("日历上没有这个时间。", "No calendar has this time."),
    [FLAW_OUT_OF_RANGE] = WORDS("超出允许的范围。", "Outside the range allowed."),
    [FLAW_TOO_SHORT] = WORDS("太短。", "Too short."),
    [FLAW_TOO_LONG] = WORDS("太长。", "Too long."),
    [FLAW_GUESSABLE] = WORDS("容易被猜到:请避开常见词、姓名、日期与键盘顺序。",
                             "Easily guessed: avoid common words, names, dates and keyboard runs."),
    [FLAW_TOO_FEW] = WORDS("项数太少。", "Too few items."),
    [FLAW_TOO_MANY] = WORDS("项数太多。", "Too many items."),
    [FLAW_REPEATED] = WORDS("重复,每项只写一次。", "Repeated; give each once."),
    [FLAW_WINDOW_REVERSED] = WORDS("终点须大于起点。", "The end must be greater than the start."),
    [FLAW_SUM_MISMATCH] = WORDS("合计不符。", "The parts do not add up to the whole."),
    [FLAW_OVER_BUDGET] =
        WORDS("各券池面值与数量之积的合计超过预算。", "The pools add up to more than the budget."),
    [FLAW_NOT_ALLOWED_HERE] = WORDS("此处不得填写。", "Not allowed here; drop it."),
    [FLAW_NEEDED_HERE] = WORDS("此处须填写。", "Needed here."),
    [FLAW_UNKNOWN_ZONE] =
        WORDS("不支持的时区,例如 Asia/Shanghai。", "Unsupported time zone; use Asia/Shanghai."),
    [FLAW_NAMES_NOTHING] = WORDS("编号没有对应的对象。", "This id names nothing."),
    [FLAW_BANDS_OVERLAP] =
        WORDS("价格档须由低到高且互不重叠。", "Bands must ascend and must not overlap."),
    [FLAW_ID_NUMBER_SHAPE] = WORDS("身份证号应为 18 位:17 位数字加数字或 X。",
                                   "An ID number has 17 digits and a digit or X."),
    [FLAW_ID_NUMBER_DATE] =
        WORDS("身份证号中的出生日期不存在,请核对。",
              "The date of birth in the ID number does not exist; check the digits."),
    [FLAW_ID_NUMBER_FUTURE] = WORDS("身份证号中的出生日期在今天之后,请核对。",
                                    "The date of birth in the ID number is still to come."),
    [FLAW_ID_NUMBER_TOO_OLD] = WORDS("身份证号中的出生日期早于 130 年前,请核对。",
                                     "The date of birth in the ID number is too long ago."),
    [FLAW_ID_NUMBER_CHECK] =
        WORDS("身份证号校验位不符,请逐位核对。",
              "The check digit of the ID number does not match; compare each digit."),
    [FLAW_USCC_SHAPE] = WORDS("统一社会信用代码应为 18 位,不含 I、O、S、V、Z。",
                              "A USCC has 18 characters and none of I, O, S, V, Z."),
    [FLAW_USCC_CHECK] =
        WORDS("统一社会信用代码校验位不符,请核对;确属如此可由管理员说明理由放行。",
              "The check character of the USCC does not match; an administrator may let it pass "
              "with a reason."),
    [FLAW_VIN_SHAPE] = WORDS("车辆识别代号应为 17 位,不含 I、O、Q。",
                             "A VIN has 17 characters and none of I, O, Q."),
    [FLAW_VIN_ALL_EQUAL] =
        WORDS("车辆识别代号各位相同,请照实填写。", "All characters of the VIN are the same."),
    [FLAW_VIN_CHECK] = WORDS("车辆识别代号校验位不符,请对照行驶证逐位核对。",
                             "The check digit of the VIN does not match; compare each character "
                             "with the vehicle licence."),
    [FLAW_VIN_CHECK_IMPORTED] =
        WORDS("进口车的车辆识别代号校验位不符,请再核对一次;仅为提示。",
              "The check digit of this imported car's VIN does not match; please compare it once "
              "more. A warning only."),
    [FLAW_INVOICE_CODE] =
        WORDS("发票代码不符:纸质票为 12 位数字,数电票(20 位号码)不填代码。",
              "A paper invoice has a code of 12 digits; a digital one (20-digit number) has none."),
    [FLAW_INVOICE_NUMBER] = WORDS("发票号码应为 8 位(纸质)或 20 位(数电票)数字。",
                                  "An invoice number has 8 digits (paper) or 20 (digital)."),
    [FLAW_INVOICE_DATE] = WORDS("开票日期不在活动规定的时段内。",
                                "The invoice date lies outside the campaign's window."),
    [FLAW_PLATE_SHAPE] = WORDS("号牌号码不符:普通 7 位,新能源 8 位,不含 I、O。",
                               "Not a plate: 7 characters, or 8 of a new-energy car; no I, no O."),
    [FLAW_PLATE_ENERGY] = WORDS("号牌类别与车辆能源类型不符:新能源车为 8 位号牌。",
                                "The plate's class is not the car's: new-energy plates have 8 "
                                "characters."),
    [FLAW_ENERGY_MISMATCH] = WORDS("能源类型与券不符。", "The energy is not the voucher's."),
    [FLAW_BUYER_MISMATCH] = WORDS("购车人与领券人不是同一人,姓名和身份证号须与领券人一致。",
                                  "The buyer is not the claimant; name and ID number must be "
                                  "the claimant's."),
    [FLAW_MOBILE_SHAPE] = WORDS("手机号应为 11 位,以 13 至 19 开头。",
                                "A mobile number has 11 digits and begins with 13 to 19."),
};

const char *
flaw_code(enum flaw flaw)
{
    static const char *const codes[FLAW_COUNT] = { [FLAW_NONE] = "none",
#define X(name, code, severity) [FLAW_##name] = code,
                                                   FLAWS(X)
#undef X
    };
    must((unsigned)flaw < FLAW_COUNT);
    return codes[flaw];
}

enum severity
flaw_severity(enum flaw flaw)
{
    static const enum severity severities[FLAW_COUNT] = {
#define X(name, code, severity) [FLAW_##name] = SEVERITY_##severity,
        FLAWS(X)
#undef X
    };
    must((unsigned)flaw < FLAW_COUNT);
    return severities[flaw];
}

const char *
flaw_words(enum flaw flaw, enum language language)
{
    must((unsigned)flaw < FLAW_COUNT);
    must((unsigned)language < LANGUAGE_COUNT);
    must(flaw_texts[flaw][language] != NULL);
    return flaw_texts[flaw][language];
}

/* Either the whole part is appended or none of it, and nothing after it. */
static void
push_part(struct pointer *p, const char *part, size_t size)
{
    if (p->closed || size + 1 > (size_t)POINTER_BYTES_MAX - p->size) {
        p->closed = true;
        return;
    }
    p->text[p->size++] = '/';
    memcpy(p->text + p->size, part, size);
    p->size = (uint8_t)(p->size + size);
    p->text[p->size] = '\0';
}

void
pointer_push_key(struct pointer *p, struct text key)
{
    char part[2 * POINTER_BYTES_MAX];
    size_t size = 0;
    if (key.size > POINTER_BYTES_MAX) {
        p->closed = true;
        return;
    }
    for (size_t i = 0; i < key.size; i++) {
        const char c = key.at[i];
        if (c == '~' || c == '/') {
            part[size++] = '~';
            part[size++] = c == '~' ? '0' : '1';
        } else {
            part[size++] = c;
        }
    }
    push_part(p, part, size);
}

void
pointer_push_index(struct pointer *p, size_t index)
{
    char room[DECIMAL_SIZE];
    struct text digits = decimal_write(index, room);
    push_part(p, digits.at, digits.size);
}

static bool
is_under_evidence(const struct pointer *p)
{
    static const char root[] = "/evidence";
    const size_t size = sizeof root - 1;
    if (p->size < size || memcmp(p->text, root, size) != 0) return false;
    return p->size == size || p->text[size] == '/';
}

void
faults_clear(struct faults *f)
{
    memset(f, 0, offsetof(struct faults, rows));
}

void
faults_add(struct faults *f, enum flaw flaw, const struct pointer *at)
{
    must(flaw != FLAW_NONE);
    const enum severity severity = flaw_severity(flaw);
    if (severity > f->worst) f->worst = severity;
    if (severity == SEVERITY_INVALID && !is_under_evidence(at)) f->beyond_evidence = true;
    if (f->count == FAULTS_MAX) {
        f->dropped++;
        return;
    }
    f->rows[f->count++] = (struct flaw_at){ .flaw = flaw, .pointer = *at };
}

bool
faults_hold(const struct faults *f, const struct pointer *at)
{
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->rows[i].pointer.text, at->text) == 0) return true;
    }
    return false;
}

enum verdict
faults_verdict(const struct faults *f)
{
    if (f->worst == SEVERITY_MALFORMED) return VERDICT_MALFORMED;
    if (f->worst != SEVERITY_INVALID) return VERDICT_OK;
    return f->beyond_evidence ? VERDICT_INVALID : VERDICT_EVIDENCE_INVALID;
}
