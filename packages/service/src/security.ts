/** The security headers of every response. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/**
 * Helmet's headers, computed once: they are the same for every response, and computing them for a cached answer would cost more than the
 * rest of its routing. Scripts come from this origin only; styles may also be inline, as the component library sets them on elements.
 */
export const securityHeaders: Record<string, string> = (() => {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        workerSrc: ["'self'", 'blob:'],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // Browsers apply this over HTTPS only. Other services may run on subdomains.
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
    // Over plain HTTP, as in the demo stage, browsers ignore these two and log an error.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    // For browsers and plug-ins that no longer exist; current ones use the content security policy. Each header adds bytes to every response.
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xFrameOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  })(response.req, response, () => {});
  return Object.fromEntries(Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]));
})();

/** The content security policy of pages that also request data from another origin, in this page and its workers. */
export const contentSecurityPolicy = (origin: string): string =>
  (securityHeaders['content-security-policy'] as string).replace("connect-src 'self'", `connect-src 'self' ${origin}`);
