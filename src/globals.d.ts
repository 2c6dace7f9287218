/** The version in package.json, put in by the build. */
declare const GEN_BACKUP_VERSION: string;

declare module '*.sh' {
  const text: string;
  export default text;
}

declare module '*.ejs' {
  const text: string;
  export default text;
}

declare module '@iarna/toml/parse-string.js' {
  export default function parse(toml: string): unknown;
}
