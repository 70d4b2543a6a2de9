import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server on loopback that can become slow, or lead nowhere. */
export interface TcpProxy {
  readonly port: number;
  /** How long each piece takes to the server, ms. */
  delayMs: number;
  /** False: connections are taken and stay open, and nothing passes any more, like a network that drops packets. */
  isOpen: boolean;
  close(): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const proxy = { delayMs: 0, isOpen: true };
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    keep(near);
    // Dropped for good, even when the network is back: what was lost on the way is not sent again.
    let isBroken = !proxy.isOpen;
    const far = keep(connect(targetPort, '127.0.0.1'));
    const pass = (to: Socket, piece: Buffer): void => {
      isBroken ||= !proxy.isOpen;
      if (!isBroken && to.writable) to.write(piece);
    };
    near.on('data', (piece) => {
      if (proxy.delayMs === 0) pass(far, piece);
      else setTimeout(() => pass(far, piece), proxy.delayMs);
    });
    far.on('data', (piece) => pass(near, piece));
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(proxy, {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  });
}
