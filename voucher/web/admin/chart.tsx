// A chart over time, and the same figures as a table. uPlot comes when a chart is first shown.
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { Table } from './parts';
import { t } from './words';

export interface Series {
    label: string;
    values: number[];
    look: 'accent' | 'good' | 'warn';
}

const colour = (name: string) =>
    getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const steps_s = [10, 15, 30, 60, 120, 300, 600, 900, 1800];

function optionsOf(width: number, label: string, series: Series[]): uPlot.Options {
    const soft = colour('--soft');
    const axis = {
        stroke: soft,
        grid: { stroke: colour('--line'), width: 1 },
        ticks: { show: false },
        font: '12px system-ui',
    };
    return {
        width,
        height: 190,
        cursor: { y: false },
        legend: { show: false },
        padding: [8, 8, 0, 0],
        // A minute at least, so that two points do not make a story.
        scales: {
            x: { range: (_u, min, max) => [Math.min(min, max - 60), max] },
            y: { range: (_u, _min, max) => [0, Math.max(1, max * 1.08)] },
        },
        axes: [
            { ...axis, space: 84, incrs: steps_s, values: (_u, ticks) => ticks.map(clock) },
            { ...axis, size: 56 },
        ],
        series: [
            { label },
            ...series.map((s) => ({
                label: s.label,
                stroke: colour(`--${s.look}`),
                width: 2,
                points: { show: false },
                fill: s.look === 'accent' ? `${colour('--accent')}22` : undefined!,
            })),
        ],
    };
}

const pad = (n: number) => String(n).padStart(2, '0');
/** The hour in Shanghai, wherever the reader sits. */
export function clock(at_s: number): string {
    const at = new Date((at_s + 8 * 3600) * 1000);
    return `${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())}`;
}

export function Chart(props: { label: string; times: number[]; series: Series[] }) {
    const box = useRef<HTMLDivElement>(null);
    const plot = useRef<uPlot | null>(null);
    const data = [props.times, ...props.series.map((s) => s.values)] as uPlot.AlignedData;
    const latest = useRef(data);
    latest.current = data;
    useEffect(() => {
        let isGone = false;
        const build = async () => {
            const { default: Plot } = await import('./uplot');
            if (isGone || !box.current) return;
            plot.current?.destroy();
            plot.current = new Plot(
                optionsOf(box.current.clientWidth, props.label, props.series),
                latest.current,
                box.current,
            );
        };
        const dark = matchMedia('(prefers-color-scheme: dark)');
        const resize = () =>
            box.current && plot.current?.setSize({ width: box.current.clientWidth, height: 190 });
        const rebuild = () => void build();
        void build();
        dark.addEventListener('change', rebuild);
        addEventListener('resize', resize);
        return () => {
            isGone = true;
            dark.removeEventListener('change', rebuild);
            removeEventListener('resize', resize);
            plot.current?.destroy();
        };
    }, []);
    useEffect(() => plot.current?.setData(data), [props.times]);
    const from = Math.max(0, props.times.length - 30);
    const rows = props.times
        .slice(from)
        .map((at, i) => [at, from + i] as const)
        .reverse();
    return (
        <figure class="chart card">
            <figcaption>
                <h2>{props.label}</h2>
                <span class="legend">
                    {props.series.map((s) => (
                        <span key={s.label} class={s.look}>
                            {s.label} <b class="digits">{s.values[s.values.length - 1] ?? '–'}</b>
                        </span>
                    ))}
                </span>
            </figcaption>
            <div ref={box} class="plot" aria-hidden="true" />
            <details>
                <summary>
                    {t('as_table')} <span class="hidden">{props.label}</span>
                </summary>
                <Table
                    label={props.label}
                    heads={[t('at'), ...props.series.map((s) => [s.label, 'n'] as [string, 'n'])]}
                >
                    {rows.map(([at, i]) => (
                        <tr key={at}>
                            <th scope="row" class="digits">
                                {clock(at)}
                            </th>
                            {props.series.map((s) => (
                                <td key={s.label} class="n">
                                    {s.values[i]}
                                </td>
                            ))}
                        </tr>
                    ))}
                </Table>
            </details>
        </figure>
    );
}
