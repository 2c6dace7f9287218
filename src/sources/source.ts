import type { Located } from '../read/paths.ts';
import type { Table } from '../read/row.ts';

/** What a plan does with a source, as data. */
export interface AnyStep {
  readonly kind: string;
}

/** A table `[databases.NAME]`. */
export interface AnyTable {
  readonly driver: string;
}

/** A command: its words, each of which is quoted when it is written; or a line of ours, as it is. */
export type Line = string | readonly string[];

/**
 * All that is known of a kind of source. Asked about a step or table that is not its
 * own, it knows nothing; so nobody has to tell them apart who asks all of them.
 */
export interface Source {
  readonly isNeeded: (steps: readonly AnyStep[]) => boolean;
  /** Of a plan's function. */
  readonly commands: (step: AnyStep) => readonly Line[];
  /** Of `check`: lines that stay together. */
  readonly checks: (step: AnyStep) => readonly (readonly Line[])[];
  /** Where on the VM it lies. */
  readonly places: (step: AnyStep) => readonly string[];
  readonly parts: Parts;
  readonly uses: readonly Shared[];
  readonly restorers: readonly Restorer[];
  /** What the VM must have, in words. */
  readonly tools: (steps: readonly AnyStep[]) => readonly string[];
  /** What is copied, in plain words. */
  readonly explain: (step: AnyStep) => readonly string[];
  /** What happens to its writers meanwhile. */
  readonly writers: (step: AnyStep) => readonly string[];
  readonly losses: (step: AnyStep) => readonly Loss[];
}

/** One with tables in the file. */
export interface DatabaseSource<Step extends AnyStep = AnyStep> extends Source {
  readonly table: Table;
  /** What its keys must be together, by name. */
  readonly rules: Readonly<Record<string, (table: AnyTable) => readonly Found[]>>;
  /** Every decision made; all of it, or only these of its tables. */
  readonly plan: (
    name: string,
    table: AnyTable,
    tables: readonly string[] | undefined,
    at: Located,
  ) => readonly Step[];
  /** What is never copied as files. */
  readonly live: (table: AnyTable) => readonly Live[];
  /** How long a run may wait for it, in seconds, where that is written. */
  readonly waits: (table: AnyTable) => readonly number[];
}

/** A file of functions in the script. */
export interface Part {
  readonly title: string;
  readonly text: string;
  readonly isNeeded: (steps: readonly AnyStep[]) => boolean;
}

/** What a source brings into the script: to back it up; to check it; to restore, verify and drill it. */
export interface Parts {
  readonly night: readonly Part[];
  readonly check: readonly Part[];
  readonly restore: readonly Part[];
}

/** Parts that more than one source calls, and not every script has. */
export type Shared = 'warnings' | 'pipes' | 'owner' | 'links' | 'aside';

/** A program that runs elsewhere, as a function that prints it. */
export function printed(name: string, program: string): string {
  return `${name}() {\n    cat <<'SH'\n${program}SH\n}\n`;
}

/**
 * The kind that a manifest names, and the nouns of the functions that restore it: those of the
 * first, and for what is done alike, of the second.
 */
export interface Restorer {
  readonly artifact: string;
  readonly nouns: readonly string[];
  readonly isNeeded: (steps: readonly AnyStep[]) => boolean;
}

/** What may be lost, and whether a step saves all of it. */
export interface Loss {
  readonly label: string;
  readonly isIn: (step: AnyStep) => boolean;
}

/** The key that is wrong, why, and the other keys that it is about. */
export type Found = readonly [key: string, message: string, ...also: string[]];

/** Files of a running database, and the key that says where: one file, or a server's directory. */
export interface Live {
  readonly key: string;
  readonly path: string;
  readonly isTree: boolean;
}

/** What is told of a source's own; of others', nothing. */
export function only<Any, Own extends Any, Told>(
  isOwn: (value: Any) => value is Own,
  tell: (value: Own) => readonly Told[],
): (value: Any) => readonly Told[] {
  return (value) => (isOwn(value) ? tell(value) : []);
}

/** A database, or some of its tables. */
export interface DatabaseStep extends AnyStep {
  readonly database: { readonly name: string };
  readonly tables?: readonly string[];
}

/** Of a database as a whole, or of each of the tables. */
export function databaseLosses(
  isOwn: (step: AnyStep) => step is DatabaseStep,
): (step: AnyStep) => readonly Loss[] {
  return only(isOwn, ({ database: { name }, tables = [undefined] }) =>
    tables.map((table) => ({
      label: table === undefined ? name : `${name}, table ${table}`,
      isIn: (other) =>
        isOwn(other) &&
        other.database.name === name &&
        (other.tables === undefined || (table !== undefined && other.tables.includes(table))),
    })),
  );
}

/** A plan's or database's name in that of a shell function, which knows no dash. */
export function functionName(prefix: string, name: string): string {
  return `${prefix}_${name.replaceAll('-', '_')}`;
}
