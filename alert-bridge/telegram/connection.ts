/**
 * Follows the connection of one call. An error does not tell whether a request that timed out had been written or was
 * still looking for a connection, and that decides whether sending it again can show a message twice.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

export interface ConnectionWatch {
  /** Runs a call that makes one HTTP request. `connected` is true once that request could be written to the API. */
  run<T>(call: () => Promise<T>, state: ConnectionState): Promise<T>;
  close(): void;
}

export interface ConnectionState {
  connected: boolean;
}

interface Call {
  readonly state: ConnectionState;
  requests: number;
}

/** Published when a request is handed to its agent: https://nodejs.org/docs/latest-v20.x/api/diagnostics_channel.html#http */
const REQUEST_STARTED = 'http.client.request.start';

/** @param secure whether the API is spoken to over TLS */
export function watchConnections({ secure }: { readonly secure: boolean }): ConnectionWatch {
  const calls = new AsyncLocalStorage<Call>();

  const onStart = (message: unknown): void => {
    const call = calls.getStore();
    if (call === undefined) return;
    const { request } = message as { request: ClientRequest };
    call.requests += 1;
    if (call.requests > 1) {
      // The Bot API never redirects. Following one would carry the token elsewhere and turn POST into GET.
      request.destroy(Object.assign(new Error('a redirect was refused'), { code: 'ERR_REDIRECT' }));
      return;
    }
    request.once('socket', (socket: Socket) => {
      if (request.reusedSocket) call.state.connected = true;
      else whenConnected(socket, secure, () => (call.state.connected = true));
    });
  };

  subscribe(REQUEST_STARTED, onStart);
  return {
    run: (call, state) => calls.run({ state, requests: 0 }, call),
    close: () => {
      unsubscribe(REQUEST_STARTED, onStart);
    },
  };
}

function whenConnected(socket: Socket, secure: boolean, then: () => void): void {
  if (socket instanceof TLSSocket) {
    // Undefined until the handshake has gone so far that data may follow it.
    if (socket.getFinished() === undefined) socket.once('secureConnect', then);
    else then();
  } else if (secure) {
    // A proxy that refused to connect: its agent replays the refusal on a socket that leads nowhere.
  } else if (socket.connecting) socket.once('connect', then);
  else then();
}
