/** This host's clock beside the one of Telegram's servers. */
import { request as httpRequest, type Agent } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { leftOut, ok, wrong, type Check } from '../../../common/doctor/check.ts';

/** Times in messages are told to the minute; the header is to the second, and the answer took a while. */
const TOLERANCE_MS = 10_000;

/** @param agent of the way messages go */
export function clockCheck(apiRoot: string, agent: Agent, now: () => number): Check {
  return {
    section: 'Telegram',
    name: 'clock',
    look: async (signal) => {
      const text = await dateOf(new URL(apiRoot), agent, signal).catch(() => undefined);
      const theirs = Date.parse(text ?? '');
      if (Number.isNaN(theirs)) return leftOut('Telegram does not tell its time');
      const skewMs = now() - theirs;
      const seconds = Math.round(skewMs / 1000);
      if (Math.abs(skewMs) <= TOLERANCE_MS) return ok(`within ${TOLERANCE_MS / 1000} s of Telegram's`);
      return wrong(
        `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} Telegram's`,
        'Let the host keep its time: timedatectl set-ntp true.',
      );
    },
  };
}

/** RFC 9110, 6.6.1; whatever the status. */
function dateOf(url: URL, agent: Agent, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = send(url, { method: 'HEAD', agent, signal }, (response) => {
      response.resume();
      resolve(response.headers.date);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
