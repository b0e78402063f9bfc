// The real programmes, as a beginning. Windows begin tomorrow; whatever is here can be changed.
import { type BandForm, type Form, type PoolForm, dayAt, emptyForm, emptyPool } from './form';
import { isEnglish } from '../shared/words';

export interface Template {
    id: string;
    zh: string;
    en: string;
    about_zh: string;
    about_en: string;
    make: () => Form;
}

const pool = (
    name: string,
    value: number,
    count: number,
    over: Partial<PoolForm> = {},
): PoolForm => ({
    ...emptyPool(),
    name,
    value: String(value),
    count: String(count),
    ...over,
});
const off = (min: number, value: number, count: number) =>
    pool(`满${min}减${value}`, value, count, { min: String(min) });
const car = (tier: number, count: number, energy: 'fuel' | 'nev') =>
    pool(`${energy === 'fuel' ? '燃油' : '新能源'} ${tier}`, tier, count, { energy });
const band = (from: number, to: number | '', fuel: number, nev: number): BandForm => ({
    from: String(from),
    to: String(to),
    fuel: String(fuel),
    nev: String(nev),
});
const piece = (value: number, min: number, count = 1) => ({
    value: String(value),
    min: String(min),
    count: String(count),
});

const of = (over: Partial<Form>): Form => ({ ...emptyForm(), ...over });
const ofCar = (over: Partial<Form>) => of({ kind: 'car', refund: 'return', ...over });

const threeBands = [
    band(50000, 150000, 3000, 4000),
    band(150000, 250000, 5000, 6000),
    band(250000, '', 7000, 8000),
];

