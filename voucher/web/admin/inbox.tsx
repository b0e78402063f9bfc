// What waits for a second person: campaigns, next versions, budget changes.
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { BudgetChange, Campaign } from '../shared/api';
import type { Answer } from '../shared/http';
import { showTime } from '../shared/words';
import { Judge } from './budget';
import { Verbs } from './campaigns';
import { costOf } from './form';
import { inWords, money } from './money';
import { Empty, Notice, type Said, useAsked } from './parts';
import { getAll } from './session';
import { t } from './words';

interface Waiting {
    campaigns: Campaign[];
    changes: { change: BudgetChange; name: string }[];
}

/** How many wait; shown beside the way to the inbox. */
export const waiting = signal(0);

export async function loadInbox(): Promise<Answer<Waiting>> {
    const all = await getAll<Campaign>('/v1/admin/campaigns');
    if (all.kind !== 'done') return all;
    const campaigns = all.data.filter((c) => (c.pending?.state ?? c.state) === 'submitted');
    const changes: Waiting['changes'] = [];
    const funded = all.data.filter((c) => ['approved', 'running', 'paused'].includes(c.state));
    const lists = await Promise.all(
        funded.map((c) => getAll<BudgetChange>(`/v1/admin/campaigns/${c.campaign_id}/budget-changes`)),
    );
    lists.forEach((list, i) => {
        if (list.kind !== 'done') return;
        for (const change of list.data)
            if (change.state === 'pending') changes.push({ change, name: funded[i]!.name });
    });
    waiting.value = campaigns.length + changes.length;
    return { kind: 'done', status: 200, data: { campaigns, changes } };
}

function Submitted(props: { campaign: Campaign; onDone: (said: Said | null) => void }) {
    const c = props.campaign;
    const cost = costOf(c);
    return (
        <article class="card stack">
            <h3>
                {c.pending ? t('next_version') : t('campaign')} · <a href={`#/campaigns/${c.campaign_id}/rules`}>{c.name}</a>
            </h3>
            <p>
                {t('budget')} <b class="digits">{money(c.budget_fen)}</b>（{inWords(c.budget_fen)}） · {t('pools_cost')}{' '}
                <b class="digits">{money(cost.pools_fen)}</b>
            </p>
            <p class="soft">
                {t('claim_window')} {showTime(c.claim_window.from)} – {showTime(c.claim_window.to)}
            </p>
            <p class="acts">
                <Verbs campaign={c} onDone={props.onDone} only={['approve', 'reject']} />
            </p>
        </article>
    );
}

export function Inbox() {
    const { data, said, again } = useAsked(loadInbox, 'inbox', 5000);
    const [done, setDone] = useState<Said | null>(null);
    const onDone = (what: Said | null) => {
        setDone(what);
        void again();
    };
    const isEmpty = data && data.campaigns.length + data.changes.length === 0;
    return (
        <>
            <h1>{t('inbox')}</h1>
            <p class="lead">{t('inbox_lead')}</p>
            <Notice said={done ?? said} />
            {isEmpty && <Empty word={t('inbox_empty')} />}
            <div class="stack">
                {data?.campaigns.map((c) => <Submitted key={c.campaign_id} campaign={c} onDone={onDone} />)}
                {data?.changes.map(({ change, name }) => (
                    <Judge key={change.budget_change_id} change={change} name={name} onDone={onDone} />
                ))}
            </div>
        </>
    );
}
