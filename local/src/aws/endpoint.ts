/** A local service of AWS, on a loopback port. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Endpoint {
  /** What the variable AWS_ENDPOINT_URL_… of the service takes. */
  readonly url: string;
  close(): Promise<void>;
}

/** Resolves when the server listens on 127.0.0.1. @param port a free one by default */
export async function listen(server: Server, port = 0): Promise<Endpoint> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
