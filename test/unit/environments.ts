import { plan, renderScript } from '../../src/generate.ts';

/** SQLite and files, the usual environment of a Torrust tracker. */
export const BASE = `
[environment]
name = "t"
[storage]
path = "/srv/app"
[databases.main]
driver = "sqlite3"
path = "main.db"
[backup]
path = "/backups"
`;

/** A database that is followed; with metrics, whose status is of the night. */
export const CONTINUOUS = `
[environment]
name = "t"
[databases.main]
driver = "sqlite3"
path = "/srv/app/main.db"
[backup]
path = "/backups"
metrics = "/metrics"
[backup.plans.live]
type = "continuous"
[backup.plans.nightly]
type = "database"
`;

/** The script of an environment that has no mistake. */
export function scriptOf(text: string): string {
  const outcome = plan('env.toml', text);
  if (!outcome.ok) throw new Error('no script');
  return renderScript(outcome.value);
}
