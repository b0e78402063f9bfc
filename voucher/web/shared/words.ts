// Catalogues of words. English must have exactly the keys that Chinese has: the compiler says so.
export const isEnglish = () => document.documentElement.lang.startsWith('en');

export type Words<K extends string> = (key: K, ...fill: (string | number)[]) => string;

/** {1}, {2} … are filled in order. */
export function catalogue<K extends string>(
    zh: Record<K, string>,
    en: Record<NoInfer<K>, string>,
): Words<K> {
    return (key, ...fill) =>
        (isEnglish() ? en : zh)[key].replace(/\{(\d)\}/g, (_, n) => String(fill[Number(n) - 1]));
}

// Categories that campaigns name often; another one shows as it is written.
const categories: Record<string, [string, string]> = {
    tobacco: ['烟草', 'tobacco'],
    fuel: ['燃油', 'fuel'],
    top_up: ['充值', 'top-ups'],
    catering: ['餐饮', 'catering'],
    retail: ['零售', 'retail'],
    medicine: ['药品', 'medicine'],
    appliances: ['家电', 'appliances'],
    supermarket: ['商超', 'supermarkets'],
    entertainment: ['文娱', 'entertainment'],
    lodging: ['住宿', 'lodging'],
};
export const categoriesOf = (list: string[]) =>
    list
        .map((word) => categories[word]?.[isEnglish() ? 1 : 0] ?? word)
        .join(isEnglish() ? ', ' : '、');

const pad = (n: number) => String(n).padStart(2, '0');
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

export const yuan = (fen: number) => (fen % 100 === 0 ? String(fen / 100) : (fen / 100).toFixed(2));

/** An instant as the service wrote it, in its own offset: 2026-06-19T10:00:00+08:00. */
export function showTime(at: string): string {
    const [, , month, day, hour] = /^(\d+)-(\d+)-(\d+)T(\d\d:\d\d)/.exec(at) ?? [];
    if (!hour) return at;
    return isEnglish()
        ? `${Number(day)} ${months[Number(month) - 1]} ${hour}`
        : `${Number(month)}月${Number(day)}日 ${hour}`;
}

/** 3 天 02:10:09, or 02:10:09 within a day. */
export function showSpan(ms: number): string {
    const s = Math.max(0, Math.ceil(ms / 1000));
    const days = Math.floor(s / 86400);
    const clock = `${pad(Math.floor(s / 3600) % 24)}:${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}`;
    if (days === 0) return clock;
    return isEnglish() ? `${days} d ${clock}` : `${days} 天 ${clock}`;
}

/** What is left of a validity, coarse: days, hours or minutes. */
export function showLeft(ms: number): string {
    const minutes = Math.floor(ms / 60000);
    const en = isEnglish();
    if (minutes >= 2880)
        return en
            ? `${Math.floor(minutes / 1440)} days left`
            : `还剩 ${Math.floor(minutes / 1440)} 天`;
    if (minutes >= 60)
        return en ? `${Math.floor(minutes / 60)} h left` : `还剩 ${Math.floor(minutes / 60)} 小时`;
    return en ? `${Math.max(0, minutes)} min left` : `还剩 ${Math.max(0, minutes)} 分钟`;
}
