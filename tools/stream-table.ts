import { streamTimes, type StreamTimes } from "../environments/stream-times";
import { loadEnvironment, environments } from "../environments";
import { SERVICE_KEYS, SERVICES, type ServiceKey } from "../environments/services";

/** The times that follow from the stream settings, as a Markdown table with a column per pair of settings. */
export function streamTable(): string {
  const columns = [...shipped(), ["30m", "90s"], ["60m", "9m"]].map(([maxDuration = "", drain = ""]) => ({
    head: `\`${maxDuration}\`, \`${drain}\``,
    times: streamTimes({ streaming: { maxDuration, drain, heartbeat: "15s" } }),
  }));
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    row(["Seconds, for `streaming.maxDuration`, `streaming.drain` of", ...columns.map(({ head }) => head)]),
    row(["---", ...columns.map(() => "--:")]),
    ...ROWS.map(([about, value]) => row([about, ...columns.map(({ times }) => String(value(times)))])),
  ].join("\n");
}

/** The distinct pairs of the shipped environments. */
function shipped(): [string, string][] {
  const pairs = Object.keys(environments).map((name) => loadEnvironment(name).streaming);
  return [
    ...new Map(
      pairs.map(({ maxDuration, drain }) => [maxDuration + drain, [maxDuration, drain] as [string, string]]),
    ).values(),
  ];
}

type Row = readonly [about: string, value: (times: StreamTimes) => number];

const ROWS: readonly Row[] = [
  ["Load balancer drops an idle connection", (t) => t.loadBalancer.tcpIdle],
  [
    "Load balancer keeps connections to a pod that is removed (deregistration)",
    (t) => t.loadBalancer.deregistrationDelay,
  ],
  [
    "Load balancer keeps connections to a pod that fails its health checks",
    (t) => t.loadBalancer.unhealthyDraining,
  ],
  ["Traefik closes an idle connection between requests", (t) => t.traefik.keepAlive],
  ["Traefik, once terminating, still accepts connections", (t) => t.traefik.acceptGrace],
  ["… then finishes its streams", (t) => t.traefik.drain],
  ["… and is killed after, in total", (t) => t.traefik.termination],
  ...SERVICE_KEYS.flatMap(podRows),
  ["cluster-autoscaler waits for the pods of a node that it removes", (t) => t.autoscalerPatience],
];

function podRows(key: ServiceKey): Row[] {
  const { name, http, drains } = SERVICES[key];
  if (http === undefined || !drains)
    return [[`${name}'s pod is killed after, in total`, (t) => t.pods[key].termination]];
  return [
    [`${name}'s pod, once terminating, still gets requests (\`preStop\`)`, (t) => t.pods[key].preStop],
    ["… then finishes its streams", (t) => t.pods[key].drain],
    ["… and is killed after, in total", (t) => t.pods[key].termination],
  ];
}
