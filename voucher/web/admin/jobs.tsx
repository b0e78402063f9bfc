// Bulk work: files of rows go up, jobs work them off; shown while they do, stopped and resumed.
import { useMemo, useRef, useState } from 'preact/hooks';
import type { BulkJob, Campaign, Job, Person, Voided } from '../shared/api';
import { newKey } from '../shared/http';
import { showTime } from '../shared/words';
import { grouped } from './money';
import {
    Act,
    Empty,
    Field,
    Notice,
    type Said,
    Table,
    faultsOf,
    problemSaid,
    saidOf,
    useAsked,
} from './parts';
import { type Page, get, hasRole, post, save, upload } from './session';
import { type Word, t } from './words';

const jobLooks = { queued: 'soon', running: 'soon', stopped: 'bad', done: 'good', failed: 'bad' };

function span(s: number): string {
    if (s >= 5400) return t('hours', (s / 3600).toFixed(1));
    return s >= 90 ? t('minutes', Math.round(s / 60)) : t('seconds', s);
}

function JobLine(props: { job: BulkJob; onDone: (said: Said | null) => void }) {
    const { job } = props;
    const done = job.rows_ok + job.rows_failed;
    const act = async (verb: 'stop' | 'resume') =>
        props.onDone(saidOf(await post(`/v1/admin/jobs/${job.job_id}/${verb}`, undefined)));
    const fetchFailures = async () => {
        if (!(await save(job.failures_url, `${job.job_id}-failures.csv`)))
            props.onDone({ look: 'bad', title: t('lost') });
    };
    const isOpen = job.state === 'queued' || job.state === 'running';
    return (
        <tr data-job={job.job_id}>
            <th scope="row">
                {t(`job_${job.kind}`)}
                {job.dry_run && <small>{t('job_dry')}</small>}
                <small>{showTime(job.created_at)}</small>
            </th>
            <td>
                <span class={`state ${jobLooks[job.state]}`}>{t(`jobs_${job.state}` as Word)}</span>
            </td>
            <td>
                <progress
                    max={Math.max(1, job.rows_total)}
                    value={done}
                    aria-label={t('progress')}
                />
                <small class="digits">
                    {grouped(done)} / {grouped(job.rows_total)}
                    {isOpen && job.rows_per_s
                        ? ` · ${t('rows_per_s', grouped(job.rows_per_s))}`
                        : ''}
                    {isOpen && job.seconds_left ? ` · ${t('left', span(job.seconds_left))}` : ''}
                </small>
            </td>
            <td class="n">{grouped(job.rows_ok)}</td>
            <td class="n">{grouped(job.rows_failed)}</td>
            <td class="acts">
                {job.rows_failed > 0 && (
                    <Act word={t('failures_csv')} look="plain" onAct={fetchFailures} />
                )}
                {isOpen && hasRole('operations') && (
                    <Act word={t('stop')} look="plain" onAct={() => act('stop')} />
                )}
                {job.state === 'stopped' && hasRole('operations') && (
                    <Act word={t('resume')} onAct={() => act('resume')} />
                )}
            </td>
        </tr>
    );
}

function JobTable(props: { campaign?: string }) {
    const [said, setSaid] = useState<Said | null>(null);
    const asked = useAsked(
        () => get<Page<BulkJob>>('/v1/admin/jobs?limit=50'),
        `jobs ${props.campaign ?? ''}`,
        1000,
    );
    const items = (asked.data?.items ?? []).filter(
        (j) => !props.campaign || j.campaign_id === props.campaign,
    );
    return (
        <>
            <Notice said={said ?? asked.said} />
            {asked.data && items.length === 0 && <Empty word={t('no_jobs')} />}
            {items.length > 0 && (
                <Table
                    label={t('jobs')}
                    heads={[
                        t('job'),
                        t('state'),
                        t('progress'),
                        [t('rows_ok'), 'n'],
                        [t('rows_failed'), 'n'],
                        '',
                    ]}
                >
                    {items.map((job) => (
                        <JobLine
                            key={job.job_id}
                            job={job}
                            onDone={(what) => {
                                setSaid(what);
                                void asked.again();
                            }}
                        />
                    ))}
                </Table>
            )}
        </>
    );
}

