import { needsPassword } from "./amp";
import { MONITORING } from "./names";
import type { Settings } from "./schema";

/** A further release of External Secrets, where a setting needs a key of the app secret outside the product's namespace. */
export interface SecretCopier {
  /** Its name, and that of its namespace. */
  readonly name: string;
  /** The one namespace whose Secrets it sees, and writes. */
  readonly to: string;
  readonly isUsed: (settings: Pick<Settings, "observability">) => boolean;
}

export const ALLOY_SECRETS: SecretCopier = {
  name: "alloy-secrets",
  to: "alloy",
  isUsed: ({ observability }) => observability.logs.kind === "otlp",
};

export const MONITORING_SECRETS: SecretCopier = {
  name: "monitoring-secrets",
  to: MONITORING,
  isUsed: ({ observability }) => needsPassword(observability.metrics),
};

const SECRET_COPIERS: readonly SecretCopier[] = [ALLOY_SECRETS, MONITORING_SECRETS];

/** Those that an environment has. */
export function secretCopiersOf(settings: Pick<Settings, "observability">): readonly SecretCopier[] {
  return SECRET_COPIERS.filter(({ isUsed }) => isUsed(settings));
}

/** Its IAM role, without the environment's prefix. */
export function roleOf({ name }: SecretCopier): string {
  return `${name}-role`;
}

/**
 * The stacks' roles that read a secret, without the environment's prefix: those of each External Secrets. Includes those
 * that a setting may add, so that only an administrator's deploy creates one, without another bootstrap.
 */
export const SECRET_READERS: readonly string[] = ["external-secrets-role", ...SECRET_COPIERS.map(roleOf)];
