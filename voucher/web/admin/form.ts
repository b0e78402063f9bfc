// A campaign as it is typed, and as it is sent. Faults found here carry the same pointers as the
// service's own, so that both stand beside the same fields.
import type { Band, Campaign, CampaignDefinition, PackPiece, Pool } from '../shared/api';
import { fenOf, money, typed } from './money';
import type { Fault } from './parts';
import { t } from './words';

export interface PieceForm {
    value: string;
    min: string;
    count: string;
}
export interface PoolForm {
    pool_id?: string;
    name: string;
    value: string;
    count: string;
    min: string;
    energy: string;
    stackable: boolean;
    pieces: PieceForm[];
}
export interface BandForm {
    from: string;
    to: string;
    fuel: string;
    nev: string;
}
export interface Form {
    name: string;
    kind: 'shopping' | 'car';
    issuing: 'rush' | 'grant' | 'reward';
    budget: string;
    claim_from: string;
    claim_to: string;
    use_by: 'window' | 'days';
    use_from: string;
    use_to: string;
    valid_days: string;
    per_person: string;
    assurance: 'issuer' | 'otp';
    pools: PoolForm[];
    merchants: 'all' | 'groups' | 'list';
    merchant_words: string;
    allow: string;
    deny: string;
    hours_from: string;
    hours_to: string;
    refund: 'restore' | 'return';
    presentation: 'static' | 'rotating';
    claims_per_s: string;
    per_resident: string;
    roll: boolean;
    roll_groups: string;
    roll_cells: string;
    rate: 'fixed_bands' | 'percent_capped';
    bands: BandForm[];
    fuel_bp: string;
    fuel_cap: string;
    nev_bp: string;
    nev_cap: string;
    invoice_from: string;
    invoice_to: string;
    due_hours: string;
    reward_campaign: string;
    reward_pool: string;
    timezone: string;
}

const pad = (n: number) => String(n).padStart(2, '0');

/** days from today at an hour, as a datetime-local of Shanghai. */
export function dayAt(days: number, hour = 0): string {
    const at = new Date(Date.now() + 8 * 3600000 + days * 86400000);
    return `${at.getUTCFullYear()}-${pad(at.getUTCMonth() + 1)}-${pad(at.getUTCDate())}T${pad(hour)}:00`;
}

export const emptyPool = (): PoolForm => ({
    name: '',
    value: '',
    count: '',
    min: '0',
    energy: '',
    stackable: false,
    pieces: [],
});

export const emptyForm = (): Form => ({
    name: '',
    kind: 'shopping',
    issuing: 'rush',
    budget: '',
    claim_from: dayAt(1, 10),
    claim_to: dayAt(8),
    use_by: 'window',
    use_from: dayAt(1, 10),
    use_to: dayAt(31),
    valid_days: '7',
    per_person: '1',
    assurance: 'issuer',
    pools: [emptyPool()],
    merchants: 'all',
    merchant_words: '',
    allow: '',
    deny: '',
    hours_from: '',
    hours_to: '',
    refund: 'restore',
    presentation: 'static',
    claims_per_s: '20000',
    per_resident: '6',
    roll: false,
    roll_groups: '',
    roll_cells: '',
    rate: 'fixed_bands',
    bands: [],
    fuel_bp: '6',
    fuel_cap: '13000',
    nev_bp: '8',
    nev_cap: '15000',
    invoice_from: dayAt(1, 10),
    invoice_to: dayAt(31),
    due_hours: '72',
    reward_campaign: '',
    reward_pool: '',
    timezone: 'Asia/Shanghai',
});

// --- From what is typed to what is sent ----------------------------------------------------------
const list = (text: string) => text.split(/[\s,，、;；]+/).filter(Boolean);
const number = (text: string) => {
    const plain = text.normalize('NFKC').trim();
    return /^\d{1,12}$/.test(plain) ? Number(plain) : -1;
};
const fen = (text: string) => fenOf(text) ?? -1;
const instant = (local: string) => (local.length === 16 ? `${local}:00+08:00` : `${local}+08:00`);
/** Percent with two places at most, as basis points. */
const basis = (text: string) => fenOf(text) ?? -1;

