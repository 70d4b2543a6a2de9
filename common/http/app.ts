import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type Express } from 'express';
import type { Network } from '../env/reader.ts';
import { isInNetworks } from './guard.ts';

export interface AppOptions {
  /** Forwarded headers are believed only from these. */
  readonly trustedProxies: readonly Network[];
  /** Told of every request that took longer than {@link SLOW_REQUEST_MS}. */
  readonly onSlow: (request: SlowRequest) => void;
}

export interface SlowRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
}

/** What is served is known already or one commit away: half a second means a stalled disk or event loop. */
const SLOW_REQUEST_MS = 500;

export const COMMON_HEADERS = { 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' } as const;

/** An Express application with what both services share. */
export function createApp({ trustedProxies, onSlow }: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', (address: string) => isInNetworks(address, trustedProxies));
  app.use((request, response, next) => {
    watchDuration(request, response, onSlow);
    response.set(COMMON_HEADERS);
    next();
  });
  return app;
}

/** Tells of the request when it was slow to be answered, to the last byte. */
export function watchDuration(
  request: IncomingMessage,
  response: ServerResponse,
  onSlow: AppOptions['onSlow'],
): void {
  const startedMs = performance.now();
  const { method = '', url = '' } = request;
  response.once('finish', () => {
    const durationMs = Math.round(performance.now() - startedMs);
    if (durationMs <= SLOW_REQUEST_MS) return;
    // Without the query, which may hold anything.
    onSlow({ method, path: url.split('?', 1)[0] ?? '', status: response.statusCode, durationMs });
  });
}
