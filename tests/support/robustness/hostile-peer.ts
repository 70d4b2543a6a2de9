/** A peer on loopback that speaks TCP in every odd way, and the ways. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What a peer does with a connection. */
export type UpdateHandler = (socket: Socket) => void;
export type Fault = readonly [name: string, talk: UpdateHandler];

/** Says whatever it is told to; `talk` may change at any time. */
export interface Peer extends AsyncDisposable {
  talk: UpdateHandler;
  readonly port: number;
  /** Connections that are open. */
  readonly open: ReadonlySet<Socket>;
  /** Finds out which of them the other side still has: one that it closed is reset when something is sent. */
  probe(): void;
}

export async function startPeer(talk: UpdateHandler): Promise<Peer> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined);
    self.talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const self = {
    talk,
    port: (server.address() as AddressInfo).port,
    open,
    probe: () => {
      for (const socket of open) if (socket.resume().writable) socket.write('\n');
    },
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
  return self;
}

export const onceAsked =
  (answer: (socket: Socket) => void): UpdateHandler =>
  (socket) =>
    socket.once('data', () => answer(socket));
export const say = (text: string | Buffer): UpdateHandler => onceAsked((socket) => socket.write(text));
/** Goes on until the other side has had enough; stops by itself. */
export const floodAtOnce =
  (piece: string | Buffer, first: string | Buffer = ''): UpdateHandler =>
  (socket) => {
    let left = 20_000;
    socket.write(first);
    const more = (): void => {
      if (socket.destroyed || left-- === 0) return;
      if (socket.write(piece)) setImmediate(more);
      else socket.once('drain', more);
    };
    more();
  };
export const flood = (...what: Parameters<typeof floodAtOnce>): UpdateHandler =>
  onceAsked(floodAtOnce(...what));
export const trickleAtOnce =
  (first: string, piece = 'a'): UpdateHandler =>
  (socket) => {
    socket.write(first);
    const timer = setInterval(() => socket.write(piece), 20);
    socket.on('close', () => clearInterval(timer));
  };
export const trickle = (...what: Parameters<typeof trickleAtOnce>): UpdateHandler =>
  onceAsked(trickleAtOnce(...what));

export const pipeTo = (target: number): UpdateHandler => {
  return (socket) => {
    const upstream = connect(target, '127.0.0.1');
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
  };
};

export const json = (body: unknown): UpdateHandler => {
  const text = JSON.stringify(body);
  return say(`HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n${text}`);
};
export const SILENCE: readonly Fault[] = [
  ['accepts and says nothing', () => undefined],
  ['accepts and reads nothing', (socket) => socket.pause()],
  ['half closes', (socket) => socket.end()],
  ['half closes once asked', onceAsked((socket) => socket.end())],
  ['resets', (socket) => socket.resetAndDestroy()],
  ['resets once asked', onceAsked((socket) => socket.resetAndDestroy())],
  ['answers garbage', say(Buffer.from(Array.from({ length: 4_096 }, (_, n) => (n * 151 + 7) % 256)))],
  ['answers zeros', say(Buffer.alloc(4_096))],
];

export const HTTP: readonly Fault[] = [
  ...SILENCE,
  [
    'answers 101 Switching Protocols',
    say('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
  ],
  ['answers 101 without more', say('HTTP/1.1 101 Switching Protocols\r\n\r\n')],
  [
    'answers 101 and closes',
    onceAsked((socket) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    ),
  ],
  ['floods 100 Continue', flood('HTTP/1.1 100 Continue\r\n\r\n'.repeat(100))],
  ['floods 103 Early Hints', flood('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(100))],
  ['sends headers without end', flood('x-more: y\r\n'.repeat(100), 'HTTP/1.1 200 OK\r\n')],
  ['trickles headers', trickle('HTTP/1.1 200 OK\r\nx: ')],
  ['trickles a body', trickle('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n')],
  ['trickles chunks', trickle('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\na\r\n')],
  [
    'ends within the body',
    onceAsked((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc')),
  ],
  [
    'resets within the body',
    onceAsked((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc', () => socket.resetAndDestroy()),
    ),
  ],
  ['answers half a status line', say('HTTP/1.1 2')],
];

export const REDIS: readonly Fault[] = [
  ...SILENCE,
  ['answers 100,000 nested arrays', say('*1\r\n'.repeat(100_000))],
  ['announces four thousand million elements', say('*4000000000\r\n')],
  ['announces half a gigabyte and sends it', flood(Buffer.alloc(64 * 1024, 97), '$500000000\r\n')],
  ['sends a line without an end', flood(Buffer.alloc(64 * 1024, 97), '+')],
  ['answers half', say('$100\r\nabc')],
  ['answers half an array', say('*3\r\n:1\r\n')],
  ['speaks HTTP', say('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['answers something else', (socket) => socket.on('data', () => socket.write(':1\r\n'))],
];
