// What can be seen of car evidence while it is typed (GB 16735, GB 11643, GA 36). The service
// judges; here a slip of the finger is seen before the customer has to wait for it.
export const tidy = (text: string) => text.normalize('NFKC').replace(/\s/g, '').toUpperCase();

export type Slip =
    | { word: 'vin_more'; left: number }
    | { word: 'vin_letter' }
    | { word: 'vin_long' }
    | { word: 'vin_check' }
    | { word: 'vin_import' }
    | { word: 'id_shape' }
    | { word: 'id_date' }
    | { word: 'id_check' }
    | { word: 'plate_shape' }
    | { word: 'plate_energy' }
    | { word: 'invoice_number' }
    | { word: 'invoice_code' }
    | { word: 'ok' };

const vinWeights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
const vinValues: Record<string, number> = {};
[...'0123456789'].forEach((c, i) => (vinValues[c] = i));
[...'ABCDEFGH'].forEach((c, i) => (vinValues[c] = i + 1));
[...'JKLMN'].forEach((c, i) => (vinValues[c] = i + 1));
Object.assign(vinValues, { P: 7, R: 9 });
[...'STUVWXYZ'].forEach((c, i) => (vinValues[c] = i + 2));

export function checkVin(vin: string): Slip {
    const values = [...vin].map((c) => vinValues[c]);
    if (values.some((v) => v === undefined)) return { word: 'vin_letter' };
    if (vin.length < 17) return { word: 'vin_more', left: 17 - vin.length };
    if (vin.length > 17) return { word: 'vin_long' };
    const sum = values.reduce<number>((s, v, i) => s + v! * vinWeights[i]!, 0);
    if ('0123456789X'[sum % 11] === vin[8] && !/^(.)\1*$/.test(vin)) return { word: 'ok' };
    return { word: vin.startsWith('L') ? 'vin_check' : 'vin_import' };
}

const idWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
export function checkIdNumber(id: string): Slip {
    if (!/^[1-9]\d{16}[\dX]$/.test(id)) return { word: 'id_shape' };
    const date = id.slice(6, 14).replace(/(....)(..)(..)/, '$1-$2-$3');
    const at = new Date(`${date}T00:00:00Z`);
    if (Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== date)
        return { word: 'id_date' };
    const sum = idWeights.reduce((s, w, i) => s + w * Number(id[i]), 0);
    return { word: '10X98765432'[sum % 11] === id[17] ? 'ok' : 'id_check' };
}

export function checkPlate(plate: string, energy: string): Slip {
    const shape = /^[京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新][A-HJ-NP-Z]/;
    if (!shape.test(plate) || !/^.[A-HJ-NP-Z][0-9A-HJ-NP-Z]{5,6}$/.test(plate))
        return { word: 'plate_shape' };
    return { word: (plate.length === 8) === (energy === 'nev') ? 'ok' : 'plate_energy' };
}

export function checkInvoice(code: string, number: string): Slip {
    if (!/^(\d{8}|\d{20})$/.test(number)) return { word: 'invoice_number' };
    const fits = number.length === 20 ? code === '' : /^\d{12}$/.test(code);
    return { word: fits ? 'ok' : 'invoice_code' };
}

/** Yuan as typed, in fen; undefined when it is no sum. */
export function fenOf(text: string): number | undefined {
    const plain = tidy(text).replace(/[,，¥￥元]/g, '');
    const [, whole, part = ''] = /^(\d{1,10})(?:\.(\d{0,2}))?$/.exec(plain) ?? [];
    if (whole === undefined) return undefined;
    return Number(whole) * 100 + Number(part.padEnd(2, '0'));
}
