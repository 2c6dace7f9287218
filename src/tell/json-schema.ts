import { type $ZodType, type JSONSchema, toJSONSchema } from 'zod/v4/core';
import { type KeyDoc, TABLE_DOCS } from '../keys/keys.ts';
import { ENVIRONMENT_SCHEMA, TABLE_SCHEMAS } from '../keys/schema.ts';
import { IS_TORRUST } from '../keys/torrust.ts';

/** The JSON Schema (draft 2020-12) of environment files: each key with what it means. */
export function renderJsonSchema(): string {
  const schema = toJSONSchema(ENVIRONMENT_SCHEMA, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const docs = DOCS.find(({ table }) => table === zodSchema);
      if (docs === undefined) return;
      jsonSchema.description = docs.about;
      for (const [key, property] of Object.entries(jsonSchema.properties ?? {})) {
        // In its place: zod has more to write into it.
        Object.assign(property, described(docs.keys[key]));
      }
    },
  });
  const { backup: table, ...others } = schema.properties ?? {};
  const whole = {
    title: 'Environment file of gen-backup',
    ...schema,
    properties: { ...others, backup: without(table, 'required') },
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

const { environment, storage, sqlite, mysql, backup, plan, keep, hooks } = TABLE_DOCS;

/** The checked form of each table, and what is said of it. */
const DOCS: readonly {
  readonly table: $ZodType;
  readonly about: string;
  readonly keys: Readonly<Record<string, KeyDoc>>;
}[] = [
  { table: TABLE_SCHEMAS.environment, ...environment },
  { table: TABLE_SCHEMAS.storage, ...storage },
  { table: TABLE_SCHEMAS.sqlite, ...sqlite },
  { table: TABLE_SCHEMAS.mysql, ...mysql },
  { table: TABLE_SCHEMAS.backup, about: backup.about, keys: { ...backup.keys, ...plan.keys } },
  { table: TABLE_SCHEMAS.plan, ...plan },
  { table: TABLE_SCHEMAS.keep, ...keep },
  { table: TABLE_SCHEMAS.hooks, ...hooks },
];

function without(property: Property | undefined, key: string): object {
  const entries = Object.entries(Object(property)).filter(([name]) => name !== key);
  return Object.fromEntries(entries);
}

type Property = JSONSchema._JSONSchema;

function described(doc: KeyDoc | undefined): object {
  if (doc === undefined) return {};
  const { about, example, unset } = doc;
  const isValue = unset !== undefined && !/^\(/.test(String(unset));
  return {
    description: isValue || unset === undefined ? about : `${about} ${unset}`,
    ...(isValue ? { default: unset } : {}),
    examples: [example],
  };
}
