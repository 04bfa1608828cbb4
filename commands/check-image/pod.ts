import type { V1ConfigMap, V1Deployment } from "@kubernetes/client-node";
import type { ServiceName } from "../../environments/services";
import type { StackJson } from "../../stacks/stack-json";
import { unescaped } from "../terraform/references";
import { objectsIn, type KubernetesObject } from "../terraform/typed-object";

/** What a local container takes over from a service's pod, as synthesized. */
export interface Pod {
  /** Options of `docker run`, without environment variables. */
  readonly options: readonly string[];
  /** Replaces the image's own command; empty if there is none in the settings. */
  readonly command: readonly string[];
  /** Its ConfigMap. */
  readonly variables: Readonly<Record<string, string>>;
  readonly port: number;
  /** How long until it must have answered `startup.path`, and how long one answer may take (seconds). */
  readonly startup: { readonly path: string; readonly seconds: number; readonly timeout: number };
  readonly healthPath: string;
}

interface Named {
  readonly metadata: { readonly name: string };
}

/** Everything that this project sets, where Kubernetes' own types leave it open. */
type Written<T> = T extends readonly (infer Item)[]
  ? readonly [Written<Item>, ...Written<Item>[]]
  : T extends object
    ? { readonly [Field in keyof T]-?: Written<T[Field]> }
    : T;

/** The pod of a service that serves HTTP, from the synthesized stack `app`. */
export function podOf(app: StackJson, service: ServiceName): Pod {
  const deployment = named<V1Deployment>(app, "Deployment", service);
  const { containers, securityContext: security, volumes } = deployment.spec.template.spec;
  const { envFrom, ports, resources, ...container } = containers[0];
  const { memory = "" } = resources.limits;
  const { runAsUser: user, runAsGroup: group } = container.securityContext;
  const tmp = volumes.find(({ name }) => name === "tmp")?.emptyDir.sizeLimit ?? "";
  const config = envFrom.find((each) => "configMapRef" in each)?.configMapRef.name ?? "";
  const { data } = named<V1ConfigMap>(app, "ConfigMap", config);
  const { startupProbe: startup, livenessProbe: liveness } = container;
  return {
    options: [
      // As the pause container: process 1 hears SIGTERM and passes it on.
      "--init",
      `--user=${user}:${group}`,
      "--read-only",
      "--cap-drop=ALL",
      "--security-opt=no-new-privileges",
      // Docker mounts it noexec by default.
      `--tmpfs=/tmp:exec,mode=1777,size=${bytes(tmp)}`,
      `--memory=${bytes(memory)}`,
      `--memory-swap=${bytes(memory)}`,
      ...security.sysctls.map(({ name, value }) => `--sysctl=${name}=${value}`),
    ],
    command: "command" in container ? container.command.map(unescaped) : [],
    variables: Object.fromEntries(Object.entries(data).map(([name, value]) => [name, unescaped(value)])),
    port: ports[0].containerPort,
    startup: {
      path: startup.httpGet.path,
      seconds: startup.failureThreshold * startup.periodSeconds,
      timeout: startup.timeoutSeconds,
    },
    healthPath: liveness.httpGet.path,
  };
}

function named<T>(json: StackJson, kind: string, name: string): Written<T> {
  const found = objectsIn(json)
    .map(({ object }) => object as KubernetesObject & Named)
    .find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`The stack has no ${kind} "${name}"`);
  return found as Written<T>;
}

/** "256Mi" as Docker writes it. */
function bytes(quantity: string): string {
  return quantity.replace("Mi", "m").replace("Gi", "g");
}
