/** The security headers that every answer carries. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/**
 * Helmet's headers, computed once: they are the same for every answer, and running it for each costs the cached path more than the
 * rest of the routing. Pages are our own: scripts from this origin only, styles also inline (the component library sets them on elements).
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
    // Browsers heed this over HTTPS only; subdomains are their owner's business.
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
    // Over plain HTTP, which a demonstration stage speaks, browsers complain of these two and ignore them.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    // For browsers (and plug-ins) that are gone; today's go by the content security policy. Each header is paid for with every answer.
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xFrameOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  })(response.req, response, () => {});
  return Object.fromEntries(Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]));
})();
