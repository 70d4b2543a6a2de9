/** The exporter itself: its build, configuration, queries, scheduled work and history. */
export const service = {
  buildInfo: {
    name: 'expensebot_exporter_build_info',
    kind: 'gauge',
    help: 'Version, source revision and Node.js version of the running exporter; always 1.',
    labels: ['version', 'revision', 'node_version'],
  },
  configLastReloadSuccessful: {
    name: 'expensebot_exporter_config_last_reload_successful',
    kind: 'gauge',
    help: '1 when the last attempt to load the configuration succeeded, 0 when the one before is still in force.',
    labels: [],
  },
  configLastReloadSuccess: {
    name: 'expensebot_exporter_config_last_reload_success_timestamp_seconds',
    kind: 'gauge',
    help: 'Unix time at which the configuration in force was loaded.',
    labels: [],
  },
  querySuccess: {
    name: 'expensebot_query_success',
    kind: 'gauge',
    help: 'Raw result of the last finished run of an analytics query: 1 success, 0 failure. Cached between runs.',
    labels: ['query'],
  },
  queryDuration: {
    name: 'expensebot_query_duration_seconds',
    kind: 'gauge',
    help: 'How long the last finished run of an analytics query took.',
    labels: ['query'],
  },
  queryLastSuccess: {
    name: 'expensebot_query_last_success_timestamp_seconds',
    kind: 'gauge',
    help: 'Unix time of the last successful run of an analytics query: the age of its figures.',
    labels: ['query'],
  },
  oddRows: {
    name: 'expensebot_odd_rows_total',
    kind: 'counter',
    help: 'Rows of a table of the application with a value that no figure can be made of (NaN, infinite, negative, no currency code, a date before 1970 or after 2200). Figures that read the value leave the row out. Read from the table every 30 seconds.',
    labels: ['table'],
  },
  reconciliationDrift: {
    name: 'expensebot_reconciliation_drift',
    kind: 'gauge',
    help: 'Closed days, of the last 35, whose recorded figures the last nightly recount of the tables found to be wrong and corrected.',
    labels: ['query'],
  },
  reconciliationRatio: {
    name: 'expensebot_reconciliation_drift_ratio',
    kind: 'gauge',
    help: 'Of the rows or people of the last 35 closed days, the share by which the last nightly recount changed their number. An account that was deleted changes many days, each by little.',
    labels: ['query'],
  },
  reconciliationTimestamp: {
    name: 'expensebot_reconciliation_last_success_timestamp_seconds',
    kind: 'gauge',
    help: 'Unix time of the last recount of the closed days.',
    labels: [],
  },
  jobLastSuccess: {
    name: 'expensebot_job_last_success_timestamp_seconds',
    kind: 'gauge',
    help: 'Unix time at which a scheduled job last succeeded; survives restarts. Absent when it never has.',
    labels: ['job_name'],
  },
  jobLastRun: {
    name: 'expensebot_job_last_run_timestamp_seconds',
    kind: 'gauge',
    help: 'Unix time at which the last run of a scheduled job ended, successful or not. Absent until the first since the start.',
    labels: ['job_name'],
  },
  jobDuration: {
    name: 'expensebot_job_duration_seconds',
    kind: 'gauge',
    help: 'How long the last run of a scheduled job took, successful or not.',
    labels: ['job_name'],
  },
  jobRuns: {
    name: 'expensebot_job_runs_total',
    kind: 'counter',
    help: 'Runs of a scheduled job since the exporter started, successful or not.',
    labels: ['job_name'],
  },
  jobRunsFailed: {
    name: 'expensebot_job_runs_failed_total',
    kind: 'counter',
    help: 'Runs of a scheduled job that failed, since the exporter started.',
    labels: ['job_name'],
  },
  historyPending: {
    name: 'expensebot_history_pending_rows',
    kind: 'gauge',
    help: 'Health checks and days that are recorded here and not yet written to PostgreSQL.',
    labels: [],
  },
} as const;
