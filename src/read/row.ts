import * as z from 'zod/mini';

/** All that is known of a key: of the file's check, of messages, the starter, the reference and editors. */
export interface Row {
  /** What its value may be. */
  readonly type: z.ZodMiniType;
  readonly about: string;
  readonly example: Example;
  /** What it is when unset: REQUIRED; a value; or words in brackets. Without it, nothing. */
  readonly unset?: string | number | boolean;
  /** A path, of a file or directory, that may be relative to storage.path. */
  readonly isPath?: true;
  /** Of a plan: the only types that can use it. */
  readonly onlyFor?: readonly string[];
}

export type Example =
  string | number | boolean | readonly string[] | { readonly [key: string]: Example };

/** `unset` of a key that must be there. */
export const REQUIRED = '(required)';

export type Rows = Readonly<Record<string, Row>>;

/** What is said of a table. */
export interface TableWords {
  /** As a heading. */
  readonly title: string;
  /** As it stands in a file; NAME is any name. */
  readonly header: string;
  readonly about: string;
}

/** A table of the file: a row a key, and the check that they make together. */
export interface Table<R extends Rows = Rows> extends TableWords {
  readonly keys: R;
  readonly type: z.ZodMiniObject<ShapeOf<R>, z.core.$strict>;
}

type ShapeOf<R extends Rows> = {
  -readonly [Key in keyof R]: R[Key] extends { readonly unset: typeof REQUIRED }
    ? R[Key]['type']
    : z.ZodMiniOptional<R[Key]['type']>;
};

/** `checks` are of the table as a whole. */
export function table<const R extends Rows>(
  { title, header, about }: TableWords,
  keys: R,
  ...checks: readonly z.core.$ZodCheck<object>[]
): Table<R> {
  return { title, header, about, keys, type: z.strictObject(shapeOf(keys)).check(...checks) };
}

function shapeOf<R extends Rows>(rows: R): ShapeOf<R>;
function shapeOf(rows: Rows): Record<string, z.ZodMiniType> {
  return Object.fromEntries(
    Object.entries(rows).map(([key, { type, unset }]) => [
      key,
      unset === REQUIRED ? type : z.optional(type),
    ]),
  );
}

/** The keys of a table that hold paths, and these, as far as they are set. */
export function pathsIn({ keys }: Pick<Table, 'keys'>, written: object): [string, string][] {
  return Object.entries(written).flatMap(([key, value]) =>
    typeof value === 'string' && Object.hasOwn(keys, key) && keys[key]?.isPath
      ? [[key, value]]
      : [],
  );
}
