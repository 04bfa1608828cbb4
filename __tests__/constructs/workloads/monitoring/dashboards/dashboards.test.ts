import { alertsOf } from "../../../../../constructs/workloads/monitoring/rules";
import { loadEnvironment } from "../../../../../environments";
import { synth, type Body } from "../../../../synth";
import { dashboardsOf, MEASURED } from "../expressions";

const dashboards = dashboardsOf(MEASURED);
const panels = (name: string) => dashboards[name]?.["panels"] as Body[];
const titles = (name: string) => panels(name).map(({ title }) => title as string);

it("are one of what users feel and one of the platform", () => {
  expect(Object.keys(dashboards)).toEqual(["wbot-overview", "wbot-platform"]);
});

it.each(Object.keys(dashboards))("name the data source in every panel and query of %s", (name) => {
  const prometheus = { type: "prometheus", uid: "prometheus" };
  for (const { title, datasource, targets } of panels(name)) {
    expect([title, datasource]).toEqual([title, prometheus]);
    for (const each of targets as Body[]) expect([title, each["datasource"]]).toEqual([title, prometheus]);
  }
});

it("begin with numbers, and fit a screen as long as nobody scrolls: four numbers, then graphs", () => {
  for (const name of Object.keys(dashboards)) {
    expect(
      panels(name)
        .map(({ type }) => type as string)
        .slice(0, 5),
    ).toEqual(["stat", "stat", "stat", "stat", "timeseries"]);
    for (const { gridPos } of panels(name)) {
      const { x, w } = gridPos as { x: number; w: number };
      expect(x + w).toBeLessThanOrEqual(24);
    }
  }
});

it("say in each panel what to make of it, and can't be changed where they'd be lost", () => {
  for (const [name, { editable }] of Object.entries(dashboards)) {
    expect(editable).toBe(false);
    for (const { title, description } of panels(name))
      expect([title, description]).not.toEqual([title, undefined]);
  }
});

it("turn red for a certificate when its alert goes off", () => {
  const panel = panels("wbot-overview").find(({ title }) => title === "Certificate ends in");
  const { value } = panel?.["fieldConfig"].defaults.thresholds.steps[1] as { value: number };
  const alert = alertsOf(loadEnvironment("prod")).find((each) => each.alert === "WbotCertificateExpires");
  expect(alert?.expr).toContain(` < ${value} `);
});

it("show what only the app knows where it is scraped", () => {
  expect(titles("wbot-overview")).toContain("How streams end");
  const unscraped = dashboardsOf(synth("staging"));
  expect(
    (unscraped["wbot-overview"]?.["panels"] as Body[]).map(({ title }) => title as string),
  ).not.toContain("How streams end");
});

it("are made only where there is a Grafana", () => {
  const url = "https://metrics.example.com/api/v1/write";
  expect(
    dashboardsOf(synth("staging", { observability: { metrics: { kind: "remote-write", url } } })),
  ).toEqual({});
  expect(dashboardsOf(synth("dev"))).toEqual({});
});
