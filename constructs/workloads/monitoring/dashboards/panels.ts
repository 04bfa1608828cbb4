import type { DashboardBuilder as Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import {
  DashboardBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as Graph } from "@grafana/grafana-foundation-sdk/timeseries";

/** Set in every panel: the SDK sets none, and Grafana would use its default data source. */
const PROMETHEUS = { type: "prometheus", uid: "prometheus" };

/** Grafana's names for units. */
export type Unit = "short" | "percentunit" | "s" | "reqps" | "bytes";

export interface Query {
  readonly expr: string;
  /** Name of its series, such as "{{pod}}". @default - all labels */
  readonly legend?: string;
}

interface Shown {
  readonly title: string;
  /** What a person on call should make of it. */
  readonly about: string;
  readonly unit: Unit;
}

interface Figure extends Shown {
  readonly expr: string;
  /** Red from this value on; with `low`, below it. */
  readonly bad: number;
  readonly low?: boolean;
}

/** A single number, green or red. */
export function stat({ title, about, unit, expr, bad, low = false }: Figure): Stat {
  return new Stat()
    .title(title)
    .description(about)
    .unit(unit)
    .datasource(PROMETHEUS)
    .thresholds(
      new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
        { color: low ? "red" : "green", value: null },
        { color: low ? "green" : "red", value: bad },
      ]),
    )
    .span(6)
    .height(4)
    .withTarget(target({ expr }));
}

/** Lines over time, half the dashboard's width. */
export function graph({
  title,
  about,
  unit,
  queries,
}: Shown & { readonly queries: readonly Query[] }): Graph {
  const panel = new Graph()
    .title(title)
    .description(about)
    .unit(unit)
    .datasource(PROMETHEUS)
    .min(0)
    .span(12)
    .height(8);
  for (const query of queries) panel.withTarget(target(query));
  return panel;
}

function target({ expr, legend }: Query): DataqueryBuilder {
  const query = new DataqueryBuilder().expr(expr).datasource(PROMETHEUS);
  return legend === undefined ? query : query.legendFormat(legend);
}

/* eslint-disable @typescript-eslint/no-deprecated -- Grafana accepts the second version by API, not from files. */
export function dashboard(uid: string, title: string, panels: readonly (Stat | Graph)[]): Dashboard {
  const built = new DashboardBuilder(title)
    .uid(uid)
    .tags(["wbot"])
    .readonly()
    .timezone("utc")
    .refresh("30s")
    .time({ from: "now-6h", to: "now" });
  for (const panel of panels) built.withPanel(panel);
  return built;
}
