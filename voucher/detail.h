/* voucher/detail.h: what a refusal says beyond its verdict's own words, in both languages, as one
 * table. Pure; any thread. Faults of signatures and of HTTP framing have tables of their own. */
#ifndef HUIQUAN_DETAIL_H
#define HUIQUAN_DETAIL_H

#include "voucher/verdict.h"

/* X(NAME, Chinese, English) */
#define DETAILS(X)                                                                                 \
    X(NONE, "", "")                                                                                \
    X(KEY_SHAPE, "Idempotency-Key 须为 6-64 位 [0-9A-Za-z_-]，且只出现一次。",                     \
      "Idempotency-Key: 6-64 of [0-9A-Za-z_-], once.")                                             \
    X(LIMIT_RANGE, "limit 须为 1-200。", "limit: 1-200.")                                          \
    X(FIND, "find 须为 1-60 字节的文字。", "find: text of 1-60 bytes.")                            \
    X(CURSOR, "after 须为上一页返回的 next。", "after: send the next of a list.")                  \
    X(FROM, "from 须为 RFC 3339 时刻，如 2026-06-19T00:00:00Z。",                                  \
      "from: an RFC 3339 instant, as 2026-06-19T00:00:00Z.")                                       \
    X(SESSION_MISSING, "请携带 Authorization: Bearer <session>。",                                 \
      "Send Authorization: Bearer <session>.")                                                     \
    X(SESSION_EXPIRED, "登录已过期，请重新登录。", "The session has expired: sign in again.")      \
    X(SESSION_FOREIGN, "不是本平台签发的登录凭证。", "Not a session of this service.")             \
    X(FOREIGN_PAGE, "此请求来自其他网站的页面。", "This request comes from another site's page.")  \
    X(API_TOKEN_MISSING, "请携带 Authorization: Bearer <api token>。",                             \
      "Send Authorization: Bearer <api token>.")                                                   \
    X(API_TOKEN_FOREIGN, "不是本平台签发的 API 令牌。", "Not an API token of this service.")       \
    X(TERMINAL_REVOKED, "本终端已被停用。", "This terminal was revoked.")                          \
    X(CODE_STALE, "动态码缺失或已失效，请让顾客刷新券码后重新出示。",                              \
      "The rotating code is missing or out of date: ask the customer to refresh and show again.")  \
    X(ENROLLMENT_CODE, "注册码不对，请核对后再输。", "No such enrolment code: check it.")          \
    X(ENROLLMENT_SPENT, "注册码已用过或已过期，请向管理员要一个新的。",                            \
      "The enrolment code was used, or is out of date: ask an administrator for a new one.")       \
    X(ENROLLMENT_PROOF, "proof 不是此公钥对该注册码的签名。",                                      \
      "proof: not a signature of this key over this code.")                                        \
    X(NO_IDENTITY_CHECK, "本平台未配置姓名、证件、手机号核验。",                                   \
      "No name/ID/mobile check is configured here.")                                               \
    X(IDENTITY_MISMATCH, "姓名、证件号与手机号不一致。",                                           \
      "Name, ID number and mobile do not belong together.")                                        \
    X(BAR_ISSUING, "本活动不以此方式发放。", "This campaign issues in another way.")               \
    X(BAR_ASSURANCE, "须经城市应用实名登录。", "Sign in by the city's app.")                       \
    X(BAR_ROLL, "不在本活动要求的名册中。", "Not on the roll that this campaign asks for.")        \
    X(BAR_GROUP, "不属于本活动面向的群体。", "Not of the groups of this campaign.")                \
    X(BAR_CELL, "所在网格不在本活动范围。", "Not of the grid cells of this campaign.")             \
    X(DRY_RUN, "dry_run 须为 true 或 false。", "dry_run: true or false.")                          \
    X(POOL_QUERY, "请以 pool_id 指明券池。", "pool_id: which pool to grant from.")                 \
    X(CSV_TYPE, "请以 Content-Type: text/csv 上传文件。",                                          \
      "Send a file as Content-Type: text/csv.")                                                    \
    X(REPORT_QUERY, "by、group、from、to（日期）或 campaign_id 不符。",                            \
      "by, group, from and to (dates) or campaign_id: see the document.")                          \
    X(REPORT_LONG, "结果行数过多，请缩小时段或改用较大的周期。",                                   \
      "Too many lines: ask for a shorter time or a longer period.")                                \
    X(PAGE_HTTPS, "请经 https 登录管理页（本机开发除外）。",                                       \
      "Sign in by https; plain http is for this machine alone.")                                   \
    X(LOGIN_WRONG, "登录名、密码或动态码不正确。", "Login, password or code is not right.")        \
    X(LOGIN_LOCKED, "尝试次数过多，登录已暂时锁定。",                                              \
      "Too many tries: the login is locked for now.")                                              \
    X(PAGE_SESSION, "登录已失效，请重新登录。", "The session is over: sign in again.")             \
    X(PAGE_ORIGIN, "此请求不是来自本站页面。",                                                     \
      "This request does not come from a page of this site.")                                      \
    X(LOST, "此券在系统恢复前签发，账上已无记录，不能核销；请联系主管部门登记。",                  \
      "Issued before the service was restored from a backup, and not on its books: do not accept " \
      "it, ask the office.")                                                                       \
    X(NO_SMS, "本平台未配置短信通道。", "No SMS webhook is configured here.")

enum detail {
#define X(name, zh, en) DETAIL_##name,
    DETAILS(X)
#undef X
        DETAIL_COUNT
};

/* A sentence; of DETAIL_NONE an empty text. */
const char *detail_words(enum detail detail, enum language language);

#endif
