import { streamTimes, type StreamTimes } from "../environments/stream-times";
import { loadEnvironment, environments } from "../environments";
import { SERVICE_KEYS, SERVICES, type ServiceKey } from "../environments/services";

/** What follows from how long streams last and drain, as a Markdown table: a column a pair of settings. */
export function streamTable(): string {
  const columns = [...shipped(), ["30m", "90s"], ["60m", "14m"]].map(([maxDuration = "", drain = ""]) => ({
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

/** The pairs that the shipped environments have, each once. */
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
  ["Load balancer forgets a connection on which nothing moves", (t) => t.loadBalancer.tcpIdle],
  [
    "Load balancer keeps the connections of a node that goes (deregistration)",
    (t) => t.loadBalancer.deregistrationDelay,
  ],
  ["Load balancer keeps those of a node that fails its checks", (t) => t.loadBalancer.unhealthyDraining],
  ["Traefik closes an idle connection between requests", (t) => t.traefik.keepAlive],
  ["Traefik, told to go, still accepts connections", (t) => t.traefik.acceptGrace],
  ["… then finishes its streams", (t) => t.traefik.drain],
  ["… and is killed after, in all", (t) => t.traefik.termination],
  ...SERVICE_KEYS.flatMap(podRows),
  ["cluster-autoscaler waits for the pods of a node that it takes away", (t) => t.autoscalerPatience],
];

function podRows(key: ServiceKey): Row[] {
  const { name, http, drains } = SERVICES[key];
  if (http === undefined || !drains)
    return [[`${name}'s pod is killed after, in all`, (t) => t.pods[key].termination]];
  return [
    [`${name}'s pod, about to go, still gets requests (\`preStop\`)`, (t) => t.pods[key].preStop],
    ["… then finishes its streams", (t) => t.pods[key].drain],
    ["… and is killed after, in all", (t) => t.pods[key].termination],
  ];
}
