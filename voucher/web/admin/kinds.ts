// What the journal's entries say, and the accounts that money moves between.
import { isEnglish } from '../shared/words';

const kinds: Record<string, [string, string]> = {
    claim: ['领取', 'Claim'],
    hold: ['预占', 'Hold'],
    capture: ['核销', 'Capture'],
    release: ['释放', 'Release'],
    reverse: ['冲正', 'Reversal'],
    refund: ['退货', 'Refund'],
    void: ['作废', 'Void'],
    expire: ['过期', 'Expired'],
    campaign_create: ['编制活动', 'Campaign made'],
    campaign_change: ['修改活动', 'Campaign changed'],
    campaign_submit: ['提交活动', 'Campaign submitted'],
    campaign_approve: ['批准活动', 'Campaign approved'],
    campaign_reject: ['退回活动', 'Campaign rejected'],
    campaign_pause: ['暂停领取', 'Paused'],
    campaign_resume: ['恢复领取', 'Resumed'],
    campaign_close: ['结束活动', 'Closed'],
    budget_propose: ['提出预算变更', 'Budget change proposed'],
    budget_approve: ['通过预算变更', 'Budget change approved'],
    budget_reject: ['驳回预算变更', 'Budget change rejected'],
    merchant_create: ['登记商户', 'Merchant registered'],
    terminal_create: ['登记终端', 'Till added'],
    terminal_enroll: ['终端注册', 'Till enrolled'],
    terminal_revoke: ['吊销终端', 'Till revoked'],
    admin_create: ['新建管理员', 'Administrator made'],
    admin_enroll: ['管理员开户', 'Administrator enrolled'],
    admin_sign_in: ['管理员登录', 'Signed in'],
    admin_sign_out: ['管理员退出', 'Signed out'],
    admin_lock: ['管理员锁定', 'Locked out'],
    admin_password: ['修改密码', 'New password'],
    admin_reset: ['重置登录', 'Login reset'],
    resident_seen: ['居民首次登录', 'Resident seen'],
    unmask: ['查看实名', 'Unmasked'],
    job_create: ['新建任务', 'Job begun'],
    job_stop: ['停止任务', 'Job stopped'],
    job_resume: ['继续任务', 'Job resumed'],
    job_end: ['任务结束', 'Job ended'],
    writer_start: ['服务启动', 'Service started'],
};
const accounts: Record<string, [string, string]> = {
    fund: ['拨款', 'fund'],
    available: ['可用', 'available'],
    live: ['已领未用', 'live'],
    held: ['预占', 'held'],
    redeemed: ['已核销', 'redeemed'],
    settled: ['已清算', 'settled'],
    returned: ['已退回', 'returned'],
};

/** A word that is not known here is shown as it was written. */
const pick = (from: Record<string, [string, string]>, word: string) =>
    from[word]?.[isEnglish() ? 1 : 0] ?? word;
export const kindWord = (kind: string) => pick(kinds, kind);
export const accountWord = (account: string) => pick(accounts, account);
