/** Mutes until their incident is over, through random histories of it and of its neighbours. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Alertmanager, Silence } from '../../../../alert-bridge/bot/alertmanager.ts';
import { createScreen } from '../../../../alert-bridge/bot/screens/screen.ts';
import { createChatSilenceStore } from '../../../../alert-bridge/bot/silence-store.ts';
import { matches, matchersOf } from '../../../../alert-bridge/bot/silence.ts';
import { createChatSilences } from '../../../../alert-bridge/bot/silences.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const T0 = Date.parse('2024-09-22T00:00:00Z');
const TICK = 30 * SECOND;
const { signal } = new AbortController();

type Labels = Readonly<Record<string, string>>;
/** The first two are of one incident, and are muted. */
const ALERTS: readonly Labels[] = [
  { alertname: 'Down', component: 'redis', instance: 'a' },
  { alertname: 'Down', component: 'redis', instance: 'b' },
  { alertname: 'Down', component: 'database' },
  { alertname: 'Down' },
  { alertname: 'Slow', component: 'redis' },
  { alertname: 'Down.*', component: 'redis' },
];
const isMuted = (alert: number): boolean => alert < 2;

/** Alertmanager, as far as silences go. */
class World {
  now = T0;
  isAway = false;
  readonly firing = new Set<number>();
  silences: readonly Silence[] = [];
  #ids = 0;

  active(): readonly Silence[] {
    return this.silences.filter(({ startsAt, endsAt }) => startsAt <= this.now && this.now < endsAt);
  }

  hides(alert: number): boolean {
    return this.active().some(({ matchers }) => matches(matchers, ALERTS[alert] ?? {}));
  }

  readonly api: Alertmanager = {
    alerts: () =>
      this.#answer(() =>
        [...this.firing].map((alert) => ({
          labels: ALERTS[alert] ?? {},
          annotations: {},
          severity: 'critical' as const,
          startsAt: this.now,
          isMuted: false,
        })),
      ),
    silences: () => this.#answer(() => this.active()),
    intervals: () => this.#answer(() => []),
    putSilence: ({ id, ...silence }) =>
      this.#answer(() => {
        const own = id ?? `silence-${(this.#ids += 1)}`;
        this.silences = [...this.silences.filter((other) => other.id !== own), { ...silence, id: own }];
        return own;
      }),
    expire: (id) =>
      this.#answer(() => {
        this.silences = this.silences.filter((silence) => silence.id !== id);
      }),
  };

  #answer<T>(work: () => T): Promise<T> {
    return this.isAway ? Promise.reject(new Error('Alertmanager does not answer')) : Promise.resolve(work());
  }
}

async function muted(): Promise<{
  world: World;
  edits: string[];
  look: () => Promise<void>;
  press: (step: 'unmute') => Promise<unknown>;
}> {
  const world = new World();
  world.firing.add(0);
  const state = new Map<string, string>();
  const edits: string[] = [];
  // A bridge of its own for every look: all that is known stands in the store.
  const bridge = () =>
    createChatSilences({
      alertmanager: world.api,
      store: createChatSilenceStore({
        get: (key) => state.get(key),
        set: (key, value) => void state.set(key, value),
      }),
      now: () => world.now,
      newId: () => 'one',
      endOf: (_length, from) => from + 15 * MINUTE,
      announceBeforeMs: 10 * MINUTE,
      screen: () =>
        createScreen({ locale: 'en', timezone: 'UTC', now: world.now, links: {}, redact: (text) => text }),
      onSilent: () => undefined,
    });
  const body = {
    kind: 'alert',
    status: 'firing',
    fingerprint: 'f',
    labels: ALERTS[0] ?? {},
    annotations: {},
    startsAt: T0,
  } as const;
  const request = {
    matchers: matchersOf(body),
    title: 'Redis',
    length: 'over',
    by: '@ann',
    place: { id: 1 },
  } as const;
  await bridge().ask(request, signal);
  await bridge().press('confirm', 'one', '@ann', signal, 7);
  return {
    world,
    edits,
    press: (step) => bridge().press(step, 'one', '@bob', signal),
    look: async () => {
      await bridge().announceEndings((_place, message) => Promise.reject(new Error(message.plain)), signal);
      await bridge().keepUntilOver(
        (_place, id, { plain }) => Promise.resolve(edits.push(`${id} ${plain}`)),
        signal,
      );
    },
  };
}

