/* voucher/page_words.h: what the daemon's own pages say, in both languages, as one table. Pure; any
 * thread. What a refusal says stands in verdict.c. */
#ifndef HUIQUAN_PAGE_WORDS_H
#define HUIQUAN_PAGE_WORDS_H

#include "voucher/verdict.h"

/* X(NAME, Chinese, English); {1} and {2} are filled by page_fill(). */
#define PAGE_WORDS(X)                                                                             \
    X(NAME, "惠券", "Huiquan")                                                                    \
    X(TITLE, "惠券 · 政府消费券", "Huiquan · consumption vouchers")                               \
    X(SERVICE, "政府消费券服务", "Government consumption vouchers")                               \
    X(SKIP, "跳到正文", "Skip to the content")                                                    \
    X(MENU, "主菜单", "Main menu")                                                                \
    X(HOME, "领券", "Campaigns")                                                                  \
    X(MINE, "我的券", "My vouchers")                                                              \
    X(SIGN_IN, "登录", "Sign in")                                                                 \
    X(SIGN_OUT, "退出", "Sign out")                                                               \
    X(ELDER, "长辈版", "Large print")                                                             \
    X(USUAL, "标准版", "Standard")                                                                \
    X(LARGE, "大字", "Large")                                                                     \
    X(LARGER, "更大", "Larger")                                                                   \
    X(LARGEST, "最大", "Largest")                                                                 \
    X(FRONT, "正在发放的消费券", "Vouchers you can claim")                                        \
    X(NONE, "目前没有活动，请改日再来。", "There is no campaign at the moment.")                  \
    X(RUNNING, "正在领取", "Open")                                                                \
    X(SOON, "即将开始", "Opening soon")                                                           \
    X(PAUSED, "暂停领取", "Paused")                                                               \
    X(CLOSED, "已结束", "Closed")                                                                 \
    X(GRANTED, "定向发放", "Granted")                                                             \
    X(CLAIM_FROM, "领取", "Claim")                                                                \
    X(USE_FROM, "使用", "Use")                                                                    \
    X(USE_DAYS, "领取后 {1} 天内使用（含当天）", "Use within {1} days, counting the first")       \
    X(LEFT, "剩 {1} / {2}", "{1} of {2} left")                                                    \
    X(SOLD_OUT, "已领完", "All claimed")                                                          \
    X(ABOVE, "满 {1} 元可用", "on ¥{1} or more")                                                  \
    X(ANY_SUM, "无门槛", "no minimum")                                                            \
    X(CAR_FACE, "购车补贴，按发票核定", "Car subsidy, set by the invoice")                        \
    X(CLAIM, "领取", "Claim")                                                                     \
    X(CLAIM_WHAT, "领取{1}", "Claim {1}")                                                         \
    X(SIGN_IN_FIRST, "登录后领取", "Sign in to claim")                                            \
    X(WAIT_S, "请 {1} 秒后再试，不影响资格。", "Try again in {1} s; nothing is lost.")            \
    X(CLAIMED, "领取成功", "Claimed")                                                             \
    X(CLAIMED_NEXT, "券已放入“我的券”，消费时出示二维码。",                                       \
      "It is among your vouchers: show its code when you pay.")                                   \
    X(NO_VOUCHERS, "您还没有券。", "You have no vouchers yet.")                                   \
    X(VALID_TO, "有效期至", "Valid until")                                                        \
    X(VALID_FROM, "起用时间", "From")                                                             \
    X(SHORT_CODE, "券号", "Code")                                                                 \
    X(SHOW_QR, "出示二维码", "Show the QR code")                                                  \
    X(QR_OF, "核销二维码", "QR code for the till")                                                \
    X(ROTATES, "动态码：每 30 秒更新，截图无效。", "Rotating code: a screenshot does not serve.") \
    X(LIVE, "可使用", "Ready to use")                                                             \
    X(HELD, "结算中", "Being used")                                                               \
    X(REDEEMED, "已使用", "Used")                                                                 \
    X(EXPIRED, "已过期", "Expired")                                                               \
    X(VOID, "已作废", "Void")                                                                     \
    X(MOBILE, "手机号", "Mobile number")                                                          \
    X(CODE, "短信验证码", "Code by SMS")                                                          \
    X(REAL_NAME, "真实姓名", "Full name")                                                         \
    X(ID_NUMBER, "居民身份证号", "ID card number")                                                \
    X(SEND_CODE, "获取验证码", "Send a code")                                                     \
    X(CODE_SENT, "验证码已发送，请查看短信。", "A code is on its way by SMS.")                    \
    X(WHY_NAME, "实名信息仅用于核对领取资格，加密保存。",                                         \
      "Your name and number only decide what you may claim, and are kept encrypted.")             \
    X(KNOWN, "实名信息已留存，登录人：", "Known on this device:")                                 \
    X(NOT_ME, "不是我", "Not me")                                                                 \
    X(WHY_APP, "使用城市服务应用打开本页可免填直接登录。",                                        \
      "Opened from the city's app, this page signs you in by itself.")                            \
    X(FOOT, "全部券面由财政资金承担，领取、核销全程可审计。",                                     \
      "Public money, audited from claim to till.")                                                \
    X(FOOT_API, "接口文档", "API")

enum page_word {
#define X(name, zh, en) WORD_##name,
    PAGE_WORDS(X)
#undef X
        WORD_COUNT
};

const char *page_word(enum page_word word, enum language language);

#endif
