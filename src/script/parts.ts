import aside from '../../templates/parts/aside.sh';
import check from '../../templates/parts/check.sh';
import checkFiles from '../../templates/parts/check_files.sh';
import checkMysql from '../../templates/parts/check_mysql.sh';
import checkSqlite from '../../templates/parts/check_sqlite.sh';
import backup from '../../templates/parts/backup.sh';
import beyondAscii from '../../templates/parts/beyond_ascii.sh';
import catalog from '../../templates/parts/catalog.sh';
import commands from '../../templates/parts/command_line.sh';
import compression from '../../templates/parts/compression.sh';
import destination from '../../templates/parts/destination.sh';
import drill from '../../templates/parts/drill.sh';
import dotenv from '../../templates/parts/dotenv.sh';
import found from '../../templates/parts/found.sh';
import files from '../../templates/parts/files.sh';
import hooks from '../../templates/parts/hooks.sh';
import install from '../../templates/parts/install.sh';
import keepFound from '../../templates/parts/keep_found.sh';
import links from '../../templates/parts/links.sh';
import logFile from '../../templates/parts/log_file.sh';
import messages from '../../templates/parts/messages.sh';
import metrics from '../../templates/parts/metrics.sh';
import mysql from '../../templates/parts/mysql.sh';
import mysqlClient from '../../templates/parts/mysql_client.sh';
import mysqlRows from '../../templates/parts/mysql_rows.sh';
import mysqlRights from '../../templates/parts/mysql_rights.sh';
import noQuiesce from '../../templates/parts/no_quiesce.sh';
import owner from '../../templates/parts/owner.sh';
import onePlan from '../../templates/parts/one_plan.sh';
import passOverFound from '../../templates/parts/pass_over_found.sh';
import passwordFile from '../../templates/parts/password_file.sh';
import pipes from '../../templates/parts/pipes.sh';
import processes from '../../templates/parts/processes.sh';
import putFiles from '../../templates/parts/put_files.sh';
import quiesce from '../../templates/parts/quiesce.sh';
import restore from '../../templates/parts/restore.sh';
import restoreFiles from '../../templates/parts/restore_files.sh';
import restoreMysql from '../../templates/parts/restore_mysql.sh';
import restoreMysqlTables from '../../templates/parts/restore_mysql_tables.sh';
import restoreSqlite from '../../templates/parts/restore_sqlite.sh';
import restoreTables from '../../templates/parts/restore_tables.sh';
import results from '../../templates/parts/results.sh';
import retention from '../../templates/parts/retention.sh';
import severalPlans from '../../templates/parts/several_plans.sh';
import sqlite from '../../templates/parts/sqlite.sh';
import sqliteTables from '../../templates/parts/sqlite_tables.sh';
import state from '../../templates/parts/state.sh';
import status from '../../templates/parts/status.sh';
import trial from '../../templates/parts/trial.sh';
import trialServer from '../../templates/parts/trial_server.sh';
import verify from '../../templates/parts/verify.sh';
import workBeside from '../../templates/parts/work_beside.sh';
import warnings from '../../templates/parts/warnings.sh';
import checkMetrics from '../../templates/parts/check_metrics.sh';
import find from '../../templates/parts/find.sh';
import mount from '../../templates/parts/mount.sh';
import mysqlCompare from '../../templates/parts/mysql_compare.sh';
import mysqlOptions from '../../templates/parts/mysql_options.sh';
import privateFile from '../../templates/parts/private.sh';
import prune from '../../templates/parts/prune.sh';
import self from '../../templates/parts/self.sh';
import showStatus from '../../templates/parts/show_status.sh';
import stateForPeople from '../../templates/parts/state_for_people.sh';
import {
  always,
  hasAnyHook,
  hasHook,
  hasAnySecret,
  hasMetrics,
  hasSecret,
  hasStep,
  keepsFoundDatabases,
  type Need,
  needsMysql,
  needsSqlite,
  not,
  passesOverFoundDatabases,
} from './needs.ts';
import type { Machine } from '../plan/plan.ts';
import { isBeyondAscii } from './quote.ts';

export interface Part {
  readonly title: string;
  readonly text: string;
  readonly isNeeded: Need;
}

/** A program that runs elsewhere, as a function that prints it. */
function asHeredoc(name: string, program: string): string {
  return `${name}() {\n    cat <<'SH'\n${program}SH\n}\n`;
}

