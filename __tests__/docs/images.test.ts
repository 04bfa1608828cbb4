import { readFileSync } from "node:fs";
import { join } from "node:path";

import { readValues } from "../../commands/secrets/text";
import { APP_SECRET_KEYS } from "../../environments/app-secret-keys";
import { refusedVariable } from "../../environments/variables";
import { custom, synth, type Body } from "../synth";

const ROOT = join(__dirname, "../..");
const page = readFileSync(join(ROOT, "docs/images.md"), "utf8");
const contract = page.slice(page.indexOf("| Part |"), page.indexOf("<!-- prettier-ignore-end -->"));
const rows = contract
  .split("\n")
  .slice(2)
  .filter((line) => line.startsWith("|"))
  .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "")));

it("has a row for each part of the contract, complete", () => {
  expect(rows.length).toBeGreaterThan(15);
  for (const row of rows) expect(row).toHaveLength(4);
});

it.each(rows.flatMap(([part = "", , , held = ""]) => held.split("; ").map((each) => [part, each])))(
  "%s is held by a test that exists",
  (_, held) => {
    const [, file = "", title = ""] = /^`([\w./-]+)`: (.+)$/.exec(held) ?? [];
    const [before = "", after] = readFileSync(join(ROOT, file), "utf8").split(title);
    expect(after).toBeDefined();
    // Not one that is skipped; above a row of a table there is none.
    const opened = before.match(/^ *\w*(it|test|describe)(\.\w+)*(?=[(<])/gm)?.at(-1);
    expect(opened ?? "it").toMatch(/^ *it(\.each)?$/);
  },
);

it("shows how to add a key, whose three lines are right", () => {
  const section = page.slice(page.indexOf("### Add a key"), page.indexOf("\n## wbot-ai"));
  const [, row = ""] = /```ts\n([^]*?)\n *```/.exec(section) ?? [];
  const [, name = "", about] = /name: "(\w+)",\n *about: "(.+)",/.exec(row) ?? [];
  expect(about).toMatch(/^\w+'s API key$/);
  const [, line = ""] = /```\n *(\w+=.+)\n *```/.exec(section) ?? [];
  const values = readValues(Buffer.from(line), "it");
  expect(Object.keys(values)).toEqual([name]);
  // As every placeholder of the example must be.
  const { shape } = APP_SECRET_KEYS.find((key) => key.name === "OPENAI_API_KEY") ?? {};
  expect(row).toContain("shape: KEY,");
  expect(shape?.pattern.test(values[name] ?? "")).toBe(false);
  const cells = /```md\n *\| (.+) \|\n/.exec(section)?.[1]?.split(" | ");
  expect(cells?.slice(0, 3)).toEqual([`\`${name}\``, "yes", "–"]);
  expect(refusedVariable("NOBODYS_PASS", "x", "python")).toContain("docs/images.md#add-a-key");
});

describe("the table of variables", () => {
  const { app } = synth("prod", {
    langsmith: { enabled: true },
    observability: { traces: { kind: "otlp", endpoint: "https://otlp.example.com" } },
  });
  /** The keys of the ConfigMap and the Secrets that a service's container reads. */
  const variablesOf = (service: string) => {
    const [container] = app.one("kubernetes_deployment_v1", service).body["spec"].template.spec
      .container as Body[];
    return (container?.["env_from"] as Body[]).flatMap(({ secret_ref: secret }) => {
      if (secret === undefined)
        return Object.keys(app.one("kubernetes_config_map_v1", service).body["data"] as object);
      const { target, data } = custom(app, "ExternalSecret", secret.name as string).body["manifest"]
        .spec as Body;
      return Object.keys(
        (target.template.data as object | undefined) ??
          Object.fromEntries((data as Body[]).map(({ secretKey }) => [secretKey, ""])),
      );
    });
  };
  const table = page.slice(page.indexOf("| Variable |")).split("\n\n")[0] ?? "";
  const [head = [], , ...documented] = table.split("\n").map((line) => line.slice(2, -2).split(" | "));

  it("says that wbot-web's requests to wbot-ai, which don't pass Traefik, are in no log", () => {
    const services = JSON.stringify(app.of("kubernetes_config_map_v1").map(({ body }) => body["data"]));
    expect(services).toContain("http://wbot-ai");
    expect(table).toMatch(/`UVICORN_ACCESS_LOG` .* wbot-web's own to wbot-ai are in no log/);
  });

  it.each(["wbot-ai", "wbot-web"])("has what the pods of %s get, and nothing else", (name) => {
    const column = head.indexOf(name);
    const listed = documented
      .filter((row) => row[column] !== "–")
      .flatMap(([names = ""]) => names.replaceAll("`", "").split(", "));
    expect(listed.sort()).toEqual(variablesOf(name).sort());
  });
});
