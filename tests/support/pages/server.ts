/** Serves a scene as the exporter would, over HTTP. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import ipaddr from 'ipaddr.js';
import { createServer as createExporter } from '../../../exporter/server.ts';
import { mountPages, type PageOptions } from '../../../exporter/pages/routes.ts';
import { NOW, type Scene } from './scenes.ts';

export interface ServedScene {
  readonly url: string;
  close(): Promise<void>;
}

export async function serveScene(
  scene: Scene,
  options: Partial<Pick<PageOptions, 'locale' | 'timezone' | 'grafanaUrl'>> = {},
): Promise<ServedScene> {
  const clock = { now: () => NOW, sleep: () => Promise.resolve() };
  const common = { snapshot: () => scene.snapshot, isPolling: () => scene.isPolling, clock };
  const pages: PageOptions = {
    ...common,
    history: scene.history,
    celery: () => ({ ...(scene.celery && { view: scene.celery }), records: scene.records, beat: scene.beat }),
    locale: 'ru',
    timezone: 'Europe/Moscow',
    grafanaUrl: undefined,
    ...options,
  };
  const server = createServer(
    createExporter({
      ...common,
      daily: () => Promise.reject(new Error('nobody asks for days here')),
      self: () => Promise.resolve([]),
      mountPages: (app) => mountPages(app, pages),
      allowedNetworks: [ipaddr.parseCIDR('127.0.0.0/8')],
      trustedProxies: [],
      reload: () => ({ isLoaded: false, error: new Error('a scene has no configuration') }),
      onSlow: () => undefined,
      onRefused: () => undefined,
      onUnexpected: (error) => {
        throw error;
      },
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
