/**
 * How the page gets to write on this machine: the load balancer lets its requests in, as if each bore the administrator's token. The page never
 * holds the token, so that nothing in a browser can read it or give it away.
 *
 * What tells the page's own requests from those of other sites is what only browsers set, and no script can: `Sec-Fetch-Site`, which browsers send
 * to loopback as to HTTPS. Other sites, and other ports of this machine, are `cross-site` or `same-site`; a link or an address typed in is `none`. A
 * name that leads here but isn't ours (DNS rebinding) has another `Host`.
 */

/**
 * The `Authorization` to be added to a request, if it is the page's own; one that brings its own is left alone.
 * @param rawHeaders name, value, name, value…
 * @param port where the load balancer listens
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
