/** SQLite and files, the usual environment of a Torrust tracker. */
export const BASE = `
[environment]
name = "t"
[storage]
path = "/srv/app"
[databases.main]
driver = "sqlite3"
path = "main.db"
[backup]
path = "/backups"
`;
