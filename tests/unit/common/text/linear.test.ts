import { expect, it } from 'vitest';
import { z } from 'zod';
import { parseAlertmanager } from '../../../../alert-bridge/ingest/alertmanager.ts';
import { parseEvent } from '../../../../alert-bridge/ingest/events.ts';
import { parseGrafana } from '../../../../alert-bridge/ingest/grafana.ts';
import { mentions, withoutMentions } from '../../../../alert-bridge/erase/mentions.ts';
import { expressionOf, splitAlert } from '../../../../alert-bridge/charts/promql.ts';
import { parseMatcher } from '../../../../alert-bridge/notify/matchers.ts';
import { percentagesIn } from '../../../../alert-bridge/render/numbers.ts';
import { createRouting } from '../../../../alert-bridge/notify/routing.ts';
import { runbookOf } from '../../../../alert-bridge/render/context.ts';
import { renderPlainFallback } from '../../../../alert-bridge/render/plain-text.ts';
import { link, markedTextWithin, textWithin } from '../../../../alert-bridge/render/html.ts';
import { renderMessage, type RenderOptions } from '../../../../alert-bridge/render/message.ts';
import type { AlertBody, EventBody } from '../../../../alert-bridge/model/signal.ts';
import { decodeAction } from '../../../../alert-bridge/bot/actions.ts';
import { parseUpdate } from '../../../../alert-bridge/bot/updates.ts';
import { classify } from '../../../../alert-bridge/telegram/errors.ts';
import type { Content } from '../../../../alert-bridge/model/incident.ts';
import { combinedParser } from '../../../../exporter/access-log/combined.ts';
import { jsonParser } from '../../../../exporter/access-log/json.ts';
import { emptyRequest } from '../../../../exporter/access-log/request.ts';
import { html } from '../../../../exporter/pages/html.ts';
import { parseDurationMs } from '../../../../common/time/duration.ts';
import { describeReceived } from '../../../../common/config/received.ts';
import { parseYaml } from '../../../../common/config/yaml.ts';
import { maskAssignments } from '../../../../common/redact/assignments.ts';
import { maskCards, maskPhones } from '../../../../common/redact/numbers.ts';
import { maskEmails, maskShapes } from '../../../../common/redact/patterns.ts';
import { maskUrlCredentials } from '../../../../common/redact/urls.ts';
import { withoutIds } from '../../../../common/sentry/paths.ts';
import { DEFAULT_NAMING, namesIn, parseReply } from '../../../../exporter/collectors/celery/wire.ts';
import { toldIn } from '../../../../exporter/collectors/celery/inspection.ts';
import { ProbeError } from '../../../../exporter/model/collector.ts';
import { samplesOf } from '../../../../exporter/kpi/custom/samples.ts';
import type { CustomQuery } from '../../../../exporter/kpi/custom/settings.ts';
import { createRedactor } from '../../../../common/redact/redact.ts';
import { createScrubber } from '../../../../common/sentry/scrub.ts';
import { stripRedisArguments, stripSqlLiterals } from '../../../../common/sentry/sql.ts';
import { clean, clip, clipMiddle, isolate, oneLine } from '../../../../common/text/clean.ts';
import { parseJson } from '../../../../common/text/json.ts';
import { wellFormed } from '../../../../common/text/well-formed.ts';
import { POLICY } from '../../../support/bridge/routing.ts';
import { superlinear } from '../../../support/robustness/growth.ts';

const names = namesIn(DEFAULT_NAMING);
const redactor = createRedactor({ secrets: ['a-secret-value'], ids: ['123456'], hashId: String });
const manySecrets = createRedactor({
  secrets: Array.from({ length: 50 }, (_, n) => `${'x '.repeat(n % 7)}a-secret-${n}`),
  ids: ['7777777'],
  hashId: String,
});
const query: CustomQuery = {
  family: { name: 'app_things', kind: 'gauge', help: 'Things.', labels: [] },
  labels: [],
  values: ['v'],
  query: '',
  intervalMs: 60_000,
  timeoutMs: 5_000,
  rowLimit: 3,
  disabledReason: undefined,
};
const scrubber = createScrubber(redactor);
const arrival = { now: 1_700_000_000_000, newId: () => 'id' };
const options: RenderOptions = {
  locale: 'en',
  timezone: 'UTC',
  now: arrival.now,
  links: {},
  redact: (text) => redactor.text(text),
};
const alertOf = (text: string): AlertBody => ({
  kind: 'alert',
  status: 'firing',
  fingerprint: 'f',
  labels: { alertname: text, [text.slice(0, 100)]: text },
  annotations: { summary: text, description: text, action: text, value: text, runbook: text },
  startsAt: arrival.now,
  generatorUrl: text,
});
const incident = { type: 't', severity: 'critical', count: 1, lastAt: arrival.now } as const;
const alertIncident = (text: string): Content => {
  const [one, two] = [alertOf(text), { ...alertOf(`${text} `), fingerprint: 'g' }];
  return {
    kind: 'incident',
    incident: { ...incident, kind: 'alerts', openedAt: arrival.now, members: { f: one, g: two } },
  };
};
const eventOf = (body: EventBody): Content => ({
  kind: 'incident',
  incident: { ...incident, kind: 'events', body, firstAt: arrival.now },
});
const notification = (text: string) => ({
  groupKey: text,
  receiver: text,
  alerts: [{ labels: { [text]: text, alertname: text }, annotations: { pending_for: text }, startsAt: text }],
});
const matcher = parseMatcher('text=~"(a+)+|(x| )*y|(.*)*7"');
const routing = createRouting([], {
  name: '',
  matchers: [],
  chats: ['1'],
  groupBy: ['alertname'],
  policy: POLICY,
});
const combined = combinedParser(true);
const json = jsonParser({ method: 'method', uri: 'uri', status: 'status', requestTime: 'time', time: 'at' });
const logged = (parse: typeof json) => (text: string) => {
  const line = Buffer.from(text);
  return parse(line, 0, line.length, emptyRequest());
};

