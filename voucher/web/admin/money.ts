// Money as people type, read and say it. Only whole fen, never a fraction of a float.
import { isEnglish } from '../shared/words';

/** "1,234.5" or "１２３４.5" yuan → fen; null when it is no amount. */
export function fenOf(text: string): number | null {
    const plain = text.normalize('NFKC').replace(/[,\s¥]/g, '');
    const found = /^(\d{1,13})(?:\.(\d{1,2}))?$/.exec(plain);
    if (!found) return null;
    return Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0'));
}

/** For a field: 1234.50, without grouping. */
export const typed = (fen: number) =>
    fen % 100 === 0
        ? String(fen / 100)
        : `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;

export const grouped = (n: number) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

/** ¥1,234.50 */
export function money(fen: number): string {
    const abs = Math.abs(fen);
    const cents = abs % 100 === 0 ? '' : `.${String(abs % 100).padStart(2, '0')}`;
    return `${fen < 0 ? '−' : ''}¥${grouped(Math.floor(abs / 100))}${cents}`;
}

const zhDigits = '零壹贰叁肆伍陆柒捌玖';

function zhSection(n: number): string {
    let out = '';
    let isGap = false;
    for (const [unit, word] of [
        [1000, '仟'],
        [100, '佰'],
        [10, '拾'],
        [1, ''],
    ] as const) {
        const digit = Math.floor(n / unit) % 10;
        if (digit === 0) {
            isGap = out !== '';
            continue;
        }
        out += (isGap ? '零' : '') + zhDigits[digit] + word;
        isGap = false;
    }
    return out;
}

/** 大写金额, as a cheque says it. */
function zhWords(fen: number): string {
    const yuan = Math.floor(fen / 100);
    let out = '';
    let isGap = false;
    for (const [size, word] of [
        [1e12, '万亿'],
        [1e8, '亿'],
        [1e4, '万'],
        [1, ''],
    ] as const) {
        const section = Math.floor(yuan / size) % 1e4;
        if (section === 0) {
            isGap = out !== '';
            continue;
        }
        if (out !== '' && (isGap || section < 1000)) out += '零';
        out += zhSection(section) + word;
        isGap = false;
    }
    const jiao = Math.floor(fen / 10) % 10;
    const cents = fen % 10;
    const rest =
        (jiao ? `${zhDigits[jiao]}角` : cents && out ? '零' : '') +
        (cents ? `${zhDigits[cents]}分` : '');
    return `${out ? `${out}元` : rest ? '' : '零元'}${rest || '整'}`;
}

const ones =
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
        ' ',
    );
const tens = '- - twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

function enSection(n: number): string {
    const rest = n % 100;
    const low =
        rest < 20
            ? ones[rest]!
            : tens[Math.floor(rest / 10)]! + (rest % 10 ? `-${ones[rest % 10]}` : '');
    if (n < 100) return low;
    return `${ones[Math.floor(n / 100)]} hundred${rest ? ` and ${low}` : ''}`;
}

function enWords(fen: number): string {
    const yuan = Math.floor(fen / 100);
    const parts: string[] = [];
    for (const [size, word] of [
        [1e12, ' trillion'],
        [1e9, ' billion'],
        [1e6, ' million'],
        [1e3, ' thousand'],
        [1, ''],
    ] as const) {
        const section = Math.floor(yuan / size) % 1000;
        if (section > 0) parts.push(enSection(section) + word);
    }
    return `${parts.join(' ') || 'zero'} yuan${fen % 100 ? ` and ${enSection(fen % 100)} fen` : ''}`;
}

export const inWords = (fen: number) => (isEnglish() ? enWords(fen) : zhWords(fen));

/** 2,000 万 in Chinese, 20.0 million in English: for glancing, never for deciding. */
export function about(fen: number): string {
    const yuan = fen / 100;
    const [size, word] = isEnglish()
        ? yuan >= 1e6
            ? [1e6, ' M']
            : [1, '']
        : yuan >= 1e8
          ? [1e8, ' 亿']
          : yuan >= 1e4
            ? [1e4, ' 万']
            : [1, ''];
    const shown = (yuan / (size as number)).toFixed(2).replace(/\.?0+$/, '');
    return `¥${shown.replace(/\B(?=(\d{3})+(?:\.|$))/g, ',')}${word}`;
}
