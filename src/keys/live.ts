import { absolute } from '../read/paths.ts';
import type { Live } from '../sources/source.ts';
import { DATABASES } from '../sources/sources.ts';
import type { Environment } from './file.ts';

/** Files of a declared database. */
export interface Raw extends Live {
  readonly name: string;
}

/** Of every declared database, with absolute paths. */
export function liveIn(environment: Environment): Raw[] {
  return Object.entries(environment.databases ?? {}).flatMap(([name, table]) =>
    DATABASES[table.driver]
      .live(table)
      .map((live) => ({ ...live, name, path: absolute(live.path, environment) })),
  );
}
