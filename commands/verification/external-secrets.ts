import {
  CoreV1Api,
  CustomObjectsApi,
  type KubeConfig,
  type V1Condition,
  type V1ObjectMeta,
} from "@kubernetes/client-node";
import { shownText } from "../cli/redacted-text";
import { troubleText, warningsOf } from "./rollout";

/** A custom resource that says whether it is ready. */
export interface Conditions {
  readonly metadata?: V1ObjectMeta;
  readonly status?: { readonly conditions?: readonly V1Condition[] };
}

/** Undefined if it is ready, else its own message, redacted. */
export function notReady({ status }: Conditions): string | undefined {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "True" ? undefined : shownText(ready?.message ?? "it has no status yet");
}

/** Those of a namespace. */
export async function externalSecretsIn(
  config: KubeConfig,
  namespace: string,
): Promise<readonly Conditions[]> {
  const found: unknown = await config.makeApiClient(CustomObjectsApi).listNamespacedCustomObject({
    group: "external-secrets.io",
    version: "v1",
    namespace,
    plural: "externalsecrets",
  });
  return (found as { readonly items: readonly Conditions[] }).items;
}

/** Why ExternalSecrets of a namespace are not ready: their own message is a general one, and only an event names the key. */
export async function externalSecretTroubles(config: KubeConfig, namespace: string): Promise<string[]> {
  const { items } = await config.makeApiClient(CoreV1Api).listNamespacedEvent({ namespace });
  const events = items.filter(({ involvedObject }) => involvedObject.kind === "ExternalSecret");
  return (await externalSecretsIn(config, namespace)).flatMap((each) => {
    const why = notReady(each);
    const name = each.metadata?.name ?? "";
    const warnings = warningsOf(events, (about) => about === name);
    return why === undefined ? [] : [troubleText(`ExternalSecret ${name}`, why, warnings)];
  });
}
