// What esbuild and vitest must do alike with files that are not TypeScript.
import ejs from 'ejs';

/**
 * A template to an expression that is its function, so that ejs itself stays at home.
 * Through Function, because the source says `with`, which no strict file may.
 */
export function templateFunction(text) {
  const template = new ejs.Template(text, { compileDebug: false });
  template.compile();
  return `Function('locals', 'escapeFn', ${JSON.stringify(template.source)})`;
}
