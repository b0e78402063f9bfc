// The papers of a car, checked while they are typed; what the service finds stands at each field.
import type { Signal } from '@preact/signals';
import type { Evidence } from '../shared/api';
import { type Slip, checkIdNumber, checkInvoice, checkPlate, checkVin, fenOf, tidy } from './check';
import { Field } from './parts';
import { dateOf } from './when';
import { t } from './words';

export interface Car {
    vin: string;
    energy: 'fuel' | 'nev';
    code: string;
    number: string;
    date: string;
    sum: string;
    plate: string;
    name: string;
    id: string;
}

export const blankCar = (now_ms: number): Car => ({
    vin: '',
    energy: 'fuel',
    code: '',
    number: '',
    date: dateOf(now_ms),
    sum: '',
    plate: '',
    name: '',
    id: '',
});

export const evidenceOf = (car: Car): Evidence => ({
    invoice: {
        ...(tidy(car.code) && { code: tidy(car.code) }),
        number: tidy(car.number),
        date: car.date,
        // What is no sum goes as none: the service then says so at its field.
        amount_fen: fenOf(car.sum) ?? 0,
    },
    vin: tidy(car.vin),
    ...(tidy(car.plate) && { plate: tidy(car.plate) }),
    buyer_name: car.name.trim(),
    buyer_id_number: tidy(car.id),
    energy: car.energy,
});

function wordsOf(slip: Slip): string | undefined {
    if (slip.word === 'ok') return undefined;
    if (slip.word === 'vin_more') return t('vin_more', slip.left);
    if (slip.word === 'invoice_number') return t('number_bad');
    if (slip.word === 'invoice_code') return t('code_bad');
    return t(slip.word);
}

const at = (name: string) => `/evidence/${name}`;

export function CarForm(props: { car: Signal<Car> }) {
    const car = props.car.value;
    const set = (change: Partial<Car>) => (props.car.value = { ...car, ...change });
    const vin = checkVin(tidy(car.vin));
    const id = checkIdNumber(tidy(car.id));
    const invoice = checkInvoice(tidy(car.code), tidy(car.number));
    const plate = checkPlate(tidy(car.plate), car.energy);
    const isNumberBad = invoice.word === 'invoice_number';
    // A number half typed is no fault yet, except a VIN's, which says how much is missing.
    const once = (value: string, least: number, slip: Slip) =>
        tidy(value).length >= least ? wordsOf(slip) : undefined;
    return (
        <fieldset class="grid">
            <legend class="hidden">{t('car_form')}</legend>
            <Field
                label={t('vin')}
                value={car.vin}
                pointer={at('vin')}
                slip={car.vin && vin.word !== 'vin_more' ? wordsOf(vin) : undefined}
                hint={car.vin && vin.word === 'vin_more' ? wordsOf(vin) : undefined}
                isFine={vin.word === 'ok'}
                onInput={(value) => set({ vin: value })}
            />
            <Field
                label={t('energy')}
                value={car.energy}
                pointer={at('energy')}
                options={[
                    ['fuel', t('fuel')],
                    ['nev', t('nev')],
                ]}
                onInput={(value) => set({ energy: value === 'nev' ? 'nev' : 'fuel' })}
            />
            <Field
                label={t('invoice_number')}
                value={car.number}
                pointer={at('invoice/number')}
                inputMode="numeric"
                hint={t('invoice_hint')}
                slip={isNumberBad ? once(car.number, 8, invoice) : undefined}
                isFine={!isNumberBad}
                onInput={(value) => set({ number: value })}
            />
            <Field
                label={t('invoice_code')}
                value={car.code}
                pointer={at('invoice/code')}
                inputMode="numeric"
                slip={car.code && !isNumberBad ? once(car.code, 12, invoice) : undefined}
                onInput={(value) => set({ code: value })}
            />
            <Field
                label={t('invoice_date')}
                value={car.date}
                pointer={at('invoice/date')}
                type="date"
                onInput={(value) => set({ date: value })}
            />
            <Field
                label={t('invoice_sum')}
                value={car.sum}
                pointer={at('invoice/amount_fen')}
                inputMode="decimal"
                slip={car.sum && fenOf(car.sum) === undefined ? t('sum_wrong') : undefined}
                onInput={(value) => set({ sum: value })}
            />
            <Field
                label={t('buyer')}
                value={car.name}
                pointer={at('buyer_name')}
                onInput={(value) => set({ name: value })}
            />
            <Field
                label={t('buyer_id')}
                value={car.id}
                pointer={at('buyer_id_number')}
                slip={once(car.id, 18, id)}
                isFine={id.word === 'ok'}
                onInput={(value) => set({ id: value })}
            />
            <Field
                label={t('plate')}
                value={car.plate}
                pointer={at('plate')}
                slip={once(car.plate, 7, plate)}
                isFine={car.plate !== '' && plate.word === 'ok'}
                onInput={(value) => set({ plate: value })}
            />
        </fieldset>
    );
}
