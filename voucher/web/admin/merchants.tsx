// Merchants, their tills, and the sheet that enrols a till.
import { useMemo, useRef, useState } from 'preact/hooks';
import type { Merchant, Terminal } from '../shared/api';
import { type Answer, newKey } from '../shared/http';
import {
    Act,
    Empty,
    type Fault,
    Faults,
    Field,
    Notice,
    type Said,
    Table,
    faultsOf,
    saidOf,
    useAsked,
} from './parts';
import { qrPath } from './qr';
import { type Page, get, getAll, hasRole, post } from './session';
import { t } from './words';

const merchantsPath = '/v1/admin/merchants';

function NewMerchant(props: { onDone: (said: Said) => void }) {
    const blank = { name: '', uscc: '', kind: 'shop', groups: '', override: '' };
    const [form, setForm] = useState(blank);
    const [faults, setFaults] = useState<Fault[]>([]);
    const [said, setSaid] = useState<Said | null>(null);
    const key = useMemo(newKey, [form]);
    const set = (change: Partial<typeof blank>) => setForm({ ...form, ...change });
    const send = async () => {
        const body = {
            name: form.name.trim(),
            uscc: form.uscc.normalize('NFKC').replace(/\s/g, '').toUpperCase(),
            kind: form.kind,
            groups: form.groups.split(/[\s,，、]+/).filter(Boolean),
            ...(form.override.trim() && { uscc_override_reason: form.override.trim() }),
        };
        const answer = await post<Merchant>(merchantsPath, body, key);
        const found = faultsOf(answer);
        setFaults(found);
        setSaid(found.length > 0 ? null : saidOf(answer));
        if (answer.kind !== 'done') return;
        setForm(blank);
        props.onDone({ look: 'good', title: t('merchant_added'), text: answer.data.name });
    };
    const asksReason = form.override !== '' || faults.some((f) => f.pointer.startsWith('/uscc'));
    return (
        <Faults.Provider value={faults}>
            <form
                class="stack"
                noValidate
                onSubmit={(e) => {
                    e.preventDefault();
                    void send();
                }}
            >
                <div class="grid">
                    <Field
                        label={t('merchant_name')}
                        value={form.name}
                        pointer="/name"
                        onInput={(name) => set({ name })}
                    />
                    <Field
                        label={t('uscc')}
                        value={form.uscc}
                        pointer="/uscc"
                        onInput={(uscc) => set({ uscc })}
                    />
                    <Field
                        label={t('merchant_kind')}
                        value={form.kind}
                        pointer="/kind"
                        options={[
                            ['shop', t('shop')],
                            ['car_dealer', t('car_dealer')],
                        ]}
                        onInput={(kind) => set({ kind })}
                    />
                    <Field
                        label={t('groups')}
                        value={form.groups}
                        pointer="/groups"
                        hint={t('list_hint')}
                        onInput={(groups) => set({ groups })}
                    />
                    {asksReason && (
                        <Field
                            label={t('override')}
                            value={form.override}
                            pointer="/uscc_override_reason"
                            hint={t('override_hint')}
                            onInput={(override) => set({ override })}
                        />
                    )}
                </div>
                <Notice said={said} />
                <p class="acts">
                    <button class="button">{t('add_merchant')}</button>
                </p>
            </form>
        </Faults.Provider>
    );
}

/** What a till scans to enrol: it opens the till's page, and the code stays behind the #. */
export const enrolLink = (code: string) => `${location.origin}/pos#enroll=${code}`;

function Slip(props: { merchant: Merchant; terminal: Terminal }) {
    const code = props.terminal.enrollment_code!;
    const { path, size } = qrPath(enrolLink(code));
    return (
        <section class="card slip" aria-label={t('enrol_slip')}>
            <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t('enrol_qr')}>
                <rect width={size} height={size} fill="#fff" />
                <path d={path} fill="#000" />
            </svg>
            <div>
                <p class="strong">{props.merchant.name}</p>
                <p>{props.terminal.outlet}</p>
                <p class="code" data-code>
                    {code}
                </p>
                <p class="soft">{t('enrol_note')}</p>
                <p class="acts">
                    <button type="button" class="button" onClick={() => print()}>
                        {t('print')}
                    </button>
                </p>
            </div>
        </section>
    );
}

function NewTill(props: { merchant: Merchant; onMade: (terminal: Terminal) => void }) {
    const [outlet, setOutlet] = useState('');
    const [said, setSaid] = useState<Said | null>(null);
    const key = useMemo(newKey, [outlet]);
    const send = async () => {
        const body = { outlet: outlet.trim() };
        const answer = await post<Terminal>(
            `${merchantsPath}/${props.merchant.merchant_id}/terminals`,
            body,
            key,
        );
        setSaid(saidOf(answer));
        if (answer.kind !== 'done') return;
        setOutlet('');
        props.onMade(answer.data);
    };
    return (
        <form
            class="inline"
            noValidate
            onSubmit={(e) => {
                e.preventDefault();
                void send();
            }}
        >
            <Field label={t('outlet')} value={outlet} name="outlet" onInput={setOutlet} />
            <button class="button">{t('add_till')}</button>
            <Notice said={said} />
        </form>
    );
}

const tillLooks = { pending: 'soon', active: 'good', revoked: 'bad' };

