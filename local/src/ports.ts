import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A free port on loopback. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
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
