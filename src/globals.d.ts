/** The version in package.json, put in by the build. */
declare const GEN_BACKUP_VERSION: string;

declare module '*.sh' {
  const text: string;
  export default text;
}

/** Compiled: `escape` is for what stands in `<%= %>`. */
declare module '*.ejs' {
  export default function render(values: object, escape: (text: string) => string): string;
}

declare module '@iarna/toml/parse-string.js' {
  export default function parse(toml: string): unknown;
}
