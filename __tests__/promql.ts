import { parser } from "@prometheus-io/lezer-promql";

/** What Grafana puts in place of its own variables. */
const VARIABLES: Readonly<Record<string, string>> = { $__rate_interval: "5m" };

/** An expression as Prometheus gets it. */
export function resolved(expr: string): string {
  return Object.entries(VARIABLES).reduce((text, [name, value]) => text.replaceAll(name, value), expr);
}

/** Names of the metrics that an expression reads; throws where it doesn't parse. */
export function metricsIn(expr: string): string[] {
  const names: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) throw new Error(`not PromQL at ${from}: ${expr}`);
      if (type.name === "Identifier" || type.name === "VectorSelector") {
        const [name] = /^[a-zA-Z_:][\w:]*/.exec(expr.slice(from, to)) ?? [];
        if (type.name === "VectorSelector" && name !== undefined) names.push(name);
      }
    },
  });
  return [...new Set(names)];
}
