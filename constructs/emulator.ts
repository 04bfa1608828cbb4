import type { Environment } from "../environments";

/**
 * Environment variables for a controller that calls AWS, when an emulator stands in for it: the endpoint, and dummy
 * keys, since an emulator has no Pod Identity.
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

/** The same as a chart's value; none without an emulator. */
export function emulatorEnv(environment: Environment) {
  const extraEnv = Object.entries(emulatorVariables(environment)).map(([name, value]) => ({ name, value }));
  return extraEnv.length === 0 ? {} : { extraEnv };
}