interface Happening {
  readonly after: number;
  readonly alert: number;
  readonly fires: boolean;
  /** Ticks for which nobody looks. */
  readonly blind: number;
  readonly isAway: boolean;
}
const history: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.record({
    after: fc.integer({ min: 1, max: 40 }),
    alert: fc.nat({ max: ALERTS.length - 1 }),
    fires: fc.boolean(),
    // Nine minutes and a half: what is prolonged has ten.
    blind: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 18 })),
    isAway: fc.boolean(),
  }),
  { maxLength: 12 },
);

it(
  'through 1,000 histories nothing else is hidden, the muted one is never heard, and its end is told once',
  {
    meta: {
      tried:
        '1,000 random histories of an incident that is muted until it is over, and of its neighbours; the bridge and Alertmanager are away at times',
      held: 'no other alert is hidden, no message of the muted one, at most one at its end; what fires later is heard',
    },
  },
  async () => {
    let ended = 0;
    await fc.assert(
      fc.asyncProperty(history, async (happenings) => {
        const { world, edits, look } = await muted();
        let blind = 0;
        let lastBurned = T0;
        const tick = async (): Promise<void> => {
          world.now += TICK;
          if (blind > 0) blind -= 1;
          if (blind === 0 || world.isAway) await look();
          if (blind === 0) world.isAway = false;
          const burns = [0, 1].some((alert) => world.firing.has(alert));
          const isOver = edits.length > 0 || world.now - lastBurned > 5 * MINUTE;
          ALERTS.forEach((_, alert) => {
            if (!isMuted(alert) && world.hides(alert)) throw new Error(`alert ${alert} is hidden`);
            if (isMuted(alert) && burns && !isOver && !world.hides(alert)) throw new Error('it is heard');
          });
          if (burns && !isOver) lastBurned = world.now;
          if (edits.length > 1) throw new Error('its end is told twice');
          if (edits.length > 0 && world.active().length > 0) throw new Error('it is muted for ever');
        };
        for (const { after, alert, fires, blind: ticks, isAway } of happenings) {
          for (let passed = 0; passed < after; passed += 1) await tick();
          if (fires) world.firing.add(alert);
          else world.firing.delete(alert);
          if (blind === 0 && ticks > 0) [blind, world.isAway] = [ticks, isAway];
        }
        world.firing.delete(0);
        world.firing.delete(1);
        for (let passed = 0; passed < 60; passed += 1) await tick();
        expect(edits).toEqual(['7 🔔 “Redis”: it is over, unmuted']);
        ended += 1;
      }),
      { numRuns: 1_000, seed: 14 },
    );
    console.log(`${ended} histories: nothing else hidden, no message of the muted one, one at its end`);
    expect(ended).toBe(1_000);
  },
);

it('goes five minutes after its end, neither sooner nor later, and waits for what fires again', async () => {
  const { world, edits, look } = await muted();
  const at = async (minute: number): Promise<void> => {
    while (world.now < T0 + minute * MINUTE) {
      world.now += TICK;
      await look();
    }
  };
  await at(60);
  expect(world.hides(0)).toBe(true);
  world.firing.delete(0);
  await at(64);
  world.firing.add(1);
  await at(80);
  expect(world.hides(1)).toBe(true);
  world.firing.delete(1);
  await at(85);
  expect(world.hides(0)).toBe(true);
  await at(86);
  expect(world.hides(0)).toBe(false);
  expect(edits).toHaveLength(1);
  world.firing.add(0);
  await at(100);
  expect(world.hides(0)).toBe(false);
});

it('is gone at once when somebody takes it away, here or in Alertmanager, and when its bridge has died', async () => {
  const here = await muted();
  await here.press('unmute');
  await here.look();
  expect(here.world.active()).toEqual([]);
  expect(here.edits).toEqual([]);

  const there = await muted();
  there.world.silences = [];
  await there.look();
  expect([there.world.active(), there.edits.length]).toEqual([[], 1]);

  const dead = await muted();
  dead.world.now += 16 * MINUTE;
  expect(dead.world.hides(0)).toBe(false);
  // It comes back while the incident still burns: the promise holds.
  await dead.look();
  expect(dead.world.hides(0)).toBe(true);
});