/** One file, tried first if so wished. The key belongs to file and wish: twice sent is one job. */
export function UploadForm(props: { path: string; label: string; hint: string }) {
    const input = useRef<HTMLInputElement>(null);
    const [file, setFile] = useState<File | null>(null);
    const [said, setSaid] = useState<Said | null>(null);
    const keys = useMemo(() => ({ dry: newKey(), real: newKey() }), [file, props.path]);
    const send = async (isDry: boolean) => {
        if (!file) {
            setSaid({ look: 'bad', title: t('need_file') });
            return input.current?.focus();
        }
        const mark = props.path.includes('?') ? '&' : '?';
        const answer = await upload<BulkJob>(
            isDry ? `${props.path}${mark}dry_run=true` : props.path,
            file,
            isDry ? keys.dry : keys.real,
        );
        const faults = faultsOf(answer);
        if (answer.kind === 'refused' && faults.length > 0)
            return setSaid({
                ...problemSaid(answer.problem),
                text: faults.map((f) => f.detail).join(' '),
            });
        setSaid(
            saidOf(answer) ?? {
                look: 'good',
                title: isDry ? t('upload_tried') : t('uploaded'),
                text: file.name,
            },
        );
    };
    const id = `file-${props.path.replace(/\W/g, '')}`;
    return (
        <div class="upload stack">
            <div class="field">
                <label for={id}>{props.label}</label>
                <input
                    ref={input}
                    id={id}
                    type="file"
                    accept=".csv,text/csv"
                    aria-describedby={`${id}-hint`}
                    onChange={(e) => setFile(e.currentTarget.files?.[0] ?? null)}
                />
                <span class="hint" id={`${id}-hint`}>
                    {props.hint}
                </span>
            </div>
            <Notice said={said} />
            <p class="acts">
                <Act
                    word={t('try_first')}
                    about={props.label}
                    look="plain"
                    onAct={() => send(true)}
                />
                <Act word={t('import')} about={props.label} onAct={() => send(false)} />
            </p>
        </div>
    );
}

/** A person by name: by role and reason only, and never kept on the screen for long. */
function Unmask() {
    const [id, setId] = useState('');
    const [reason, setReason] = useState('');
    const [said, setSaid] = useState<Said | null>(null);
    const [person, setPerson] = useState<Person | null>(null);
    const key = useMemo(newKey, [id, reason]);
    const send = async () => {
        setPerson(null);
        if (!/^res_[0-9A-Z]{26}$/.test(id.trim()) || !reason.trim())
            return setSaid({ look: 'bad', title: t('unmask_need') });
        const answer = await post<Person>(
            `/v1/admin/residents/${id.trim()}/unmask`,
            { reason: reason.trim() },
            key,
        );
        setSaid(saidOf(answer));
        if (answer.kind !== 'done') return;
        setPerson(answer.data);
        setTimeout(() => setPerson(null), 60000);
    };
    return (
        <section class="card stack">
            <h2>{t('unmask')}</h2>
            <p class="soft">{t('unmask_note')}</p>
            <div class="grid">
                <Field
                    label={t('resident_id')}
                    value={id}
                    name="resident_id"
                    hint="res_…"
                    onInput={setId}
                />
                <Field
                    label={t('reason')}
                    value={reason}
                    name="unmask_reason"
                    onInput={setReason}
                />
            </div>
            <Notice said={said} />
            {person && (
                <div role="status">
                    <dl class="facts">
                        {(
                            [
                                ['person_name', person.name],
                                ['id_number', person.id_number],
                                ['mobile', person.mobile ?? '–'],
                            ] as const
                        ).map(([name, value]) => (
                            <div key={name}>
                                <dt>{t(name)}</dt>
                                <dd class="digits">{value}</dd>
                            </div>
                        ))}
                    </dl>
                </div>
            )}
            <p class="acts">
                <Act word={t('unmask_it')} look="plain" onAct={send} />
                {person && (
                    <Act word={t('unmask_hide')} look="quiet" onAct={() => setPerson(null)} />
                )}
            </p>
        </section>
    );
}

