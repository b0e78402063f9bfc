/* voucher/verdict.c: the table of verdicts and the one catalogue of words, Chinese and English. */
#include "voucher/verdict.h"

struct verdict_row {
    int number;
    const char *code;
    int status;
    bool retryable;
    enum op_state op_state;
};

static const struct verdict_row verdict_rows[VERDICT_COUNT] = {
#define X(name, number, code, status, retryable, op_state) \
    [VERDICT_##name] = { number, code, status, retryable, op_state },
    VERDICTS(X)
#undef X
};

static const struct verdict_words words_of[VERDICT_COUNT][LANGUAGE_COUNT] = {
#define WORDS(name, title_zh, help_zh, title_en, help_en) \
    [VERDICT_##                                           \
        name] = { [LANGUAGE_ZH] = { title_zh, help_zh }, [LANGUAGE_EN] = { title_en, help_en } }
    WORDS(OK, "成功", "无需操作。", "Done", "Nothing to do."),
    WORDS(MALFORMED, "请求格式错误", "请按 errors 所列逐项更正后重新提交。", "Malformed request",
          "Correct every entry of errors and send again."),
    WORDS(IDEMPOTENCY_KEY_MISSING, "缺少幂等键",
          "请带上 Idempotency-Key 头（6–64 位数字、字母、_ 或 -）再发送。",
          "Idempotency key missing", "Send an Idempotency-Key header of 6 to 64 of [0-9A-Za-z_-]."),
    WORDS(UNAUTHENTICATED, "未通过身份验证", "请重新登录，或检查签名与密钥后再试。",
          "Not authenticated", "Sign in again, or check the signature and the key."),
    WORDS(FORBIDDEN, "没有权限", "请由具备相应角色的人员操作。", "Not allowed",
          "Somebody with the required role must do this."),
    WORDS(PRECONDITION_REQUIRED, "缺少 If-Match", "请先读取对象，并带上其 ETag 再修改。",
          "Precondition required", "Read the object first and send its ETag in If-Match."),
    WORDS(IDEMPOTENCY_KEY_REUSED, "幂等键已用于其他请求", "新的请求请换用新的幂等键或请求号。",
          "Key already used for another request", "Use a new key or number for a new request."),
    WORDS(REQUEST_IN_PROGRESS, "同一请求正在处理", "请稍候用同一幂等键再查询。",
          "Request still in progress", "Wait a moment and send the same request again."),
    WORDS(REQUEST_REVERSED, "该请求已冲正", "如需再次核销，请使用新的请求号。",
          "Request was reversed", "Use a new request number to redeem again."),
    WORDS(NOT_FOUND, "未找到", "请核对编号；无权查看的对象也显示为未找到。", "Not found",
          "Check the id; what you may not see is also not found."),
    WORDS(PRECONDITION_FAILED, "对象已被他人修改", "请重新读取后再修改。", "Object has changed",
          "Read it again and repeat your change on the new version."),
    WORDS(INVALID, "内容不正确", "请按 errors 所列逐项更正后重新提交。", "Invalid content",
          "Correct every entry of errors and send again."),
    WORDS(WRONG_STATE, "当前状态不允许此操作", "请查看对象的状态后再操作。", "Wrong state",
          "Look at the state of the object first."),
    WORDS(CAMPAIGN_NOT_OPEN, "活动尚未开始", "请在活动开始后再来。", "Not open yet",
          "Come back when the campaign has begun."),
    WORDS(CAMPAIGN_CLOSED, "活动已结束", "请关注其他活动。", "Campaign is over",
          "Look out for other campaigns."),
    WORDS(CAMPAIGN_PAUSED, "活动暂停中", "请稍后再试。", "Campaign is paused", "Try again later."),
    WORDS(NOT_ELIGIBLE, "不符合领取条件", "请查看活动的领取条件。", "Not eligible",
          "See the conditions of the campaign."),
    WORDS(ALREADY_CLAIMED, "已达领取上限", "您已领取，请到“我的券”查看。", "Already claimed",
          "You have claimed already; see your vouchers."),
    WORDS(SOLD_OUT, "已领完", "请关注其他券池或下一期活动。", "Sold out",
          "Look at other pools or the next issue."),
    WORDS(SIGNATURE_INVALID, "券码签名无效", "此码不是本平台签发，请勿受理。",
          "Voucher signature invalid", "This code was not issued here; do not accept it."),
    WORDS(VOUCHER_UNKNOWN, "查无此券", "请核对券码后重试。", "Voucher unknown",
          "Check the code and try again."),
    WORDS(VOUCHER_VOID, "券已作废", "此券不能使用。", "Voucher is void",
          "This voucher cannot be used."),
    WORDS(ALREADY_REDEEMED, "券已核销", "此券已经使用过，请勿重复受理。", "Already redeemed",
          "This voucher was used before; do not accept it again."),
    WORDS(VOUCHER_HELD, "券已被预占", "请等待另一笔交易完成或释放。", "Voucher is held",
          "Wait until the other payment is completed or released."),
    WORDS(VOUCHER_NOT_YET_VALID, "券未到使用时间", "请在使用期内再来。", "Not yet valid",
          "Come back within its period of use."),
    WORDS(VOUCHER_EXPIRED, "券已过期", "此券已不能使用。", "Voucher has expired",
          "This voucher can no longer be used."),
    WORDS(MERCHANT_NOT_ALLOWED, "本商户不在活动范围", "请到活动所列商户使用。",
          "Merchant not in this campaign", "Use it at a merchant of the campaign."),
    WORDS(CATEGORY_NOT_ALLOWED, "该品类不能用券", "请更换品类，或不使用此券结算。",
          "Category not allowed", "Choose another category or pay without the voucher."),
    WORDS(BELOW_MIN_SPEND, "未达使用门槛", "消费金额达到门槛后方可使用。", "Below minimum spend",
          "The amount must reach the minimum of the voucher."),
    WORDS(OUTSIDE_HOURS, "不在可用时段", "请在活动规定的时段内使用。", "Outside hours",
          "Use it within the daily hours of the campaign."),
    WORDS(NOT_STACKABLE, "不可叠加使用", "同一订单只能使用一张此类券。", "Not stackable",
          "Only one such voucher per order."),
    WORDS(EVIDENCE_INVALID, "购车材料有误", "请按 errors 所列逐项更正后重新提交。",
          "Evidence invalid", "Correct every entry of errors and send again."),
    WORDS(VIN_ALREADY_USED, "该车辆已享受补贴", "同一车架号只能补贴一次。", "VIN already used",
          "One subsidy per vehicle."),
    WORDS(INVOICE_ALREADY_USED, "该发票已使用", "同一发票只能补贴一次。", "Invoice already used",
          "One subsidy per invoice."),
    WORDS(PLATE_ALREADY_USED, "该号牌已使用", "同一号牌只能补贴一次。", "Plate already used",
          "One subsidy per plate."),
    WORDS(BUDGET_CONFLICT, "预算已变动", "请重新读取当前预算后再提交。", "Budget has changed",
          "Read the current budget and propose again."),
    WORDS(NEEDS_SECOND_PERSON, "须由第二人审批", "编制人、提交人不能审批自己的申请。",
          "Needs a second person", "Author and submitter cannot approve their own request."),
    WORDS(RATE_LIMITED, "请求过于频繁", "请按 Retry-After 所示时间后再试，不会影响资格。",
          "Too many requests", "Wait as Retry-After says; nothing is lost."),
    WORDS(UNAVAILABLE, "服务繁忙", "请用同一幂等键稍后重试，不会重复。", "Temporarily unavailable",
          "Try again soon with the same key; nothing will happen twice."),
    WORDS(METHOD_NOT_ALLOWED, "不支持此方法", "请使用 Allow 头所列方法。", "Method not allowed",
          "Use a method listed in Allow."),
    WORDS(REQUEST_TIMEOUT, "请求超时", "请检查网络后重试。", "Request timed out",
          "Check the network and try again."),
    WORDS(CONTENT_TOO_LARGE, "请求体过大", "请缩小请求体。", "Content too large",
          "Send a smaller body."),
    WORDS(URI_TOO_LONG, "网址过长", "请缩短网址。", "URI too long", "Send a shorter URI."),
    WORDS(UNSUPPORTED_MEDIA_TYPE, "不支持的内容类型", "请使用 application/json。",
          "Unsupported media type", "Send application/json."),
    WORDS(EXPECTATION_FAILED, "不支持的 Expect", "请去掉 Expect 头。", "Expectation failed",
          "Leave the Expect header out."),
    WORDS(HEADERS_TOO_LARGE, "请求头过大", "请减少请求头。", "Headers too large",
          "Send fewer or shorter header fields."),
    WORDS(NOT_IMPLEMENTED, "未知方法", "请使用 HTTP 标准方法。", "Method not implemented",
          "Use a standard HTTP method."),
    WORDS(HTTP_VERSION, "不支持的 HTTP 版本", "请使用 HTTP/1.1。", "HTTP version not supported",
          "Use HTTP/1.1."),
#undef WORDS
};

static const struct verdict_row *
verdict_row_of(enum verdict v)
{
    must((unsigned)v < VERDICT_COUNT);
    must(verdict_rows[v].code != NULL);
    return &verdict_rows[v];
}

int
verdict_number(enum verdict v)
{
    return verdict_row_of(v)->number;
}

const char *
verdict_code(enum verdict v)
{
    return verdict_row_of(v)->code;
}

int
verdict_status(enum verdict v)
{
    return verdict_row_of(v)->status;
}

bool
verdict_retryable(enum verdict v)
{
    return verdict_row_of(v)->retryable;
}

enum op_state
verdict_op_state(enum verdict v)
{
    return verdict_row_of(v)->op_state;
}

struct verdict_words
verdict_words(enum verdict v, enum language language)
{
    must((unsigned)v < VERDICT_COUNT);
    must((unsigned)language < LANGUAGE_COUNT);
    must(words_of[v][language].title != NULL);
    return words_of[v][language];
}

enum verdict
verdict_by_code(struct text code)
{
    for (unsigned v = 0; v < VERDICT_COUNT; v++) {
        if (text_equal(code, text_of(verdict_rows[v].code))) return (enum verdict)v;
    }
    return VERDICT_COUNT;
}

enum verdict
verdict_by_codec_status(int status)
{
    if (status == 400) return VERDICT_MALFORMED;
    if (status == 503) return VERDICT_UNAVAILABLE;
    for (unsigned v = VERDICT_METHOD_NOT_ALLOWED; v < VERDICT_COUNT; v++) {
        if (verdict_rows[v].status == status) return (enum verdict)v;
    }
    return VERDICT_MALFORMED;
}
