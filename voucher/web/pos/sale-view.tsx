// The sale on the screen: what the voucher is, why it will not do, the form, the verdict.
import { useSignal } from '@preact/signals';
import type { Verification } from '../shared/api';
import { now_ms } from '../shared/clock';
import { categoriesOf, isEnglish, yuan } from '../shared/words';
import { blankCar, CarForm, evidenceOf } from './car-form';
import { fenOf } from './check';
import { paperOf } from './paper';
import { Act, Faults, Field, Notice, Verdict, faultsOf, print } from './parts';
import { type Sale, confirm, leaveSale, sale, sameOrder } from './sale';
import { shortly } from './when';
import { t } from './words';

const list = (words: string[]) => words.join(isEnglish() ? ', ' : '、');

/** The exact reason: when and where it was used, how far it is from its hours. */
function reasonOf(s: Sale): string {
    const v = s.seen?.voucher;
    const at = (instant: string) => shortly(instant, now_ms.value);
    const code = s.problem?.code ?? s.seen?.code;
    const use = v?.use && {
        at: at(v.use.redeemed_at),
        where: `${v.use.merchant_name ?? ''} ${v.use.outlet ?? ''}`.trim(),
    };
    const c = s.campaign;
    if (code === 'already_redeemed' && use) return t('used', use.at, use.where);
    if (code === 'voucher_held' && use) return t('held', use.at, use.where);
    if (code === 'voucher_expired' && v) return t('expired', at(v.valid_to));
    if (code === 'voucher_not_yet_valid' && v) return t('not_yet', at(v.valid_from));
    if (code === 'outside_hours' && c && c.daily_hours.length > 0)
        return t('hours', list(c.daily_hours.map((h) => `${h.from}–${h.to}`)));
    if (code === 'merchant_not_allowed' && v) {
        const groups = c?.merchants.groups ?? [];
        const name = t('not_here', v.campaign_name);
        return groups.length > 0 ? `${name} · ${t('groups', list(groups))}` : name;
    }
    return s.problem?.detail ?? s.seen?.detail ?? '';
}

// The verdicts that a verification names by code alone.
const titles: Record<string, [string, string]> = {
    already_redeemed: ['券已核销', 'Already redeemed'],
    voucher_held: ['券正在结算', 'Being settled'],
    voucher_expired: ['券已过期', 'Expired'],
    voucher_not_yet_valid: ['未到使用时间', 'Not yet valid'],
    voucher_void: ['券已作废', 'Void'],
    voucher_unknown: ['查无此券', 'No such voucher'],
    signature_invalid: ['不是有效的券码', 'Not a valid code'],
    merchant_not_allowed: ['本店不能用', 'Not at this shop'],
    outside_hours: ['不在使用时段', 'Outside its hours'],
};
/* Genuine by its signature, and refused for it all the same: its moving part is old or missing. */
const isStale = (s: Sale) => s.seen?.code === 'signature_invalid' && s.claims?.genuine;
const titleOf = (s: Sale) =>
    isStale(s)
        ? t('stale')
        : (s.problem?.title ?? titles[s.seen?.code ?? '']?.[isEnglish() ? 1 : 0] ?? t('unfit'));

function Face(props: { voucher: NonNullable<Verification['voucher']> }) {
    const v = props.voucher;
    const about =
        v.kind === 'car'
            ? t('car')
            : v.min_spend_fen > 0
              ? t('above', yuan(v.min_spend_fen))
              : t('any_sum');
    return (
        <div class="face">
            <p class="amount">
                <small>¥</small>
                {yuan(v.value_fen)}
            </p>
            <div>
                <p>
                    <b>{v.campaign_name}</b>
                </p>
                <p>{about}</p>
                <p class="soft">{t('valid_to', shortly(v.valid_to, now_ms.value))}</p>
            </div>
        </div>
    );
}

const common = ['catering', 'retail', 'supermarket', 'appliances', 'entertainment', 'lodging'];

function categoryOptions(s: Sale): [string, string][] {
    const { allow = [], deny = [] } = s.campaign?.categories ?? {};
    const words = (allow.length > 0 ? allow : common).filter((word) => !deny.includes(word));
    const none: [string, string][] = allow.length > 0 ? [] : [['', t('category_none')]];
    return [...none, ...words.map((word): [string, string] => [word, categoriesOf([word])])];
}

function categoryHint(s: Sale): string {
    const { allow = [], deny = [] } = s.campaign?.categories ?? {};
    const only = allow.length > 0 ? t('only', categoriesOf(allow)) : '';
    return [only, deny.length > 0 && t('not_for', categoriesOf(deny))].filter(Boolean).join(' · ');
}

/** What is to pay, before it is asked: a shopping voucher's face is its worth. */
function Sum(props: { sale: Sale; amount_fen: number | undefined }) {
    const v = props.sale.seen!.voucher!;
    const fen = props.amount_fen;
    const isCar = v.kind === 'car';
    const short_fen = v.min_spend_fen - (fen ?? 0);
    return (
        <dl class="sum" aria-live="polite">
            <div>
                <dt>{t('off')}</dt>
                <dd>{isCar ? t('pays_car') : `¥${yuan(v.value_fen)}`}</dd>
            </div>
            {!isCar && fen !== undefined && (
                <div>
                    <dt>{t('pays')}</dt>
                    <dd>
                        {short_fen > 0
                            ? t('lack', yuan(short_fen))
                            : `¥${yuan(Math.max(0, fen - v.value_fen))}`}
                    </dd>
                </div>
            )}
        </dl>
    );
}

