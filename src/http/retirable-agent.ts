import { Agent } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** An agent that can be retired, after which it keeps no connection: idle ones end at once, the others with their request. */
export class RetirableAgent extends Agent {
  #retired = false;

  override keepSocketAlive(socket: Duplex): boolean {
    if (this.#retired) return false;
    // It returns whether to keep the socket, which is missing in its types.
    const kept: unknown = super.keepSocketAlive(socket);
    return kept === true;
  }

  retire(): void {
    this.#retired = true;
    const idle: readonly (readonly Socket[] | undefined)[] = Object.values(this.freeSockets);
    for (const sockets of idle) for (const socket of sockets ?? []) socket.destroy();
  }
}
