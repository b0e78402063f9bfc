// Signing in: by name, password and the six digits of an authenticator; first with the code that
// the operator handed out; or, where there is no name, by an API token that this tab forgets.
import { useState } from 'preact/hooks';
import { type Fault, Faults, Field, Notice, type Said, faultsOf, saidOf } from './parts';
import { showTime } from '../shared/words';
import { me, post, signIn, signInByToken } from './session';
import { type Word, t } from './words';

const ways = ['password', 'first', 'token'] as const;
type Way = (typeof ways)[number];

function Fields(props: {
    way: Way;
    form: Record<string, string>;
    set: (name: string, value: string) => void;
}) {
    const field = (
        name: string,
        word: Word,
        more: { type?: string; autocomplete?: string; hint?: string; inputMode?: string } = {},
    ) => (
        <Field
            key={name}
            name={name}
            label={t(word)}
            pointer={`/${name}`}
            value={props.form[name] ?? ''}
            onInput={(v) => props.set(name, v)}
            {...more}
        />
    );
    if (props.way === 'token')
        return field('token', 'api_token', { type: 'password', hint: t('token_hint') });
    const isFirst = props.way === 'first';
    return (
        <>
            {field('login', 'login', { autocomplete: 'username' })}
            {isFirst && field('code', 'enrollment_code', { hint: t('enrollment_hint') })}
            {field('password', isFirst ? 'new_password' : 'password', {
                type: 'password',
                autocomplete: isFirst ? 'new-password' : 'current-password',
                ...(isFirst && { hint: t('password_hint') }),
            })}
            {field('totp', 'totp', {
                inputMode: 'numeric',
                autocomplete: 'one-time-code',
                hint: t('totp_hint'),
            })}
        </>
    );
}

export function SignIn() {
    const [way, setWay] = useState<Way>('password');
    const [form, setForm] = useState<Record<string, string>>({});
    const [faults, setFaults] = useState<Fault[]>([]);
    const [said, setSaid] = useState<Said | null>(null);
    const [isBusy, setBusy] = useState(false);
    const pick = (next: Way) => {
        setWay(next);
        setFaults([]);
        setSaid(null);
    };
    const send = async () => {
        if (isBusy) return;
        setBusy(true);
        const { login = '', password = '', totp = '', code = '', token = '' } = form;
        const body = {
            login: login.trim().toLowerCase(),
            password,
            totp: totp.normalize('NFKC').replace(/\s/g, ''),
        };
        const answer =
            way === 'token'
                ? await signInByToken(token)
                : await signIn(way === 'first' ? { ...body, code: code.trim() } : body);
        setBusy(false);
        const found = faultsOf(answer);
        setFaults(found);
        setSaid(found.length > 0 ? null : saidOf(answer));
    };
    return (
        <Faults.Provider value={faults}>
            <form
                class="card sign-in stack"
                noValidate
                onSubmit={(e) => {
                    e.preventDefault();
                    void send();
                }}
            >
                <h1>{t('sign_in')}</h1>
                <div class="ways" role="group" aria-label={t('way')}>
                    {ways.map((x) => (
                        <button
                            key={x}
                            type="button"
                            class="button quiet"
                            aria-pressed={x === way}
                            onClick={() => pick(x)}
                        >
                            {t(`way_${x}`)}
                        </button>
                    ))}
                </div>
                <Notice said={said} />
                <Fields
                    way={way}
                    form={form}
                    set={(name, value) => setForm((f) => ({ ...f, [name]: value }))}
                />
                <button class="button" aria-busy={isBusy}>
                    {isBusy ? t('signing_in') : t('sign_in')}
                </button>
            </form>
        </Faults.Provider>
    );
}

/** Who is signed in, what he may, and a new password. */
export function Account() {
    const [form, setForm] = useState<Record<string, string>>({});
    const [faults, setFaults] = useState<Fault[]>([]);
    const [said, setSaid] = useState<Said | null>(null);
    const who = me.value;
    const send = async () => {
        const { password = '', new_password = '', totp = '' } = form;
        const answer = await post('/v1/admin/sessions/password', { password, new_password, totp });
        setFaults(faultsOf(answer));
        setSaid(saidOf(answer) ?? { look: 'good', title: t('changed_password') });
        if (answer.kind === 'done') setForm({});
    };
    const field = (
        name: 'password' | 'new_password' | 'totp',
        type: string,
        autocomplete: string,
    ) => (
        <Field
            label={t(name)}
            name={name}
            pointer={`/${name}`}
            type={type}
            value={form[name] ?? ''}
            autocomplete={autocomplete}
            onInput={(v) => setForm((f) => ({ ...f, [name]: v }))}
        />
    );
    return (
        <Faults.Provider value={faults}>
            <h1>{who?.admin.name}</h1>
            <p class="soft">
                {t('roles')}: {who?.admin.roles.map((r) => t(`role_${r}`)).join(' · ')}
                {who?.expires_at && ` · ${t('expires')} ${showTime(who.expires_at)}`}
            </p>
            {who?.login && (
                <form
                    class="card sign-in stack"
                    noValidate
                    onSubmit={(e) => {
                        e.preventDefault();
                        void send();
                    }}
                >
                    <h2>{t('change_password')}</h2>
                    <Notice said={said} />
                    {field('password', 'password', 'current-password')}
                    {field('new_password', 'password', 'new-password')}
                    {field('totp', 'text', 'one-time-code')}
                    <button class="button">{t('change_password')}</button>
                </form>
            )}
        </Faults.Provider>
    );
}
