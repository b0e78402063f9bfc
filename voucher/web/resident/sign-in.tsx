// Signing in by mobile, one-time code and real name; every fault beside its field.
import { useSignal } from '@preact/signals';
import type { Otp, Problem, Session } from '../shared/api';
import { now_ms, serverNow, touchClock } from '../shared/clock';
import { ask } from '../shared/http';
import { Notice } from './notice';
import { isAssisting, startAssisting } from './assist';
import { signOut } from './session';
import { t } from './words';

type Name = 'mobile' | 'code' | 'name' | 'id_number';
const fields: { name: Name; word: 'mobile' | 'sms' | 'name' | 'id_number'; rest: object }[] = [
    {
        name: 'mobile',
        word: 'mobile',
        rest: { type: 'tel', autocomplete: 'tel-national', inputMode: 'numeric' },
    },
    {
        name: 'code',
        word: 'sms',
        rest: { autocomplete: 'one-time-code', inputMode: 'numeric', maxLength: 6 },
    },
    { name: 'name', word: 'name', rest: { autocomplete: 'name' } },
    { name: 'id_number', word: 'id_number', rest: { autocomplete: 'off', maxLength: 18 } },
];

const faultsOf = (problem: Problem | undefined) =>
    Object.fromEntries((problem?.errors ?? []).map((e) => [e.pointer.slice(1), e.detail]));

// Cashiers and elders type full-width digits; the service takes them too, but shows them back.
const narrow = (s: string) =>
    s.replace(/[！-～]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace(/\s/g, '');

export function SignIn(props: { notice: preact.ComponentChildren; known: string }) {
    const problem = useSignal<Problem | undefined>(undefined);
    const isLost = useSignal(false);
    const isSent = useSignal(false);
    const isBusy = useSignal(false);
    const resend_ms = useSignal(0);
    const assisting = useSignal(isAssisting());
    const isKnown = props.known !== '' && !problem.value?.errors?.length;
    const wait_s = Math.ceil((resend_ms.value - now_ms.value) / 1000);
    const faults = faultsOf(problem.value);
    const valuesOf = (form: HTMLFormElement) =>
        Object.fromEntries(
            [...new FormData(form)].map(([k, v]) => [
                k,
                k === 'name' ? String(v).trim() : narrow(String(v)),
            ]),
        );

    async function sendCode(form: HTMLFormElement) {
        if (wait_s > 0) return;
        const answer = await ask<Otp>('POST', '/v1/otp', {
            body: { mobile: valuesOf(form)['mobile'] },
        });
        isLost.value = answer.kind === 'lost';
        problem.value = answer.kind === 'refused' ? answer.problem : undefined;
        isSent.value = answer.kind === 'done';
        const s =
            answer.kind === 'done'
                ? (answer.data.retry_after_s ?? 60)
                : answer.kind === 'refused'
                  ? answer.wait_s
                  : 0;
        resend_ms.value = serverNow() + s * 1000;
        touchClock();
        if (answer.kind === 'done') form.querySelector<HTMLInputElement>('#code')?.focus();
    }

    async function signIn(form: HTMLFormElement) {
        if (isBusy.value) return;
        isBusy.value = true;
        const { mobile, code, name, id_number } = valuesOf(form);
        const answer = await ask<Session>('POST', '/v1/sessions', {
            body: { mobile, code, name, id_number, cookie: true },
        });
        isBusy.value = false;
        isLost.value = answer.kind === 'lost';
        problem.value = answer.kind === 'refused' ? answer.problem : undefined;
        if (answer.kind !== 'done') return;
        if (assisting.value) startAssisting();
        location.assign('/');
    }

    return (
        <>
            {props.notice}
            {problem.value && (
                <Notice look="bad" title={problem.value.title} text={problem.value.detail ?? ''} />
            )}
            {isLost.value && <Notice look="soon" title={t('lost')} />}
            {isSent.value && !problem.value && (
                <p class="notice good" role="status">
                    {t('sms_sent')}
                </p>
            )}
            <h1>{t('sign_in')}</h1>
            <p class="soft">{t('why_app')}</p>
            <form
                class="card fields"
                method="post"
                action="/sign-in"
                noValidate
                onSubmit={(event) => {
                    event.preventDefault();
                    void signIn(event.currentTarget as HTMLFormElement);
                }}
            >
                {fields.slice(0, isKnown ? 2 : 4).map(({ name, word, rest }) => (
                    <p class="field" key={name}>
                        <label for={name}>{t(word)}</label>
                        <input
                            required
                            id={name}
                            name={name}
                            {...rest}
                            {...(faults[name] && {
                                'aria-invalid': 'true',
                                'aria-describedby': `${name}-wrong`,
                            })}
                        />
                        {faults[name] && (
                            <span class="wrong" id={`${name}-wrong`}>
                                {faults[name]}
                            </span>
                        )}
                        {name === 'mobile' && (
                            <button
                                type="button"
                                class="button plain"
                                aria-disabled={wait_s > 0}
                                onClick={(event) =>
                                    void sendCode((event.currentTarget as HTMLButtonElement).form!)
                                }
                            >
                                {wait_s > 0 ? t('resend_s', wait_s) : t('send_code')}
                            </button>
                        )}
                    </p>
                ))}
                {isKnown ? (
                    <p class="soft">
                        {t('known')} <b>{props.known}</b>{' '}
                        <button class="link" type="button" onClick={signOut}>
                            {t('not_me')}
                        </button>
                    </p>
                ) : (
                    <p class="soft">{t('why_name')}</p>
                )}
                <label class="choice">
                    <input
                        type="checkbox"
                        checked={assisting.value}
                        onChange={(event) => (assisting.value = event.currentTarget.checked)}
                    />
                    <span>
                        {t('assist')}
                        <small>{t('assist_hint')}</small>
                    </span>
                </label>
                <button class="button" aria-busy={isBusy.value}>
                    {isBusy.value ? t('signing_in') : t('sign_in')}
                </button>
            </form>
        </>
    );
}
