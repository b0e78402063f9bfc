// Turns a file into a C array: node embed.mjs NAME INPUT OUT.c
import { readFileSync, writeFileSync } from 'node:fs';
const [name, input, output] = process.argv.slice(2);
const bytes = readFileSync(input);
const rows = [];
for (let i = 0; i < bytes.length; i += 20)
    rows.push(
        '    ' +
            [...bytes.subarray(i, i + 20)].map((b) => (b > 127 ? b - 256 : b)).join(', ') +
            ',',
    );
writeFileSync(
    output,
    `#include "voucher/docs.h"\n\nconst char ${name}[] = {\n${rows.join('\n')}\n    0,\n};\nconst size_t ${name}_size = ${bytes.length};\n`,
);
