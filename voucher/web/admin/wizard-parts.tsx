// The parts of the campaign form.
import type { ComponentChildren } from 'preact';
import { type BandForm, type Form, type PieceForm, type PoolForm, emptyPool } from './form';
import { Field } from './parts';
import { t } from './words';
import type { SetForm } from './wizard';

interface PartProps {
    form: Form;
    set: SetForm;
}

function Part(props: { title: string; children: ComponentChildren }) {
    return (
        <fieldset class="card">
            <legend>{props.title}</legend>
            {props.children}
        </fieldset>
    );
}

const Yuan = (props: {
    label: string;
    value: string;
    pointer: string;
    onInput: (v: string) => void;
    isHidden?: boolean;
    hint?: string;
}) => <Field {...props} inputMode="decimal" short />;
const Count = Yuan;

export function MoneyPart({ form, set }: PartProps) {
    return (
        <Part title={t('part_money')}>
            <div class="grid">
                <Field
                    label={t('name')}
                    value={form.name}
                    pointer="/name"
                    onInput={(name) => set({ name })}
                />
                <Yuan
                    label={t('budget_yuan')}
                    value={form.budget}
                    pointer="/budget_fen"
                    onInput={(budget) => set({ budget })}
                />
                <Field
                    label={t('kind')}
                    value={form.kind}
                    pointer="/kind"
                    options={[
                        ['shopping', t('shopping')],
                        ['car', t('car')],
                    ]}
                    onInput={(kind) => set({ kind: kind as Form['kind'] })}
                />
                <Field
                    label={t('issuing')}
                    value={form.issuing}
                    pointer="/issuing"
                    options={[
                        ['rush', t('rush')],
                        ['grant', t('grant')],
                        ['reward', t('reward')],
                    ]}
                    onInput={(issuing) => set({ issuing: issuing as Form['issuing'] })}
                />
                <Count
                    label={t('per_person')}
                    value={form.per_person}
                    pointer="/per_person_limit"
                    onInput={(per_person) => set({ per_person })}
                />
            </div>
        </Part>
    );
}

const at = <T,>(list: T[], i: number, change: Partial<T>) =>
    list.map((item, k) => (k === i ? { ...item, ...change } : item));
const without = <T,>(list: T[], i: number) => list.filter((_, k) => k !== i);

function Pieces(props: { pool: PoolForm; i: number; set: (pieces: PieceForm[]) => void }) {
    const { pieces } = props.pool;
    const edit = (k: number, change: Partial<PieceForm>) => props.set(at(pieces, k, change));
    const pointer = (k: number, name: string) => `/pools/${props.i}/pack/${k}/${name}`;
    return (
        <div
            class="pieces"
            role="group"
            aria-label={t('pack')}
            data-pointer={`/pools/${props.i}/pack`}
            tabIndex={-1}
        >
            {pieces.map((piece, k) => (
                <div class="row" key={k}>
                    <Yuan
                        label={t('piece_value')}
                        value={piece.value}
                        pointer={pointer(k, 'value_fen')}
                        onInput={(value) => edit(k, { value })}
                    />
                    <Yuan
                        label={t('min_spend')}
                        value={piece.min}
                        pointer={pointer(k, 'min_spend_fen')}
                        onInput={(min) => edit(k, { min })}
                    />
                    <Count
                        label={t('pieces')}
                        value={piece.count}
                        pointer={pointer(k, 'count')}
                        onInput={(count) => edit(k, { count })}
                    />
                    <button
                        type="button"
                        class="button quiet"
                        onClick={() => props.set(without(pieces, k))}
                    >
                        {t('remove')}
                        <span class="hidden"> {t('piece', k + 1)}</span>
                    </button>
                </div>
            ))}
            <button
                type="button"
                class="button quiet"
                onClick={() => props.set([...pieces, { value: '', min: '0', count: '1' }])}
            >
                ＋ {t('add_piece')}
            </button>
        </div>
    );
}