export function Jobs() {
    return (
        <>
            <h1>{t('jobs')}</h1>
            {hasRole('operations') && (
                <div class="charts">
                    <section class="card">
                        <h2>{t('import_residents')}</h2>
                        <UploadForm
                            path="/v1/admin/residents/import"
                            label={t('roll_file')}
                            hint="id_number, name, mobile?, grid_cell?, groups?"
                        />
                    </section>
                    <section class="card">
                        <h2>{t('import_merchants')}</h2>
                        <UploadForm
                            path="/v1/admin/merchants/import"
                            label={t('merchant_file')}
                            hint="name, uscc, kind, groups?, grid_cell?, override_reason?"
                        />
                    </section>
                </div>
            )}
            <section class="card">
                <h2>{t('jobs_list')}</h2>
                <JobTable />
            </section>
            {hasRole('auditor') && <Unmask />}
        </>
    );
}

// --- Grants and voids of one campaign ------------------------------------------------------------
function GrantFew(props: { campaign: Campaign; pool: string }) {
    const [text, setText] = useState('');
    const [said, setSaid] = useState<Said | null>(null);
    const residents = text
        .normalize('NFKC')
        .toUpperCase()
        .split(/[\s,;，、]+/)
        .filter(Boolean);
    const key = useMemo(newKey, [text, props.pool]);
    const send = async () => {
        const ids = residents.map((r) => (r.startsWith('RES_') ? `res_${r.slice(4)}` : r));
        const answer = await post<Job>(
            `/v1/admin/campaigns/${props.campaign.campaign_id}/grants`,
            { pool_id: props.pool, residents: ids },
            key,
        );
        if (answer.kind !== 'done') return setSaid(saidOf(answer));
        const { rows_ok, rows_failed, failures } = answer.data;
        const text = failures.map((f) => `${t('row', f.row)}: ${f.code}`).join('; ');
        setSaid({
            look: rows_failed > 0 ? 'soon' : 'good',
            title: t('granted', rows_ok, rows_failed),
            text,
        });
    };
    return (
        <div class="stack">
            <Field
                label={t('grant_few')}
                value={text}
                name="residents"
                hint={t('grant_few_hint')}
                onInput={setText}
            />
            <Notice said={said} />
            <p class="acts">
                <Act
                    word={t('grant_now', residents.length)}
                    isOff={residents.length === 0}
                    onAct={send}
                />
            </p>
        </div>
    );
}

function VoidOne() {
    const [id, setId] = useState('');
    const [reason, setReason] = useState('');
    const [said, setSaid] = useState<Said | null>(null);
    const key = useMemo(newKey, [id, reason]);
    const send = async () => {
        if (!/^vch_[0-9A-Z]{26}$/.test(id.trim()) || !reason.trim())
            return setSaid({ look: 'bad', title: t('void_need') });
        const answer = await post<Voided>(
            `/v1/admin/vouchers/${id.trim()}/void`,
            { reason: reason.trim() },
            key,
        );
        setSaid(saidOf(answer) ?? { look: 'good', title: t('voided'), text: id });
    };
    return (
        <div class="stack">
            <div class="grid">
                <Field
                    label={t('voucher_id')}
                    value={id}
                    name="voucher_id"
                    hint="vch_…"
                    onInput={setId}
                />
                <Field label={t('reason')} value={reason} name="void_reason" onInput={setReason} />
            </div>
            <Notice said={said} />
            <p class="acts">
                <Act word={t('void_it')} look="danger" onAct={send} />
            </p>
        </div>
    );
}

export function Grants(props: { campaign: Campaign }) {
    const { campaign } = props;
    const [pool, setPool] = useState(campaign.pools[0]?.pool_id ?? '');
    const id = campaign.campaign_id;
    return (
        <>
            {hasRole('operations') && (
                <div class="charts">
                    <section class="card stack">
                        <h2>{t('grants')}</h2>
                        <Field
                            label={t('pool')}
                            value={pool}
                            name="pool"
                            onInput={setPool}
                            options={campaign.pools.map((p) => [p.pool_id ?? '', p.name])}
                        />
                        <GrantFew campaign={campaign} pool={pool} />
                        <UploadForm
                            path={`/v1/admin/campaigns/${id}/grants?pool_id=${pool}`}
                            label={t('grant_file')}
                            hint="id_number"
                        />
                    </section>
                    <section class="card stack">
                        <h2>{t('void_title')}</h2>
                        <p class="soft">{t('void_note')}</p>
                        <VoidOne />
                    </section>
                </div>
            )}
            <section class="card">
                <h2>{t('jobs_list')}</h2>
                <JobTable campaign={id} />
            </section>
        </>
    );
}
