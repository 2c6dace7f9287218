/** What a key means when it is not written. Of the plan, and of every text that names a default. */
export const DEFAULTS = {
  type: 'complete',
  schedule: '0 3 * * *',
  enabled: true,
  /** Days; only where `keep` is unset too. */
  retention_days: 7,
  keep_last: 3,
  compression: 'auto',
  verify: 'auto',
  nice: true,
  shrink_limit: '50%',
  require_mount: false,
  min_free: '1GiB',
  busy_timeout: '30s',
  max_write_stall: '1s',
} as const;
