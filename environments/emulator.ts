import { networkInterfaces } from "node:os";

/** Account of every emulator: no AWS account has this number, so a rehearsal can't touch one. */
export const EMULATED_ACCOUNT = "000000000000";

/** Endpoint of the local emulator that AWS calls go to; undefined if they go to AWS. */
export function emulator(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const url = env["AWS_ENDPOINT_URL"];
  return url !== undefined && url !== "" && isLocal(url) ? url : undefined;
}

/**
 * Whether a URL points to this machine, by loopback or by one of its own addresses: any other endpoint may not be an
 * emulator.
 */
export function isLocal(url: string): boolean {
  let host: string;
  try {
    host = new URL(url).hostname;
  } catch {
    return false;
  }
  if (host === "localhost" || host === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)) return true;
  return Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === host));
}

/** An endpoint for a message, without a user and password. */
export function shownEndpoint(url: string): string {
  return JSON.stringify(url.replace(/^[^]*@/, "***@"));
}
