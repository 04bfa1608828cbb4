import type { IExternalSecret } from "@kubernetes-models/external-secrets/external-secrets.io/v1/ExternalSecret";
import type { ISecretStore } from "@kubernetes-models/external-secrets/external-secrets.io/v1/SecretStore";

const API_VERSION = "external-secrets.io/v1";
const STORE = "secrets-manager";
/** How often Secrets Manager is checked for changed values. */
const REFRESH_INTERVAL = "10m";

/** A property of a JSON secret in Secrets Manager. */
export interface SecretProperty {
  readonly secret: string;
  readonly property: string;
}

/** One namespace's SecretStore for Secrets Manager, accessed with the operator's own Pod Identity. */
export function secretStore(namespace: string, region: string): ISecretStore {
  return {
    apiVersion: API_VERSION,
    kind: "SecretStore",
    metadata: { name: STORE, namespace },
    spec: { provider: { aws: { service: "SecretsManager", region } } },
  };
}

type Spec = NonNullable<IExternalSecret["spec"]>;

interface ExternalSecretManifest {
  readonly namespace: string;
  /** Name of the ExternalSecret and of the Secret that it fills. */
  readonly name: string;
  /** What to read, by the name used in the template. */
  readonly data: Readonly<Record<string, SecretProperty>>;
  /** @default - `data` as it is */
  readonly template?: NonNullable<Spec["target"]>["template"] | undefined;
}

/** Fills a Secret from its namespace's store. If a value goes missing, the Secret keeps the old one. */
export function externalSecret({ namespace, name, data, template }: ExternalSecretManifest): IExternalSecret {
  return {
    apiVersion: API_VERSION,
    kind: "ExternalSecret",
    metadata: { name, namespace },
    spec: {
      refreshInterval: REFRESH_INTERVAL,
      secretStoreRef: { kind: "SecretStore", name: STORE },
      target: {
        name,
        creationPolicy: "Owner",
        deletionPolicy: "Retain",
        ...(template === undefined ? {} : { template }),
      },
      data: Object.entries(data).map(([secretKey, { secret, property }]) => ({
        secretKey,
        remoteRef: { key: secret, property },
      })),
    },
  };
}
