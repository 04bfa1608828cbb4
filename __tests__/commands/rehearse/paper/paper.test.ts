import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { main } from "../../../../commands/wbot";
import { loadEnvironment } from "../../../../environments";
import { TERRAFORM_VERSION } from "../../../../environments/terraform-version";
import { CHARTS, controllersOf } from "../../../../stacks/controllers";
import { packed } from "../../charts/packed";

const PROJECT = join(__dirname, "..", "..", "..", "..");
// A busy machine takes ten times as long as an idle one.
jest.setTimeout(120_000);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wbot-paper-"));
});

/** Charts that accept any values, except Traefik's; Reloader's has no schema. */
async function charts(): Promise<string> {
  const schema = (fields: object) => JSON.stringify({ $schema: "http://json-schema.org/schema#", ...fields });
  for (const { name, version } of CHARTS) {
    const files: Record<string, string> = { "Chart.yaml": `name: ${name}\n` };
    if (name === "traefik") {
      files["values.yaml"] = "own: {set: true}\n";
      files["values.schema.json"] = schema({
        required: ["own", "another"],
        dependencies: { own: ["further"] },
        properties: {
          deployment: { additionalProperties: false, properties: { replicas: { type: "string" } } },
          // A value that only AWS knows, which is not an error where a number is expected.
          providers: {
            properties: {
              kubernetesIngress: {
                properties: { ingressEndpoint: { properties: { hostname: { type: "number" } } } },
              },
            },
          },
        },
      });
    } else if (name !== "reloader") files["values.schema.json"] = schema({ type: "object" });
    writeFileSync(join(folder, `${name}-${version}.tgz`), await packed(name, files));
  }
  return folder;
}

/** The command as a user runs it, with only Node on the PATH and charts in a folder. */
function rehearse(args: readonly string[], env: NodeJS.ProcessEnv) {
  return spawnSync(process.execPath, [join("bin", "wbot.js"), "rehearse", ...args], {
    cwd: PROJECT,
    encoding: "utf8",
    env: { ...process.env, AWS_ENDPOINT_URL: "", PATH: dirname(process.execPath), ...env },
    maxBuffer: 16 * 1024 * 1024,
  });
}

it("reports what it showed, what is wrong, what it could not show and what that would take", async () => {
  const { status, stdout, stderr } = rehearse(["--env", "rehearsal", "--json"], {
    CHART_MIRROR: await charts(),
  });
  const { environments, rows, violations } = JSON.parse(stdout);
  expect(rows.map((row: { check: string; status: string }) => `${row.check}: ${row.status}`)).toEqual([
    "stacks: pass",
    "order: pass",
    "capacity: pass",
    "schemas: pass",
    "pod-security: pass",
    "iam: pass",
    "chart-values: fail",
    "validate: skip",
    "deploy: skip",
  ]);
  const withSchema = controllersOf(loadEnvironment("rehearsal")).length - 1;
  expect(rows[6].why).toBe(
    `${withSchema} releases; no schema in the charts of reloader/release: 5 violations`,
  );
  expect(rows[7]).toMatchObject({
    why: '"terraform" can\'t be run: spawn terraform ENOENT',
    fix: expect.stringContaining(`install Terraform ${TERRAFORM_VERSION} or newer, with access`),
  });
  const traefik = { environment: "rehearsal", stack: "infra", construct: "traefik/release" };
  const unknown = { ...traefik, problem: "is not in the schema" };
  expect(violations).toHaveLength(5);
  expect(violations).toEqual(
    expect.arrayContaining([
      { ...traefik, path: "another", problem: "is missing" },
      { ...traefik, path: "further", problem: "is missing" },
      { ...unknown, path: "deployment.podAnnotations" },
      { ...unknown, path: "deployment.terminationGracePeriodSeconds" },
      { ...traefik, path: "deployment.replicas", problem: "is 1: it must be string" },
    ]),
  );
  expect(environments[0].stacks[0].critical).toContainEqual(
    expect.objectContaining({ path: "cluster/cluster" }),
  );
  expect(status).toBe(1);
  expect(stderr).toBe("The rehearsal found 5 violations, listed above.\n");
});

describe("in this process", () => {
  const { CI, AWS_ENDPOINT_URL } = process.env;
  let printed: string[];
  beforeEach(() => {
    printed = [];
    jest.spyOn(console, "log").mockImplementation((line: string) => printed.push(line));
    // Plain output, whatever terminal the tests run in.
    process.env["CI"] = "true";
    delete process.env["AWS_ENDPOINT_URL"];
  });
  afterEach(() => {
    jest.restoreAllMocks();
    Object.assign(process.env, { CI, AWS_ENDPOINT_URL });
    if (CI === undefined) delete process.env["CI"];
    if (AWS_ENDPOINT_URL === undefined) delete process.env["AWS_ENDPOINT_URL"];
    delete process.env["WBOT_IMAGE_TAG"];
  });

  it("says why an environment can't be synthesized, and shows nothing more", async () => {
    process.env["WBOT_IMAGE_TAG"] = "ai";
    await expect(main(["rehearse", "--env", "dev"])).rejects.toMatchObject({
      message: "The rehearsal found 1 violation, listed above.",
      exitCode: 1,
    });
    expect(printed.at(-1)).toContain("✖  stacks        infra and app of dev: 1 violation\n");
    expect(printed.at(-1)).toContain("–  schemas       not shown: nothing was synthesized\n");
    expect(printed.at(-1)).toContain('✖ dev: WBOT_IMAGE_TAG (--image-tag) is "ai": it must be "');
  });

  it("fails without an emulator if a deploy is required", async () => {
    await expect(main(["rehearse", "--require", "deploy"])).rejects.toMatchObject({
      message:
        "deploy is required, but needs an emulator: export AWS_ENDPOINT_URL=<an AWS emulator on this machine whose EKS runs Kubernetes, such as http://localhost:4566>",
      exitCode: 1,
    });
  });
});
