// The wizard: a template, then one form with its cost beside it, a dry run, and a draft that goes
// on its way. A campaign that exists is changed by the same form.
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Campaign } from '../shared/api';
import { newKey } from '../shared/http';
import { CarPart, MoneyPart, PoolsPart, ReachPart, TimePart } from './wizard-parts';
import { type Form, check, costOf, definitionOf, formOf } from './form';
import { about, inWords, money } from './money';
import { Act, type Fault, Faults, Notice, type Said, faultsOf, percentOf, saidOf } from './parts';
import { getTagged, post, put } from './session';
import { aboutOf, nameOf, templates } from './templates';
import { t } from './words';

export type SetForm = (change: Partial<Form>) => void;

function Templates(props: { onPick: (form: Form) => void }) {
    return (
        <>
            <h1>{t('new_campaign')}</h1>
            <p class="lead">{t('pick_template')}</p>
            <ul class="templates">
                {templates.map((x) => (
                    <li key={x.id}>
                        <button
                            type="button"
                            class="card"
                            data-template={x.id}
                            onClick={() => props.onPick(x.make())}
                        >
                            <b>{nameOf(x)}</b>
                            <span>{aboutOf(x)}</span>
                        </button>
                    </li>
                ))}
            </ul>
        </>
    );
}

function Cost(props: { form: Form }) {
    const cost = costOf(definitionOf(props.form));
    const rest = cost.budget_fen - cost.pools_fen;
    const rows: [string, string][] = [
        [t('budget'), money(cost.budget_fen)],
        [t('pools_cost'), money(cost.pools_fen)],
        [rest < 0 ? t('over') : t('unplanned'), money(Math.abs(rest))],
        [t('claims_possible'), cost.claims.toLocaleString('en')],
        [t('vouchers_possible'), cost.vouchers.toLocaleString('en')],
    ];
    if (cost.sales_fen > 0) {
        rows.push([t('sales_least'), about(cost.sales_fen)]);
        rows.push([
            t('leverage_least'),
            (Math.floor((100 * cost.sales_fen) / Math.max(1, cost.pools_fen)) / 100).toFixed(2),
        ]);
    }
    return (
        <aside class="card cost" aria-label={t('cost')}>
            <h2>{t('cost')}</h2>
            <p class={rest < 0 ? 'big bad' : 'big'}>{percentOf(cost.pools_fen, cost.budget_fen)}</p>
            <p class="soft">{t('of_budget')}</p>
            <dl>
                {rows.map(([name, value]) => (
                    <div key={name}>
                        <dt>{name}</dt>
                        <dd class="digits">{value}</dd>
                    </div>
                ))}
            </dl>
            {cost.budget_fen > 0 && <p class="soft">{inWords(cost.budget_fen)}</p>}
        </aside>
    );
}

/** Faults with a way to their fields; what has no field is said here. */
function DryRun(props: { faults: Fault[] | null }) {
    const { faults } = props;
    // One object per dry run: only a new one takes the focus, not every letter typed after it.
    const said = useMemo<Said>(
        () =>
            faults && faults.length > 0
                ? { look: 'bad', title: t('dry_bad', faults.length) }
                : { look: 'good', title: t('dry_good'), text: t('dry_good_next') },
        [faults],
    );
    useEffect(() => {
        // No fault hides.
        for (const hidden of document.querySelectorAll('details:has([aria-invalid=true])'))
            hidden.setAttribute('open', '');
    }, [faults]);
    if (!faults) return null;
    if (faults.length === 0) return <Notice said={said} />;
    const go = (pointer: string) => {
        const field = document.querySelector<HTMLElement>(
            `[data-pointer="${CSS.escape(pointer)}"]`,
        );
        field?.closest('details')?.setAttribute('open', '');
        field?.focus();
        field?.scrollIntoView({ block: 'center' });
    };
    return (
        <Notice said={said}>
            <ul class="faults">
                {faults.map((f) => (
                    <li key={f.pointer + f.detail}>
                        <button type="button" class="link" onClick={() => go(f.pointer)}>
                            {f.pointer || '/'}
                        </button>{' '}
                        {f.detail}
                    </li>
                ))}
            </ul>
        </Notice>
    );
}

