import type { Environment } from "../environments";

/**
 * Environment variables of a controller that calls AWS, where an emulator stands for it: its address, and the keys that
 * it takes from anybody, since it hands out none by Pod Identity.
 */
export function emulatorVariables({ emulator, region }: Environment): Record<string, string> {
  if (emulator === undefined) return {};
  return {
    AWS_ENDPOINT_URL: emulator.endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
}