function PoolRow(props: { form: Form; i: number; set: (pools: PoolForm[]) => void }) {
    const { form, i } = props;
    const pool = form.pools[i]!;
    const edit = (change: Partial<PoolForm>) => props.set(at(form.pools, i, change));
    const p = `/pools/${i}`;
    const isCar = form.kind === 'car';
    return (
        <li class="pool" aria-label={`${t('pool')} ${i + 1}`}>
            <div class="row">
                <Field
                    label={t('pool_name')}
                    value={pool.name}
                    pointer={`${p}/name`}
                    onInput={(name) => edit({ name })}
                />
                <Yuan
                    label={t('face_yuan')}
                    value={pool.value}
                    pointer={`${p}/value_fen`}
                    onInput={(value) => edit({ value })}
                />
                <Count
                    label={t('count')}
                    value={pool.count}
                    pointer={`${p}/count`}
                    onInput={(count) => edit({ count })}
                />
                {isCar ? (
                    <Field
                        label={t('energy')}
                        value={pool.energy}
                        pointer={`${p}/energy`}
                        short
                        options={[
                            ['', '–'],
                            ['fuel', t('fuel')],
                            ['nev', t('nev')],
                        ]}
                        onInput={(energy) => edit({ energy })}
                    />
                ) : (
                    pool.pieces.length === 0 && (
                        <Yuan
                            label={t('min_spend')}
                            value={pool.min}
                            pointer={`${p}/min_spend_fen`}
                            onInput={(min) => edit({ min })}
                        />
                    )
                )}
                {form.pools.length > 1 && (
                    <button
                        type="button"
                        class="button quiet"
                        onClick={() => props.set(without(form.pools, i))}
                    >
                        {t('remove')}
                        <span class="hidden"> {pool.name || `${t('pool')} ${i + 1}`}</span>
                    </button>
                )}
            </div>
            {!isCar && <Pieces pool={pool} i={i} set={(pieces) => edit({ pieces })} />}
        </li>
    );
}

export function PoolsPart({ form, set }: PartProps) {
    const setPools = (pools: PoolForm[]) => set({ pools });
    return (
        <Part title={t('part_pools')}>
            <ul class="pools" data-pointer="/pools" tabIndex={-1}>
                {form.pools.map((_, i) => (
                    <PoolRow key={i} form={form} i={i} set={setPools} />
                ))}
            </ul>
            <button
                type="button"
                class="button plain"
                onClick={() => setPools([...form.pools, emptyPool()])}
            >
                ＋ {t('add_pool')}
            </button>
        </Part>
    );
}

function Bands({ form, set }: PartProps) {
    const edit = (i: number, change: Partial<BandForm>) =>
        set({ bands: at(form.bands, i, change) });
    const p = (i: number, name: string) => `/car/rate/bands/${i}/${name}`;
    return (
        <div data-pointer="/car/rate/bands" tabIndex={-1}>
            {form.bands.map((b, i) => (
                <div class="row" key={i} role="group" aria-label={t('band', i + 1)}>
                    <Yuan
                        label={t('price_from')}
                        value={b.from}
                        pointer={p(i, 'from_fen')}
                        onInput={(from) => edit(i, { from })}
                    />
                    <Yuan
                        label={t('price_to')}
                        value={b.to}
                        pointer={p(i, 'to_fen')}
                        onInput={(to) => edit(i, { to })}
                    />
                    <Yuan
                        label={t('fuel')}
                        value={b.fuel}
                        pointer={p(i, 'fuel_fen')}
                        onInput={(fuel) => edit(i, { fuel })}
                    />
                    <Yuan
                        label={t('nev')}
                        value={b.nev}
                        pointer={p(i, 'nev_fen')}
                        onInput={(nev) => edit(i, { nev })}
                    />
                    <button
                        type="button"
                        class="button quiet"
                        onClick={() => set({ bands: without(form.bands, i) })}
                    >
                        {t('remove')}
                        <span class="hidden"> {t('band', i + 1)}</span>
                    </button>
                </div>
            ))}
            <button
                type="button"
                class="button plain"
                onClick={() =>
                    set({
                        bands: [
                            ...form.bands,
                            {
                                from: form.bands[form.bands.length - 1]?.to ?? '',
                                to: '',
                                fuel: '',
                                nev: '',
                            },
                        ],
                    })
                }
            >
                ＋ {t('add_band')}
            </button>
        </div>
    );
}

