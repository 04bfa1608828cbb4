import { shownPath, valueAt, type Problem } from "./problem";
import type { KubernetesObject } from "./typed-object";

/**
 * The "restricted" profile of Kubernetes' Pod Security Standards as of 1.34, baseline included, without the exceptions for
 * Windows pods and user namespaces, which are not used here.
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
  /** Fields of the pod's `spec`, and of each of its containers; "*" is every item of a list. */
  readonly pod?: readonly string[];
  readonly containers?: readonly string[];
  /** Whether a container without the field inherits the pod's, and one of them must be set. @default false */
  readonly inherited?: boolean;
  /** Whether containers must have the field. @default false */
  readonly required?: boolean;
  readonly holds: (value: unknown) => boolean;
  /** The requirement, as the end of a sentence: "must be true". */
  readonly must: string;
}

const isNot =
  (...forbidden: readonly unknown[]) =>
  (value: unknown) =>
    !forbidden.includes(value);
const isOneOf =
  (...allowed: readonly unknown[]) =>
  (value: unknown) =>
    allowed.includes(value);

const SECURITY = "securityContext";
const PROFILES = ["RuntimeDefault", "Localhost"];
const VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
];
const SYSCTLS = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
];
const HANDLERS = [
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle.postStart",
  "lifecycle.preStop",
].flatMap((handler) => [`${handler}.httpGet.host`, `${handler}.tcpSocket.host`]);
const SELINUX = `${SECURITY}.seLinuxOptions`;

const CONTROLS: readonly Control[] = [
  {
    name: "Host Namespaces",
    pod: ["hostNetwork", "hostPID", "hostIPC"],
    holds: isNot(true),
    must: "must not be true",
  },
  {
    name: "HostProcess",
    pod: [`${SECURITY}.windowsOptions.hostProcess`],
    containers: [`${SECURITY}.windowsOptions.hostProcess`],
    holds: isNot(true),
    must: "must not be true",
  },
  {
    name: "Privileged Containers",
    containers: [`${SECURITY}.privileged`],
    holds: isNot(true),
    must: "must not be true",
  },
  {
    name: "Capabilities",
    containers: [`${SECURITY}.capabilities.drop`],
    required: true,
    holds: (value) => Array.isArray(value) && value.includes("ALL"),
    must: 'must include "ALL"',
  },
  {
    name: "Capabilities",
    containers: [`${SECURITY}.capabilities.add.*`],
    holds: isOneOf("NET_BIND_SERVICE"),
    must: 'must be "NET_BIND_SERVICE" or left out',
  },
  {
    name: "Volume Types",
    pod: ["volumes.*"],
    holds: (value) => Object.keys(value as object).some((key) => VOLUMES.includes(key)),
    must: `must have one of ${VOLUMES.join(", ")}`,
  },
  { name: "Host Ports", containers: ["ports.*.hostPort"], holds: isOneOf(0), must: "must be left out" },
  {
    name: "Host Probes and Lifecycle Hooks",
    containers: HANDLERS,
    holds: isOneOf(""),
    must: "must be left out",
  },
  {
    name: "AppArmor",
    pod: [`${SECURITY}.appArmorProfile.type`],
    containers: [`${SECURITY}.appArmorProfile.type`],
    holds: isOneOf(...PROFILES),
    must: `must be ${PROFILES.join(" or ")}, or left out`,
  },
  {
    name: "SELinux",
    pod: [`${SELINUX}.type`],
    containers: [`${SELINUX}.type`],
    holds: isOneOf("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"),
    must: "must be a container type, such as container_t, or left out",
  },
  {
    name: "SELinux",
    pod: [`${SELINUX}.user`, `${SELINUX}.role`],
    containers: [`${SELINUX}.user`, `${SELINUX}.role`],
    holds: isOneOf(""),
    must: "must be left out",
  },
  {
    name: "/proc Mount Type",
    containers: [`${SECURITY}.procMount`],
    holds: isOneOf("Default"),
    must: "must be Default or left out",
  },
  {
    name: "Sysctls",
    pod: [`${SECURITY}.sysctls.*.name`],
    holds: isOneOf(...SYSCTLS),
    must: `must be one of ${SYSCTLS.join(", ")}`,
  },
  {
    name: "Privilege Escalation",
    containers: [`${SECURITY}.allowPrivilegeEscalation`],
    required: true,
    holds: isOneOf(false),
    must: "must be false",
  },
  {
    name: "Running as Non-root",
    pod: [`${SECURITY}.runAsNonRoot`],
    containers: [`${SECURITY}.runAsNonRoot`],
    inherited: true,
    holds: isOneOf(true),
    must: "must be true, here or in the pod",
  },
  {
    name: "Running as Non-root User",
    pod: [`${SECURITY}.runAsUser`],
    containers: [`${SECURITY}.runAsUser`],
    holds: isNot(0),
    must: "must not be 0",
  },
  {
    name: "Seccomp",
    pod: [`${SECURITY}.seccompProfile.type`],
    containers: [`${SECURITY}.seccompProfile.type`],
    inherited: true,
    holds: isOneOf(...PROFILES),
    must: `must be ${PROFILES.join(" or ")}, here or in the pod`,
  },
];

/** Annotations that set AppArmor profiles before Kubernetes had a field for it. */
const APP_ARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/";

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
  return [
    ...CONTROLS.flatMap((control) => broken(control, spec, containers)),
    ...annotations(object, [...keys, "metadata", "annotations"]),
  ];
}

function broken(control: Control, spec: Found, containers: readonly Found[]): Problem[] {
  const { pod = [], containers: own = [], inherited = false, required = false, holds } = control;
  const ofPod = pod.flatMap((field) => fieldsOf(spec, field));
  const podHas = inherited && ofPod.some(({ value }) => holds(value));
  const ofContainers = containers.flatMap((container) =>
    own.flatMap((field) => {
      const found = fieldsOf(container, field);
      const missing = found.length === 0 && (required || (inherited && !podHas));
      return missing ? [{ keys: [...container.keys, ...field.split(".")], value: undefined }] : found;
    }),
  );
  return [...ofPod, ...ofContainers]
    .filter(({ value }) => !holds(value))
    .map((found) => problemOf(control, found));
}

function annotations(object: KubernetesObject, keys: readonly string[]): Problem[] {
  return Object.entries((valueAt(object, keys) ?? {}) as Readonly<Record<string, unknown>>)
    .filter(([name]) => name.startsWith(APP_ARMOR_ANNOTATION))
    .filter(([, value]) => value !== "runtime/default" && !String(value).startsWith("localhost/"))
    .map(([name, value]) =>
      problemOf(
        { name: "AppArmor", must: "must be runtime/default or localhost/…" },
        { keys: [...keys, name], value },
      ),
    );
}

function problemOf({ name, must }: Pick<Control, "name" | "must">, { keys, value }: Found): Problem {
  const is = value === undefined ? "is missing" : `is ${JSON.stringify(value)}`;
  return { path: shownPath(keys), problem: `${is}: it ${must} (${name})` };
}

/** The values of a field that are set; "*" may match several. */
function fieldsOf({ keys, value }: Found, field: string): Found[] {
  return field.split(".").reduce<Found[]>(
    (all, key) =>
      all.flatMap((found) => {
        const items = Array.isArray(found.value) ? (found.value as unknown[]) : [];
        if (key === "*") return items.map((item, index) => ({ keys: [...found.keys, index], value: item }));
        const below = valueAt(found.value, [key]);
        return below === undefined || below === null ? [] : [{ keys: [...found.keys, key], value: below }];
      }),
    [{ keys, value }],
  );
}