interface EditorProps {
    form: Form;
    title: string;
    onSave: (form: Form) => Promise<{ said: Said | null; faults: Fault[] }>;
}

function Editor(props: EditorProps) {
    const [form, setForm] = useState(props.form);
    const [faults, setFaults] = useState<Fault[] | null>(null);
    const [said, setSaid] = useState<Said | null>(null);
    const set: SetForm = (change) => setForm((f) => ({ ...f, ...change }));
    const dryRun = () => {
        const found = check(definitionOf(form));
        setSaid(null);
        setFaults(found);
        return found.length === 0;
    };
    const save = async () => {
        if (!dryRun()) return;
        setFaults(null);
        const done = await props.onSave(form);
        setSaid(done.faults.length > 0 ? null : done.said);
        setFaults(done.faults.length > 0 ? done.faults : null);
    };
    return (
        <Faults.Provider value={faults ?? []}>
            <h1>{props.title}</h1>
            <div class="editor">
                <form
                    noValidate
                    onSubmit={(e) => {
                        e.preventDefault();
                        void save();
                    }}
                >
                    <MoneyPart form={form} set={set} />
                    <PoolsPart form={form} set={set} />
                    {form.kind === 'car' && <CarPart form={form} set={set} />}
                    <TimePart form={form} set={set} />
                    <ReachPart form={form} set={set} />
                    <Notice said={said} />
                    <DryRun faults={faults} />
                    <p class="acts">
                        <button class="button">{t('save_draft')}</button>
                        <Act word={t('dry_run')} look="plain" onAct={() => void dryRun()} />
                        <a class="button plain" href="#/campaigns">
                            {t('cancel')}
                        </a>
                    </p>
                </form>
                <Cost form={form} />
            </div>
        </Faults.Provider>
    );
}

export function Wizard() {
    const [form, setForm] = useState<Form | null>(null);
    const key = useMemo(newKey, [form]);
    if (!form) return <Templates onPick={setForm} />;
    const save = async (typed: Form) => {
        // Another content under the same key would be refused: the key belongs to what is sent.
        const body = definitionOf(typed);
        const answer = await post<Campaign>(
            '/v1/admin/campaigns',
            body,
            `${key}-${hash(JSON.stringify(body))}`,
        );
        if (answer.kind === 'done') location.hash = `#/campaigns/${answer.data.campaign_id}`;
        return { said: saidOf(answer), faults: faultsOf(answer) };
    };
    return <Editor form={form} title={t('new_campaign')} onSave={save} />;
}

/** FNV-1a: tells two drafts apart. */
function hash(text: string): string {
    let h = 0x811c9dc5;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
    return h.toString(16);
}

export function Change(props: { id: string }) {
    const path = `/v1/admin/campaigns/${props.id}`;
    const [got, setGot] = useState<{ campaign: Campaign; tag: string } | null>(null);
    const [said, setSaid] = useState<Said | null>(null);
    useEffect(() => {
        void getTagged<Campaign>(path).then(({ answer, tag }) => {
            if (answer.kind === 'done') setGot({ campaign: answer.data, tag });
            setSaid(saidOf(answer));
        });
    }, [path]);
    if (!got) return <Notice said={said} />;
    const save = async (typed: Form) => {
        const answer = await put<Campaign>(path, definitionOf(typed), got.tag);
        if (answer.kind === 'done') location.hash = `#/campaigns/${props.id}`;
        return { said: saidOf(answer), faults: faultsOf(answer) };
    };
    const title = got.campaign.state === 'draft' ? t('change_draft') : t('next_version');
    return <Editor form={formOf(got.campaign)} title={title} onSave={save} />;
}