export function CarPart({ form, set }: PartProps) {
    return (
        <Part title={t('part_car')}>
            <div class="grid">
                <Field
                    label={t('rate')}
                    value={form.rate}
                    pointer="/car/rate/type"
                    options={[
                        ['fixed_bands', t('fixed_bands')],
                        ['percent_capped', t('percent_capped')],
                    ]}
                    onInput={(rate) => set({ rate: rate as Form['rate'] })}
                />
                <Field
                    label={t('due_hours')}
                    value={form.due_hours}
                    pointer="/car/evidence_due_hours"
                    inputMode="numeric"
                    onInput={(due_hours) => set({ due_hours })}
                />
                <Field
                    label={t('invoice_from')}
                    type="datetime-local"
                    value={form.invoice_from}
                    pointer="/car/invoice_window/from"
                    onInput={(invoice_from) => set({ invoice_from })}
                />
                <Field
                    label={t('invoice_to')}
                    type="datetime-local"
                    value={form.invoice_to}
                    pointer="/car/invoice_window/to"
                    onInput={(invoice_to) => set({ invoice_to })}
                />
            </div>
            {form.rate === 'fixed_bands' ? (
                <Bands form={form} set={set} />
            ) : (
                <div class="grid">
                    <Yuan
                        label={t('fuel_percent')}
                        value={form.fuel_bp}
                        pointer="/car/rate/fuel/bp"
                        onInput={(fuel_bp) => set({ fuel_bp })}
                    />
                    <Yuan
                        label={t('fuel_cap')}
                        value={form.fuel_cap}
                        pointer="/car/rate/fuel/cap_fen"
                        onInput={(fuel_cap) => set({ fuel_cap })}
                    />
                    <Yuan
                        label={t('nev_percent')}
                        value={form.nev_bp}
                        pointer="/car/rate/nev/bp"
                        onInput={(nev_bp) => set({ nev_bp })}
                    />
                    <Yuan
                        label={t('nev_cap')}
                        value={form.nev_cap}
                        pointer="/car/rate/nev/cap_fen"
                        onInput={(nev_cap) => set({ nev_cap })}
                    />
                </div>
            )}
        </Part>
    );
}

export function TimePart({ form, set }: PartProps) {
    return (
        <Part title={t('part_time')}>
            <p class="soft">{t('zone_note')}</p>
            <div class="grid">
                <Field
                    label={t('claim_from')}
                    type="datetime-local"
                    value={form.claim_from}
                    pointer="/claim_window/from"
                    onInput={(claim_from) => set({ claim_from })}
                />
                <Field
                    label={t('claim_to')}
                    type="datetime-local"
                    value={form.claim_to}
                    pointer="/claim_window/to"
                    onInput={(claim_to) => set({ claim_to })}
                />
                <Field
                    label={t('validity')}
                    value={form.use_by}
                    options={[
                        ['window', t('by_window')],
                        ['days', t('by_days')],
                    ]}
                    onInput={(use_by) => set({ use_by: use_by as Form['use_by'] })}
                />
                {form.use_by === 'days' ? (
                    <Count
                        label={t('valid_days')}
                        value={form.valid_days}
                        pointer="/valid_days"
                        onInput={(valid_days) => set({ valid_days })}
                    />
                ) : (
                    <>
                        <Field
                            label={t('use_from')}
                            type="datetime-local"
                            value={form.use_from}
                            pointer="/use_window/from"
                            onInput={(use_from) => set({ use_from })}
                        />
                        <Field
                            label={t('use_to')}
                            type="datetime-local"
                            value={form.use_to}
                            pointer="/use_window/to"
                            onInput={(use_to) => set({ use_to })}
                        />
                    </>
                )}
                <Field
                    label={t('hours_from')}
                    type="time"
                    value={form.hours_from}
                    pointer="/daily_hours/0/from"
                    hint={t('hours_hint')}
                    onInput={(hours_from) => set({ hours_from })}
                />
                <Field
                    label={t('hours_to')}
                    type="time"
                    value={form.hours_to}
                    pointer="/daily_hours/0/to"
                    onInput={(hours_to) => set({ hours_to })}
                />
            </div>
        </Part>
    );
}

