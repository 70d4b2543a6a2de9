/**
 * The programs that tests and demo need, and where to look for them. Debian's package names; other systems need the
 * same programs on PATH. PostgreSQL lives outside PATH on Debian (`/usr/lib/postgresql/<major>/bin`), because several
 * majors can be installed side by side.
 */
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SQLITE_LIBRARY } from '../../../common/state/sqlite-library.ts';

export type PackageName =
  | 'python3'
  | 'make'
  | 'g++'
  | 'prometheus'
  | 'prometheus-alertmanager'
  | 'redis-server'
  | 'postgresql'
  | 'nginx'
  | 'pgbouncer'
  | 'logrotate'
  | 'mtail'
  | 'prometheus-sql-exporter'
  | 'victoria-metrics'
  | 'caddy'
  | 'chromium'
  | 'openssl'
  | 'python3-celery'
  | 'python3-redis'
  | 'python3-prometheus-client'
  | 'fonts-dejavu-core'
  | 'fonts-noto-color-emoji';

export type Profile = 'build' | 'test' | 'demo' | 'bench';

const MINIMUM_POSTGRES_MAJOR = 15;
const CORE: readonly PackageName[] = [
  'prometheus',
  'prometheus-alertmanager',
  'redis-server',
  'postgresql',
  'nginx',
  'openssl',
  'python3-celery',
  'python3-redis',
];

/** For what `npm run build` compiles in an older Node.js. */
const COMPILERS: readonly PackageName[] =
  SQLITE_LIBRARY === 'better-sqlite3-12' ? ['python3', 'make', 'g++'] : [];

export const PROFILES: Readonly<Record<Profile, readonly PackageName[]>> = {
  build: COMPILERS,
  test: [
    ...COMPILERS,
    ...CORE,
    'logrotate',
    'pgbouncer',
    'victoria-metrics',
    'caddy',
    'chromium',
    'python3-prometheus-client',
    'fonts-dejavu-core',
    'fonts-noto-color-emoji',
  ],
  demo: CORE,
  bench: [...COMPILERS, ...CORE, 'mtail', 'prometheus-sql-exporter'],
};

/** Those that Debian starts as a service of the same name. */
export const SERVICES: ReadonlySet<PackageName> = new Set([
  'prometheus',
  'prometheus-alertmanager',
  'redis-server',
  'postgresql',
  'nginx',
  'pgbouncer',
  'caddy',
  'mtail',
  'prometheus-sql-exporter',
]);

/** Where programs are looked for; tests pass a folder of their own as `root`. */
export interface Places {
  /** `PATH` of the environment, colon-separated. */
  readonly path: string;
  /** Prefix of every absolute folder, '' for the real system. */
  readonly root: string;
}

export const systemPlaces = (): Places => ({ path: process.env['PATH'] ?? '', root: '' });

/** First executable file of one of these names on PATH, then in the usual system folders; undefined when none. */
export function findProgram(names: readonly string[], places: Places = systemPlaces()): string | undefined {
  const folders = [
    ...places.path.split(':').filter((folder) => folder !== ''),
    '/usr/local/bin',
    '/usr/bin',
    '/usr/sbin',
  ];
  for (const name of names) {
    for (const folder of folders) {
      const file = places.root + join(folder, name);
      if (isExecutable(file)) return file;
    }
  }
  return undefined;
}

/**
 * Folder with `postgres` and `initdb` of the newest major at or above 15; undefined when there is none. A `postgres`
 * found only on PATH is taken as it is: its version is checked by its own start.
 */
export function findPostgresBin(places: Places = systemPlaces()): string | undefined {
  const base = `${places.root}/usr/lib/postgresql`;
  const majors = existsSync(base) ? readdirSync(base).map(Number).filter(Number.isInteger) : [];
  for (const major of majors.sort((a, b) => b - a)) {
    const folder = join(base, String(major), 'bin');
    if (
      major >= MINIMUM_POSTGRES_MAJOR &&
      isExecutable(join(folder, 'postgres')) &&
      isExecutable(join(folder, 'initdb'))
    ) {
      return folder;
    }
  }
  const onPath = findProgram(['initdb'], places);
  return onPath === undefined ? undefined : join(onPath, '..');
}