export function MerchantView(props: { id: string }) {
    const path = `${merchantsPath}/${props.id}`;
    const found = useAsked(async () => {
        const page = await get<Page<Merchant>>(`${merchantsPath}?find=${props.id}`);
        return page.kind === 'done' ? { ...page, data: page.data.items[0] ?? null } : page;
    }, path);
    const tills = useAsked(() => getAll<Terminal>(`${path}/terminals`), `${path}/terminals`, 5000);
    const [made, setMade] = useState<Terminal | null>(null);
    const [said, setSaid] = useState<Said | null>(null);
    const merchant = found.data;
    const revoke = async (till: Terminal) => {
        const answer = await post(`/v1/admin/terminals/${till.terminal_id}/revoke`);
        setSaid(saidOf(answer) ?? { look: 'good', title: t('till_revoked'), text: till.outlet });
        await tills.again();
    };
    if (!merchant) return <Notice said={found.said} />;
    return (
        <>
            <p class="crumb">
                <a href="#/merchants">{t('merchants_view')}</a>
            </p>
            <h1>{merchant.name}</h1>
            <p class="soft">
                {merchant.uscc} · {t(merchant.kind)}{' '}
                {merchant.groups.length > 0 && `· ${merchant.groups.join(' ')}`}
            </p>
            <section class="card stack">
                <h2>{t('tills')}</h2>
                <Notice said={said ?? tills.said} />
                {hasRole('operations') && (
                    <NewTill
                        merchant={merchant}
                        onMade={(terminal) => {
                            setMade(terminal);
                            void tills.again();
                        }}
                    />
                )}
                {made?.enrollment_code && <Slip merchant={merchant} terminal={made} />}
                {tills.data?.length === 0 && <Empty word={t('no_tills')} />}
                {tills.data && tills.data.length > 0 && (
                    <Table label={t('tills')} heads={[t('outlet'), t('number'), t('state'), '']}>
                        {tills.data.map((till) => (
                            <tr key={till.terminal_id}>
                                <th scope="row">{till.outlet}</th>
                                <td class="code">{till.terminal_id}</td>
                                <td>
                                    <span class={`state ${tillLooks[till.state]}`}>
                                        {t(`till_${till.state}`)}
                                    </span>
                                </td>
                                <td class="acts">
                                    {hasRole('operations') && till.state !== 'revoked' && (
                                        <Act
                                            word={t('revoke')}
                                            about={till.outlet}
                                            look="plain"
                                            onAct={() => revoke(till)}
                                        />
                                    )}
                                </td>
                            </tr>
                        ))}
                    </Table>
                )}
            </section>
        </>
    );
}

const shown_max = 200;

/** Those that match, as the service finds them: it may take many answers to come to the next one. */
async function search(find: string, isWanted: () => boolean): Promise<Answer<Found>> {
    const items: Merchant[] = [];
    let after = '';
    for (;;) {
        const query = new URLSearchParams({ limit: '100' });
        if (find) query.set('find', find);
        if (after) query.set('after', after);
        const page = await get<Page<Merchant>>(`${merchantsPath}?${query}`);
        if (page.kind !== 'done') return page;
        items.push(...page.data.items);
        const hasMore = page.data.has_more && page.data.next !== null;
        if (!hasMore || items.length >= shown_max || !isWanted())
            return { kind: 'done', status: 200, data: { items, hasMore } };
        after = page.data.next!;
    }
}

interface Found {
    items: Merchant[];
    hasMore: boolean;
}

export function Merchants() {
    const [find, setFind] = useState('');
    const wanted = find.normalize('NFKC').trim().slice(0, 20);
    const latest = useRef(wanted);
    latest.current = wanted;
    const { data, said, again } = useAsked(
        () => search(wanted, () => latest.current === wanted),
        `merchants ${wanted}`,
    );
    const found = data?.items ?? [];
    const [done, setDone] = useState<Said | null>(null);
    return (
        <>
            <h1>{t('merchants_view')}</h1>
            <Notice said={done ?? said} />
            {hasRole('operations') && (
                <details class="card">
                    <summary>{t('new_merchant')}</summary>
                    <NewMerchant
                        onDone={(what) => {
                            setDone(what);
                            void again();
                        }}
                    />
                </details>
            )}
            {found.length === 0 && data && wanted === '' && <Empty word={t('no_merchants')} />}
            {(found.length > 0 || wanted !== '') && (
                <section class="card stack">
                    <Field
                        label={t('find')}
                        value={find}
                        type="search"
                        name="find"
                        onInput={setFind}
                    />
                    <p class="soft" role="status">
                        {data && t(data.hasMore ? 'found_first' : 'found', found.length)}
                    </p>
                    <Table
                        label={t('merchants_view')}
                        heads={[t('merchant_name'), t('uscc'), t('merchant_kind'), t('groups')]}
                    >
                        {found.map((m) => (
                            <tr key={m.merchant_id}>
                                <th scope="row">
                                    <a href={`#/merchants/${m.merchant_id}`}>{m.name}</a>
                                </th>
                                <td class="code">{m.uscc}</td>
                                <td>{t(m.kind)}</td>
                                <td>{m.groups.join(' ') || '–'}</td>
                            </tr>
                        ))}
                    </Table>
                </section>
            )}
        </>
    );
}