const pieceOf = (p: PieceForm): PackPiece => ({
    value_fen: fen(p.value),
    min_spend_fen: fen(p.min),
    count: number(p.count),
});
const poolOf = (p: PoolForm, kind: Form['kind']): Pool => ({
    ...(p.pool_id && { pool_id: p.pool_id }),
    name: p.name.trim(),
    value_fen: fen(p.value),
    count: number(p.count),
    min_spend_fen: p.pieces.length > 0 ? 0 : fen(p.min),
    ...(kind === 'car' && { energy: (p.energy || null) as 'fuel' | 'nev' | null }),
    pack: p.pieces.length > 0 ? p.pieces.map(pieceOf) : null,
    stackable: p.stackable,
});
const bandOf = (b: BandForm): Band => ({
    from_fen: fen(b.from),
    to_fen: b.to.trim() === '' ? null : fen(b.to),
    fuel_fen: fen(b.fuel),
    nev_fen: fen(b.nev),
});

function carOf(f: Form): NonNullable<CampaignDefinition['car']> {
    const rate =
        f.rate === 'fixed_bands'
            ? { type: f.rate, bands: f.bands.map(bandOf) }
            : {
                  type: f.rate,
                  fuel: { bp: basis(f.fuel_bp), cap_fen: fen(f.fuel_cap) },
                  nev: { bp: basis(f.nev_bp), cap_fen: fen(f.nev_cap) },
              };
    return {
        payout: 'pos_deduct',
        rate,
        plate_window: null,
        invoice_window: { from: instant(f.invoice_from), to: instant(f.invoice_to) },
        evidence_due_hours: number(f.due_hours),
    };
}

function merchantsOf(f: Form): NonNullable<CampaignDefinition['merchants']> {
    if (f.merchants === 'list') return { mode: 'list', ids: list(f.merchant_words) };
    if (f.merchants === 'groups') return { mode: 'groups', groups: list(f.merchant_words) };
    return { mode: 'all' };
}

export function definitionOf(f: Form): CampaignDefinition {
    return {
        name: f.name.trim(),
        kind: f.kind,
        budget_fen: fen(f.budget),
        timezone: f.timezone,
        issuing: f.issuing,
        claim_window: { from: instant(f.claim_from), to: instant(f.claim_to) },
        use_window:
            f.use_by === 'window' ? { from: instant(f.use_from), to: instant(f.use_to) } : null,
        valid_days: f.use_by === 'days' ? number(f.valid_days) : null,
        per_person_limit: number(f.per_person),
        pools: f.pools.map((p) => poolOf(p, f.kind)),
        merchants: merchantsOf(f),
        categories: { allow: list(f.allow), deny: list(f.deny) },
        daily_hours: f.hours_from && f.hours_to ? [{ from: f.hours_from, to: f.hours_to }] : [],
        refund_policy: f.refund,
        presentation: f.presentation,
        assurance: f.assurance,
        limits: {
            claims_per_s: number(f.claims_per_s),
            per_resident_per_min: number(f.per_resident),
        },
        ...(f.kind === 'car' && { car: carOf(f) }),
        ...(f.reward_pool && {
            reward: { campaign_id: f.reward_campaign.trim(), pool_id: f.reward_pool.trim() },
        }),
        ...(f.roll && {
            eligibility: {
                roll: true,
                groups: list(f.roll_groups),
                grid_cells: list(f.roll_cells),
            },
        }),
    };
}

// --- From what is stored to what is typed --------------------------------------------------------
const local = (at: string | undefined) => (at ? at.slice(0, 16) : '');
const pieceForm = (p: PackPiece): PieceForm => ({
    value: typed(p.value_fen),
    min: typed(p.min_spend_fen ?? 0),
    count: String(p.count ?? 1),
});
const poolForm = (p: Pool): PoolForm => ({
    ...(p.pool_id && { pool_id: p.pool_id }),
    name: p.name,
    value: typed(p.value_fen),
    count: String(p.count),
    min: typed(p.min_spend_fen ?? 0),
    energy: p.energy ?? '',
    stackable: p.stackable ?? false,
    pieces: (p.pack ?? []).map(pieceForm),
});

