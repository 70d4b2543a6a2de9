/**
 * `npm run mutate`: changes one line after another of the pure core, and tells which changes no unit test notices. All
 * of it takes hours; `npm run mutate -- --mutate alert-bridge/notify/late.ts` looks at one file.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'tests/mutation/vitest.config.ts' },
  coverageAnalysis: 'perTest',
  // What runs at import: decision 0045.
  ignoreStatic: true,
  concurrency: 1,
  // A machine that is shared is slow: a mutant that is only late is not noticed.
  timeoutMS: 30_000,
  timeoutFactor: 3,
  dryRunTimeoutMinutes: 30,
  mutate: [
    'alert-bridge/model/*.ts',
    'alert-bridge/notify/*.ts',
    'alert-bridge/render/*.ts',
    'alert-bridge/ingest/{alertmanager,commit-queue,events,grafana,sentry}.ts',
    'alert-bridge/monitor/{absence,diagnose,expectations,watchdog}.ts',
    'alert-bridge/monitor/reconcile/{compare,muted}.ts',
    'alert-bridge/peers/{chat-lease,lease,codec}.ts',
    'alert-bridge/telegram/{budget,chats,errors,messages}.ts',
    'common/jobs/*.ts',
    'common/redact/*.ts',
    'common/text/*.ts',
    'common/time/*.ts',
    'exporter/access-log/{combined,counters,json,lines,request,routes,window}.ts',
    'exporter/daily/{outdated,sections}.ts',
    'exporter/kpi/{watermark,odd-values,day-ids}.ts',
    'exporter/model/*.ts',
    'exporter/metrics/{exposition,fragment,negotiate,render}.ts',
  ],
  // Words are for people, and goldens hold them: to empty each of them would only test those.
  mutator: { excludedMutations: ['StringLiteral'] },
  reporters: ['clear-text', 'progress'],
  clearTextReporter: { allowColor: false, logTests: false },
  ignorePatterns: ['dist', 'grafana/generated', 'tests/acceptance', 'tests/contract', 'tests/demo'],
  tempDirName: 'var/mutation',
  allowEmpty: false,
};
