import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** Says what happened, takes the focus, and so is read out at once. */
export function Notice(props: {
    look: 'good' | 'bad' | 'soon';
    title: string;
    text?: string;
    children?: ComponentChildren;
}) {
    const box = useRef<HTMLDivElement>(null);
    useEffect(() => box.current?.focus({ preventScroll: false }), [props.title, props.text]);
    return (
        <div
            ref={box}
            tabIndex={-1}
            class={`notice ${props.look}`}
            role={props.look === 'bad' ? 'alert' : 'status'}
        >
            <strong>{props.title}</strong> <span>{props.text}</span>
            {props.children}
        </div>
    );
}
