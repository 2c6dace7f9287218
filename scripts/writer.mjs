// A real concurrent writer for demo, tests and bench: the sqlite3 command line as a
// child with one connection, fed one transaction at a time.
//
//   node scripts/writer.mjs --db FILE [--create MB] [--journal wal|delete|...]
//     [--rate COMMITS_PER_SECOND] [--seconds N] [--latencies FILE] [--only-create]
//     [--busy-timeout MS]: a lock that lasts longer ends it with an error
//
// The workload is a tracker's, and a transfer: every transaction moves an amount
// from a row of accounts_a to one of accounts_b, so the sum over both never changes,
// and adds a row to ledger and one to meta.n, so n equals the rows of ledger.
// Until SIGTERM or --seconds; then prints one line of JSON: commits and latencies.
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    db: { type: 'string' },
    create: { type: 'string' },
    'only-create': { type: 'boolean', default: false },
    journal: { type: 'string', default: 'wal' },
    rate: { type: 'string', default: '100' },
    seconds: { type: 'string' },
    latencies: { type: 'string' },
    'busy-timeout': { type: 'string', default: '30000' },
  },
});
if (options.db === undefined) throw new Error('writer: --db FILE is needed');

if (options.create !== undefined) create(options.db, Number(options.create), options.journal);
if (!options['only-create']) console.log(JSON.stringify(await write(options.db)));

/** A tracker-shaped database of about so many MB: 110 bytes a torrent, with its index. */
function create(db, megabytes, journal) {
  const sql = `
    PRAGMA journal_mode=OFF;
    PRAGMA synchronous=OFF;
    PRAGMA cache_size=-2000000;
    BEGIN;
    CREATE TABLE torrents (id INTEGER PRIMARY KEY AUTOINCREMENT, info_hash VARCHAR(40) NOT NULL UNIQUE,
      completed INTEGER DEFAULT 0 NOT NULL);
    CREATE TABLE whitelist (id INTEGER PRIMARY KEY AUTOINCREMENT, info_hash VARCHAR(40) NOT NULL UNIQUE);
    CREATE TABLE keys (id INTEGER PRIMARY KEY AUTOINCREMENT, key VARCHAR(32) NOT NULL UNIQUE,
      valid_until INTEGER);
    CREATE TABLE torrent_aggregate_metrics (id INTEGER PRIMARY KEY AUTOINCREMENT,
      metric_name VARCHAR(50) NOT NULL UNIQUE, value INTEGER DEFAULT 0 NOT NULL);
    CREATE TABLE accounts_a (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL);
    CREATE TABLE accounts_b (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL);
    CREATE TABLE ledger (id INTEGER PRIMARY KEY, moved INTEGER NOT NULL);
    CREATE TABLE meta (n INTEGER NOT NULL);
    INSERT INTO meta VALUES (0);
    INSERT INTO torrent_aggregate_metrics (metric_name, value) VALUES ('torrents_downloads_total', 0);
    WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 1000)
      INSERT INTO accounts_a SELECT x, 1000 FROM c;
    INSERT INTO accounts_b SELECT * FROM accounts_a;
    WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < ${Math.round(megabytes * 9000)})
      INSERT INTO torrents (info_hash, completed) SELECT lower(hex(randomblob(20))), x % 7 FROM c;
    INSERT INTO whitelist (info_hash) SELECT info_hash FROM torrents LIMIT 1000;
    INSERT INTO keys (key, valid_until) SELECT substr(info_hash, 1, 32), 2000000000 FROM torrents LIMIT 1000;
    COMMIT;
    PRAGMA journal_mode=${journal};`;
  const made = spawnSync('sqlite3', ['-init', '/dev/null', '-batch', '-bail', db], { input: sql });
  if (made.status !== 0) throw new Error(`writer: cannot create '${db}': ${made.stderr}`);
}

function transaction() {
  const [from, to, amount] = [random(1000), random(1000), random(100)];
  return (
    `BEGIN IMMEDIATE;UPDATE accounts_a SET amount = amount - ${amount} WHERE id = ${from};` +
    `UPDATE accounts_b SET amount = amount + ${amount} WHERE id = ${to};` +
    `INSERT INTO ledger (moved) VALUES (${amount});UPDATE meta SET n = n + 1;` +
    `INSERT INTO torrents (info_hash) VALUES (lower(hex(randomblob(20))));` +
    `UPDATE torrents SET completed = completed + 1 WHERE id = ${random(1000)};` +
    `UPDATE torrent_aggregate_metrics SET value = value + 1;COMMIT;SELECT 'done';\n`
  );
}

function random(below) {
  return 1 + Math.floor(Math.random() * below);
}

async function write(db) {
  const arguments_ = ['-oL', 'sqlite3', '-init', '/dev/null', '-batch', '-bail', db];
  const sqlite = spawn('stdbuf', arguments_, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: sqlite.stdout })[Symbol.asyncIterator]();
  sqlite.stdin.write(`.timeout ${options['busy-timeout']}\nSELECT 'done';\n`);
  await answers.next();
  let isStopped = false;
  process.on('SIGTERM', () => (isStopped = true));
  process.on('SIGINT', () => (isStopped = true));

  const begun = performance.now();
  const until = options.seconds === undefined ? Infinity : begun + 1000 * Number(options.seconds);
  const interval = 1000 / Number(options.rate);
  const latencies = [];
  let due = begun;
  while (!isStopped && performance.now() < until) {
    const sent = performance.now();
    sqlite.stdin.write(transaction());
    const { done } = await answers.next();
    if (done) throw new Error('writer: sqlite3 ended');
    const latency = performance.now() - sent;
    latencies.push(latency);
    if (options.latencies)
      appendFileSync(options.latencies, `${Date.now()} ${latency.toFixed(2)}\n`);
    // Behind time, it does not catch up in a burst.
    due = Math.max(due + interval, performance.now() - interval);
    await sleep(Math.max(0, due - performance.now()));
  }
  sqlite.stdin.end();
  await new Promise((resolve) => sqlite.on('close', resolve));
  latencies.sort((a, b) => a - b);
  const at = (share) =>
    Number((latencies[Math.floor(share * (latencies.length - 1))] ?? 0).toFixed(2));
  return {
    commits: latencies.length,
    seconds: Number(((performance.now() - begun) / 1000).toFixed(2)),
    p50_ms: at(0.5),
    p99_ms: at(0.99),
    max_ms: at(1),
  };
}