function Form() {
    const s = sale.value!;
    const isCar = s.seen!.voucher!.kind === 'car';
    const isSending = s.phase === 'sending';
    const amount = useSignal(s.amount);
    const category = useSignal(categoryOptions(s)[0]?.[0] ?? '');
    const car = useSignal(blankCar(now_ms.value));
    const isAsked = useSignal(false);
    const amount_fen = fenOf(amount.value);
    const isWrong = isAsked.value && (amount_fen === undefined || amount_fen === 0);
    const faults = faultsOf(s.problem);
    const send = () => {
        isAsked.value = true;
        if (!amount_fen) return;
        void confirm({
            amount: amount.value,
            amount_fen,
            category: isCar ? '' : category.value,
            ...(isCar && { evidence: evidenceOf(car.value) }),
        });
    };
    const set = (value: string) => {
        amount.value = value;
        isAsked.value = false;
    };
    return (
        <Faults.Provider value={faults}>
            {s.problem && (
                <Notice
                    said={{
                        look: 'bad',
                        title: s.problem.title,
                        text:
                            faults.length > 0
                                ? t('fix_n', faults.length)
                                : reasonOf(s) || s.problem.detail,
                    }}
                />
            )}
            <form
                class="card stack"
                noValidate
                onSubmit={(e) => {
                    e.preventDefault();
                    send();
                }}
            >
                <div class="grid">
                    <Field
                        label={isCar ? t('car_sum') : t('sum')}
                        value={amount.value}
                        pointer="/order/amount_fen"
                        inputMode="decimal"
                        slip={isWrong ? t('sum_wrong') : undefined}
                        isFirst
                        onInput={set}
                    />
                    {!isCar && (
                        <Field
                            label={t('category')}
                            value={category.value}
                            pointer="/order/category"
                            options={categoryOptions(s)}
                            hint={categoryHint(s) || undefined}
                            onInput={(value) => (category.value = value)}
                        />
                    )}
                </div>
                {isCar && <CarForm car={car} />}
                <Sum sale={s} amount_fen={amount_fen} />
                <p class="acts">
                    <button class="button go" name="confirm" aria-disabled={isSending}>
                        {isSending ? t('sending') : t('confirm')}
                    </button>
                    <button type="button" class="button plain" name="cancel" onClick={leaveSale}>
                        {t('cancel')}
                    </button>
                    <span class="soft">
                        {t('order')} {s.order_no}
                    </span>
                </p>
            </form>
        </Faults.Provider>
    );
}

function Done() {
    const s = sale.value!;
    const r = s.result!;
    const text = t('done_text', yuan(r.value_fen ?? 0), yuan(r.payable_fen ?? 0));
    const line = { ...r, order: { order_no: s.order_no, amount_fen: s.amount_fen ?? 0 } };
    const another = () => {
        sameOrder.value = { order_no: s.order_no, amount: s.amount };
        leaveSale();
    };
    return (
        <>
            <Verdict look="good" title={t('done')} text={text}>
                {r.reward && <p>{t('reward', r.reward.vouchers.length)}</p>}
                {r.warnings?.map((w) => (
                    <p key={w.pointer}>{w.detail}</p>
                ))}
            </Verdict>
            <p class="acts">
                <Act word={t('next')} look="go" name="next" onAct={leaveSale} />
                <Act word={t('print')} name="print" onAct={() => print(paperOf(line, false))} />
                <Act word={t('same_order')} name="same" onAct={another} />
            </p>
        </>
    );
}

const Leave = (props: { word: string }) => (
    <p class="acts">
        <Act word={props.word} look="go" name="next" onAct={leaveSale} />
    </p>
);

function Claimed() {
    const { claims } = sale.value!;
    if (!claims?.genuine) return null;
    return (
        <p class="soft">
            {t('genuine')} · ¥{yuan(claims.value_fen)} {claims.kind === 'car' ? t('car') : ''}
        </p>
    );
}

export function SaleView() {
    const s = sale.value!;
    if (s.phase === 'looking')
        return (
            <>
                <h1>{t('looking')}</h1>
                <Claimed />
                <Leave word={t('cancel')} />
            </>
        );
    if (s.phase === 'unseen')
        return (
            <>
                <h1>{t('sell')}</h1>
                <Verdict look="soon" title={t('unseen')} text={t('unseen_next')} />
                <Claimed />
                <Leave word={t('again')} />
            </>
        );
    if (s.phase === 'unkept')
        return (
            <>
                <h1>{t('sell')}</h1>
                <Verdict look="bad" title={t('not_kept')} text={t('not_kept_next')} />
                <Leave word={t('again')} />
            </>
        );
    if (s.phase === 'unfit')
        return (
            <>
                <h1>{t('sell')}</h1>
                <Verdict look="bad" title={titleOf(s)} text={reasonOf(s)} />
                {s.seen?.voucher && <Face voucher={s.seen.voucher} />}
                <Leave word={t('again')} />
            </>
        );
    return (
        <>
            <h1>{s.seen!.voucher!.kind === 'car' ? t('car_form') : t('sell')}</h1>
            {s.phase === 'done' && <Done />}
            {s.phase === 'waiting' && (
                <>
                    <Verdict look="soon" title={t('waiting')} text={t('waiting_text')} />
                    <Leave word={t('next')} />
                </>
            )}
            {s.phase === 'reversed' && (
                <>
                    <Verdict look="bad" title={t('reversed')} text={t('reversed_text')} />
                    <Leave word={t('again')} />
                </>
            )}
            <Face voucher={s.seen!.voucher!} />
            {(s.phase === 'shown' || s.phase === 'sending') && <Form />}
        </>
    );
}
