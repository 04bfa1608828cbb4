import { milliCpu } from "../../environments/quantity";
import type { ServiceName } from "../../environments/services";
import { resourcesOf, type StackJson } from "../../stacks/stack-json";

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

interface Probe {
  readonly http_get: { readonly path: string };
  readonly failure_threshold: number;
  readonly period_seconds: number;
  readonly timeout_seconds: number;
}

interface Container {
  readonly command?: readonly string[];
  readonly env_from: readonly { readonly config_map_ref?: { readonly name: string } }[];
  readonly port: readonly [{ readonly container_port: number }];
  readonly startup_probe: Probe;
  readonly liveness_probe: Probe;
  readonly resources: { readonly limits: { readonly cpu: string; readonly memory: string } };
  readonly security_context: { readonly run_as_user: string; readonly run_as_group: string };
}

interface PodSpec {
  readonly container: readonly [Container];
  readonly security_context: {
    readonly sysctl: readonly { readonly name: string; readonly value: string }[];
  };
  readonly volume: readonly { readonly name: string; readonly empty_dir?: { readonly size_limit: string } }[];
}

interface Named {
  readonly metadata: { readonly name: string };
}

interface Deployment extends Named {
  readonly spec: { readonly template: { readonly spec: PodSpec } };
}

interface ConfigMap extends Named {
  readonly data: Readonly<Record<string, string>>;
}

/** The pod of a service that serves HTTP, from the synthesized stack `app`. @param cpus Those of Docker's engine */
export function podOf(app: StackJson, service: ServiceName, cpus: number): Pod {
  const deployment = named(app, "kubernetes_deployment_v1", service) as Deployment;
  const { container: containers, security_context: security, volume } = deployment.spec.template.spec;
  const [container] = containers;
  const { limits } = container.resources;
  const { run_as_user: user, run_as_group: group } = container.security_context;
  const tmp = volume.find(({ name }) => name === "tmp")?.empty_dir?.size_limit ?? "";
  const config = container.env_from.find(({ config_map_ref }) => config_map_ref)?.config_map_ref?.name ?? "";
  const { data } = named(app, "kubernetes_config_map_v1", config) as ConfigMap;
  const { startup_probe: startup, liveness_probe: liveness } = container;
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
      `--memory=${bytes(limits.memory)}`,
      `--memory-swap=${bytes(limits.memory)}`,
      ...security.sysctl.map(({ name, value }) => `--sysctl=${name}=${value}`),
      // Docker refuses more than there are.
      `--cpus=${Math.min(milliCpu(limits.cpu) / 1000, cpus)}`,
    ],
    command: container.command ?? [],
    variables: Object.fromEntries(Object.entries(data).map(([name, value]) => [name, literal(value)])),
    port: container.port[0].container_port,
    startup: {
      path: startup.http_get.path,
      seconds: startup.failure_threshold * startup.period_seconds,
      timeout: startup.timeout_seconds,
    },
    healthPath: liveness.http_get.path,
  };
}

function named(json: StackJson, type: string, name: string): Named {
  const found = resourcesOf(json)
    .filter((each) => each.type === type)
    .map(({ body }) => body as unknown as Named)
    .find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`The stack has no ${type} "${name}"`);
  return found;
}

/** "256Mi" as Docker writes it. */
function bytes(quantity: string): string {
  return quantity.replace("Mi", "m").replace("Gi", "g");
}

/** Of a string in Terraform's JSON. */
function literal(text: string): string {
  return text.replaceAll("$${", "${").replaceAll("%%{", "%{");
}
