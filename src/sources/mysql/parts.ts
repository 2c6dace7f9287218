import checkMysql from '../../../templates/sources/mysql/check.sh';
import dotenv from '../../../templates/sources/mysql/dotenv.sh';
import mysql from '../../../templates/sources/mysql/dump.sh';
import mysqlClient from '../../../templates/sources/mysql/client.sh';
import mysqlCompare from '../../../templates/sources/mysql/compare.sh';
import mysqlOptions from '../../../templates/sources/mysql/options.sh';
import mysqlRights from '../../../templates/sources/mysql/rights.sh';
import mysqlRows from '../../../templates/sources/mysql/rows.sh';
import passwordFile from '../../../templates/sources/mysql/password_file.sh';
import privateFile from '../../../templates/sources/mysql/private.sh';
import restoreMysql from '../../../templates/sources/mysql/restore.sh';
import restoreMysqlTables from '../../../templates/sources/mysql/restore_tables.sh';
import trial from '../../../templates/sources/mysql/trial.sh';
import trialServer from '../../../templates/sources/mysql/trial_server.sh';
import { type AnyStep, type Parts, printed } from '../source.ts';
import { mysqlDatabases, needsMysql, type Secret } from './plan.ts';

const hasSecret =
  (...kinds: readonly Secret['kind'][]) =>
  (steps: readonly AnyStep[]) =>
    mysqlDatabases(steps).some(({ secret }) => kinds.includes(secret.kind));

const hasAnySecret = hasSecret('defaults_file', 'password_file', 'env_file');

export const MYSQL_PARTS: Parts = {
  night: [
    { title: 'MySQL', text: mysql, isNeeded: needsMysql },
    {
      title: 'MySQL clients, where they run',
      text: printed('print_mysql_client', mysqlClient),
      isNeeded: needsMysql,
    },
    { title: 'MySQL rows', text: mysqlRows, isNeeded: needsMysql },
    { title: 'MySQL rights', text: mysqlRights, isNeeded: needsMysql },
    { title: 'Files with passwords', text: privateFile, isNeeded: hasAnySecret },
    { title: 'Option files', text: mysqlOptions, isNeeded: hasSecret('defaults_file') },
    { title: 'Passwords in files', text: passwordFile, isNeeded: hasSecret('password_file') },
    { title: 'Passwords in .env files', text: dotenv, isNeeded: hasSecret('env_file') },
  ],
  check: [{ title: 'Check MySQL', text: checkMysql, isNeeded: needsMysql }],
  restore: [
    {
      title: 'Files with passwords',
      text: privateFile,
      isNeeded: (steps) => needsMysql(steps) && !hasAnySecret(steps),
    },
    {
      title: 'Option files',
      text: mysqlOptions,
      isNeeded: (steps) => needsMysql(steps) && !hasSecret('defaults_file')(steps),
    },
    { title: 'MySQL, compared', text: mysqlCompare, isNeeded: needsMysql },
    {
      title: 'A server for a trial: a program that runs where the clients do',
      text: printed('print_trial_server', trialServer),
      isNeeded: needsMysql,
    },
    { title: 'A trial', text: trial, isNeeded: needsMysql },
    { title: 'Restore MySQL', text: restoreMysql, isNeeded: needsMysql },
    { title: 'Restore MySQL tables', text: restoreMysqlTables, isNeeded: needsMysql },
  ],
};
