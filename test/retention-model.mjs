// What retention should keep, written without a look at the script's awk: prints the
// ids that stay. Arguments: rules as JSON, now, and the backups, in seconds since 1970.
const [rules, now, ...times] = process.argv.slice(2);
const {
  last,
  days = 0,
  hourly = 0,
  daily = 0,
  weekly = 0,
  monthly = 0,
  yearly = 0,
} = JSON.parse(rules);

const idOf = (seconds) => new Date(seconds * 1000).toISOString().replace(/[-:]|\.000/g, '');
const all = [...new Set(times.map(Number))].sort((a, b) => b - a);
const past = all.filter((time) => time <= Number(now));
const kept = new Set(all.filter((time) => time > Number(now)));

past.slice(0, last).forEach((time) => kept.add(time));
past.filter((time) => (past[0] ?? 0) - time < days * 86400).forEach((time) => kept.add(time));

const date = (time) => new Date(time * 1000);
/** The Monday that begins the week. */
const monday = (time) => Math.floor(time / 86400) - ((date(time).getUTCDay() + 6) % 7);
const periods = [
  [hourly, (time) => Math.floor(time / 3600)],
  [daily, (time) => Math.floor(time / 86400)],
  [weekly, monday],
  [monthly, (time) => date(time).getUTCFullYear() * 12 + date(time).getUTCMonth()],
  [yearly, (time) => date(time).getUTCFullYear()],
];
for (const [limit, periodOf] of periods) {
  const newest = new Map();
  for (const time of past) if (!newest.has(periodOf(time))) newest.set(periodOf(time), time);
  [...newest.values()].slice(0, limit).forEach((time) => kept.add(time));
}
console.log([...kept].map(idOf).sort().join('\n'));
