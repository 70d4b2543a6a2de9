import express, { type Express } from 'express';
import type { Network } from '../env/reader.ts';
import { isInNetworks } from './guard.ts';

/** An Express application with what both services share; forwarded headers are believed only from trusted proxies. */
export function createApp({ trustedProxies }: { trustedProxies: readonly Network[] }): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', (address: string) => isInNetworks(address, trustedProxies));
  app.use((_request, response, next) => {
    response.set({ 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' });
    next();
  });
  return app;
}
