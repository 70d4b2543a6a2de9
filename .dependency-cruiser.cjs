/** The import rules of docs/architecture.md. */
const pure = [
  '^exporter/model/(snapshot|health)\\.ts$',
  '^exporter/metrics/(?!scrape|self)',
  '^exporter/pages/(?!routes)',
  '^alert-bridge/model/',
  '^alert-bridge/notify/(decide|escalate|storm|flapping|late|remind|matchers|quiet-hours|routing)\\.ts$',
  '^alert-bridge/config/notification-keys\\.ts$',
  '^alert-bridge/render/',
  '^alert-bridge/charts/(chart|units|echarts|phrases|promql|alert-chart|report-chart)\\.ts$',
  '^alert-bridge/report/day\\.ts$',
  '^alert-bridge/monitor/reconcile/(compare|muted)\\.ts$',
  '^alert-bridge/telegram/(errors|budget|chats|messages)\\.ts$',
  '^alert-bridge/bot/(actions|commands|updates|keyboard|silence|runbook)\\.ts$',
  '^alert-bridge/bot/(locale|screens)/',
  '^alert-bridge/metrics/catalog\\.ts$',
  '^common/(health-words\\.ts$|thresholds)',
  '^common/time/(elapsed|duration|time-of-day)\\.ts$',
  '^common/(reasons|redact|text)/',
];
const implementations = '^alert-bridge/(outbox/(sqlite|open)|telegram/client)\\.ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'common-imports-no-room',
      severity: 'error',
      from: { path: '^common/' },
      to: { path: '^(bin|exporter|alert-bridge|grafana|prometheus|tests)/' },
    },
    {
      name: 'services-meet-over-http',
      severity: 'error',
      from: { path: '^(exporter|alert-bridge)/' },
      to: { path: '^(exporter|alert-bridge)/', pathNot: '^$1/' },
    },
    {
      name: 'services-import-no-dashboards-and-no-commands',
      severity: 'error',
      from: { path: '^(exporter|alert-bridge)/' },
      to: { path: '^(bin|grafana|prometheus)/' },
    },
    {
      name: 'grafana-imports-only-catalogues-and-thresholds',
      severity: 'error',
      from: { path: '^grafana/' },
      to: {
        path: '^(bin|common|exporter|alert-bridge|prometheus)/',
        pathNot:
          '^(common/(thresholds|health-words|metrics/family)|(exporter|alert-bridge)/metrics/catalog)\\.ts$',
      },
    },
    {
      name: 'catalogues-import-nothing',
      severity: 'error',
      from: { path: '^(exporter|alert-bridge)/metrics/catalog(/|\\.ts$)' },
      to: { pathNot: '^exporter/metrics/catalog/' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: '^tests/' },
      to: { path: '^tests/' },
    },
    {
      name: 'pure-files-import-no-io',
      severity: 'error',
      from: { path: pure },
      to: {
        path: [
          '^(node:)?(fs|net|http|https|dns|tls|dgram|child_process|process|os|worker_threads|timers)(/|$)',
          '^node_modules/(pg|ioredis|telegraf|express|better-sqlite3|winston|systeminformation)/',
          '^common/(time/clock|env/(load|reader)|http|clients|log|state|process/shutdown|sentry)',
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'only-main-knows-implementations',
      severity: 'error',
      from: { path: '^(exporter|alert-bridge)/', pathNot: '/(main|outbox/open)\\.ts$' },
      to: { path: implementations, dependencyTypesNot: ['type-only'] },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        path: '^(common|exporter|alert-bridge|grafana)/',
        pathNot: '(main|instrument)\\.ts$|\\.d\\.ts$',
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|var)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