const WORK: Readonly<Record<string, (text: string) => unknown>> = {
  clean,
  oneLine,
  isolate,
  clip: (text) => clip(text, 4_096),
  clipMiddle: (text) => clipMiddle(text, 4_096),
  textWithin: (text) => textWithin(text, 4_096),
  markedTextWithin: (text) => markedTextWithin(text, 4_096),
  link: (text) => link(text, text.slice(0, 10)),
  wellFormed,
  parseJson: (text) => parseJson(JSON.stringify({ [text]: text })),
  'redactor.text': (text) => redactor.text(text),
  'redactor.value': (text) => redactor.value({ [text]: text }),
  'scrubber.routeName': (text) => scrubber.routeName(text),
  withoutIds: (text) => withoutIds(text, { isRoute: true }),
  'scrubber.event': (text) =>
    scrubber.event({ message: text, transaction: text, request: { url: text }, extra: { [text]: text } }),
  'scrubber.breadcrumb': (text) =>
    scrubber.breadcrumb({ message: text, data: { url: text, 'db.statement': text } }),
  maskShapes,
  maskEmails,
  maskCards,
  maskPhones,
  maskUrlCredentials,
  maskAssignments: (text) => maskAssignments(text, String),
  'redactor of many secrets': (text) => manySecrets.text(text),
  describeReceived,
  parseMatcher,
  parseYaml: (text) => parseYaml(z.unknown(), text, 'config.yml'),
  'samples of a query': (text) =>
    samplesOf({ columns: ['label', 'v'], rows: [[text, '1']] }, { ...query, labels: ['label'] }),
  'a number of a query': (text) => {
    try {
      return samplesOf({ columns: ['v'], rows: [[text]] }, query);
    } catch (error) {
      if (error instanceof ProbeError) return error.message;
      throw error;
    }
  },
  'a reply of Celery': (text) => [
    parseReply(text, new Map()),
    names.boundQueue(text),
    names.holdsTasks(text),
  ],
  'what Celery tells': (text) => toldIn('stats', { total: { [text]: 1 } }),
  stripSqlLiterals,
  stripRedisArguments,
  parseDurationMs,
  'an event': (text) => parseEvent({ type: 'custom', title: 'x', text, severity: 'info' }, arrival),
  'a notification': (text) => parseAlertmanager(notification(text), arrival),
  'a notification of Grafana': (text) => parseGrafana(notification(text), arrival),
  'a message about alerts': (text) => renderMessage(alertIncident(text), options),
  'a message about an error': (text) =>
    renderMessage(eventOf({ kind: 'critical_error', errorType: text, details: text, userId: text }), options),
  'a message of an operator': (text) =>
    renderMessage(eventOf({ kind: 'custom', title: text, text }), options),
  'a message that cannot be drawn': (text) =>
    renderPlainFallback({ id: text, type: text, severity: 'info', occurredAt: 0 }, options),
  percentagesIn: (text) => percentagesIn(text, 'ru'),
  runbookOf: (text) => runbookOf(alertOf(text)),
  'a matcher': (text) => matcher?.test(text),
  'a group': (text) =>
    routing.classify({ id: '', type: '', severity: 'info', occurredAt: 0, body: alertOf(text) }),
  mentions: (text) => mentions({ [text]: text }, '123456'),
  withoutMentions: (text) => withoutMentions({ [text]: text }, '123456'),
  'an expression': (text) => splitAlert(expressionOf(`http://p/graph?g0.expr=${text}`) ?? ''),
  'a press': (text) => decodeAction(text),
  'a command': (text) =>
    parseUpdate(
      {
        update_id: 1,
        message: {
          message_id: 1,
          chat: { id: 1, type: 'private' },
          from: { id: 1, is_bot: false, first_name: text },
          text: `/kpi ${text}`,
        },
      },
      'bot',
    ),
  'an answer of Telegram': (text) => classify(new Error(text)),
  'a line of a log': logged(combined),
  'a line of JSON': logged(json),
  'a page': (text) => html`<p>${text}</p>`,
};

it.each(Object.entries(WORK))(
  'takes time in proportion to its text: %s',
  {
    timeout: 600_000,
    meta: {
      tried:
        '64 kB of every class of character, and of every pair, in every function that touches the text of others',
      held: 'time in proportion to the text',
    },
  },
  (_name, work) => expect(superlinear(work)).toEqual([]),
);
