import { readFileSync } from "node:fs";
import { join } from "node:path";
import { scrapesOf } from "../../constructs/scrapes";
import { loadEnvironment } from "../../environments";
import { refusedVariable } from "../../environments/variables";
import { synth } from "../synth";

const page = readFileSync(join(__dirname, "../../docs/observability.md"), "utf8");

it("imports Loki's bucket again by its address", () => {
  const { infra } = synth("prod", { observability: { logs: { kind: "loki" } } });
  expect([...page.matchAll(/\baws_s3_bucket\.\S+/g)].map(([address]) => address)).toEqual([
    infra.one("aws_s3_bucket").address,
  ]);
});

it("says which controllers' metrics are kept: those that are scraped", () => {
  const [, section = ""] = /\n### What is kept\n(.*?)\n### /s.exec(page) ?? [];
  const named = section.toLowerCase().replaceAll(/[ \n]/g, "-");
  const logs = { kind: "loki" } as const;
  const jobs = scrapesOf(loadEnvironment("prod", { overrides: { observability: { logs } } })).map(
    ({ job }) => job,
  );
  expect(jobs).toEqual(expect.arrayContaining(["traefik", "loki", "alloy"]));
  expect(jobs.filter((job) => !job.startsWith("wbot-") && !named.includes(job))).toEqual([]);
  expect(section).toContain("The other controllers aren't scraped.");
});

it("says which of OpenTelemetry's variables a service can't override", () => {
  const [, table = ""] =
    /\| Variable +\| Value.*?\n(.*?)\n\n/s.exec(page.slice(page.indexOf("\n## Traces\n"))) ?? [];
  const names = [...table.matchAll(/`(OTEL_[A-Z_]+)`/g)].map(([, name = ""]) => name);
  expect(names.length).toBeGreaterThan(5);
  const refused = names.filter((name) => refusedVariable(name, "x", "python") !== undefined);
  expect(refused).toEqual(["OTEL_EXPORTER_OTLP_HEADERS"]);
  expect(page).toContain("`ai.variables` overrides any of them but the headers;");
});
