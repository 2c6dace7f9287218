import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CONTINUOUS, scriptOf } from './environments.ts';

/**
 * What shellcheck does not see, by the syntax tree of shfmt.
 *
 * POSIX sh has no local variables: a function that sets `name`, calls another that sets
 * `name` too, and then reads it, reads the other's. That has made a restore fail. So each
 * script is walked as the shell does, and whoever does so must stand in MEANT.
 */
const MEANT = [
  'ready_mysql: live_charset, set again by look_at_live', // empty, unless that finds a schema
  'replace_mysql: live_charset, set again by look_at_live', // likewise
  'replace_mysql: live_numbers, set again by look_at_live',
];

interface Node {
  readonly Type?: string;
  readonly [key: string]: unknown;
}
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;
const list = (value: unknown): readonly Node[] =>
  Array.isArray(value) ? value.filter(isNode) : [];
const text = (node: unknown): string =>
  isNode(node) && typeof node['Value'] === 'string' ? node['Value'] : '';

/** The word when it is one literal, as a command's name and `read`'s variables are. */
function literal(word: Node | undefined): string {
  const parts = list(word?.['Parts']);
  return parts.length === 1 && parts[0]?.Type === 'Lit' ? text(parts[0]) : '';
}

type Does = { readonly what: 'sets' | 'reads' | 'calls'; readonly name: string };

/** Of each script once: shfmt takes a second. */
const trees = new Map<string, Node>();

/** What a piece of code does with variables of this very shell, in its order. */
function* walk(node: unknown): Generator<Does> {
  if (Array.isArray(node)) {
    for (const item of node) yield* walk(item);
  } else if (isNode(node)) {
    const inAnother =
      node.Type === 'Subshell' || node.Type === 'CmdSubst' || node['Background'] === true;
    for (const does of steps(node)) if (!inAnother || does.what === 'reads') yield does;
  }
}

/** shfmt's number for `|`: of `a | b`, read once so that no version of it matters. */
const PIPE = (() => {
  const [statement] = list(parse('a | b')['Stmts']);
  return isNode(statement?.['Cmd']) ? statement['Cmd']['Op'] : undefined;
})();

function* steps(node: Node): Generator<Does> {
  switch (node.Type) {
    case 'ParamExp':
      yield { what: 'reads', name: text(node['Param']) };
      yield* walk(node['Exp']);
      break;
    case 'CallExpr': {
      const words = list(node['Args']);
      yield* walk(words);
      const [command = ''] = words.map(literal);
      for (const assign of list(node['Assigns'])) {
        yield* walk(assign['Value']);
        if (words.length === 0) yield { what: 'sets', name: text(assign['Name']) };
      }
      if (command === 'read') {
        for (const word of words.slice(1)) yield { what: 'sets', name: literal(word) };
      } else if (command !== '') yield { what: 'calls', name: command };
      break;
    }
    case 'ForClause':
      if (isNode(node['Loop'])) {
        yield* walk(node['Loop']['Items']);
        yield { what: 'sets', name: text(node['Loop']['Name']) };
      }
      yield* walk(node['Do']);
      break;
    case 'WhileClause': // what the end of a round has set is read by the next
      for (let round = 0; round < 2; round++) yield* walk([node['Cond'], node['Do']]);
      break;
    case 'BinaryCmd': // in zsh and ksh93 the last part of a pipe is of this very shell
      for (const does of walk(node['X'])) {
        if (node['Op'] !== PIPE || does.what === 'reads') yield does;
      }
      yield* walk(node['Y']);
      break;
    case 'FuncDecl':
      break;
    default:
      // A redirection's words come before what they belong to.
      if (node['Redirs'] !== undefined) yield* walk(list(node['Redirs']).map((r) => r['Word']));
      for (const [key, value] of Object.entries(node)) if (key !== 'Redirs') yield* walk(value);
  }
}

function parse(script: string): Node {
  const known = trees.get(script);
  if (known !== undefined) return known;
  const tree: unknown = JSON.parse(
    execFileSync('shfmt', ['-ln', 'posix', '--to-json'], {
      input: script,
      maxBuffer: 2 ** 30,
      encoding: 'utf8',
    }),
  );
  if (!isNode(tree)) throw new Error('shfmt prints no tree');
  trees.set(script, tree);
  return tree;
}

/** Of each function of a script, what it does. */
function bodiesOf(script: string): Map<string, Does[]> {
  const bodies = new Map<string, Does[]>();
  for (const { Cmd } of list(parse(script)['Stmts'])) {
    if (isNode(Cmd) && Cmd.Type === 'FuncDecl')
      bodies.set(text(Cmd['Name']), [...walk(Cmd['Body'])]);
  }
  return bodies;
}

