import { type JSONSchema, toJSONSchema } from 'zod/v4/core';
import { FILE, TABLES, WHOLE_BACKUP } from '../keys/file.ts';
import { IS_TORRUST } from '../keys/torrust.ts';
import type { Row, Table } from '../read/row.ts';

/** The JSON Schema (draft 2020-12) of environment files: each key with what it means. */
export function renderJsonSchema(): string {
  const schema = toJSONSchema(FILE, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const table = ALL.find(({ type }) => type === zodSchema);
      if (table === undefined) return;
      jsonSchema.description = table.about;
      for (const [key, property] of Object.entries(jsonSchema.properties ?? {})) {
        // In its place: zod has more to write into it.
        Object.assign(property, described(table.keys[key]));
      }
    },
  });
  const { backup, ...others } = schema.properties ?? {};
  const whole = {
    title: 'Environment file of gen-backup',
    ...schema,
    properties: { ...others, backup: without(backup, 'required') },
    required: ['environment'],
    if: IS_TORRUST,
    else: {
      type: 'object',
      required: ['backup'],
      properties: { backup: { type: 'object', required: ['path'] } },
    },
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

/** With the keys of [backup] as they may stand there. */
const ALL: readonly Table[] = [WHOLE_BACKUP, ...TABLES];

function without(property: Property | undefined, key: string): object {
  const entries = Object.entries(Object(property)).filter(([name]) => name !== key);
  return Object.fromEntries(entries);
}

type Property = JSONSchema._JSONSchema;

function described(doc: Row | undefined): object {
  if (doc === undefined) return {};
  const { about, example, unset } = doc;
  const isValue = unset !== undefined && !/^\(/.test(String(unset));
  return {
    description: isValue || unset === undefined ? about : `${about} ${unset}`,
    ...(isValue ? { default: unset } : {}),
    examples: [example],
  };
}
