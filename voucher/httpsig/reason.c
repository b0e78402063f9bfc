#include "voucher/httpsig/reason.h"

static const struct {
    const char *name;
    const char *words[LANGUAGE_COUNT];
} rows[HTTPSIG_REASON_COUNT] = {
#define WORDS(reason, name, zh, en) \
    [HTTPSIG_##reason] = { name, { [LANGUAGE_ZH] = zh, [LANGUAGE_EN] = en } }
    WORDS(FINE, "fine", "签名有效。", "The signature holds."),
    WORDS(INPUT_MISSING, "input_missing", "缺少 Signature-Input 头。",
          "The Signature-Input field is missing."),
    WORDS(SIGNATURE_MISSING, "signature_missing", "缺少 Signature 头。",
          "The Signature field is missing."),
    WORDS(FIELD_TOO_LONG, "field_too_long", "Signature-Input、Signature 或 Content-Digest 头过长。",
          "Signature-Input, Signature or Content-Digest is too long."),
    WORDS(INPUT_MALFORMED, "input_malformed", "Signature-Input 不是合法的结构化字典（RFC 8941）。",
          "Signature-Input is not a dictionary of RFC 8941."),
    WORDS(INPUT_LABEL_MISSING, "input_label_missing", "Signature-Input 中没有标签 sig1。",
          "Signature-Input has no label sig1."),
    WORDS(INPUT_LABEL_REPEATED, "input_label_repeated", "Signature-Input 中标签 sig1 重复。",
          "Signature-Input has label sig1 twice."),
    WORDS(INPUT_NOT_A_LIST, "input_not_a_list", "Signature-Input 的 sig1 不是组件列表。",
          "sig1 of Signature-Input is not a list of components."),
    WORDS(SIGNATURE_MALFORMED, "signature_malformed",
          "Signature 不是合法的结构化字典（RFC 8941）。",
          "Signature is not a dictionary of RFC 8941."),
    WORDS(SIGNATURE_LABEL_MISSING, "signature_label_missing", "Signature 中没有标签 sig1。",
          "Signature has no label sig1."),
    WORDS(SIGNATURE_LABEL_REPEATED, "signature_label_repeated", "Signature 中标签 sig1 重复。",
          "Signature has label sig1 twice."),
    WORDS(SIGNATURE_NOT_BYTES, "signature_not_bytes", "Signature 的 sig1 不是字节序列。",
          "sig1 of Signature is not a byte sequence."),
    WORDS(PARAMETERS_TOO_MANY, "parameters_too_many", "签名参数过多。",
          "There are too many signature parameters."),
    WORDS(PARAMETER_REPEATED, "parameter_repeated", "签名参数重复。",
          "A signature parameter is given twice."),
    WORDS(PARAMETER_TYPE, "parameter_type",
          "签名参数类型错误：created、expires 须为整数，其余须为字符串。",
          "A signature parameter has the wrong type: created and expires are integers, the others "
          "strings."),
    WORDS(TAG_MISSING, "tag_missing", "缺少签名参数 tag。", "The parameter tag is missing."),
    WORDS(TAG_WRONG, "tag_wrong", "签名参数 tag 须为 huiquan-pos。",
          "The parameter tag is not \"huiquan-pos\"."),
    WORDS(ALG_MISSING, "alg_missing", "缺少签名参数 alg。", "The parameter alg is missing."),
    WORDS(ALG_UNKNOWN, "alg_unknown", "签名参数 alg 须为 ed25519 或 hmac-sha256。",
          "The parameter alg is neither ed25519 nor hmac-sha256."),
    WORDS(KEYID_MISSING, "keyid_missing", "缺少签名参数 keyid。",
          "The parameter keyid is missing."),
    WORDS(KEYID_NOT_A_TERMINAL, "keyid_not_a_terminal", "签名参数 keyid 不是终端编号（trm_…）。",
          "The parameter keyid is not a terminal id (trm_…)."),
    WORDS(CREATED_MISSING, "created_missing", "缺少签名参数 created。",
          "The parameter created is missing."),
    WORDS(NONCE_MISSING, "nonce_missing", "缺少签名参数 nonce。",
          "The parameter nonce is missing."),
    WORDS(NONCE_SIZE, "nonce_size", "签名参数 nonce 须为 1–128 个字符。",
          "The parameter nonce must have 1 to 128 characters."),
    WORDS(SIGNATURE_SIZE, "signature_size", "签名长度与 alg 不符。",
          "The signature's size does not fit alg."),
    WORDS(COMPONENTS_TOO_MANY, "components_too_many", "签名覆盖的组件过多。",
          "The signature covers too many components."),
    WORDS(COMPONENT_MALFORMED, "component_malformed", "组件标识须为小写名称的字符串。",
          "A component identifier is not a string with a name in lower case."),
    WORDS(COMPONENT_PARAMETER, "component_parameter",
          "不支持组件参数（sf、bs、key、req、tr、name）。",
          "Component parameters (sf, bs, key, req, tr, name) are not taken."),
    WORDS(COMPONENT_REPEATED, "component_repeated", "同一组件被覆盖两次。",
          "A component is covered twice."),
    WORDS(COMPONENT_UNKNOWN, "component_unknown", "签名覆盖了未知的派生组件。",
          "The signature covers an unknown derived component."),
    WORDS(COMPONENT_ABSENT, "component_absent", "签名覆盖的组件在报文中不存在。",
          "The signature covers a component that the message does not have."),
    WORDS(COMPONENT_VALUE, "component_value", "被覆盖的值含有换行或 NUL。",
          "A covered value holds a line end or NUL."),
    WORDS(BASE_TOO_LONG, "base_too_long", "签名基串过长。", "The signature base is too long."),
    WORDS(METHOD_UNCOVERED, "method_uncovered", "签名未覆盖 @method。",
          "The signature does not cover @method."),
    WORDS(PATH_UNCOVERED, "path_uncovered", "签名未覆盖 @path。",
          "The signature does not cover @path."),
    WORDS(QUERY_UNCOVERED, "query_uncovered", "签名未覆盖 @query。",
          "The signature does not cover @query."),
    WORDS(IDEMPOTENCY_KEY_UNCOVERED, "idempotency_key_uncovered", "签名未覆盖 idempotency-key。",
          "The signature does not cover idempotency-key."),
    WORDS(DIGEST_MISSING, "digest_missing", "有请求体但缺少 Content-Digest 头。",
          "There is a body, but no Content-Digest field."),
    WORDS(DIGEST_UNCOVERED, "digest_uncovered", "签名未覆盖 content-digest。",
          "The signature does not cover content-digest."),
    WORDS(DIGEST_MALFORMED, "digest_malformed", "Content-Digest 格式错误（RFC 9530）。",
          "Content-Digest is malformed (RFC 9530)."),
    WORDS(DIGEST_ALGORITHM, "digest_algorithm", "Content-Digest 中没有 sha-256。",
          "Content-Digest has no sha-256."),
    WORDS(DIGEST_MISMATCH, "digest_mismatch", "Content-Digest 与请求体不符。",
          "Content-Digest does not match the body."),
    WORDS(KEY_UNKNOWN, "key_unknown", "没有此编号的可用终端。",
          "No active terminal has this keyid."),
    WORDS(ALG_DIFFERS, "alg_differs", "alg 与终端登记的算法不符。",
          "alg is not the algorithm that the terminal is registered with."),
    WORDS(CREATED_TOO_EARLY, "created_too_early", "created 早于允许的时间窗口，请校准终端时钟。",
          "created is too long ago; set the terminal's clock."),
    WORDS(CREATED_TOO_LATE, "created_too_late", "created 晚于允许的时间窗口，请校准终端时钟。",
          "created is too far in the future; set the terminal's clock."),
    WORDS(EXPIRED, "expired", "签名已过期（expires）。", "The signature has expired (expires)."),
    WORDS(SIGNATURE_WRONG, "signature_wrong", "签名验证失败。", "The signature does not verify."),
#undef WORDS
};

const char *
httpsig_reason_name(enum httpsig_reason reason)
{
    must((unsigned)reason < HTTPSIG_REASON_COUNT);
    return rows[reason].name;
}

const char *
httpsig_reason_words(enum httpsig_reason reason, enum language language)
{
    must((unsigned)reason < HTTPSIG_REASON_COUNT);
    must((unsigned)language < LANGUAGE_COUNT);
    return rows[reason].words[language];
}
