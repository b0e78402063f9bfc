// voucher/openapi.yaml → TypeScript: one exported type for each schema of components.
import { readFileSync } from 'node:fs';
import { parse } from './openapi.mjs';

const nameOf = (ref) => ref.split('/').pop();
const wrap = (type) => (/[|&]/.test(type) ? `(${type})` : type);

function objectOf(schema, indent) {
    const required = new Set(schema.required ?? []);
    const inner = `${indent}    `;
    const rows = Object.entries(schema.properties ?? {}).map(
        ([key, one]) => `${inner}${key}${required.has(key) ? '' : '?'}: ${typeOf(one, inner)};`,
    );
    if (rows.length === 0) return 'Record<string, unknown>';
    return `{\n${rows.join('\n')}\n${indent}}`;
}

function typeOf(schema, indent = '') {
    if (!schema) return 'unknown';
    if (schema.$ref) return nameOf(schema.$ref);
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
    const many = schema.oneOf ?? schema.anyOf;
    if (many) return many.map((one) => wrap(typeOf(one, indent))).join(' | ');
    const types = [schema.type].flat();
    const named = types.map((type) => {
        if (type === 'integer' || type === 'number') return 'number';
        if (type === 'array') return `${wrap(typeOf(schema.items, indent))}[]`;
        if (type === 'object') return objectOf(schema, indent);
        return type ?? 'unknown';
    });
    return named.join(' | ');
}

export function typesOf(yaml) {
    const { schemas } = parse(readFileSync(yaml, 'utf8')).components;
    const rows = Object.entries(schemas).map(
        ([name, schema]) => `export type ${name} = ${typeOf(schema)};\n`,
    );
    return `// Made by scripts/lib/openapi-types.mjs from voucher/openapi.yaml.\n\n${rows.join('\n')}`;
}
