/**
 * Whether a page was served: a success, or a redirect within the host, such as to a login. Of redirects elsewhere, nobody
 * knows whether the product is there. constructs/aws/uptime-check/index.mjs judges in the same way.
 */
export function isServed(status: number, location: string | undefined, host: string): boolean {
  if (status < 300) return true;
  const here = `https://${host}`;
  if (status >= 400 || location === undefined || !URL.canParse(location, here)) return false;
  return new URL(location, here).hostname === host;
}

/** "302 to https://chat.example.com/login", "200". */
export function shownStatus(status: number, location: string | undefined): string {
  return location === undefined ? String(status) : `${status} to ${location}`;
}
