// Enrolment: by the administrator's link or QR, or by the code typed.
import { useSignal } from '@preact/signals';
import { Camera, PhotoButton } from './camera';
import { Field, Notice, type Said } from './parts';
import { canSign, enrol } from './terminal';
import { read } from './token';
import { t } from './words';

/** The code stands behind the #, which no server and no log sees; nor does the history after this. */
function codeOfLink(): string {
    const found = read(location.href);
    if (found.kind !== 'enrol') return '';
    history.replaceState(null, '', '/pos');
    return found.code;
}

const saidOf = (answer: Awaited<ReturnType<typeof enrol>>): Said | null => {
    if (answer === null) return null;
    if (answer === 'lost') return { look: 'soon', title: t('enrol_lost') };
    if (answer === 'old') return { look: 'bad', title: t('enrol_old') };
    return { look: 'bad', title: answer.title, text: answer.detail };
};

let linked: string | undefined;

export function Enrol() {
    linked ??= codeOfLink();
    const code = useSignal(linked);
    const said = useSignal<Said | null>(linked ? { look: 'good', title: t('enrol_found') } : null);
    const isBusy = useSignal(false);
    const onRead = (text: string) => {
        const found = read(text);
        said.value =
            found.kind === 'enrol'
                ? { look: 'good', title: t('enrol_found') }
                : { look: 'bad', title: t('foreign') };
        if (found.kind === 'enrol') code.value = found.code;
    };
    const send = async () => {
        const plain = code.value.normalize('NFKC').trim();
        const found = read(plain);
        const wanted = found.kind === 'enrol' ? found.code : plain;
        if (isBusy.value || !wanted) return;
        isBusy.value = true;
        said.value = saidOf(await enrol(wanted));
        isBusy.value = false;
    };
    if (!canSign())
        return <Notice said={{ look: 'bad', title: t('enrol'), text: t('enrol_https') }} />;
    return (
        <>
            <h1>{t('enrol')}</h1>
            <p class="soft">{t('enrol_next')}</p>
            <Notice said={said.value} />
            <form
                class="card stack"
                noValidate
                onSubmit={(e) => {
                    e.preventDefault();
                    void send();
                }}
            >
                <Field
                    label={t('enrol_code')}
                    value={code.value}
                    name="enrollment_code"
                    isFirst
                    isCode
                    onInput={(value) => (code.value = value)}
                />
                <button class="button" aria-disabled={isBusy.value}>
                    {t('enrol_do')}
                </button>
            </form>
            <Camera onRead={onRead} />
            <PhotoButton
                onRead={onRead}
                onNone={() => (said.value = { look: 'bad', title: t('photo_none') })}
            />
        </>
    );
}
