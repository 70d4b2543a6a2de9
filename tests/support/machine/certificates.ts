/** Certificates as servers have them, good and bad, made with openssl. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Identity {
  readonly key: string;
  /** The server's certificate, and those that are sent with it. */
  readonly cert: string;
}

export interface Leaf {
  /** Such as `DNS:localhost`. */
  readonly names: string;
  readonly from?: Date;
  readonly to: Date;
  /** Signed by the intermediate authority, which is sent along or left out. */
  readonly chain?: 'complete' | 'incomplete';
}

export interface Authority {
  /** PEM file of the root. */
  readonly caFile: string;
  issue(leaf: Leaf): Promise<Identity>;
  selfSigned(names: string): Promise<Identity>;
  close(): Promise<void>;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
/** YYYYMMDDHHMMSSZ */
const asn1 = (date: Date): string => date.toISOString().replace(/\.\d+|[-:T]/g, '');

const CONFIG = `
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = issued
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
[req]
distinguished_name = none
[none]
[authority]
basicConstraints = critical, CA:true
`;

/** An authority of its own with an intermediate, in a folder of its own. */
export async function createAuthority(): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'certificates-'));
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  const day = 86_400_000;
  let count = 0;
  await mkdir(join(folder, 'issued'));
  await writeFile(join(folder, 'index.txt'), '');
  await writeFile(join(folder, 'openssl.cnf'), CONFIG);
  const config = ['-config', 'openssl.cnf'];
  await openssl(
    'req',
    '-x509',
    ...config,
    '-extensions',
    'authority',
    ...EC,
    '-days',
    '3650',
    '-subj',
    '/CN=Root',
    '-keyout',
    'root.key',
    '-out',
    'root.pem',
  );
  const sign = async (name: string, issuer: string, leaf: Leaf, extra: readonly string[]): Promise<void> => {
    const from = leaf.from ?? new Date(Date.now() - day);
    await openssl(
      'req',
      ...config,
      ...EC,
      '-subj',
      `/CN=${name}`,
      '-addext',
      `subjectAltName=${leaf.names}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    );
    await openssl(
      'ca',
      '-batch',
      '-notext',
      ...config,
      '-cert',
      `${issuer}.pem`,
      '-keyfile',
      `${issuer}.key`,
      ...extra,
      '-startdate',
      asn1(from),
      '-enddate',
      asn1(leaf.to),
      '-in',
      `${name}.csr`,
      '-out',
      `${name}.pem`,
    );
  };
  await sign('intermediate', 'root', { names: 'DNS:intermediate', to: new Date(Date.now() + 100 * day) }, [
    '-extensions',
    'authority',
  ]);
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  const nextName = (): string => `leaf${(count += 1)}`;

  return {
    caFile: join(folder, 'root.pem'),
    issue: async (leaf) => {
      const name = nextName();
      await sign(name, leaf.chain === undefined ? 'root' : 'intermediate', leaf, []);
      const cert = await read(`${name}.pem`);
      return {
        key: await read(`${name}.key`),
        cert: leaf.chain === 'complete' ? cert + (await read('intermediate.pem')) : cert,
      };
    },
    selfSigned: async (names) => {
      const name = nextName();
      await openssl(
        'req',
        '-x509',
        ...config,
        ...EC,
        '-days',
        '30',
        '-subj',
        `/CN=${name}`,
        '-addext',
        `subjectAltName=${names}`,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.pem`,
      );
      return { key: await read(`${name}.key`), cert: await read(`${name}.pem`) };
    },
    close: () => rm(folder, { recursive: true }),
  };
}

/** So many days from now, in whole seconds as certificates have them. */
export const inDays = (days: number): Date =>
  new Date(Math.floor(Date.now() / 1_000) * 1_000 + days * 86_400_000);
