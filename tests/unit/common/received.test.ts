import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBridgeConfig } from '../../../alert-bridge/config/config.ts';
import { ConfigError } from '../../../common/config/problem.ts';
import { describeReceived } from '../../../common/config/received.ts';
import { ENV_NAMES, type EnvName } from '../../../common/env/variables.ts';
import { loadEnvironment } from '../../../common/env/load.ts';
import { readExporterConfig } from '../../../exporter/config.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'received-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const TOKEN = '123456:AAcanaryTokenThatWasPasted0123456789';
const PASTED = [
  TOKEN,
  TOKEN.slice(7),
  'htp://canary-user:canary-password@canary-host',
  'http://canary-user:canary#password@h:99999999/x',
  'canary-user:canary-password@h',
  'canaryPassword1',
  '/canary/secret',
  '4111111111111111',
];
/** What of them must never be read: pieces as well. */
const CANARY = /canary|411111|123456:AA/i;

function messageOf(
  read: typeof readBridgeConfig | typeof readExporterConfig,
  env: Record<string, string>,
): string {
  try {
    read(loadEnvironment({ env, dotenvPath: join(folder, 'none') }));
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

describe('what was received where a setting was expected', () => {
  it.each([
    ['99', '"99"'],
    ['5h', '"5h"'],
    ['10.0.0.0/99', '"10.0.0.0/99"'],
    ['25:99', '"25:99"'],
    ['ftp://user:password@h', 'a URL with the scheme ftp:// (21 characters)'],
    ['htp://user:password@h', 'a URL with an unknown scheme (21 characters)'],
    [TOKEN, 'what looks like the token of a bot (43 characters)'],
    ['4111111111111111', 'a number of 16 characters'],
    ['hunter2', 'a text of 7 characters'],
    ['x', 'a text of 1 character'],
    ['@me', 'a text of 3 characters that begins with @'],
  ])('%s is told as %s', (text, described) => {
    expect(describeReceived(text)).toBe(described);
  });

  it.each(ENV_NAMES)('%s never repeats what was pasted into it', (name: EnvName) => {
    const problems = PASTED.flatMap((pasted) =>
      [name, `${name}_FILE`].flatMap((variable) =>
        [readBridgeConfig, readExporterConfig].map((read) => messageOf(read, { [variable]: pasted })),
      ),
    );
    expect(problems.join('\n')).not.toMatch(CANARY);
  });
});

const KEYS = [
  'cooldown',
  'routes',
  'sound',
  'checkins',
  'watchdog',
  'queries',
  'http_targets',
  'probes',
  'access_log',
  'celery',
  'figures',
  'failures_before_down',
  'quiet_hours',
];

describe('a configuration file', () => {
  const asked = (text: string): string => {
    const path = join(folder, 'config.yml');
    writeFileSync(path, text);
    return [
      messageOf(readBridgeConfig, { BRIDGE_CONFIG: path }),
      messageOf(readExporterConfig, { EXPORTER_CONFIG: path }),
    ].join('\n');
  };

  it.each(KEYS)('repeats nothing of what stands under %s', (key) => {
    for (const pasted of PASTED.map((text) => JSON.stringify(text))) {
      for (const value of [
        pasted,
        `[${pasted}]`,
        `{${pasted}: 1}`,
        `[{name: ${pasted}, url: ${pasted}}]`,
        `[[${pasted}]]`,
      ])
        expect(asked(`${key}: ${value}\n`)).not.toMatch(CANARY);
    }
  });

  it.each([
    ['a space that lacks', 'http_targets: [{name: a, url:https://u:canary@h}]\n'],
    ['an alias without its anchor', 'cooldown: *canary\n'],
    ['a tag', 'cooldown: !canary x\n'],
    ['a bad escape', 'cooldown: "\\qcanary"\n'],
    ['a quote that is not closed', 'cooldown: "canary\n'],
    ['a header of a block', 'cooldown: |canary\n  x\n'],
    ['a directive', '%canary 1\n---\ncooldown: 1h\n'],
    ['a second document', 'cooldown: 1h\n---\ncanary\n'],
    ['a key at the top', '"canary secret": y\n"canary1234": z\n'],
    ['a twin', 'canary: 1\ncanary: 2\n'],
    ['a tab', 'cooldown:\n\t- canary\n'],
    ['a bracket', 'cooldown: ]canary\n'],
    ['a reserved sign', 'cooldown: `canary\n'],
    ['a comment without its space', 'cooldown: "a"#canary\n'],
    ['a matcher', 'routes: [{match: ["canary password"]}]\n'],
    ['a chat', 'routes: [{match: ["a=\\"b\\""], chats: [canary]}]\n'],
  ])('repeats nothing of %s', (_case, text) => {
    const message = asked(text);
    expect(message).toMatch(/config\.yml/);
    expect(message).not.toMatch(/canary/);
  });
});
