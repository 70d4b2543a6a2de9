import { describe, expect, it } from 'vitest';
import { ProbeError, type Collector, type Observation } from '../../../../exporter/model/collector.ts';
import { cpuCollector } from '../../../../exporter/collectors/cpu.ts';
import { diskSpaceCollector } from '../../../../exporter/collectors/disk-space.ts';
import { memoryCollector } from '../../../../exporter/collectors/memory.ts';

const timing = { intervalMs: 1_000, timeoutMs: 1_000, disabledReason: undefined };
const context = { signal: new AbortController().signal, now: 0 };

/** What was found, and the sentence when it is too bad. */
async function outcome(collector: Collector): Promise<{ error?: string; found: Observation | undefined }> {
  try {
    return { found: await collector.collect(context) };
  } catch (error) {
    if (!(error instanceof ProbeError)) throw error;
    return { error: error.message, found: error.observation };
  }
}

const figures = (found: Observation | undefined): Record<string, number> =>
  Object.fromEntries(
    (found?.samples ?? []).map(({ family, labels, value }) => [
      [family.name, ...Object.values(labels)].join(' '),
      value,
    ]),
  );

describe('memory', () => {
  const memory = (available: number, total = 1_000) =>
    outcome(memoryCollector({ maxUsageRatio: 0.9 }, timing, () => Promise.resolve({ total, available })));

  it('is well at the limit, and fails above it with its figure', async () => {
    expect(await memory(100)).toMatchObject({ found: { details: { usage_percent: 90 } } });
    expect(await memory(100)).not.toHaveProperty('error');
    const bad = await memory(50);
    expect(bad.error).toBe('memory is 95 % in use, limit 90 %');
    expect(figures(bad.found)).toEqual({ expensebot_host_memory_usage_ratio: 0.95 });
  });

  it('fails without a figure when the system tells nothing', async () => {
    expect(await memory(0, 0)).toEqual({
      error: 'the system does not tell how much memory it has',
      found: undefined,
    });
  });
});

describe('cpu', () => {
  it('drops the first reading, which is the mean since boot', async () => {
    const readings = [3, 85];
    const sleeps: number[] = [];
    const collector = cpuCollector(
      { maxUsageRatio: 0.8 },
      timing,
      () => Promise.resolve({ currentLoad: readings.shift() ?? 40 }),
      {
        now: () => 0,
        sleep: (ms) => {
          sleeps.push(ms);
          return Promise.resolve();
        },
      },
    );
    const first = await outcome(collector);
    expect(first.error).toBe('CPU is 85 % in use, limit 80 %');
    expect(figures(first.found)).toEqual({ expensebot_host_cpu_usage_ratio: 0.85 });
    expect(await outcome(collector)).toMatchObject({ found: { details: { usage_percent: 40 } } });
    expect(sleeps).toEqual([500]);
  });
});

describe('disk space', () => {
  const GB = 1e9;
  const fs = (mount: string, availableGb: number, extra: { type?: string; size?: number } = {}) => ({
    mount,
    type: 'ext4',
    size: 100 * GB,
    used: (100 - availableGb) * GB,
    available: availableGb * GB,
    ...extra,
  });
  const disks = (
    listed: ReturnType<typeof fs>[],
    options: { mountpoints?: string[]; paths?: string[] } = {},
  ) =>
    outcome(
      diskSpaceCollector(
        { mountpoints: [], paths: ['/', '/srv/state/exporter'], minFreeBytes: GB, ...options },
        timing,
        () => Promise.resolve(listed),
      ),
    );

  it('watches the disks that hold the root and the state, each once', async () => {
    const one = await disks([fs('/', 60), fs('/boot', 0.1)]);
    expect(figures(one.found)).toEqual({
      'expensebot_host_disk_free_bytes /': 60 * GB,
      'expensebot_host_disk_usage_ratio /': 0.4,
    });
    const two = await disks([fs('/', 60), fs('/srv', 50), fs('/srv/state', 40), fs('/srv/sta', 1)]);
    expect(Object.keys(figures(two.found))).toEqual([
      'expensebot_host_disk_free_bytes /',
      'expensebot_host_disk_usage_ratio /',
      'expensebot_host_disk_free_bytes /srv/state',
      'expensebot_host_disk_usage_ratio /srv/state',
    ]);
  });

  it('does not take a mount point for the holder of a path that only begins alike', async () => {
    expect(Object.keys(figures((await disks([fs('/', 60), fs('/srv/st', 50)])).found))).toEqual([
      'expensebot_host_disk_free_bytes /',
      'expensebot_host_disk_usage_ratio /',
    ]);
  });

  it('tells the overlay and the volume of a container as the one disk they are, but two disks as two', async () => {
    const overlay = fs('/', 40, { type: 'overlay' });
    expect(Object.keys(figures((await disks([overlay, fs('/srv/state', 40)])).found))).toHaveLength(2);
    expect(Object.keys(figures((await disks([overlay, fs('/srv/state', 39)])).found))).toHaveLength(4);
  });

  it('fails with every disk that is short of space, and still serves all figures', async () => {
    const low = await disks([fs('/', 0.85), fs('/srv', 50)]);
    expect(low.error).toBe('disk / has 0.8 GB free, limit 1 GB');
    expect(Object.keys(figures(low.found))).toHaveLength(4);
    expect((await disks([fs('/', 1)])).error).toBeUndefined();
    expect((await disks([fs('/', 0.999)])).error).toBe('disk / has 0.9 GB free, limit 1 GB');
  });

  it('fails when a configured mount point is not mounted', async () => {
    const gone = await disks([fs('/', 60), fs('/backup', 5)], { mountpoints: ['/backup', '/data'] });
    expect(gone.error).toBe('/data is not mounted');
    expect(Object.keys(figures(gone.found))).toHaveLength(2);
  });

  it('fails when the system lists nothing', async () => {
    expect((await disks([])).error).toBe('no file system was found');
  });
});