function carForm(c: Campaign): Partial<Form> {
    if (!c.car) return {};
    const { rate, invoice_window, evidence_due_hours } = c.car;
    return {
        rate: rate.type,
        bands: (rate.bands ?? []).map((b) => ({
            from: typed(b.from_fen),
            to: b.to_fen ? typed(b.to_fen) : '',
            fuel: typed(b.fuel_fen),
            nev: typed(b.nev_fen),
        })),
        ...(rate.fuel && { fuel_bp: typed(rate.fuel.bp), fuel_cap: typed(rate.fuel.cap_fen) }),
        ...(rate.nev && { nev_bp: typed(rate.nev.bp), nev_cap: typed(rate.nev.cap_fen) }),
        invoice_from: local(invoice_window.from),
        invoice_to: local(invoice_window.to),
        due_hours: String(evidence_due_hours ?? 72),
    };
}

export function formOf(c: Campaign): Form {
    const hours = c.daily_hours[0];
    return {
        ...emptyForm(),
        name: c.name,
        kind: c.kind,
        issuing: c.issuing,
        budget: typed(c.budget_fen),
        claim_from: local(c.claim_window.from),
        claim_to: local(c.claim_window.to),
        use_by: c.use_window ? 'window' : 'days',
        timezone: c.timezone,
        use_from: local(c.use_window?.from),
        use_to: local(c.use_window?.to),
        valid_days: String(c.valid_days ?? 7),
        per_person: String(c.per_person_limit),
        assurance: c.assurance,
        pools: c.pools.map(poolForm),
        merchants: c.merchants.mode,
        merchant_words: (c.merchants.ids ?? c.merchants.groups ?? []).join(' '),
        allow: (c.categories.allow ?? []).join(' '),
        deny: (c.categories.deny ?? []).join(' '),
        hours_from: hours?.from ?? '',
        hours_to: hours?.to ?? '',
        refund: c.refund_policy,
        presentation: c.presentation,
        claims_per_s: String(c.limits.claims_per_s ?? ''),
        per_resident: String(c.limits.per_resident_per_min ?? ''),
        roll: c.eligibility?.roll ?? false,
        roll_groups: (c.eligibility?.groups ?? []).join(' '),
        roll_cells: (c.eligibility?.grid_cells ?? []).join(' '),
        reward_campaign: c.reward?.campaign_id ?? '',
        reward_pool: c.reward?.pool_id ?? '',
        ...carForm(c),
    };
}

// --- What it costs, and what cannot be right -----------------------------------------------------
export interface Cost {
    budget_fen: number;
    pools_fen: number;
    claims: number;
    vouchers: number;
    sales_fen: number;
}

export function costOf(d: CampaignDefinition): Cost {
    const cost = {
        budget_fen: Math.max(0, d.budget_fen),
        pools_fen: 0,
        claims: 0,
        vouchers: 0,
        sales_fen: 0,
    };
    for (const pool of d.pools) {
        const count = Math.max(0, pool.count);
        const pieces = pool.pack ?? [
            { value_fen: pool.value_fen, min_spend_fen: pool.min_spend_fen ?? 0, count: 1 },
        ];
        cost.pools_fen += Math.max(0, pool.value_fen) * count;
        cost.claims += count;
        for (const piece of pieces) {
            const each = Math.max(0, piece.count ?? 1) * count;
            cost.vouchers += each;
            cost.sales_fen += each * Math.max(0, piece.min_spend_fen ?? 0);
        }
    }
    return cost;
}

type Say = (pointer: string, detail: string) => void;

function checkPool(pool: Pool, i: number, kind: string, say: Say): void {
    const at = `/pools/${i}`;
    if (!pool.name) say(`${at}/name`, t('need'));
    if (pool.value_fen <= 0) say(`${at}/value_fen`, t('need_money'));
    if (pool.count <= 0) say(`${at}/count`, t('need_number'));
    if ((pool.min_spend_fen ?? 0) < 0) say(`${at}/min_spend_fen`, t('need_money'));
    else if (
        kind === 'shopping' &&
        !pool.pack &&
        (pool.min_spend_fen ?? 0) > 0 &&
        pool.min_spend_fen! < pool.value_fen
    )
        say(`${at}/min_spend_fen`, t('min_below_face'));
    if (kind === 'car' && !pool.energy) say(`${at}/energy`, t('need'));
    if (!pool.pack) return;
    const bad = pool.pack.some(
        (p) => p.value_fen <= 0 || (p.count ?? 0) <= 0 || (p.min_spend_fen ?? 0) < 0,
    );
    const sum = pool.pack.reduce((s, p) => s + p.value_fen * (p.count ?? 1), 0);
    if (bad) say(`${at}/pack`, t('need_number'));
    else if (sum !== pool.value_fen)
        say(`${at}/pack`, t('pack_sum', money(sum), money(pool.value_fen)));
}

