import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderMessage, type RenderOptions } from '../../../../alert-bridge/render/message.ts';
import type { AlertBody } from '../../../../alert-bridge/model/signal.ts';
import type { Content } from '../../../../alert-bridge/model/incident.ts';
import { content, hostileText, options, redact, SECRET } from './arbitraries.ts';
import { NOW } from './contents.ts';
import { SCENARIOS } from './scenarios.ts';
import { parseTelegramHtml } from './telegram-html.ts';

/** Control characters, lone surrogates, marks and overrides of direction; isolates are checked for pairs. */
const FORBIDDEN = /(?!\n)\p{Cc}|\p{Cs}|[\u061c\u200e\u200f\u202a-\u202e\u2066\u2067]/u;

const plainly: RenderOptions = {
  locale: 'ru',
  timezone: 'Europe/Moscow',
  now: NOW,
  links: {},
  redact: (text) => text,
};

const unpaired = (text: string): boolean =>
  text
    .split('\n')
    .some((row) => row.replaceAll(/\u2068[^\u2068\u2069]*\u2069/g, '').search(/[\u2068\u2069]/) >= 0);

describe('a message of anything', () => {
  it('is valid, within the limits, and shows no secret', () => {
    fc.assert(
      fc.property(content, options, (what, how) => {
        const { html, plain, length, shownEntries } = renderMessage(what, how);
        const { text, entities, links } = parseTelegramHtml(html);
        expect(text).toHaveLength(length);
        expect(text.trim()).not.toBe('');
        expect(Math.max(text.length, plain.length)).toBeLessThanOrEqual(4096);
        expect(Buffer.byteLength(html)).toBeLessThanOrEqual(32_768);
        expect(entities).toBeLessThanOrEqual(100);
        expect(`${html}${plain}`).not.toMatch(FORBIDDEN);
        expect(unpaired(text) || unpaired(plain)).toBe(false);
        expect(`${html}${plain}`).not.toContain(SECRET);
        for (const href of links) expect(new URL(href).hostname).toMatch(/^(?:grafana\.)?example\.com$/);
        if (what.kind === 'event_list') {
          expect(shownEntries).toBeGreaterThanOrEqual(1);
          expect(shownEntries).toBeLessThanOrEqual(what.entries.length);
        }
      }),
      { numRuns: 250 },
    );
  });

  it('would see a secret: the texts hold one, and without a redactor it is shown', () => {
    const [sample] = fc.sample(
      hostileText.filter((text) => text.startsWith(SECRET)),
      { numRuns: 1, seed: 1 },
    );
    const what: Content = {
      kind: 'incident',
      incident: {
        kind: 'events',
        type: 'custom',
        severity: 'info',
        count: 1,
        firstAt: NOW,
        lastAt: NOW,
        body: { kind: 'custom', title: sample ?? '', text: '' },
      },
    };
    expect(renderMessage(what, plainly).plain).toContain(SECRET);
    expect(renderMessage(what, { ...plainly, redact }).plain).not.toContain(SECRET);
  });

  it('redacts a secret that a control character or the end of the text would hide', () => {
    const details = `${'x'.repeat(1_850)} hunter2\u0000canary ${'y'.repeat(5_000)}`;
    const what: Content = {
      kind: 'incident',
      incident: {
        kind: 'events',
        type: 'e',
        severity: 'critical',
        count: 1,
        firstAt: NOW,
        lastAt: NOW,
        body: { kind: 'critical_error', errorType: 'e', details },
      },
    };
    const { plain } = renderMessage(what, { ...plainly, redact });
    expect(plain).not.toContain('hunter2');
    expect(renderMessage(what, plainly).plain).toContain('hunter2');
  });
});

