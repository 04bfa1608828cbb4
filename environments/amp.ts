/** A workspace of Amazon Managed Prometheus: https://aps-workspaces.<region>.amazonaws.com/workspaces/<id>/… */
const WORKSPACE =
  /^https:\/\/aps-workspaces(?:-fips)?\.(?<region>[a-z0-9-]+)\.(?:amazonaws\.com|api\.aws)\/workspaces\/(?<id>ws-[0-9a-f-]+)\//;

/** The workspace that a remote-write URL is of; undefined if it is another product's. */
export function workspaceOf(url: string): { region: string; id: string } | undefined {
  const { region, id } = WORKSPACE.exec(url)?.groups ?? {};
  return region === undefined || id === undefined ? undefined : { region, id };
}

/** Whether metrics are written with a password, and not with the rights of a role. */
export function needsPassword({ kind, url = "" }: { readonly kind: string; readonly url?: string }): boolean {
  return kind === "remote-write" && workspaceOf(url) === undefined;
}
