import { savings } from "../commands/cost/choices";
import { costOfEnvironment } from "../commands/cost/cost";
import { loadEnvironment, type Environment } from "../environments";
import { standing } from "../environments/shipped/list";

/** The README's tables of what each environment costs as shipped, and of what would be cheaper. */

const SHOWN = ["dev", "staging", "prod"] as const;

export function costTable(): string {
  const all = SHOWN.map((name) => {
    const environment = loadEnvironment(name, { settings: standing[name] });
    return { environment, cost: costOfEnvironment(environment) };
  });
  const costs = all.map(({ environment, cost }) => {
    const { low, expected, full } = cost.total;
    return row([environment.name, ...[low, expected, full].map(whole), about(environment)]);
  });
  const cheaper = all.flatMap(({ environment, cost }) =>
    savings(environment, cost).map(({ setting, usd, means }) =>
      row([environment.name, setting, whole(usd), means]),
    ),
  );
  return [
    row(["Environment", "Low", "Expected", "Full", "What it is"]),
    row(["---", "--:", "--:", "--:", "---"]),
    ...costs,
    "",
    row(["In", "This", "saves", "and means"]),
    row(["---", "---", "--:", "---"]),
    ...cheaper,
  ].join("\n");
}

function about({ zones, network, nodes, redis }: Environment): string {
  const gateways = { none: 0, single: 1, "per-zone": zones.length }[network.nat];
  const group = ({ min, max, instanceTypes: [type] }: Environment["nodes"]["onDemand"]) =>
    `${min}–${max} \`${type}\``;
  return [
    `${zones.length} zones`,
    `${gateways} NAT gateway${gateways === 1 ? "" : "s"}`,
    `${group(nodes.onDemand)} nodes`,
    `${group(nodes.spot)} on spot`,
    redis.kind === "elasticache" ? `${redis.replicas + 1} \`${redis.nodeType}\`` : "Redis in the cluster",
  ].join(", ");
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function whole(usd: number): string {
  return `$${Math.round(usd).toLocaleString("en-US")}`;
}
