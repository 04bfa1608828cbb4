import { seconds } from "./duration";
import type { Settings } from "./schema";

/** The slowest line that an upload must get through, in bits a second: the uplink of UMTS. */
const SLOWEST_LINE = 384_000;
const MEBIBIT = 8 * 1024 * 1024;
/** For small bodies, whose line may also be slow to begin (seconds). */
const MIN_SECONDS = 60;

/** How long a request may take to arrive, with its body (seconds). */
export function bodySeconds({ api, pages, bodyTime }: Settings["traffic"]): number {
  if (bodyTime !== undefined) return seconds(bodyTime);
  const largest = Math.max(api.maxBodyMiB, pages.maxBodyMiB) * MEBIBIT;
  return Math.max(MIN_SECONDS, Math.ceil(largest / SLOWEST_LINE));
}
