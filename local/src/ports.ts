import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * The range of `freePort`. It is below the ports that Linux and macOS give to outgoing connections: one of those could take the port between
 * the check and its use.
 */
const firstPort = 20_000;
const endOfPorts = 32_000;

/** A free port on loopback. It is random, so that processes that choose at the same time rarely choose the same one. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(firstPort, endOfPorts);
    const probe = createServer().listen(port, '127.0.0.1');
    try {
      await once(probe, 'listening');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') continue;
      throw error;
    }
    probe.close();
    await once(probe, 'close');
    return port;
  }
}

/** @throws if the port is in use, or this user may not listen on it; the message names the port. */
export async function assertPortFree(port: number): Promise<void> {
  for (const host of ['127.0.0.1', '::']) {
    const probe = createServer().listen(port, host);
    try {
      await once(probe, 'listening');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') continue; // no IPv6 here
      if (code === 'EADDRINUSE') {
        throw new Error(`Port ${port} is in use by another program. Stop it, or choose another port with --port.`);
      }
      if (code === 'EACCES') {
        throw new Error(`Port ${port} requires more rights than this user has. Choose a port above 1023 with --port.`);
      }
      throw error;
    }
    probe.close();
    await once(probe, 'close');
  }
}
