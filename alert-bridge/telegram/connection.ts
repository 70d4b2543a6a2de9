/**
 * Follows the connection of one call. An error does not tell whether a request that timed out had been written or was
 * still looking for a connection, and that decides whether sending it again can show a message twice.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Agent, ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

export interface ConnectionWatch {
  /** Runs a call that makes one HTTP request, and keeps `state` up to date meanwhile. */
  run<T>(call: () => Promise<T>, state: ConnectionState): Promise<T>;
}

export interface ConnectionState {
  /** True once a connection to the API stood: from then on the request may have arrived. */
  connected: boolean;
  /** The answer is longer than any of the Bot API: nobody is to read on. */
  onTooLong: () => void;
}

/**
 * The longest honest answer is a page of 100 updates: each may hold a text of 4,096 units and the one that it replies to,
 * six bytes a unit, with their entities.
 */
export const LONGEST_ANSWER_BYTES = 16 * 1024 * 1024;

interface Call {
  readonly state: ConnectionState;
  requests: number;
}

type AddRequest = (request: ClientRequest, ...rest: unknown[]) => void;

/** @param secure whether the API is spoken to over TLS */
export function watchConnections(agent: Agent, { secure }: { readonly secure: boolean }): ConnectionWatch {
  const calls = new AsyncLocalStorage<Call>();

  const follow = (request: ClientRequest, call: Call): void => {
    call.requests += 1;
    if (call.requests > 1) {
      // The Bot API never redirects. Following one would carry the token elsewhere and turn POST into GET.
      throw Object.assign(new Error('the server redirects, the Bot API never does'), {
        code: 'ERR_REDIRECT',
      });
    }
    // What is packed could become a thousand times as long when it is read.
    request.setHeader('accept-encoding', 'identity');
    request.once('response', (response) => {
      delete response.headers['content-encoding'];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= LONGEST_ANSWER_BYTES) return;
        call.state.onTooLong();
        request.destroy();
      });
    });
    request.once('socket', (socket: Socket) => {
      if (request.reusedSocket) call.state.connected = true;
      else whenConnected(socket, secure, () => (call.state.connected = true));
    });
  };

  // What node:http hands every request to, before there is a socket; every agent outside of Node is built on it too.
  const addRequest = Reflect.get(agent, 'addRequest') as AddRequest;
  const followed: AddRequest = (request, ...rest) => {
    const call = calls.getStore();
    if (call !== undefined) follow(request, call);
    Reflect.apply(addRequest, agent, [request, ...rest]);
  };
  Reflect.set(agent, 'addRequest', followed);

  return { run: (call, state) => calls.run({ state, requests: 0 }, call) };
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
