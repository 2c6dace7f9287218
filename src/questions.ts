// What a good file on its way to a script does not need. In the bundle it sleeps until
// one of its functions is first called; scripts/build.mjs does that.
export { isatty } from 'node:tty';
export { hint } from './read/nearest.ts';
export { decode } from './read/decode.ts';
export { renderDifference } from './tell/difference.ts';
export { renderExplanation } from './tell/explain.ts';
export { renderJsonSchema } from './tell/json-schema.ts';
export { renderReport } from './tell/report.ts';
export { renderStarter } from './tell/starter.ts';