/** Where Debian's packages put modules; another python on PATH does not look there. */
const DEBIAN_PYTHON = '/usr/lib/python3/dist-packages';

/** What each package brings, in words for a system that is not Debian, and how to see that it is there. */
const NEEDS: Readonly<Record<PackageName, { needs: string; present: (places: Places) => boolean }>> = {
  python3: { needs: 'python3', present: (places) => hasAll(places, 'python3') },
  make: { needs: 'make', present: (places) => hasAll(places, 'make') },
  'g++': { needs: 'g++', present: (places) => hasAll(places, 'g++') },
  prometheus: {
    needs: 'prometheus and promtool',
    present: (places) => hasAll(places, 'prometheus', 'promtool'),
  },
  'prometheus-alertmanager': {
    needs: 'alertmanager (or prometheus-alertmanager) and amtool',
    present: (places) =>
      findProgram(['prometheus-alertmanager', 'alertmanager'], places) !== undefined &&
      hasAll(places, 'amtool'),
  },
  'redis-server': { needs: 'redis-server', present: (places) => hasAll(places, 'redis-server') },
  postgresql: {
    needs: `initdb and postgres (PostgreSQL ${MINIMUM_POSTGRES_MAJOR} or newer)`,
    present: (places) => findPostgresBin(places) !== undefined,
  },
  nginx: { needs: 'nginx', present: (places) => hasAll(places, 'nginx') },
  pgbouncer: { needs: 'pgbouncer', present: (places) => hasAll(places, 'pgbouncer') },
  logrotate: { needs: 'logrotate', present: (places) => hasAll(places, 'logrotate') },
  'prometheus-sql-exporter': {
    needs: 'prometheus-sql-exporter',
    present: (places) => hasAll(places, 'prometheus-sql-exporter'),
  },
  'victoria-metrics': { needs: 'victoria-metrics', present: (places) => hasAll(places, 'victoria-metrics') },
  caddy: { needs: 'caddy', present: (places) => hasAll(places, 'caddy') },
  mtail: { needs: 'mtail', present: (places) => hasAll(places, 'mtail') },
  chromium: {
    needs: 'chromium (or google-chrome)',
    present: (places) => findProgram(['chromium', 'chromium-browser', 'google-chrome'], places) !== undefined,
  },
  openssl: { needs: 'openssl', present: (places) => hasAll(places, 'openssl') },
  'python3-celery': {
    needs: 'Celery for /usr/bin/python3',
    present: (places) => anyExists(places, [`${DEBIAN_PYTHON}/celery`]),
  },
  'python3-redis': {
    needs: 'redis-py for /usr/bin/python3',
    present: (places) => anyExists(places, [`${DEBIAN_PYTHON}/redis`]),
  },
  'python3-prometheus-client': {
    needs: 'prometheus_client for /usr/bin/python3',
    present: (places) => anyExists(places, [`${DEBIAN_PYTHON}/prometheus_client`]),
  },
  'fonts-dejavu-core': {
    needs: 'a font with Cyrillic letters (DejaVu or Noto Sans)',
    present: (places) =>
      anyExists(places, [
        '/usr/share/fonts/truetype/dejavu',
        '/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf',
      ]),
  },
  'fonts-noto-color-emoji': {
    needs: 'a font with emoji (Noto Color Emoji)',
    present: (places) => anyExists(places, ['/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf']),
  },
};

export const isPackage = (name: string): name is PackageName => Object.hasOwn(NEEDS, name);

/** Those of `wanted` that are not there, in the given order. */
export function findMissing(
  wanted: readonly PackageName[],
  places: Places = systemPlaces(),
): readonly PackageName[] {
  return wanted.filter((name) => !NEEDS[name].present(places));
}

/** "prometheus and promtool; redis-server": what a system without Debian's packages must offer. */
export function describeNeeds(packages: readonly PackageName[]): string {
  return packages.map((name) => NEEDS[name].needs).join('; ');
}

function hasAll(places: Places, ...names: readonly string[]): boolean {
  return names.every((name) => findProgram([name], places) !== undefined);
}

function anyExists(places: Places, files: readonly string[]): boolean {
  return files.some((file) => existsSync(places.root + file));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
