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
export const SLOW_REQUEST_MS = 500;

/** An Express application with what both services share. */
export function createApp({ trustedProxies, onSlow }: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', (address: string) => isInNetworks(address, trustedProxies));
  app.use((request, response, next) => {
    const startedMs = performance.now();
    response.once('finish', () => {
      const durationMs = Math.round(performance.now() - startedMs);
      if (durationMs <= SLOW_REQUEST_MS) return;
      onSlow({ method: request.method, path: request.path, status: response.statusCode, durationMs });
    });
    response.set({ 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' });
    next();
  });
  return app;
}
