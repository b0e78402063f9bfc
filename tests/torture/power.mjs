// tests/torture/power.mjs: the power is cut: at every sync and at 20 points between each two, disks of dropped, reordered, torn writes are opened by the real engine
//
// Procedure: tests/torture/power.c. Must show: every disk opens, whatever was acknowledged before
// that point is answered again with the same bytes, the batch under way is there as a whole or not
// at all, and the audit finds nothing. The long run makes at least 12,000 disks.
import { runProgram } from './lib/program.mjs';

const IMAGES_LEAST = { long: 12000, quick: 200 };

export async function run({ seed, quick }) {
    const outcome = await runProgram('power', { seed, quick });
    const least = quick ? IMAGES_LEAST.quick : IMAGES_LEAST.long;
    if (outcome.ok && outcome.figures.images < least) {
        outcome.ok = false;
        outcome.faults.push(`only ${outcome.figures.images} images, not ${least}`);
    }
    return outcome;
}
