// Small things that every view uses.
import { createContext, type ComponentChildren } from 'preact';
import { useContext, useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Problem } from '../shared/api';
import type { Answer } from '../shared/http';
import { t } from './words';

export interface Fault {
    pointer: string;
    detail: string;
}

/** What was wrong, by RFC 6901 pointer into what was sent. */
export const Faults = createContext<Fault[]>([]);

interface FieldProps {
    label: string;
    value: string;
    onInput: (value: string) => void;
    pointer?: string;
    type?: string;
    hint?: string;
    name?: string;
    options?: [string, string][];
    required?: boolean;
    inputMode?: string;
    autocomplete?: string;
    short?: boolean;
    isHidden?: boolean;
}

export function Field(props: FieldProps) {
    const id = useId();
    const faults = useContext(Faults).filter((f) => f.pointer === props.pointer);
    const isWrong = faults.length > 0;
    const about = [isWrong && `${id}-wrong`, props.hint && `${id}-hint`].filter(Boolean).join(' ');
    const shared = {
        id,
        name: props.name ?? props.pointer ?? '',
        value: props.value,
        required: props.required ?? false,
        'aria-invalid': isWrong,
        'data-pointer': props.pointer,
        ...(about && { 'aria-describedby': about }),
    };
    return (
        <div class={props.short ? 'field short' : 'field'}>
            <label for={id} class={props.isHidden ? 'hidden' : ''}>
                {props.label}
            </label>
            {props.options ? (
                <select {...shared} onInput={(e) => props.onInput(e.currentTarget.value)}>
                    {props.options.map(([value, word]) => (
                        <option key={value} value={value} selected={value === props.value}>
                            {word}
                        </option>
                    ))}
                </select>
            ) : (
                <input
                    {...shared}
                    type={props.type ?? 'text'}
                    inputMode={props.inputMode as 'decimal'}
                    autocomplete={props.autocomplete ?? 'off'}
                    onInput={(e) => props.onInput(e.currentTarget.value)}
                />
            )}
            {props.hint && (
                <span class="hint" id={`${id}-hint`}>
                    {props.hint}
                </span>
            )}
            {isWrong && (
                <span class="wrong" id={`${id}-wrong`}>
                    {faults.map((f) => f.detail).join(' ')}
                </span>
            )}
        </div>
    );
}

export interface Said {
    look: 'good' | 'bad' | 'soon';
    title: string;
    text?: string;
}

export const problemSaid = (problem: Problem): Said => ({
    look: 'bad',
    title: problem.title,
    text: problem.detail ?? '',
});

/** What an answer means for whoever asked, when it is not what was hoped for. */
export function saidOf<T>(answer: Answer<T>): Said | null {
    if (answer.kind === 'done') return null;
    if (answer.kind === 'lost') return { look: 'soon', title: t('lost'), text: t('lost_next') };
    return problemSaid(answer.problem);
}

export const faultsOf = <T,>(answer: Answer<T>): Fault[] =>
    answer.kind === 'refused'
        ? (answer.problem.errors ?? []).map((e) => ({
              pointer: e.pointer,
              detail: e.detail ?? e.code,
          }))
        : [];

export function Notice(props: { said: Said | null; children?: ComponentChildren }) {
    const box = useRef<HTMLDivElement>(null);
    useEffect(() => {
        if (props.said) box.current?.focus();
    }, [props.said]);
    if (!props.said) return null;
    const { look, title, text } = props.said;
    return (
        <div
            ref={box}
            tabIndex={-1}
            class={`notice ${look}`}
            role={look === 'bad' ? 'alert' : 'status'}
        >
            <strong>{title}</strong> <span>{text}</span>
            {props.children}
        </div>
    );
}

/** A button that does one thing at a time and says that it does. */
export function Act(props: {
    word: string;
    onAct: () => Promise<unknown> | void;
    look?: 'plain' | 'danger' | 'quiet';
    about?: string;
    isOff?: boolean;
}) {
    const [isBusy, setBusy] = useState(false);
    const act = async () => {
        if (isBusy || props.isOff) return;
        setBusy(true);
        await props.onAct();
        setBusy(false);
    };
    return (
        <button
            type="button"
            class={`button ${props.look ?? ''}`}
            aria-busy={isBusy}
            aria-disabled={isBusy || props.isOff}
            onClick={() => void act()}
        >
            {props.word}
            {props.about && <span class="hidden"> {props.about}</span>}
        </button>
    );
}

/** Asked once when shown, and again every so often while somebody looks. */
export function useAsked<T>(
    load: () => Promise<Answer<T>>,
    about: string,
    every_ms = 0,
): { data: T | null; said: Said | null; again: () => Promise<void> } {
    const [data, setData] = useState<T | null>(null);
    const [said, setSaid] = useState<Said | null>(null);
    const asked = useRef(about);
    asked.current = about;
    const again = async () => {
        const answer = await load();
        if (asked.current !== about) return;
        if (answer.kind === 'done') setData(answer.data);
        const now = saidOf(answer);
        // The same trouble again is no news, and takes no focus.
        setSaid((before) =>
            before?.title === now?.title && before?.text === now?.text ? before : now,
        );
    };
    useEffect(() => {
        void again();
        if (!every_ms) return undefined;
        const timer = setInterval(() => !document.hidden && void again(), every_ms);
        return () => clearInterval(timer);
    }, [about]);
    return { data, said, again };
}

/** A table that scrolls by keyboard too when it is wider than the window. */
export function Table(props: {
    label: string;
    heads: (string | [string, 'n'])[];
    children: ComponentChildren;
}) {
    return (
        <div class="scroll" tabIndex={0} role="region" aria-label={props.label}>
            <table>
                <caption class="hidden">{props.label}</caption>
                <thead>
                    <tr>
                        {props.heads.map((head) => {
                            const [word, look] = typeof head === 'string' ? [head, ''] : head;
                            return (
                                <th key={word} scope="col" class={look}>
                                    {word || <span class="hidden">{t('actions')}</span>}
                                </th>
                            );
                        })}
                    </tr>
                </thead>
                <tbody>{props.children}</tbody>
            </table>
        </div>
    );
}

export function Meter(props: { part: number; whole: number; label: string }) {
    const percent = props.whole > 0 ? (100 * props.part) / props.whole : 0;
    const look = percent >= 95 ? 'bad' : percent >= 80 ? 'soon' : '';
    return (
        <meter class={look} min={0} max={100} value={percent} aria-label={props.label}>
            {percent.toFixed(1)} %
        </meter>
    );
}

export const percentOf = (part: number, whole: number) =>
    whole > 0 ? `${(Math.floor((1000 * part) / whole) / 10).toFixed(1)} %` : '–';

/** What a fetch with no rows says. */
export const Empty = (props: { word: string }) => <p class="empty">{props.word}</p>;
