import { custom, metadata, synth, type Body, type Written } from "../../../synth";

/** Staging with everything that can be measured. */
export const MEASURED = synth("staging", {
  observability: { metrics: { kind: "in-cluster", scrape: ["ai"] } },
});

/** The same, with the metrics kept elsewhere. */
export const REMOTE = synth("staging", {
  observability: {
    metrics: { kind: "remote-write", url: "https://metrics.example.com/api/v1/write", scrape: ["ai"] },
  },
});

export function rulesOf({ app }: Written): Body[] {
  return custom(app, "PrometheusRule", "wbot").body["manifest"].spec.groups.flatMap(
    ({ rules }: Body) => rules as Body[],
  ) as Body[];
}

/** Dashboards by the names of their ConfigMaps, with Terraform's escapes undone. */
export function dashboardsOf({ app }: Written): Record<string, Body> {
  const maps = app
    .of("kubernetes_config_map_v1")
    .filter((each) => metadata(each)["labels"]?.grafana_dashboard === "1");
  return Object.fromEntries(
    maps.map((each) => {
      const name = metadata(each)["name"] as string;
      const text = each.body["data"][`${name}.json`] as string;
      return [name, JSON.parse(text.replaceAll("$${", "${").replaceAll("%%{", "%{")) as Body];
    }),
  );
}

export interface Used {
  /** "alert WbotTargetDown" or "wbot-overview: Pods". */
  readonly where: string;
  readonly expr: string;
}

export function expressionsOf(written: Written): Used[] {
  const panels = Object.entries(dashboardsOf(written)).flatMap(([name, { panels: all }]) =>
    (all as Body[]).flatMap(({ title, targets }) =>
      (targets as Body[]).map(({ expr }) => ({ where: `${name}: ${title as string}`, expr: expr as string })),
    ),
  );
  const alerts = rulesOf(written).map(({ alert, expr }) => ({
    where: `alert ${alert as string}`,
    expr: expr as string,
  }));
  return [...alerts, ...panels];
}
