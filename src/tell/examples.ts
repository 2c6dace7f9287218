import { tablesAt } from '../keys/file.ts';
import type { Syntax } from '../read/parse.ts';
import { HIDDEN, type Path, type Problem } from '../read/problems.ts';
import { type Example, REQUIRED, type Row } from '../read/row.ts';

/** What could stand where something is missing, or of another type than it should be. */
export function exampleLines({ path, message, rule }: Problem, syntax: Syntax): string[] {
  const isWanted = rule === undefined && /^((missing|is empty), )?expected (?!')/.test(message);
  if (!isWanted || message.includes('such as')) return [];
  const lines = exampleOf(path, syntax);
  const [only, ...more] = lines;
  if (only === undefined) return [];
  return more.length === 0
    ? [`      = for example: ${only}`]
    : ['      = for example:', ...lines.map((line) => `        ${line}`)];
}

function exampleOf(path: Path, syntax: Syntax): string[] {
  const key = path.at(-1);
  const doc = rowOf(path);
  if (typeof key === 'string' && doc !== undefined) return [pair(key, doc.example, syntax)];
  const [table] = tablesAt(path);
  if (table === undefined || typeof key !== 'string') return [];
  const keys = Object.entries(table.keys).filter(([, { unset }]) => unset === REQUIRED);
  const pairs = keys.map(([name, { example }]) => pair(name, example, syntax));
  return syntax === 'json'
    ? [`${JSON.stringify(key)}: { ${pairs.join(', ')} }`]
    : [`[${path.join('.')}]`, ...pairs];
}

/** `path = "/backups"`, or `"path": "/backups"`. */
function pair(key: string, value: Example, syntax: Syntax): string {
  return syntax === 'json'
    ? `${JSON.stringify(key)}: ${JSON.stringify(value)}`
    : `${key} = ${tomlValue(value)}`;
}

/** JSON's texts, numbers and lists are TOML's too; tables are not. */
export function tomlValue(value: Example): string {
  if (typeof value !== 'object') return tomlScalar(value);
  if (isList(value)) return `[${value.map(tomlScalar).join(', ')}]`;
  const pairs = Object.entries(value).map(([key, inner]) => `${key} = ${tomlValue(inner)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

/** What would not be seen is written as its code. */
function tomlScalar(value: string | number | boolean): string {
  return JSON.stringify(value).replace(
    HIDDEN,
    (char) => `\\U${(char.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  );
}

function isList(value: Example): value is readonly string[] {
  return Array.isArray(value);
}

function rowOf(path: Path): Row | undefined {
  const key = path.at(-1);
  if (typeof key !== 'string') return undefined;
  return tablesAt(path.slice(0, -1))
    .map(({ keys }) => (Object.hasOwn(keys, key) ? keys[key] : undefined))
    .find((doc) => doc !== undefined);
}
