// tests/torture/lib/random.mjs: everything random in a torture row comes from one printed seed.
// SplitMix64 (Steele, Lea, Flood 2014): any 64-bit seed is a good one.

const mask = (1n << 64n) - 1n;

export class Random {
    #state;

    constructor(seed) {
        this.#state = BigInt(seed) & mask;
    }

    /** A BigInt of 64 bits. */
    next() {
        this.#state = (this.#state + 0x9e3779b97f4a7c15n) & mask;
        let z = this.#state;
        z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
        z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask;
        return z ^ (z >> 31n);
    }

    /** An integer from 0 up to and without end. */
    below(end) {
        return Number(this.next() % BigInt(end));
    }

    /** An integer from low to high, both included. */
    between(low, high) {
        return low + this.below(high - low + 1);
    }

    /** Whether an event of one in n happens. */
    oneIn(n) {
        return this.below(n) === 0;
    }

    pick(list) {
        return list[this.below(list.length)];
    }

    bytes(size) {
        return Buffer.from(Array.from({ length: size }, () => this.below(256)));
    }

    /** A shuffled copy (Fisher and Yates). */
    shuffled(list) {
        const copy = [...list];
        for (let i = copy.length - 1; i > 0; i--) {
            const j = this.below(i + 1);
            [copy[i], copy[j]] = [copy[j], copy[i]];
        }
        return copy;
    }

    /** A stream of its own, so that what one part draws does not move another. */
    fork(name) {
        let hash = this.next();
        for (const byte of Buffer.from(name))
            hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & mask;
        return new Random(hash);
    }
}
