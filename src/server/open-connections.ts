import type { Socket } from 'node:net';

/** The connections of a server, so many at most. */
export interface OpenConnections {
  add(socket: Socket): void;
  /** From now on the request of this connection is answered, so that it is not cut. Returns how to say that it has been. */
  answering(socket: Socket): () => void;
}

/**
 * Whoever holds connections open and sends nothing must not keep others out: when there are too many, the one that has
 * waited longest is cut, unless it is being answered.
 */
export function createOpenConnections(most: number): OpenConnections {
  const open = new Map<string, Socket>();
  const answered = new Set<string>();
  return {
    add(socket) {
      const key = keyOf(socket);
      open.set(key, socket);
      socket.once('close', () => open.delete(key));
      if (open.size <= most) return;
      const [oldest = socket] = [...open].flatMap(([one, its]) => (answered.has(one) ? [] : [its]));
      oldest.destroy();
    },
    answering(socket) {
      const key = keyOf(socket);
      answered.add(key);
      return () => {
        answered.delete(key);
        const still = open.get(key);
        if (still === undefined) return;
        open.delete(key);
        open.set(key, still);
      };
    },
  };
}

/** The same for a connection and for the TLS in it. */
function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? ''}`;
}
