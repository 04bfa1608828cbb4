import { valueAt } from "../../../environments/origins";
import { shownPath, type Problem } from "./problem";
import type { KubernetesObject } from "../../terraform/typed-object";

/**
 * The "restricted" profile of Kubernetes' Pod Security Standards as of 1.34, baseline included, without Windows pods, user
 * namespaces and the annotations that came before AppArmor's fields, none of which are used here.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */

/** Path of the pod template, by kind. */
const PODS: Readonly<Record<string, readonly string[]>> = {
  CronJob: ["spec", "jobTemplate", "spec", "template"],
  DaemonSet: ["spec", "template"],
  Deployment: ["spec", "template"],
  Job: ["spec", "template"],
  Pod: [],
  ReplicaSet: ["spec", "template"],
  StatefulSet: ["spec", "template"],
};

type Keys = readonly (string | number)[];

/** One value that a control checks. */
interface Found {
  readonly keys: Keys;
  readonly value: unknown;
}

interface Control {
  /** Its name in the standard. */
  readonly name: string;
  /** Fields of the pod's `spec`, or of each container; "*" is every item of a list, "{}" every key but `name`. */
  readonly pod?: readonly string[];
  readonly containers?: readonly string[];
  /** Whether containers must have the field. @default - only if `inherited` and the pod has no allowed value */
  readonly required?: boolean;
  /** Whether a container without the field has the pod's. @default false */
  readonly inherited?: boolean;
  readonly allowed: readonly unknown[];
  /** Allows everything but these. @default - `allowed` */
  readonly forbidden?: readonly unknown[];
}

/** A control on a field of the security context, which pods have as well as containers. */
function ofBoth(name: string, fields: readonly string[], allowed: readonly unknown[]): Control {
  const paths = fields.map((field) => `securityContext.${field}`);
  return { name, pod: paths, containers: paths, allowed };
}

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
const HANDLERS = "livenessProbe readinessProbe startupProbe lifecycle.postStart lifecycle.preStop"
  .split(" ")
  .flatMap((handler) => [`${handler}.httpGet.host`, `${handler}.tcpSocket.host`]);

const CONTROLS: readonly Control[] = [
  { name: "Host Namespaces", pod: ["hostNetwork", "hostPID", "hostIPC"], allowed: [false] },
  { name: "Privileged Containers", containers: ["securityContext.privileged"], allowed: [false] },
  // The standard allows further names beside ALL, which would add nothing.
  {
    name: "Capabilities",
    containers: ["securityContext.capabilities.drop.*"],
    required: true,
    allowed: ["ALL"],
  },
  { name: "Capabilities", containers: ["securityContext.capabilities.add.*"], allowed: ["NET_BIND_SERVICE"] },
  { name: "Volume Types", pod: ["volumes.*.{}"], allowed: VOLUMES },
  { name: "Host Ports", containers: ["ports.*.hostPort"], allowed: [0] },
  { name: "Host Probes and Lifecycle Hooks", containers: HANDLERS, allowed: [""] },
  ofBoth("AppArmor", ["appArmorProfile.type"], PROFILES),
  ofBoth("SELinux", ["seLinuxOptions.type"], SELINUX),
  ofBoth("SELinux", ["seLinuxOptions.user", "seLinuxOptions.role"], [""]),
  { name: "/proc Mount Type", containers: ["securityContext.procMount"], allowed: ["Default"] },
  { name: "Sysctls", pod: ["securityContext.sysctls.*.name"], allowed: SYSCTLS },
  {
    name: "Privilege Escalation",
    containers: ["securityContext.allowPrivilegeEscalation"],
    required: true,
    allowed: [false],
  },
  { ...ofBoth("Running as Non-root", ["runAsNonRoot"], [true]), inherited: true },
  { ...ofBoth("Running as Non-root User", ["runAsUser"], []), forbidden: [0] },
  { ...ofBoth("Seccomp", ["seccompProfile.type"], PROFILES), inherited: true },
];

/** Whether an object describes pods. */
export function hasPods({ kind }: KubernetesObject): boolean {
  return PODS[kind] !== undefined;
}

/** What restricted pod security would reject in an object's pods. */
export function podSecurityProblems(object: KubernetesObject): Problem[] {
  const keys = PODS[object.kind];
  if (keys === undefined) return [];
  const spec: Found = { keys: [...keys, "spec"], value: valueAt(object, [...keys, "spec"]) };
  const containers = ["containers", "initContainers", "ephemeralContainers"].flatMap((list) =>
    fieldsOf(spec, `${list}.*`),
  );
  return CONTROLS.flatMap((control) => broken(control, spec, containers));
}

function broken(control: Control, spec: Found, containers: readonly Found[]): Problem[] {
  const { name, pod = [], containers: own = [], required = false, inherited = false } = control;
  const { allowed, forbidden } = control;
  const holds = ({ value }: Found) => (forbidden ? !forbidden.includes(value) : allowed.includes(value));
  const ofPod = pod.flatMap((field) => fieldsOf(spec, field));
  const mayBeMissing = inherited ? ofPod.some(holds) : !required;
  const ofContainers = containers.flatMap((container) =>
    own.flatMap((field) => {
      const found = fieldsOf(container, field);
      if (found.length > 0 || mayBeMissing) return found;
      const keys = field.split(".").filter((key) => key !== "*");
      return [{ keys: [...container.keys, ...keys], value: undefined }];
    }),
  );
  const values = (forbidden ?? allowed).map((value) => JSON.stringify(value)).join(", ");
  const or = inherited ? ", here or in the pod" : required || forbidden ? "" : " or left out";
  const must = `must ${forbidden ? "not " : ""}be ${allowed.length > 1 ? "one of " : ""}${values}${or}`;
  return [...ofPod, ...ofContainers]
    .filter((found) => !holds(found))
    .map(({ keys, value }) => ({
      path: shownPath(keys),
      problem: `is ${value === undefined ? "missing" : JSON.stringify(value)}: it ${must} (${name})`,
    }));
}

/** The values of a field that are set; "*" may match several. */
function fieldsOf({ keys, value }: Found, field: string): Found[] {
  return field.split(".").reduce<Found[]>(
    (all, key) =>
      all.flatMap((found) => {
        const items = Array.isArray(found.value) ? (found.value as unknown[]) : [];
        if (key === "*") return items.map((item, index) => ({ keys: [...found.keys, index], value: item }));
        if (key === "{}")
          return Object.keys(found.value as object)
            .filter((name) => name !== "name")
            .map((name) => ({ keys: [...found.keys, name], value: name }));
        const below = valueAt(found.value, [key]);
        return below === undefined || below === null ? [] : [{ keys: [...found.keys, key], value: below }];
      }),
    [{ keys, value }],
  );
}
