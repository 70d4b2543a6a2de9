import { describe, expect, it } from 'vitest';
import { trackHostDowntime } from '../../../../exporter/history/host-downtime.ts';

const MINUTE = 60_000;
const BOOT = Date.parse('2026-11-23T12:00:00Z');

function exporter() {
  const kept = new Map<string, string>();
  const memory = {
    get: (key: string) => kept.get(key),
    set: (key: string, text: string) => void kept.set(key, text),
  };
  /** A life of the exporter. @returns what it serves, in seconds */
  const lives = (bootedAt: number, from: number, to: number): number | undefined => {
    const downtime = trackHostDowntime(memory, bootedAt);
    for (let at = from; at <= to; at += 15_000) downtime.beat(at);
    return downtime.samples()[0]?.value;
  };
  return { lives, kept };
}

describe('the downtime of the host', () => {
  it('is zero at the first start, and when only the exporter was away', () => {
    const { lives } = exporter();
    expect(lives(BOOT, BOOT + MINUTE, BOOT + 10 * MINUTE)).toBe(0);
    expect(lives(BOOT, BOOT + 300 * MINUTE, BOOT + 310 * MINUTE)).toBe(0);
  });

  it('lasts from the beat that did not come until the boot, and is added up', () => {
    const { lives } = exporter();
    lives(BOOT, BOOT, BOOT + 10 * MINUTE);
    const second = BOOT + 71 * MINUTE;
    expect(lives(second, second + MINUTE, second + 10 * MINUTE)).toBe(60 * 60);
    // Another start after the same boot proves nothing more.
    expect(lives(second, second + 20 * MINUTE, second + 30 * MINUTE)).toBe(60 * 60);
    const third = second + 36 * MINUTE;
    expect(lives(third, third, third)).toBe(60 * 60 + 5 * 60);
  });

  it('is none of a clock that was set back, nor of a boot within the minute of a beat', () => {
    const { lives } = exporter();
    lives(BOOT, BOOT, BOOT + 10 * MINUTE);
    expect(lives(BOOT + 10.5 * MINUTE, BOOT + 11 * MINUTE, BOOT + 12 * MINUTE)).toBe(0);
    expect(lives(BOOT - 900 * MINUTE, BOOT - 890 * MINUTE, BOOT - 880 * MINUTE)).toBe(0);
  });

  it('is written once a minute', () => {
    const { lives, kept } = exporter();
    lives(BOOT, BOOT, BOOT + 59_000);
    expect(kept.get('alive')).toBe(`${BOOT} 0`);
    lives(BOOT, BOOT, BOOT + 61_000);
    expect(kept.get('alive')).toBe(`${BOOT + MINUTE} 0`);
  });
});
