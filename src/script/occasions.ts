import { type HookName, type Machine, stepsOf } from '../plan/plan.ts';
import { EVERY_SOURCE } from '../sources/sources.ts';
import { command, written } from './lines.ts';
import { isFollowing } from './needs.ts';
import { hookSetting } from './settings.ts';
import { timersOf } from './timers.ts';

/** When the lock is taken, and nothing else done. */
export function beforeRunOf(machine: Machine): string[] {
  const { hooks } = machine;
  return [
    ...(hooks.quiesce + hooks.resume === '' ? [] : ['resume_after_kill']),
    ...ifSet(machine, 'before', `${hook('before')} || die "the hook 'before' failed: no backup"`),
  ];
}

/** When a backup is published, and retention has been applied. */
export function afterRunOf(machine: Machine): string[] {
  return isFollowing(machine) ? ['[ -z "$FOLLOWED" ] || prune_changes'] : [];
}

/** After a run. */
export function reportRunOf(machine: Machine): string[] {
  const { hooks } = machine;
  return [
    'record_result run',
    ...metricsOf(machine),
    ...(hooks.on_success + hooks.on_failure + hooks.after === '' ? [] : ['hear_signals']),
    ...ifSet(
      machine,
      'on_success',
      `[ "$exit_status" != 0 ] || ${hook('on_success')} ||
        fail_late "the hook 'on_success' failed; '$DIRECTORY' itself is complete"`,
    ),
    ...onFailureOf(machine),
    ...ifSet(
      machine,
      'after',
      `[ -z "$REASON" ] || ${hook('after')} ||
        worry_late "the hook 'after' failed"`,
    ),
    ...(hooks.on_success + hooks.on_failure + hooks.after === ''
      ? []
      : [`[ -z "$TOLD_LATE" ] || record_result run again`, ...metricsOf(machine)]),
  ];
}

/** Functions that are of this machine alone, as lists of commands. */
export function occasionsOf(machine: Machine) {
  const { hooks } = machine;
  const metrics = metricsOf(machine);
  return [
    {
      name: 'report_drill',
      about: 'after a drill, whatever became of it.',
      commands: [
        'record_result drill',
        ...metrics,
        ...ifSet(machine, 'on_failure', 'hear_signals'),
        ...onFailureOf(machine),
      ],
    },
    {
      name: 'before_restore',
      about: 'when a person has agreed to a restore in place.',
      commands: [
        ...ifSet(machine, 'after_restore', 'REPORT=after_restore'),
        ...machine.plans
          .filter(({ follows }) => follows.length > 0)
          .map(({ name }) => command('step_aside', name)),
        ...ifSet(
          machine,
          'before_restore',
          `${hook('before_restore')} || die "the hook 'before_restore' failed"`,
        ),
      ],
    },
    ...(hooks.after_restore === ''
      ? []
      : [
          {
            name: 'after_restore',
            about: 'when it has ended, whatever became of it.',
            commands: ['hear_signals', `${hook('after_restore')} || :`],
          },
        ]),
    {
      name: 'write_timers',
      about: 'the schedule, where systemd keeps it.',
      commands: timersOf(machine).map(({ name, words, calendar }) =>
        command('write_timer', name, words, ...calendar),
      ),
    },
    {
      name: 'check_sources',
      about: 'all that is backed up.',
      commands: checksOf(machine),
    },
  ];
}

/** A hook's call. */
const hook = (name: HookName) => `run_hook ${name} "$${hookSetting(name)}"`;

/** Commands where there is such a hook. */
function ifSet({ hooks }: Machine, name: HookName, ...commands: readonly string[]): string[] {
  return hooks[name] === '' ? [] : [...commands];
}

const metricsOf = (machine: Machine) => (machine.metricsPath === '' ? [] : ['write_metrics']);

const onFailureOf = (machine: Machine) =>
  ifSet(
    machine,
    'on_failure',
    `[ "$exit_status" = 0 ] || ${hook('on_failure')} ||
        worry_late "the hook 'on_failure' failed"`,
  );

/** Each source once, whatever the number of its plans. */
function checksOf(machine: Machine): string[] {
  const steps = stepsOf(machine);
  const places = new Set(EVERY_SOURCE.flatMap((source) => steps.flatMap(source.places)));
  return [
    ...new Set(
      steps.flatMap((step) =>
        EVERY_SOURCE.flatMap(({ checks }) => checks(step)).map((lines) =>
          lines.map(written).join('\n    '),
        ),
      ),
    ),
    ...(places.size === 0 ? [] : [command('examine', 'disk', 'look_at_disk', ...places)]),
  ];
}
