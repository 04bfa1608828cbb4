import { valueAt } from "../../../environments/json-text";
import { shownPath, type Problem } from "./problem";
import type { KubernetesObject } from "../../terraform/typed-object";

/**
 * The "restricted" profile of Kubernetes' Pod Security Standards as of 1.34, baseline included, without Windows pods, user
 * namespaces and the annotations that came before AppArmor's fields, none of which are used here.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */

/** Path of the pod's spec, by kind. */
const PODS: Readonly<Record<string, string>> = {
  CronJob: "spec.jobTemplate.spec.template.spec",
  DaemonSet: "spec.template.spec",
  Deployment: "spec.template.spec",
  Job: "spec.template.spec",
  Pod: "spec",
  ReplicaSet: "spec.template.spec",
  StatefulSet: "spec.template.spec",
};
const CONTAINER = /^(?:containers|initContainers|ephemeralContainers)\.\d+\./;

const PROFILES = ["RuntimeDefault", "Localhost"];
const VOLUMES =
  "configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret".split(" ");
const SYSCTLS = [
  "kernel.shm_rmid_forced",
  ..."ip_local_port_range ip_local_reserved_ports ip_unprivileged_port_start ping_group_range tcp_fin_timeout tcp_keepalive_intvl tcp_keepalive_probes tcp_keepalive_time tcp_rmem tcp_syncookies tcp_wmem"
    .split(" ")
    .map((name) => `net.ipv4.${name}`),
];
const SELINUX = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

const NOT_ROOT = "any user but 0";

/**
 * By the standard's names: what fields of the pod's spec or of a container may be if they are set. A group in a field's path
 * is what is looked at in place of its value.
 */
const CONTROLS: readonly (readonly [
  name: string,
  field: RegExp,
  allowed: readonly unknown[] | typeof NOT_ROOT,
])[] = [
  ["Host Namespaces", /^host(?:Network|PID|IPC)$/, [false]],
  ["Privileged Containers", /^securityContext\.privileged$/, [false]],
  // The standard allows further names besides ALL, which would add nothing.
  ["Capabilities", /^securityContext\.capabilities\.drop\./, ["ALL"]],
  ["Capabilities", /^securityContext\.capabilities\.add\./, ["NET_BIND_SERVICE"]],
  ["Volume Types", /^volumes\.\d+\.(?!name$)(\w+)/, VOLUMES],
  ["Host Ports", /^ports\.\d+\.hostPort$/, [0]],
  ["Host Probes and Lifecycle Hooks", /^(?:\w+Probe|lifecycle\.\w+)\.(?:httpGet|tcpSocket)\.host$/, [""]],
  ["AppArmor", /^securityContext\.appArmorProfile\.type$/, PROFILES],
  ["SELinux", /^securityContext\.seLinuxOptions\.type$/, SELINUX],
  ["SELinux", /^securityContext\.seLinuxOptions\.(?:user|role)$/, [""]],
  ["/proc Mount Type", /^securityContext\.procMount$/, ["Default"]],
  ["Sysctls", /^securityContext\.sysctls\.\d+\.name$/, SYSCTLS],
  ["Privilege Escalation", /^securityContext\.allowPrivilegeEscalation$/, [false]],
  ["Running as Non-root", /^securityContext\.runAsNonRoot$/, [true]],
  ["Running as Non-root User", /^securityContext\.runAsUser$/, NOT_ROOT],
  ["Seccomp", /^securityContext\.seccompProfile\.type$/, PROFILES],
];

/** Fields that every container must set, and those that it may have from the pod. */
const REQUIRED = ["securityContext.capabilities.drop.0", "securityContext.allowPrivilegeEscalation"];
const INHERITED = ["securityContext.runAsNonRoot", "securityContext.seccompProfile.type"];

/** What restricted pod security would reject in an object's pods; undefined if it describes none. */
export function podSecurityProblems(object: KubernetesObject): Problem[] | undefined {
  const spec = PODS[object.kind]?.split(".");
  if (spec === undefined) return undefined;
  const fields = new Map(fieldsOf(valueAt(object, spec)));
  const required = [...REQUIRED, ...INHERITED.filter((field) => !fields.has(field))];
  for (const container of new Set([...fields.keys()].flatMap((path) => CONTAINER.exec(path) ?? [])))
    for (const path of required.map((field) => `${container}${field}`))
      if (!fields.has(path)) fields.set(path, undefined);
  return [...fields].flatMap(([path, value]) =>
    CONTROLS.flatMap(([name, field, allowed]) => {
      const match = field.exec(path.replace(CONTAINER, ""));
      const found = match?.[1] ?? value;
      const holds = allowed === NOT_ROOT ? found !== 0 : allowed.includes(found);
      if (match === null || holds) return [];
      const must = allowed === NOT_ROOT ? [allowed] : allowed.map((each) => JSON.stringify(each));
      return {
        path: shownPath([...spec, ...path.split(".")]),
        problem: `is ${found === undefined ? "missing" : JSON.stringify(found)}: it must be ${must.length > 1 ? "one of " : ""}${must.join(", ")} (${name})`,
      };
    }),
  );
}

/** Everything that is set in a value, by path. */
function* fieldsOf(value: unknown, path: readonly string[] = []): Generator<[path: string, value: unknown]> {
  if (typeof value !== "object") yield [path.join("."), value];
  else for (const [key, each] of Object.entries(value ?? {})) yield* fieldsOf(each, [...path, key]);
}
