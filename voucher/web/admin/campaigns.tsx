// All campaigns, and what one click does to one of them.
import { useState } from 'preact/hooks';
import type { Campaign, Stats } from '../shared/api';
import { showTime } from '../shared/words';
import { about, grouped, money } from './money';
import { Act, Empty, Meter, Notice, type Said, Table, percentOf, saidOf, useAsked } from './parts';
import { get, getAll, hasRole, post } from './session';
import { type Word, t } from './words';

export const stateWord = (state: string) => t(`state_${state}` as Word);
const looks: Record<string, string> = {
    draft: '',
    submitted: 'soon',
    approved: 'soon',
    running: 'good',
    paused: 'bad',
    closed: '',
};
export const State = (props: { state: string }) => (
    <span class={`state ${looks[props.state] ?? ''}`}>{stateWord(props.state)}</span>
);

export type Verb = 'submit' | 'approve' | 'reject' | 'pause' | 'resume' | 'close';

/** Who may do what, in which state. The service judges again. */
export function verbsOf(c: Campaign): Verb[] {
    const out: Verb[] = [];
    const stage = c.pending?.state ?? c.state;
    if (hasRole('operations')) {
        if (c.state === 'running' || c.state === 'approved') out.push('pause');
        if (c.state === 'paused') out.push('resume');
        if (stage === 'draft') out.push('submit');
    }
    if (hasRole('approver') && stage === 'submitted') out.push('approve', 'reject');
    if (hasRole('operations') && ['running', 'approved', 'paused'].includes(c.state))
        out.push('close');
    return out;
}

export function Verbs(props: {
    campaign: Campaign;
    onDone: (said: Said | null) => void;
    only?: Verb[];
}) {
    const { campaign } = props;
    const [asksClose, setAsksClose] = useState(false);
    const act = async (verb: Verb) => {
        if (verb === 'close' && !asksClose) return setAsksClose(true);
        setAsksClose(false);
        const answer = await post(`/v1/admin/campaigns/${campaign.campaign_id}/${verb}`);
        const good = { look: 'good', title: t(`did_${verb}`), text: campaign.name } as const;
        props.onDone(saidOf(answer) ?? good);
    };
    const verbs = verbsOf(campaign).filter((v) => !props.only || props.only.includes(v));
    return (
        <>
            {verbs.map((verb) => (
                <Act
                    key={verb}
                    word={verb === 'close' && asksClose ? t('close_really') : t(`do_${verb}`)}
                    about={campaign.name}
                    look={
                        verb === 'pause' || (verb === 'close' && asksClose)
                            ? 'danger'
                            : ['submit', 'approve', 'resume'].includes(verb)
                              ? undefined!
                              : 'plain'
                    }
                    onAct={() => act(verb)}
                />
            ))}
        </>
    );
}

type Row = Campaign & { stats: Stats | null };

async function loadRows() {
    const answer = await getAll<Campaign>('/v1/admin/campaigns');
    if (answer.kind !== 'done') return answer;
    const list = answer.data.reverse();
    const told = list.filter((c) => ['running', 'paused', 'closed'].includes(c.state)).slice(0, 24);
    const stats = await Promise.all(
        told.map((c) => get<Stats>(`/v1/admin/campaigns/${c.campaign_id}/stats`)),
    );
    const rows: Row[] = list.map((c) => {
        const found = stats[told.indexOf(c)];
        return { ...c, stats: found?.kind === 'done' ? found.data : null };
    });
    return { ...answer, data: rows };
}

function Line(props: { row: Row; onDone: (said: Said | null) => void }) {
    const c = props.row;
    const { stats } = c;
    return (
        <tr>
            <th scope="row">
                <a href={`#/campaigns/${c.campaign_id}`}>{c.name}</a>
                <small>
                    № {c.number} · {t(c.kind)}
                </small>
            </th>
            <td>
                <State state={c.state} />
                {c.pending && (
                    <small>
                        {t('pending_version', c.pending.rule_version, stateWord(c.pending.state))}
                    </small>
                )}
            </td>
            <td class="n" title={money(c.funded_fen ?? c.budget_fen)}>
                {about(c.funded_fen ?? c.budget_fen)}
            </td>
            <td>
                {stats ? (
                    <>
                        <Meter
                            part={stats.issued}
                            whole={stats.count}
                            label={t('claimed_of', c.name)}
                        />
                        <small class="digits">
                            {grouped(stats.issued)} / {grouped(stats.count)} ·{' '}
                            {percentOf(stats.issued, stats.count)}
                        </small>
                    </>
                ) : (
                    <span class="soft">–</span>
                )}
            </td>
            <td class="when">
                {showTime(c.claim_window.from)} – {showTime(c.claim_window.to)}
            </td>
            <td class="acts">
                <Verbs campaign={c} onDone={props.onDone} only={['pause', 'resume', 'submit']} />
            </td>
        </tr>
    );
}

export function Campaigns() {
    const { data, said, again } = useAsked(loadRows, 'campaigns', 5000);
    const [done, setDone] = useState<Said | null>(null);
    const onDone = (what: Said | null) => {
        setDone(what);
        void again();
    };
    return (
        <>
            <div class="top">
                <h1>{t('campaigns')}</h1>
                {hasRole('operations') && (
                    <a class="button" href="#/campaigns/new">
                        ＋ {t('new_campaign')}
                    </a>
                )}
            </div>
            <Notice said={done ?? said} />
            {data?.length === 0 && <Empty word={t('no_campaigns')} />}
            {data && data.length > 0 && (
                <div class="card flush">
                    <Table
                        label={t('campaigns')}
                        heads={[
                            t('name'),
                            t('state'),
                            [t('budget'), 'n'],
                            t('claimed'),
                            t('claim_window'),
                            '',
                        ]}
                    >
                        {data.map((row) => (
                            <Line key={row.campaign_id} row={row} onDone={onDone} />
                        ))}
                    </Table>
                </div>
            )}
        </>
    );
}