function checkRate(d: CampaignDefinition, say: Say): void {
    const rate = d.car?.rate;
    if (!rate) return;
    if (rate.type === 'percent_capped') {
        for (const name of ['fuel', 'nev'] as const) {
            const share = rate[name];
            if (!share || share.bp <= 0 || share.bp > 10000)
                say(`/car/rate/${name}/bp`, t('need_percent'));
            if (!share || share.cap_fen <= 0) say(`/car/rate/${name}/cap_fen`, t('need_money'));
        }
        return;
    }
    const bands = rate.bands ?? [];
    if (bands.length === 0) say('/car/rate/bands', t('need_bands'));
    bands.forEach((b, i) => {
        const at = `/car/rate/bands/${i}`;
        if (b.from_fen < 0) say(`${at}/from_fen`, t('need_money'));
        if (b.to_fen != null && b.to_fen <= b.from_fen) say(`${at}/to_fen`, t('to_after_from'));
        if (b.to_fen == null && i < bands.length - 1) say(`${at}/to_fen`, t('need'));
        const before = bands[i - 1]?.to_fen;
        if (before != null && before > b.from_fen) say(`${at}/from_fen`, t('bands_overlap'));
        if (b.fuel_fen < 0) say(`${at}/fuel_fen`, t('need_money'));
        if (b.nev_fen < 0) say(`${at}/nev_fen`, t('need_money'));
    });
}

function checkWindows(d: CampaignDefinition, say: Say): void {
    const windows = {
        claim_window: d.claim_window,
        use_window: d.use_window,
        'car/invoice_window': d.car?.invoice_window,
    };
    for (const [name, w] of Object.entries(windows)) {
        if (!w) continue;
        if (Number.isNaN(Date.parse(w.from))) say(`/${name}/from`, t('need_time'));
        if (Number.isNaN(Date.parse(w.to))) say(`/${name}/to`, t('need_time'));
        else if (Date.parse(w.to) <= Date.parse(w.from)) say(`/${name}/to`, t('to_after_from'));
    }
    if (Date.parse(d.claim_window.to) <= Date.now()) say('/claim_window/to', t('window_past'));
    if (d.use_window && Date.parse(d.use_window.to) < Date.parse(d.claim_window.to))
        say('/use_window/to', t('use_before_claim'));
    if (!d.use_window && !((d.valid_days ?? 0) > 0)) say('/valid_days', t('need_number'));
}

/** The dry run: everything that can be seen from here, all at once. */
export function check(d: CampaignDefinition): Fault[] {
    const faults: Fault[] = [];
    const say: Say = (pointer, detail) => faults.push({ pointer, detail });
    const cost = costOf(d);
    if (!d.name) say('/name', t('need'));
    if (d.budget_fen <= 0) say('/budget_fen', t('need_money'));
    else if (cost.pools_fen > d.budget_fen)
        say('/budget_fen', t('over_budget', money(cost.pools_fen - d.budget_fen)));
    if ((d.per_person_limit ?? 1) <= 0) say('/per_person_limit', t('need_number'));
    if ((d.limits?.claims_per_s ?? 1) <= 0) say('/limits/claims_per_s', t('need_number'));
    if ((d.limits?.per_resident_per_min ?? 1) <= 0)
        say('/limits/per_resident_per_min', t('need_number'));
    checkWindows(d, say);
    d.pools.forEach((pool, i) => checkPool(pool, i, d.kind, say));
    if (d.pools.length === 0) say('/pools', t('need'));
    if (d.merchants?.mode === 'groups' && d.merchants.groups?.length === 0)
        say('/merchants/groups', t('need'));
    if (d.merchants?.mode === 'list' && d.merchants.ids?.length === 0)
        say('/merchants/ids', t('need'));
    checkRate(d, say);
    return faults;
}
