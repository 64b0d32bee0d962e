/** Both services at one address, as behind the load balancer, with a bucket and a sender of e-mails. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openAws } from '../../../local/test/aws/open-aws.ts';
import { openDatabase } from '../../../test/database.ts';
import { createReporting } from '../../reporting/src/app.ts';
import { Mail } from '../../reporting/src/mail.ts';
import { ReportStorage } from '../../reporting/src/storage.ts';
import { type ServedPage, servePage } from './served-page.ts';

export interface ServedReports extends ServedPage {
  /** Whether the reporting service answers. */
  reportingIsUp: boolean;
}

/** @param directory for the files of the services */
export async function serveReports(directory: string): Promise<ServedReports> {
  const page = await servePage(directory);
  const aws = await openAws();
  const { app, testDatabase, replica, log } = page.parts;
  const database = openDatabase(testDatabase, { user: 'reporting' });
  const reporting = await createReporting({
    database,
    replica,
    log,
    storage: new ReportStorage(aws.bucket, aws.s3),
    mail: new Mail('reports@example.org', ['example.org'], aws.ses),
    jobTimes: { interval: 100 },
  });
  await reporting.ready();
  const balancer = createServer((request, response) => {
    if (!request.url?.startsWith('/reporting')) app.routing(request, response);
    else if (served.reportingIsUp) reporting.routing(request, response);
    else response.writeHead(503).end();
  });
  const served: ServedReports = {
    ...page,
    reportingIsUp: true,
    address: '',
    async close() {
      balancer.close();
      balancer.closeAllConnections();
      await reporting.close();
      await database.close();
      await aws.close();
      await page.close();
    },
  };
  await once(balancer.listen(0, '127.0.0.1'), 'listening');
  served.address = `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`;
  return served;
}
