import { networkInterfaces } from "node:os";

/** Whether the AWS calls go to an emulator on this machine. */
export function emulator(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const url = env["AWS_ENDPOINT_URL"];
  return url !== undefined && url !== "" && isLocal(url) ? url : undefined;
}

/**
 * Whether a URL names this machine, by its loopback name or by an address of its own: no other endpoint is sure to be an
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