export const templates: Template[] = [
    {
        id: 'car-district',
        zh: '购车补贴 · 三档',
        en: 'Car purchase · three bands',
        about_zh:
            '郑州 2022：5–15 万补 3000/4000，15–25 万补 5000/6000，25 万以上补 7000/8000；区级 2000 万元。',
        about_en:
            'Zhengzhou 2022: three price bands, 3,000 to 8,000 yuan by fuel or new energy; 20 million for a district.',
        make: () =>
            ofCar({
                name: '端午购车补贴',
                budget: '20000000',
                bands: threeBands,
                pools: [
                    car(3000, 400, 'fuel'),
                    car(4000, 400, 'nev'),
                    car(5000, 1040, 'fuel'),
                    car(6000, 1000, 'nev'),
                    car(7000, 400, 'fuel'),
                    car(8000, 400, 'nev'),
                ],
            }),
    },
    {
        id: 'car-autumn',
        zh: '购车补贴 · 市级一亿',
        en: 'Car purchase · 100 million',
        about_zh: '郑州 2022 秋：燃油 3000/5000/7000，新能源 4000/6000/8000，共一亿元。',
        about_en: 'Zhengzhou, autumn 2022: the same bands for the whole city.',
        make: () =>
            ofCar({
                name: '秋季购车补贴',
                budget: '100000000',
                bands: threeBands,
                pools: [
                    car(3000, 3000, 'fuel'),
                    car(5000, 2000, 'fuel'),
                    car(7000, 3000, 'fuel'),
                    car(4000, 4000, 'nev'),
                    car(6000, 2000, 'nev'),
                    car(8000, 4000, 'nev'),
                ],
            }),
    },
    {
        id: 'car-2023',
        zh: '购车补贴 · 两档',
        en: 'Car purchase · two bands',
        about_zh:
            '郑州 2023 第二批：7–15 万补 3000/4000，15 万以上补 5000/6000；燃油 800 万、新能源 1200 万。',
        about_en: 'Zhengzhou 2023, second batch: two bands from 70,000 yuan up; 8 + 12 million.',
        make: () =>
            ofCar({
                name: '第二批购车补贴',
                budget: '20000000',
                bands: [band(70000, 150000, 3000, 4000), band(150000, '', 5000, 6000)],
                pools: [
                    car(3000, 800, 'fuel'),
                    car(5000, 1120, 'fuel'),
                    car(4000, 900, 'nev'),
                    car(6000, 1400, 'nev'),
                ],
            }),
    },
    {
        id: 'car-percent',
        zh: '以旧换新 · 按比例',
        en: 'Trade-in · percent with a cap',
        about_zh: '国家 2026：置换新能源按车价 8%、最高 1.5 万元；置换燃油 6%、最高 1.3 万元。',
        about_en: 'National 2026: 8 % up to 15,000 for new energy, 6 % up to 13,000 for fuel.',
        make: () =>
            ofCar({
                name: '汽车置换更新',
                budget: '28000000',
                rate: 'percent_capped',
                bands: [],
                pools: [car(13000, 1000, 'fuel'), car(15000, 1000, 'nev')],
            }),
    },
    {
        id: 'reward',
        zh: '购车再奖励 · 券包',
        en: 'Reward after a car · pack',
        about_zh:
            '政府补贴再奖励：购车核销后自动发放 5000 元券包（2000 + 2000 + 1000），全城商户可用。',
        about_en:
            'A captured car redemption grants its buyer a pack of 2,000 + 2,000 + 1,000 for any shop.',
        make: () =>
            of({
                name: '购车再奖励',
                issuing: 'reward',
                budget: '5000000',
                pools: [
                    pool('5000 元券包', 5000, 1000, {
                        pieces: [piece(2000, 2001, 2), piece(1000, 1001)],
                    }),
                ],
            }),
    },
    {
        id: 'night',
        zh: '醉美·夜惠济',
        en: 'Night economy season',
        about_zh: '夜经济：每日 18:00–次日 02:00，夜市商户组可用，满 100 减 25。',
        about_en: 'Each day 18:00 to 02:00, in the night markets: 25 off 100.',
        make: () =>
            of({
                name: '醉美·夜惠济',
                budget: '1000000',
                hours_from: '18:00',
                hours_to: '02:00',
                merchants: 'groups',
                merchant_words: '夜市',
                deny: 'tobacco',
                pools: [off(100, 25, 40000)],
            }),
    },
    {
        id: 'catering-2022',
        zh: '餐饮券 · 三张一包',
        en: 'Catering · three in a pack',
        about_zh:
            '郑州餐饮 2022：每人一包：满 20 减 10、满 90 减 30、满 200 减 50；到期 24:00 收回。',
        about_en: 'Zhengzhou 2022: one pack per person: 10 off 20, 30 off 90, 50 off 200.',
        make: () =>
            of({
                name: '餐饮消费券',
                budget: '9000000',
                allow: 'catering',
                refund: 'restore',
                pools: [
                    pool('餐饮券包', 90, 100000, {
                        pieces: [piece(10, 20), piece(30, 90), piece(50, 200)],
                    }),
                ],
            }),
    },
    {
        id: 'catering-2023',
        zh: '端午餐饮券',
        en: 'Dragon Boat catering',
        about_zh: '郑州 2023 端午：满 100 减 25，每期每人 1 张，可与店内优惠同享。',
        about_en: 'Zhengzhou 2023: 25 off 100, one per person and issue.',
        make: () =>
            of({
                name: '端午餐饮券（第一期）',
                budget: '2500000',
                allow: 'catering',
                pools: [off(100, 25, 100000)],
            }),
    },
    {
        id: 'henan-2025',
        zh: '零售餐饮券',
        en: 'Retail and catering',
        about_zh: '河南 2025 春：满 100 减 20、满 200 减 50；药品、家电、燃油除外。',
        about_en: 'Henan, spring 2025: 20 off 100, 50 off 200; not medicine, appliances, fuel.',
        make: () =>
            of({
                name: '春季消费券',
                budget: '4500000',
                allow: 'retail catering',
                deny: 'medicine appliances fuel',
                pools: [off(100, 20, 100000), off(200, 50, 50000)],
            }),
    },
    {
        id: 'hubei-2024',
        zh: '商超券 · 七日有效',
        en: 'Supermarket · seven days',
        about_zh: '湖北 2024：30/80/120 元，领取当天起 7 个自然日有效；烟草、燃油、充值除外。',
        about_en: 'Hubei 2024: 30, 80, 120 yuan, valid seven days from the day of claim.',
        make: () =>
            of({
                name: '商超消费券',
                budget: '6200000',
                use_by: 'days',
                valid_days: '7',
                allow: 'supermarket',
                deny: 'tobacco fuel top_up',
                refund: 'return',
                pools: [
                    pool('30 元券', 30, 100000),
                    pool('80 元券', 80, 25000),
                    pool('120 元券', 120, 10000),
                ],
            }),
    },
    {
        id: 'grant',
        zh: '定向发放',
        en: 'Granted by list',
        about_zh: '名单内居民直接到账，无需抢券；名单以 CSV 导入，可停可续。',
        about_en: 'Residents on a list get it without asking; the list is a CSV file.',
        make: () =>
            of({
                name: '定向消费券',
                issuing: 'grant',
                budget: '5000000',
                claim_to: dayAt(30),
                pools: [pool('50 元券', 50, 100000)],
            }),
    },
    {
        id: 'blank',
        zh: '空白',
        en: 'From nothing',
        about_zh: '自行填写全部内容。',
        about_en: 'Everything is yours to fill in.',
        make: () => emptyForm(),
    },
];

export const nameOf = (x: Template) => (isEnglish() ? x.en : x.zh);
export const aboutOf = (x: Template) => (isEnglish() ? x.about_en : x.about_zh);
