// Small pieces that every view of the till is made of.
import { signal } from '@preact/signals';
import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Problem } from '../shared/api';

export interface Fault {
    pointer: string;
    detail: string;
}
export const Faults = createContext<Fault[]>([]);

export const faultsOf = (problem: Problem | undefined): Fault[] =>
    (problem?.errors ?? []).map(({ pointer, detail }) => ({ pointer, detail }));

export interface FieldProps {
    label: string;
    value: string;
    onInput: (value: string) => void;
    pointer?: string;
    name?: string;
    hint?: string | undefined;
    /* Seen here already, before the service judges. */
    slip?: string | undefined;
    isFine?: boolean;
    inputMode?: 'numeric' | 'decimal' | 'text';
    type?: string;
    options?: [string, string][];
    isFirst?: boolean;
    isCode?: boolean;
}

/** What the service said of a field holds for what stood in it then. */
function useTold(pointer: string | undefined, value: string): string {
    const faults = useContext(Faults).filter((f) => f.pointer === pointer);
    const words = faults.map((f) => f.detail).join(' ');
    const then = useRef({ words: '', value });
    if (then.current.words !== words) then.current = { words, value };
    return then.current.value === value ? words : '';
}

export function Field(props: FieldProps) {
    const id = useId();
    const own = useRef<HTMLInputElement>(null);
    const told = useTold(props.pointer, props.value);
    const words = told || (props.slip ?? '');
    const about = [words && `${id}-wrong`, props.hint && `${id}-hint`].filter(Boolean).join(' ');
    useEffect(() => {
        if (props.isFirst) own.current?.focus({ preventScroll: true });
    }, []);
    const shared = {
        id,
        name: props.name ?? props.pointer ?? '',
        value: props.value,
        'aria-invalid': words !== '',
        'data-pointer': props.pointer,
        ...(props.isCode && { 'data-code': '' }),
        ...(about && { 'aria-describedby': about }),
    };
    return (
        <div class={props.isFine && !words ? 'field fine' : 'field'}>
            <label for={id}>{props.label}</label>
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
                    ref={own}
                    type={props.type ?? 'text'}
                    inputMode={props.inputMode ?? 'text'}
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck={false}
                    onInput={(e) => props.onInput(e.currentTarget.value)}
                />
            )}
            {props.hint && (
                <span class="hint" id={`${id}-hint`}>
                    {props.hint}
                </span>
            )}
            {words && (
                <span class="wrong" id={`${id}-wrong`}>
                    {words}
                </span>
            )}
        </div>
    );
}

/** One thing at a time, whatever a finger does. */
export function Act(props: {
    word: string;
    onAct: () => unknown;
    look?: string;
    about?: string;
    name?: string;
}) {
    const [isBusy, setBusy] = useState(false);
    const act = async () => {
        if (isBusy) return;
        setBusy(true);
        await props.onAct();
        setBusy(false);
    };
    return (
        <button
            type="button"
            name={props.name}
            class={`button ${props.look ?? 'plain'}`}
            aria-disabled={isBusy}
            onClick={() => void act()}
        >
            {props.word}
            {props.about && <span class="hidden"> {props.about}</span>}
        </button>
    );
}

export type Look = 'good' | 'bad' | 'soon';
const marks = { good: '✓', bad: '✕', soon: '…' };

/** The verdict: colour, mark and words; takes the focus, so that it is read out. */
export function Verdict(props: {
    look: Look;
    title: string;
    text?: string | undefined;
    children?: ComponentChildren;
}) {
    const box = useRef<HTMLDivElement>(null);
    useEffect(() => box.current?.focus(), [props.title, props.text]);
    return (
        <div
            ref={box}
            tabIndex={-1}
            class={`verdict ${props.look}`}
            role={props.look === 'bad' ? 'alert' : 'status'}
        >
            <span class="mark" aria-hidden="true">
                {marks[props.look]}
            </span>
            <div>
                <p class="title">{props.title}</p>
                {props.text && <p>{props.text}</p>}
                {props.children}
            </div>
        </div>
    );
}

export interface Said {
    look: Look;
    title: string;
    text?: string | undefined;
}

export function Notice(props: { said: Said | null }) {
    const box = useRef<HTMLDivElement>(null);
    useEffect(() => {
        // Once for each thing said: whoever types below must keep his field.
        box.current?.focus();
    }, [props.said?.title, props.said?.text]);
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
        </div>
    );
}

// --- Paper ---------------------------------------------------------------------------------------
/** What the printer gets, and nothing else does. */
export const onPaper = signal<ComponentChildren>(null);

export function print(what: ComponentChildren): void {
    onPaper.value = what;
    // After it is drawn.
    requestAnimationFrame(() => requestAnimationFrame(() => globalThis.print()));
}