/** Every part of what cron executes, in the order of the script. */
export const NIGHT: readonly Part[] = [
  { title: 'One plan', text: onePlan, isNeeded: ({ plans }) => plans.length === 1 },
  { title: 'Several plans', text: severalPlans, isNeeded: ({ plans }) => plans.length > 1 },
  { title: 'Messages', text: messages, isNeeded: always },
  { title: 'Processes', text: processes, isNeeded: always },
  { title: 'Local state', text: state, isNeeded: always },
  { title: 'This script', text: self, isNeeded: always },
  { title: 'Hooks', text: hooks, isNeeded: hasAnyHook },
  { title: 'Destination', text: destination, isNeeded: always },
  { title: 'A volume of its own', text: mount, isNeeded: ({ requireMount }) => requireMount },
  { title: 'Compression', text: compression, isNeeded: always },
  { title: 'Backup', text: backup, isNeeded: always },
  { title: 'Warnings', text: warnings, isNeeded: hasStep('files', 'mysql', 'mysql-tables') },
  { title: 'Writers pause', text: quiesce, isNeeded: hasHook('quiesce', 'resume') },
  { title: 'Writers go on', text: noQuiesce, isNeeded: not(hasHook('quiesce', 'resume')) },
  { title: 'Pipes', text: pipes, isNeeded: hasStep('files', 'mysql', 'mysql-tables') },
  {
    title: "Other users' directories",
    text: owner,
    isNeeded: (machine) => needsSqlite(machine) || hasStep('files')(machine),
  },
  { title: 'SQLite', text: sqlite, isNeeded: needsSqlite },
  { title: 'SQLite tables', text: sqliteTables, isNeeded: hasStep('sqlite-tables') },
  { title: 'MySQL', text: mysql, isNeeded: needsMysql },
  {
    title: 'MySQL clients, where they run',
    text: asHeredoc('print_mysql_client', mysqlClient),
    isNeeded: needsMysql,
  },
  { title: 'MySQL rows', text: mysqlRows, isNeeded: needsMysql },
  { title: 'MySQL rights', text: mysqlRights, isNeeded: needsMysql },
  { title: 'Files with passwords', text: privateFile, isNeeded: hasAnySecret },
  { title: 'Option files', text: mysqlOptions, isNeeded: hasSecret('defaults_file') },
  { title: 'Passwords in files', text: passwordFile, isNeeded: hasSecret('password_file') },
  { title: 'Passwords in .env files', text: dotenv, isNeeded: hasSecret('env_file') },
  { title: 'Files', text: files, isNeeded: hasStep('files') },
  { title: 'Databases among the files', text: found, isNeeded: hasStep('files') },
  { title: 'Found databases, kept', text: keepFound, isNeeded: keepsFoundDatabases },
  {
    title: 'Found databases, passed over',
    text: passOverFound,
    isNeeded: passesOverFoundDatabases,
  },
  { title: 'Catalog', text: catalog, isNeeded: always },
  { title: 'Retention', text: retention, isNeeded: always },
  { title: 'Results', text: results, isNeeded: always },
  { title: 'Status', text: status, isNeeded: hasMetrics },
  { title: 'Metrics', text: metrics, isNeeded: hasMetrics },
];

/** Every part of what a person runs, in the order of the script. */
export const DAY: readonly Part[] = [
  { title: 'Local state, by day', text: stateForPeople, isNeeded: always },
  { title: 'Backups that there are', text: find, isNeeded: always },
  { title: 'Prune', text: prune, isNeeded: always },
  { title: 'Verify', text: verify, isNeeded: always },
  { title: 'Drill', text: drill, isNeeded: always },
  { title: 'Status', text: status, isNeeded: not(hasMetrics) },
  { title: 'Status, shown', text: showStatus, isNeeded: always },
  { title: 'Install', text: install, isNeeded: always },
  { title: 'Log', text: logFile, isNeeded: ({ logPath }) => logPath !== '' },
  { title: 'Check', text: check, isNeeded: always },
  { title: 'Check metrics', text: checkMetrics, isNeeded: hasMetrics },
  { title: 'Check SQLite', text: checkSqlite, isNeeded: hasStep('sqlite', 'sqlite-tables') },
  { title: 'Check MySQL', text: checkMysql, isNeeded: needsMysql },
  { title: 'Check files', text: checkFiles, isNeeded: hasStep('files') },
  { title: 'Restore', text: restore, isNeeded: always },
  {
    title: 'Pipes',
    text: pipes,
    isNeeded: not(hasStep('files', 'mysql', 'mysql-tables')),
  },
  {
    title: 'Links among restored files',
    text: links,
    isNeeded: (machine) => needsSqlite(machine) || needsMysql(machine),
  },
  { title: 'What is set aside', text: aside, isNeeded: hasStep('files', 'mysql', 'mysql-tables') },
  {
    title: 'Restores beside a tree',
    text: workBeside,
    isNeeded: hasStep('files', 'sqlite-tables'),
  },
  { title: 'Restore SQLite', text: restoreSqlite, isNeeded: needsSqlite },
  { title: 'Restore SQLite tables', text: restoreTables, isNeeded: hasStep('sqlite-tables') },
  {
    title: 'Files with passwords',
    text: privateFile,
    isNeeded: (machine) => needsMysql(machine) && !hasAnySecret(machine),
  },
  {
    title: 'Option files',
    text: mysqlOptions,
    isNeeded: (machine) => needsMysql(machine) && !hasSecret('defaults_file')(machine),
  },
  { title: 'MySQL, compared', text: mysqlCompare, isNeeded: needsMysql },
  {
    title: 'A server for a trial: a program that runs where the clients do',
    text: asHeredoc('print_trial_server', trialServer),
    isNeeded: needsMysql,
  },
  { title: 'A trial', text: trial, isNeeded: needsMysql },
  { title: 'Restore MySQL', text: restoreMysql, isNeeded: needsMysql },
  { title: 'Restore MySQL tables', text: restoreMysqlTables, isNeeded: hasStep('mysql-tables') },
  { title: 'Restore files', text: restoreFiles, isNeeded: hasStep('files') },
  {
    title: 'Restore files: a program for many directories',
    text: asHeredoc('print_put_files', putFiles),
    isNeeded: hasStep('files'),
  },
];

/** What reads the command line. */
export const COMMAND_LINE = commands;

export const BEYOND_ASCII: Part = {
  title: 'Names beyond ASCII',
  text: beyondAscii,
  isNeeded: (machine) => isBeyondAscii(JSON.stringify(machine)),
};

/** Of some parts, those that this machine's script needs. */
export function partsFor(machine: Machine, parts: readonly Part[]): Part[] {
  return parts.filter(({ isNeeded }) => isNeeded(machine));
}
