/** `npm run certificate`: the certificate of a name for CloudFront. It is deployed once, before the system. */
import { runApp } from './app.ts';
import { CertificateStack } from './certificate-stack.ts';
import { readDomain } from './configuration.ts';

const readRequired: typeof readDomain = (option) => {
  const domain = readDomain(option);
  if (!domain) throw new Error('The name is missing: give -c domainName=…, -c hostedZoneId=… and -c hostedZoneName=….');
  return domain;
};

await runApp(readRequired, (app, domain) => {
  if (domain) new CertificateStack(app, 'property-insights-certificate', domain);
});
