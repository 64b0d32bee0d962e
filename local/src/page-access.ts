/**
 * Write access for the dashboard on this machine: the load balancer adds the admin token to the page's own requests. The page itself does not
 * have the token, so no script in a browser can read it.
 *
 * The page's own requests are identified by `Sec-Fetch-Site: same-origin`. Browsers set this header on requests to loopback and to HTTPS, and no
 * script can change it. Requests of other sites and of other ports of this machine have `cross-site` or `same-site`; links and typed addresses
 * have `none`. Under another name for this address (DNS rebinding), `Host` differs.
 */

/**
 * The `Authorization` header to add to a request of the page; undefined for other requests, and for those that have the header.
 * @param rawHeaders name, value, name, value…
 * @param port of the load balancer
 */
export function pageAuthorization(rawHeaders: readonly string[], port: number, token: string): string | undefined {
  const values = (name: string) =>
    rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
  const [host, ...otherHosts] = values('host');
  if (!host || otherHosts.length > 0 || !new RegExp(`^(localhost|127\\.0\\.0\\.1):${port}$`).test(host))
    return undefined;
  if (values('sec-fetch-site').join() !== 'same-origin' || values('authorization').length > 0) return undefined;
  if (values('origin').some((origin) => origin !== `http://${host}`)) return undefined;
  return `Bearer ${token}`;
}
