/** What the public sees of the bot: nginx with TLS, by an authority of the demo's own, and the web application behind it. */
import { createAuthority } from '../support/machine/certificates.ts';
import { startNginx, type Nginx } from '../support/servers/nginx.ts';
import { startWebApp, type WebApp } from './web-app.ts';

export interface Site {
  readonly nginx: Nginx;
  readonly web: WebApp;
  /** `https://127.0.0.1:…` */
  readonly url: string;
  readonly webhookUrl: string;
  /** PEM file of who signed for it. */
  readonly caFile: string;
  /** Ends what is not a server of its own. */
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;

/** `combined_time` of exporter/config.yml: nginx's default, and how long a request took. */
const LOG_FORMAT =
  `'$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent ` +
  `"$http_referer" "$http_user_agent" $request_time'`;

const locationsFor = ({ url }: WebApp): string => `
    location /webhook/ { proxy_pass ${url}; }
    location /admin/ { proxy_pass ${url}; }
    location = /health { proxy_pass ${url}; }
    location /static/ { return 200 "body{}\\n"; }`;

/** @param webhookSecret in the path of the webhook, so that only Telegram knows it */
export async function startSite(folder: string, webhookSecret: string, now: number): Promise<Site> {
  const authority = await createAuthority();
  const tls = await authority.issue({ names: 'IP:127.0.0.1', to: new Date(now + 60 * DAY_MS) });
  const web = await startWebApp();
  const nginx = await startNginx({ folder, tls, logFormat: LOG_FORMAT, locations: locationsFor(web) });
  const url = nginx.tlsUrl ?? '';
  return {
    nginx,
    web,
    url,
    webhookUrl: `${url}/webhook/${webhookSecret}/`,
    caFile: authority.caFile,
    close: async () => {
      await web.close();
      await authority.close();
    },
  };
}