/** `function: variable, set again by FUNCTION` of a script. */
function readAfterAnother(script: string): string[] {
  const bodies = bodiesOf(script);
  const sets = (name: string, seen = new Set<string>()): Set<string> => {
    const all = new Set<string>();
    if (seen.has(name)) return all;
    seen.add(name);
    for (const does of bodies.get(name) ?? []) {
      if (does.what === 'sets') all.add(does.name);
      if (does.what === 'calls') for (const one of sets(does.name, seen)) all.add(one);
    }
    return all;
  };
  const found = new Set<string>();
  for (const [name, body] of bodies) {
    const mine = new Set<string>();
    const others = new Map<string, string>();
    for (const does of body) {
      if (does.what === 'sets') {
        others.delete(does.name);
        if (/^[a-z]/.test(does.name)) mine.add(does.name);
      } else if (does.what === 'calls' && does.name !== name) {
        for (const one of sets(does.name)) if (mine.has(one)) others.set(one, does.name);
      } else if (others.has(does.name)) {
        found.add(`${name}: ${does.name}, set again by ${others.get(does.name)}`);
      }
    }
  }
  return [...found];
}

test('it finds what it is for, and nothing else', () => {
  const callee = 'b() { for x in 1; do :; done; }\n';
  const bad = [
    'a() { x=1; b; echo "$x"; }',
    'a() { x=1; echo | b; echo "$x"; }',
    'c() { b; }\na() { x=1; c "$x"; [ "$x" ]; }',
  ];
  const good = [
    'a() { x=1; (b); echo "$x"; }',
    'a() { x=1; y=$(b); b | cat; b & echo "$x"; }',
    'a() { x=1; b "$x"; x=2; echo "$x"; }',
    'a() (x=1; b "$x")',
  ];
  for (const script of bad)
    expect(readAfterAnother(callee + script)).toEqual([expect.stringContaining('a: x')]);
  for (const script of good) expect(readAfterAnother(callee + script)).toEqual([]);
});

const SCRIPTS: readonly [string, () => string][] = [
  ['minimal', () => readFileSync('test/fixtures/minimal.sh', 'utf8')],
  ['complete', () => readFileSync('test/fixtures/complete.sh', 'utf8')],
  ['continuous', () => scriptOf(CONTINUOUS)],
];

test.each(SCRIPTS)('%s: no variable has another meaning when it is read', (name, script) => {
  expect(readAfterAnother(script())).toEqual(name === 'complete' ? MEANT : []);
});

/** Builtins, and what `check` looks for or the script asks for before it is used. */
const TOOLS =
  `: [ awk break cat cd chmod chown cmp command compgen continue cp crontab cut date dd df du
  echo env eval exec exit export false find flock grep head id kill ln ls mkdir mkfifo mv nice od
  paste printf read readlink return rm rmdir sed set sha256sum shift sleep sort sqlite3 stat sync
  systemctl tail tar tr trap true umask uname unset wait wc xargs`.split(/\s+/);

function* each(node: unknown): Generator<Node> {
  if (Array.isArray(node)) for (const item of node) yield* each(item);
  else if (isNode(node)) {
    yield node;
    yield* each(Object.values(node));
  }
}

/** Commands by a name that is neither a function of the script nor a tool. */
function strangersIn(script: string): string[] {
  const nodes = [...each(parse(script))];
  const known = new Set(TOOLS);
  for (const node of nodes) if (node.Type === 'FuncDecl') known.add(text(node['Name']));
  const called = nodes.filter(({ Type }) => Type === 'CallExpr');
  const names = called.map((node) => literal(list(node['Args'])[0]));
  return [...new Set(names.filter((name) => name !== '' && !known.has(name)))];
}

test('a function that is nowhere is found', () => {
  expect(strangersIn('a() { b; }\n( c | a )\n[ "$(d)" ]')).toEqual(['b', 'c', 'd']);
});

test.each(SCRIPTS)('%s: calls nothing that is nowhere', (_, script) => {
  expect(strangersIn(script())).toEqual([]);
});

/** A second definition replaces the first for whoever calls it. What a function defines is meant to. */
function definedTwice(script: string): string[] {
  const names = list(parse(script)['Stmts'])
    .map((statement) => statement['Cmd'])
    .filter(isNode)
    .filter(({ Type }) => Type === 'FuncDecl')
    .map((node) => text(node['Name']));
  return names.filter((name, i) => names.indexOf(name) !== i);
}

test('a function that is defined twice is found', () => {
  expect(definedTwice('a() { :; }\nb() { a; }\na() { b; }')).toEqual(['a']);
});

test.each(SCRIPTS)('%s: no function is defined twice', (_, script) => {
  expect(definedTwice(script())).toEqual([]);
});
