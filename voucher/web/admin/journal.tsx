// The journal, read back; and its chain, recomputed here and not believed:
// hash = SHA-256("huiquan-journal-v1\0" || prev || entry), one chain per writer.
import { useRef, useState } from 'preact/hooks';
import type { Checkpoint, JournalEntry } from '../shared/api';
import type { Answer } from '../shared/http';
import { showTime } from '../shared/words';
import { accountWord, kindWord } from './kinds';
import { grouped, money } from './money';
import { Act, Empty, Notice, type Said, Table, saidOf, useAsked } from './parts';
import { type Page, get } from './session';
import { t } from './words';

const path = '/v1/admin/journal';

function bytesOf(hex: string): Uint8Array {
    const out = new Uint8Array(hex.length / 2);
    for (let i = 0; i < out.length; i++) out[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16);
    return out;
}
const hexOf = (buffer: ArrayBuffer) =>
    Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, '0')).join('');

const domain = new TextEncoder().encode('huiquan-journal-v1\0');

export async function hashOf(prev: string, entry: string): Promise<string> {
    const parts = [domain, bytesOf(prev), bytesOf(entry)];
    const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const part of parts) {
        all.set(part, at);
        at += part.length;
    }
    return hexOf(await crypto.subtle.digest('SHA-256', all));
}

export interface Walk {
    checked: number;
    heads: Map<number, { seq: number; hash: string }>;
    fault: { entry: JournalEntry; why: 'hash' | 'prev' | 'gap' } | null;
}

export const newWalk = (): Walk => ({ checked: 0, heads: new Map(), fault: null });

/** One page of entries follows the heads that were seen before it. */
export async function walkPage(walk: Walk, entries: JournalEntry[]): Promise<void> {
    const hashes = await Promise.all(entries.map((e) => hashOf(e.prev, e.entry)));
    for (const [i, entry] of entries.entries()) {
        const head = walk.heads.get(entry.writer);
        const why =
            hashes[i] !== entry.hash
                ? 'hash'
                : head && head.hash !== entry.prev
                  ? 'prev'
                  : entry.seq !== (head?.seq ?? 0) + 1
                    ? 'gap'
                    : null;
        if (why) {
            walk.fault = { entry, why };
            return;
        }
        walk.heads.set(entry.writer, { seq: entry.seq, hash: entry.hash });
        walk.checked++;
    }
}

function ChainCheck() {
    const [walk, setWalk] = useState<Walk | null>(null);
    const [isOver, setOver] = useState(false);
    const [said, setSaid] = useState<Said | null>(null);
    const stop = useRef(false);
    const start = async () => {
        const now = newWalk();
        stop.current = false;
        setOver(false);
        setSaid(null);
        for (let after: string | null = ''; after !== null && !stop.current && !now.fault;) {
            const page: Answer<Page<JournalEntry>> = await get(
                `${path}?limit=200${after && `&after=${after}`}`,
            );
            if (page.kind !== 'done') return setSaid(saidOf(page));
            await walkPage(now, page.data.items);
            after = page.data.has_more ? page.data.next : null;
            setWalk({ ...now });
        }
        setOver(!stop.current);
        if (now.fault)
            setSaid({
                look: 'bad',
                title: t('chain_bad'),
                text: `${t('writer')} ${now.fault.entry.writer} № ${now.fault.entry.seq}: ${t(`chain_${now.fault.why}`)}`,
            });
        else if (!stop.current)
            setSaid({
                look: 'good',
                title: t('chain_good'),
                text: t('chain_checked', grouped(now.checked), now.heads.size),
            });
        else setSaid({ look: 'soon', title: t('chain_stopped', grouped(now.checked)) });
    };
    return (
        <section class="card stack">
            <h2>{t('chain')}</h2>
            <p class="soft">{t('chain_note')}</p>
            <p class="acts">
                <Act word={t('chain_check')} onAct={start} />
                <button type="button" class="button plain" onClick={() => (stop.current = true)}>
                    {t('stop')}
                </button>
                {walk && !isOver && <span class="digits">{grouped(walk.checked)}</span>}
            </p>
            <Notice said={said} />
            {isOver && walk && !walk.fault && (
                <Table label={t('heads')} heads={[t('writer'), [t('entries'), 'n'], 'SHA-256']}>
                    {[...walk.heads].map(([writer, head]) => (
                        <tr key={writer}>
                            <th scope="row">{writer}</th>
                            <td class="n">{grouped(head.seq)}</td>
                            <td class="code">{head.hash}</td>
                        </tr>
                    ))}
                </Table>
            )}
        </section>
    );
}

const postingsOf = (e: JournalEntry) =>
    e.postings
        .map((p) => `${accountWord(p.from)} → ${accountWord(p.to)} ${money(p.amount_fen)}`)
        .join('; ');

function Entries() {
    const [trail, setTrail] = useState<string[]>(['']);
    const after = trail[trail.length - 1]!;
    const { data, said } = useAsked(
        () => get<Page<JournalEntry>>(`${path}?limit=50${after && `&after=${after}`}`),
        after,
    );
    return (
        <section class="card stack">
            <h2>{t('journal_entries')}</h2>
            <Notice said={said} />
            {data?.items.length === 0 && <Empty word={t('no_entries')} />}
            {data && data.items.length > 0 && (
                <Table
                    label={t('journal_entries')}
                    heads={['№', t('at'), t('what'), t('subject'), t('postings'), t('hash')]}
                >
                    {data.items.map((e) => (
                        <tr key={`${e.writer}.${e.seq}`}>
                            <th scope="row" class="digits" title={`${t('writer')} ${e.writer}`}>
                                {e.seq}
                            </th>
                            <td class="when">{showTime(e.at)}</td>
                            <td title={e.kind}>{kindWord(e.kind)}</td>
                            <td class="code">{e.subject_id ?? e.campaign_id ?? '–'}</td>
                            <td>{postingsOf(e) || '–'}</td>
                            <td class="code" title={e.hash}>
                                {e.hash.slice(0, 12)}…
                            </td>
                        </tr>
                    ))}
                </Table>
            )}
            <p class="acts">
                {trail.length > 1 && (
                    <Act word={t('back')} look="plain" onAct={() => setTrail(trail.slice(0, -1))} />
                )}
                {data?.has_more && data.next && (
                    <Act
                        word={t('forward')}
                        look="plain"
                        onAct={() => setTrail([...trail, data.next!])}
                    />
                )}
            </p>
        </section>
    );
}

function Checkpoints() {
    const { data } = useAsked(
        () => get<Page<Checkpoint>>('/v1/admin/checkpoints?limit=5'),
        'checkpoints',
    );
    if (!data || data.items.length === 0) return null;
    return (
        <details class="card">
            <summary>{t('checkpoints')}</summary>
            {data.items.map((c) => (
                <pre key={c.at} tabIndex={0} aria-label={c.at}>
                    {c.note}
                </pre>
            ))}
        </details>
    );
}

export function Journal() {
    return (
        <>
            <h1>{t('journal')}</h1>
            <div class="stack">
                <ChainCheck />
                <Entries />
                <Checkpoints />
            </div>
        </>
    );
}
