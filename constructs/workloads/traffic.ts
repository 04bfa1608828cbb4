import type { Environment } from "../../environments";

/** Origins that browsers may call the API from. */
export function corsOrigins({ traffic, domain }: Environment): string[] {
  return traffic.corsOrigins ?? [`https://${domain.host}`];
}
