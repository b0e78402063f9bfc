// What waits for a second person: campaigns, next versions, budget changes.
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { Campaign, Inbox as InboxList } from '../shared/api';
import type { Answer } from '../shared/http';
import { showTime } from '../shared/words';
import { Judge } from './budget';
import { Verbs } from './campaigns';
import { costOf } from './form';
import { inWords, money } from './money';
import { Empty, Notice, type Said, useAsked } from './parts';
import { get } from './session';
import { t } from './words';

/** How many wait for whoever is signed in; shown beside the way to the inbox. */
export const waiting = signal(0);

type Item = InboxList['items'][number] & { name: string };

/** A budget change names its campaign by number only: its name is asked for once. */
const names = new Map<string, string>();
async function nameOf(id: string): Promise<string> {
    const known = names.get(id);
    if (known) return known;
    const answer = await get<Campaign>(`/v1/admin/campaigns/${id}`);
    const name = answer.kind === 'done' ? answer.data.name : id;
    names.set(id, name);
    return name;
}

export async function loadInbox(): Promise<Answer<Item[]>> {
    const answer = await get<InboxList>('/v1/admin/inbox');
    if (answer.kind !== 'done') return answer;
    const { items } = answer.data;
    waiting.value = items.filter((i) => !i.mine).length;
    const named = items.map(async (item) => ({
        ...item,
        name: item.campaign?.name ?? (await nameOf(item.budget_change?.campaign_id ?? '')),
    }));
    return { ...answer, data: await Promise.all(named) };
}

function Submitted(props: {
    campaign: Campaign;
    mine: boolean;
    onDone: (said: Said | null) => void;
}) {
    const c = props.campaign;
    const cost = costOf(c);
    return (
        <article class="card stack">
            <h2>
                {c.pending ? t('next_version') : t('campaign')} ·{' '}
                <a href={`#/campaigns/${c.campaign_id}/rules`}>{c.name}</a>
            </h2>
            <p>
                {t('budget')} <b class="digits">{money(c.budget_fen)}</b>（{inWords(c.budget_fen)}）
                · {t('pools_cost')} <b class="digits">{money(cost.pools_fen)}</b>
            </p>
            <p class="soft">
                {t('claim_window')} {showTime(c.claim_window.from)} – {showTime(c.claim_window.to)}
            </p>
            {props.mine ? (
                <p class="soft">{t('mine')}</p>
            ) : (
                <p class="acts">
                    <Verbs campaign={c} onDone={props.onDone} only={['approve', 'reject']} />
                </p>
            )}
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
    return (
        <>
            <h1>{t('inbox')}</h1>
            <p class="lead">{t('inbox_lead')}</p>
            <Notice said={done ?? said} />
            {data?.length === 0 && <Empty word={t('inbox_empty')} />}
            <div class="stack">
                {data?.map(({ campaign, budget_change, mine, name }) =>
                    campaign ? (
                        <Submitted
                            key={campaign.campaign_id}
                            campaign={campaign}
                            mine={mine}
                            onDone={onDone}
                        />
                    ) : budget_change ? (
                        <Judge
                            key={budget_change.budget_change_id}
                            change={budget_change}
                            mine={mine}
                            name={name}
                            onDone={onDone}
                        />
                    ) : null,
                )}
            </div>
        </>
    );
}
