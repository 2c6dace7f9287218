// What is backed up: databases, trees, a MariaDB server, thousands of backups.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, sh } from './measure.mjs';
import { adopt, cached, place } from './place.mjs';

/** A tracker-shaped database of so many MB at `path`, in WAL mode unless said. */
export async function makeDatabase(path, megabytes, journal = 'wal') {
  const made = await cached(`tracker-${megabytes}.db`, (file) =>
    run(sh`node scripts/writer.mjs --db ${file} --create ${megabytes * 1.04} --only-create`),
  );
  await run(sh`cp ${made} ${path}`);
  if (journal !== 'wal')
    await run(sh`sqlite3 -init /dev/null ${path} ${`PRAGMA journal_mode=${journal}`}`);
  return path;
}

/** A day in the life of a tracker: rows changed at random, rows added. */
export async function changeDatabase(path, changed, added) {
  await run(
    sh`sqlite3 -init /dev/null ${path} ${`
    CREATE TEMP TABLE picked AS WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < ${changed})
      SELECT abs(random()) % (SELECT max(id) FROM torrents) AS id FROM c;
    UPDATE torrents SET completed = completed + 1 WHERE id IN (SELECT id FROM picked);
    WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < ${added})
      INSERT INTO torrents (info_hash) SELECT lower(hex(randomblob(20))) FROM c`}`,
  );
}

/** So many small files of text, some 1.5 kB each, 100 in a directory. */
export function smallFiles(count) {
  return cached(`small-files-${count}`, (path) => {
    for (let directory = 0; directory < count / 100; directory += 1) {
      const at = join(path, String(directory % 37), String(directory));
      mkdirSync(at, { recursive: true });
      for (let file = 0; file < 100; file += 1) {
        const length = 100 + ((directory * 7 + file * 31) % 2000);
        writeFileSync(join(at, `${file}.txt`), randomBytes(length).toString('base64'));
      }
    }
  });
}

/** Files of 4 MB, half of each noise and half lines of a log. */
export function largeFiles(count) {
  return cached(`large-files-${count}`, (path) => {
    mkdirSync(path);
    const half = 2e6;
    for (let file = 0; file < count; file += 1) {
      const log = Buffer.alloc(half, `line ${file} of a log\n`);
      writeFileSync(join(path, String(file)), Buffer.concat([randomBytes(half), log]));
    }
  });
}

/**
 * A private MariaDB server with the schemas `large` and `small`, a tenth of it; 1,000 rows
 * are some 330 kB of dump. Gives its socket and how to stop it.
 */
export async function startMariadb(thousands) {
  const version = (await run('mariadbd --version')).stdout.match(/Ver (\S+)/)?.[1] ?? 'unknown';
  const directory = await cached(`mariadb-${version}-${thousands}`, async (path) => {
    await run(sh`mariadb-install-db --no-defaults --user=root --datadir=${path} \
      --auth-root-authentication-method=normal --skip-test-db`);
    const server = await serve(path);
    await fill(server.socket, 'small', thousands / 10);
    await fill(server.socket, 'large', thousands);
    await server.stop();
  });
  return serve(directory);
}

async function serve(directory) {
  const socket = join(place, 'mysql.sock');
  const words = `--no-defaults --user=root --datadir=${directory} --socket=${socket}
    --skip-networking --innodb-buffer-pool-size=2G --innodb-flush-log-at-trx-commit=0`;
  const server = adopt(spawn('mariadbd', words.split(/\s+/), { stdio: 'ignore' }));
  const ended = new Promise((resolve) => server.on('close', resolve));
  const isUp = () =>
    spawnSync('mariadb', ['--no-defaults', '-S', socket, '-e', 'SELECT 1']).status === 0;
  for (let tries = 0; !isUp(); tries += 1) {
    if (tries === 300 || server.exitCode !== null) throw new Error('mariadbd does not start');
    await sleep(200);
  }
  const stop = () => {
    server.kill('SIGTERM');
    return ended;
  };
  return { socket, stop };
}

function fill(socket, schema, thousands) {
  return run(
    sh`mariadb --no-defaults -S ${socket} -e ${`
    CREATE DATABASE ${schema};
    CREATE TABLE ${schema}.torrents (id INT PRIMARY KEY, info_hash CHAR(40), title VARCHAR(255),
      about TEXT, completed INT);
    INSERT INTO ${schema}.torrents SELECT seq, SHA1(seq),
      CONCAT('torrent ', MD5(seq), ' ', MD5(seq + 1)),
      CONCAT(SHA2(seq, 512), REPEAT(MD5(seq DIV 7), 2)), seq % 1000
      FROM ${schema}.seq_1_to_${thousands * 1000}`}`,
  );
}

/** Fills a plan's directory up to so many backups, five minutes apart, of which only the manifest exists. */
export function makeBackups(directory, environment, count) {
  for (let number = 1; number <= count; number += 1) {
    const at = new Date(Date.now() - number * 300_000);
    const id = at.toISOString().replace(/[-:]|[.]\d+/g, '');
    const path = join(directory, id);
    if (existsSync(path)) continue;
    mkdirSync(path);
    writeFileSync(
      join(path, 'MANIFEST'),
      `format=1\nenvironment=${environment}\nplan=default\nid=${id}\ntype=database\n` +
        'artifact=main\nmain.kind=sqlite3\nmain.bytes=1000\n',
    );
  }
}
