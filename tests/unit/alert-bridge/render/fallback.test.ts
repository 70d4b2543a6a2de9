import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderPlainFallback } from '../../../../alert-bridge/render/plain-text.ts';
import { hostileText, redact, SECRET } from './arbitraries.ts';

const signal = {
  id: 'am-1',
  type: 'ComponentDown/database',
  severity: 'critical',
  occurredAt: Date.parse('2024-09-21T11:02:10Z'),
} as const;

describe('the plain fallback', () => {
  it.each([
    [
      'ru',
      '🚨 ComponentDown/database\n2024-09-21 11:02 UTC\nСообщение без оформления из-за ошибки мониторинга. Подробности — в логах alert-bridge, № am-1',
    ],
    [
      'en',
      '🚨 ComponentDown/database\n2024-09-21 11:02 UTC\nA message without its layout, by a fault of the monitoring. Details are in the log of the alert-bridge, no. am-1',
    ],
  ] as const)('names the signal in %s', (locale, shown) =>
    expect(renderPlainFallback(signal, { locale, redact })).toBe(shown),
  );

  it('stands a redactor that throws: the type is left out, nothing unredacted is shown', () => {
    const broken = (): string => {
      throw new Error('broken');
    };
    const shown = renderPlainFallback({ ...signal, type: SECRET }, { locale: 'ru', redact: broken });
    expect(shown).toContain('🚨 critical\n');
    expect(shown).toContain('am-1');
    expect(shown).not.toContain(SECRET);
  });

  it('never throws and stays short', () => {
    fc.assert(
      fc.property(hostileText, hostileText, fc.double(), (id, type, occurredAt) => {
        const shown = renderPlainFallback(
          { id, type, severity: 'info', occurredAt },
          { locale: 'en', redact },
        );
        expect(shown.length).toBeLessThan(1_000);
        expect(shown).not.toMatch(/\p{Cs}/u);
      }),
    );
  });
});