describe('an incident', () => {
  const member = (i: number, status: AlertBody['status'] = 'firing'): AlertBody => ({
    kind: 'alert',
    status,
    fingerprint: String(i),
    labels: { alertname: 'A', n: `<${i}>` },
    annotations: { description: 'д'.repeat(9_000), summary: 's' },
    startsAt: NOW - 60_000,
  });
  const alertIncident = (alerts: readonly AlertBody[]): Content => ({
    kind: 'incident',
    incident: {
      kind: 'alerts',
      type: 'A',
      severity: 'warning',
      count: alerts.length,
      openedAt: NOW,
      lastAt: NOW,
      members: Object.fromEntries(alerts.map((alert) => [alert.fingerprint, alert])),
    },
  });

  it.each([2, 6, 51, 1_000])('accounts for each of %i members', (count) => {
    const { plain } = renderMessage(
      alertIncident(Array.from({ length: count }, (_, i) => member(i))),
      plainly,
    );
    const listed = [...plain.matchAll(/^• </gm)].length;
    const more = Number(/^и ещё (\d+)$/m.exec(plain)?.[1] ?? 0);
    expect(listed).toBeGreaterThan(0);
    expect(listed + more).toBe(count);
  });

  it('redacts a secret with a percentage in it before that is written as people read it', () => {
    const told = { ...member(1), annotations: { summary: 'aB!5.25%!x and 5.25%' } };
    const hidden = (text: string): string => text.replaceAll('aB!5.25%!x', '***');
    expect(renderMessage(alertIncident([told]), { ...plainly, redact: hidden }).plain).toContain(
      '*** and 5,25 %',
    );
  });

  it('lists what fires before what is over', () => {
    const { plain } = renderMessage(alertIncident([member(1, 'resolved'), member(2)]), plainly);
    expect(plain.indexOf('<2>')).toBeLessThan(plain.indexOf('<1>'));
    expect(plain).toContain('Активен 1, в норме 1');
  });

  it('is over when the last member is', () => {
    expect(renderMessage(alertIncident([member(1, 'resolved'), member(2)]), plainly).plain).toMatch(/^⚠️/);
    expect(renderMessage(alertIncident([member(1, 'resolved')]), plainly).plain).toMatch(/^✅ Решено: /);
  });

  it('leaves out a link that no phone can open', () => {
    const what = SCENARIOS['alert-critical'];
    if (what === undefined) throw new Error('the scenario is gone');
    const linked = (base: string): readonly string[] =>
      parseTelegramHtml(renderMessage(what, { ...plainly, links: { runbooks: base } }).html).links;
    expect(linked('https://wiki.example.com/x')).toEqual(['https://wiki.example.com/x/ComponentDown.md']);
    expect(linked('http://localhost/x')).toEqual([]);
  });
});

describe('the link to Grafana', () => {
  const started = Date.parse('2024-09-21T11:02:10Z');
  const hour = 3_600_000;
  const panel = 'expensebot-goals?viewPanel=panel-5';
  const linked = (annotations: Readonly<Record<string, string>>, endsAt?: number): readonly string[] => {
    const alert: AlertBody = {
      kind: 'alert',
      status: endsAt === undefined ? 'firing' : 'resolved',
      fingerprint: '1',
      labels: { alertname: 'A' },
      annotations: { summary: 's', ...annotations },
      startsAt: started,
      ...(endsAt === undefined ? {} : { endsAt }),
    };
    const incident = {
      kind: 'alerts' as const,
      type: 'A',
      severity: 'warning' as const,
      count: 1,
      openedAt: NOW,
      lastAt: NOW,
      members: { 1: alert },
    };
    const { html } = renderMessage(
      { kind: 'incident', incident },
      { ...plainly, links: { grafana: 'https://grafana.example.com/below' } },
    );
    return parseTelegramHtml(html).links.map((url) => url.replace('https://grafana.example.com/below', ''));
  };

  it('opens the panel of the alert from six hours before it until now', () => {
    expect(linked({ dashboard: panel })).toEqual([`/d/${panel}&from=${started - 6 * hour}&to=now`]);
  });

  it('begins earlier where the rule says that the panel is one of days', () => {
    expect(linked({ dashboard: panel, dashboard_before: '30d' })).toEqual([
      `/d/${panel}&from=${started - 30 * 24 * hour}&to=now`,
    ]);
    expect(linked({ dashboard: panel, dashboard_before: 'a while' })).toEqual(linked({ dashboard: panel }));
  });

  it('ends an hour after the alert', () => {
    expect(linked({ dashboard: panel }, started + hour)).toEqual([
      `/d/${panel}&from=${started - 6 * hour}&to=${started + 2 * hour}`,
    ]);
  });

  it.each(['', '../admin', 'x?viewPanel=1&from=0', 'https://example.com', 'a/b?viewPanel=1'])(
    'opens Grafana where a foreign rule names %j',
    (dashboard) => expect(linked({ dashboard })).toEqual(['']),
  );
});

describe('an event list', () => {
  it('needs an entry', () => {
    expect(() => renderMessage({ kind: 'event_list', entries: [] }, plainly)).toThrow(
      'An event list needs at least one entry; there is none.',
    );
  });

  it('shows every entry once when the rest goes into the next message', () => {
    const what = SCENARIOS['payments-500'];
    if (what?.kind !== 'event_list') throw new Error('the scenario is gone');
    let rest = what.entries;
    const seen: string[] = [];
    while (rest.length > 0) {
      const { plain, shownEntries = 0 } = renderMessage({ kind: 'event_list', entries: rest }, plainly);
      seen.push(...[...plain.matchAll(/· (\d+)$/gm)].map((found) => found[1] ?? ''));
      rest = rest.slice(shownEntries);
    }
    expect(seen).toEqual(what.entries.map(({ body }) => body.userId));
  });

  it('never adds across currencies', () => {
    const what = SCENARIOS['payments-500'];
    if (what === undefined) throw new Error('the scenario is gone');
    expect(renderMessage(what, plainly).plain).toContain('Всего: 32 400 ⭐ · 22 221 ₽');
  });
});
