// What others do with the same data; each gives its seconds, and cleans up.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, sh, timed } from './measure.mjs';
import { place } from './place.mjs';

const out = join(place, 'theirs');

/** A first backup, a change of the source, a second one. */
async function twice(initialise, command, change) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  await run(initialise);
  const first = await timed(command);
  await change();
  await run('sync');
  const second = await timed(command);
  rmSync(out, { recursive: true });
  return { first, second };
}

const nothing = async () => {};

/** Runs shell text that writes below $out, then removes what it wrote. */
async function once(text, shell) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const seconds = await timed(text, { shell });
  rmSync(out, { recursive: true });
  return seconds;
}

export const RESTIC = sh`export RESTIC_PASSWORD=x RESTIC_CACHE_DIR=${out}/cache; restic -q -r ${out}/repository`;

export function restic(path, change = nothing) {
  return twice(`${RESTIC} init`, `${RESTIC} backup ${sh`${path}`}`, change);
}

/** borgmatic with zstd 3; of an SQLite database the copy that a hook makes by .backup. */
export function borgmatic(path, { isDatabase = false, change = nothing } = {}) {
  const config = join(place, 'borgmatic.yaml');
  const source = isDatabase ? join(out, 'copy.db') : path;
  const hook = sh`rm -f ${source}; sqlite3 -init /dev/null ${path} ${`.backup ${source}`}`;
  writeFileSync(
    config,
    `location:
    source_directories: [${source}]
    repositories: [${out}/repository]
storage:
    compression: zstd,3
    unknown_unencrypted_repo_access_is_ok: true
retention:
    keep_daily: 7
consistency:
    checks: []
${isDatabase ? `hooks:\n    before_backup:\n        - ${JSON.stringify(hook)}\n` : ''}`,
  );
  const borg = sh`export BORG_BASE_DIR=${out}/borg; borgmatic -v -1 -c ${config}`;
  return twice(`${borg} init -e none`, `${borg} create`, change);
}

export function rsnapshot(path) {
  const config = join(place, 'rsnapshot.conf');
  const lines = [
    ['config_version', '1.2'],
    ['snapshot_root', `${out}/`],
    ['cmd_rsync', '/usr/bin/rsync'],
    ['retain', 'alpha', '3'],
    ['backup', `${path}/`, 'x/'],
  ];
  writeFileSync(config, lines.map((words) => `${words.join('\t')}\n`).join(''));
  return twice('true', sh`rsnapshot -c ${config} alpha && sync`, nothing);
}

/** cp, zstd of the copy, sync of the result. 3 is the level that zstd takes by itself. */
export function cpZstdText(database, level = 3) {
  return sh`cp ${database} ${out}/copy.db && zstd -q -T0 -${level} ${out}/copy.db -o ${out}/copy.zst && sync ${out}/copy.zst`;
}
export const cpZstd = (database, level) => once(cpZstdText(database, level));

export function vacuumInto(database) {
  return once(
    sh`sqlite3 -init /dev/null ${database} ${`VACUUM INTO '${out}/copy.db'`} && zstd -q -T0 -3 ${out}/copy.db -o ${out}/copy.zst && sync ${out}/copy.zst`,
  );
}

/** The way of the deployment that we learn from. */
export function deployment(database) {
  return once(
    sh`set -e; sqlite3 ${database} ${`.backup '${out}/copy.db'`}; gzip ${out}/copy.db`,
    'bash',
  );
}
export function deploymentFiles(tree) {
  return once(sh`set -e; tar -czf ${out}/storage.tar.gz -C / ${`.${tree}`}`, 'bash');
}

export function plainBackup(database) {
  return once(sh`sqlite3 -init /dev/null ${database} ${`.backup ${out}/copy.db`}`);
}

/** Seconds, or undefined when it has not finished within so many. */
export async function plainBackupWithin(database, limit) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const { status, seconds } = await run(
    sh`timeout ${limit} sqlite3 -init /dev/null ${database} ${`.backup ${out}/copy.db`}`,
    { allow: [0, 1, 5, 124] },
  );
  rmSync(out, { recursive: true });
  return status === 0 ? seconds : undefined;
}

/** tar, piped through zstd, sync of the result. */
export function tarZstdText(tree, { level = 3, options = '' } = {}) {
  return `tar ${options} ${sh`-C / -cf - ${`.${tree}`} | zstd -q -T0 -${level} >${out}/files.tar.zst && sync ${out}/files.tar.zst`}`;
}
export const tarZstd = (...about) => once(tarZstdText(...about));

/** The flags that we dump with. */
export function mysqldumpText(socket, schema, level = 3) {
  return sh`mysqldump --no-defaults -S ${socket} --single-transaction --quick --routines --events \
    --triggers --hex-blob --no-tablespaces --max-allowed-packet=1G ${schema} |
    zstd -q -T0 -${level} >${out}/dump.sql.zst && sync ${out}/dump.sql.zst`;
}
export const mysqldump = (...about) => once(mysqldumpText(...about));

/** Two threads, its own gzip. */
export function mydumper(socket, schema) {
  return once(
    sh`mydumper -S ${socket} -u root -B ${schema} -o ${out}/dump --threads 2 --compress && sync`,
  );
}

/** Debian's, with its fixed paths led here. */
export function automysqlbackup(socket, schema) {
  return once(
    sh`grep -v ^DBNAMES /etc/default/automysqlbackup >${out}/conf
    printf ${'DBNAMES=%s\nMDBNAMES=%s\nBACKUPDIR=%s\n'} ${schema} ${schema} ${out}/dumps >>${out}/conf
    printf ${'[client]\nsocket=%s\nuser=root\n'} ${socket} >${out}/cnf
    sed ${`s#/etc/default/automysqlbackup#${out}/conf#; s#/etc/mysql/debian.cnf#${out}/cnf#`} /usr/sbin/automysqlbackup >${out}/run
    mkdir ${out}/dumps
    bash ${out}/run
    [ "$(find ${out}/dumps -name ${'*.gz'} -size +1k | wc -l)" -gt 0 ]`,
  );
}

/** For what is observed and not timed: the directory that the texts above write to. */
export function openOut() {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
}
