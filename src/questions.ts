// What a good file on its way to a script does not need. In the bundle it sleeps until asked.
export { decode } from './decode.ts';
export { renderDifference } from './difference.ts';
export { renderExplanation } from './explain.ts';
export { renderJsonSchema } from './json-schema.ts';
export { renderReport } from './report.ts';
export { renderStarter } from './starter.ts';
