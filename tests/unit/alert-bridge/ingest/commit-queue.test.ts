import { beforeEach, expect, it } from 'vitest';
import { connectSqlite, type SqliteDatabase } from '../../../../common/state/sqlite.ts';
import { createCommitQueue } from '../../../../alert-bridge/ingest/commit-queue.ts';
import type { Outbox, Submission } from '../../../../alert-bridge/outbox/outbox.ts';
import { openOutbox } from '../../../../alert-bridge/outbox/sqlite.ts';

let database: SqliteDatabase;
let outbox: Outbox;
let commits: number;
beforeEach(() => {
  database = connectSqlite(':memory:');
  outbox = openOutbox(database);
  commits = 0;
});

const submission = (...ids: string[]): Submission => ({
  signals: ids.map((id) => ({
    id,
    type: 'custom:x',
    severity: 'info',
    occurredAt: 1,
    body: { kind: 'custom', title: 'x', text: id },
  })),
  chatsOf: () => ['a'],
  suppress: () => undefined,
  now: 1,
});

const queue = () =>
  createCommitQueue({
    accept: (submissions) => {
      commits += 1;
      return outbox.accept(submissions);
    },
  });

it('commits what arrives together at once, and what comes later by itself', async () => {
  const commit = queue();
  const results = await Promise.all(['1', '2', '1'].map((id) => commit(submission(id))));
  expect(results.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'duplicate']);
  expect(commits).toBe(1);
  await commit(submission('3'));
  expect(commits).toBe(2);
  expect(outbox.ledger()).toMatchObject({ accepted: 3, pending: 3, duplicates: 1 });
});

it('leaves what would be too much at once to the next commit, and takes what is too much by itself', async () => {
  const commit = queue();
  const many = (from: string, count: number) =>
    submission(...Array.from({ length: count }, (_, i) => `${from}${i}`));
  const results = await Promise.all(
    [many('a', 100), many('b', 100), many('c', 100), many('d', 900)].map(commit),
  );
  expect(results.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'accepted', 'accepted']);
  expect(commits).toBe(3);
  expect(outbox.ledger()).toMatchObject({ accepted: 1_200 });
});

it('refuses one that cannot be stored, whole, and keeps the others', async () => {
  const commit = queue();
  const notification = { key: 'k', since: 0 };
  const results = await Promise.allSettled([
    commit(submission('1')),
    commit({ ...submission('2', '2'), notification }),
    commit(submission('3')),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(outbox.signals({ limit: 10 }).map(({ id }) => id)).toEqual(['3', '1']);
  expect((await commit({ ...submission('2'), notification })).status).toBe('accepted');
});

it('refuses all of them when nothing can be written, and works again afterwards', async () => {
  const commit = queue();
  database.pragma('query_only = ON');
  const results = await Promise.allSettled([commit(submission('1')), commit(submission('2'))]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  database.pragma('query_only = OFF');
  expect((await commit(submission('1'))).status).toBe('accepted');
  expect(outbox.ledger()).toMatchObject({ accepted: 1 });
});