function Safety({ form, set }: PartProps) {
    return (
        <div class="grid">
            <Field
                label={t('refund_policy')}
                value={form.refund}
                pointer="/refund_policy"
                options={[
                    ['restore', t('refund_restore')],
                    ['return', t('refund_return')],
                ]}
                onInput={(refund) => set({ refund: refund as Form['refund'] })}
            />
            <Field
                label={t('presentation')}
                value={form.presentation}
                pointer="/presentation"
                options={[
                    ['static', t('static')],
                    ['rotating', t('rotating')],
                ]}
                onInput={(presentation) =>
                    set({ presentation: presentation as Form['presentation'] })
                }
            />
            <Field
                label={t('assurance')}
                value={form.assurance}
                pointer="/assurance"
                options={[
                    ['issuer', t('assurance_issuer')],
                    ['otp', t('assurance_otp')],
                ]}
                onInput={(assurance) => set({ assurance: assurance as Form['assurance'] })}
            />
            <Count
                label={t('claims_per_s')}
                value={form.claims_per_s}
                pointer="/limits/claims_per_s"
                onInput={(claims_per_s) => set({ claims_per_s })}
            />
            <Count
                label={t('per_resident')}
                value={form.per_resident}
                pointer="/limits/per_resident_per_min"
                onInput={(per_resident) => set({ per_resident })}
            />
        </div>
    );
}

export function ReachPart({ form, set }: PartProps) {
    const isList = form.merchants === 'list';
    return (
        <Part title={t('part_reach')}>
            <div class="grid">
                <Field
                    label={t('merchants')}
                    value={form.merchants}
                    pointer="/merchants/mode"
                    options={[
                        ['all', t('merchants_all')],
                        ['groups', t('merchants_groups')],
                        ['list', t('merchants_list')],
                    ]}
                    onInput={(merchants) => set({ merchants: merchants as Form['merchants'] })}
                />
                {form.merchants !== 'all' && (
                    <Field
                        label={isList ? t('merchant_ids') : t('groups')}
                        value={form.merchant_words}
                        hint={t('list_hint')}
                        pointer={isList ? '/merchants/ids' : '/merchants/groups'}
                        onInput={(merchant_words) => set({ merchant_words })}
                    />
                )}
                <Field
                    label={t('allow')}
                    value={form.allow}
                    pointer="/categories/allow"
                    hint={t('allow_hint')}
                    onInput={(allow) => set({ allow })}
                />
                <Field
                    label={t('deny')}
                    value={form.deny}
                    pointer="/categories/deny"
                    hint={t('list_hint')}
                    onInput={(deny) => set({ deny })}
                />
            </div>
            <label class="tick">
                <input
                    type="checkbox"
                    checked={form.roll}
                    onChange={(e) => set({ roll: e.currentTarget.checked })}
                />
                <span>{t('roll_only')}</span>
            </label>
            {form.roll && (
                <div class="grid">
                    <Field
                        label={t('roll_groups')}
                        value={form.roll_groups}
                        pointer="/eligibility/groups"
                        hint={t('list_hint')}
                        onInput={(roll_groups) => set({ roll_groups })}
                    />
                    <Field
                        label={t('roll_cells')}
                        value={form.roll_cells}
                        pointer="/eligibility/grid_cells"
                        hint={t('list_hint')}
                        onInput={(roll_cells) => set({ roll_cells })}
                    />
                </div>
            )}
            <details>
                <summary>{t('part_safety')}</summary>
                <Safety form={form} set={set} />
                {form.kind === 'car' && (
                    <div class="grid">
                        <Field
                            label={t('reward_campaign')}
                            value={form.reward_campaign}
                            pointer="/reward/campaign_id"
                            onInput={(reward_campaign) => set({ reward_campaign })}
                        />
                        <Field
                            label={t('reward_pool')}
                            value={form.reward_pool}
                            pointer="/reward/pool_id"
                            onInput={(reward_pool) => set({ reward_pool })}
                        />
                    </div>
                )}
            </details>
        </Part>
    );
}
