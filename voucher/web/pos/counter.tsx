// The counter: waiting for a voucher by scanner, camera, photo or number, or busy with one.
import { signal } from '@preact/signals';
import { yuan } from '../shared/words';
import { Camera, PhotoButton } from './camera';
import { settledLate } from './outbox';
import { Field, Notice, type Said } from './parts';
import { look, sale, sameOrder } from './sale';
import { SaleView } from './sale-view';
import { shiftForSale } from './shift';
import { play } from './sound';
import { read } from './token';
import { t } from './words';

const said = signal<Said | null>(null);
const typed = signal('');

function lateSaid(): Said | null {
    const op = settledLate.value;
    if (!op || op.no === sale.value?.no) return null;
    const text = t('late_text', op.about, yuan(op.amount_fen));
    if (op.state === 'done') return { look: 'good', title: t('late_done'), text };
    if (op.state === 'reversed') return { look: 'bad', title: t('late_reversed'), text };
    return { look: 'bad', title: t('late_refused'), text: op.problem?.title ?? text };
}

/** Whatever brought the text. */
export function take(text: string): void {
    const found = read(text);
    if (found.kind === 'token' || found.kind === 'short') {
        said.value = null;
        settledLate.value = null;
        typed.value = '';
        const again = sameOrder.value;
        sameOrder.value = null;
        void shiftForSale();
        void look(found, again ?? undefined);
        return;
    }
    const word =
        found.kind === 'typo' ? 'typo' : found.kind === 'enrol' ? 'is_enrolled' : 'foreign';
    said.value = { look: 'bad', title: t(word) };
    play('bad');
}

// A camera sees the same wrong code many times a second.
let seen = '';
function takeSeen(text: string): void {
    if (text === seen && said.value) return;
    seen = text;
    take(text);
}

export function Counter() {
    if (sale.value) return <SaleView />;
    const same = sameOrder.value;
    return (
        <>
            <h1>{t('ready')}</h1>
            <p class="soft">{same ? t('same_order_now', same.order_no) : t('ready_next')}</p>
            <Notice said={said.value ?? lateSaid()} />
            <div class="ways">
                <section class="card stack" aria-label={t('camera_view')}>
                    <Camera onRead={takeSeen} />
                    <PhotoButton
                        onRead={take}
                        onNone={() => (said.value = { look: 'bad', title: t('photo_none') })}
                    />
                </section>
                <form
                    class="card stack"
                    noValidate
                    onSubmit={(e) => {
                        e.preventDefault();
                        take(typed.value);
                    }}
                >
                    <Field
                        label={t('code')}
                        value={typed.value}
                        name="code"
                        inputMode="numeric"
                        hint={t('code_hint')}
                        isCode
                        onInput={(value) => (typed.value = value)}
                    />
                    <button class="button">{t('code_do')}</button>
                </form>
            </div>
        </>
    );
}
