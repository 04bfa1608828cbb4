import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { kubePrometheusStack } from "../../constructs/platform/kube-prometheus-stack";
import { prometheusOperatorCrds } from "../../constructs/platform/prometheus-operator-crds";
import { isOlder } from "../../environments/add-ons";
import { KUBERNETES_VERSIONS } from "../../environments/kubernetes-versions";
import { TERRAFORM_VERSION } from "../../environments/terraform-version";
import { synth } from "../synth";

const PROJECT = join(__dirname, "..", "..");
const { customManagers, enabledManagers, minimumReleaseAge, packageRules } = JSON.parse(
  readFileSync(join(PROJECT, ".github", "renovate.json"), "utf8"),
) as {
  enabledManagers: string[];
  minimumReleaseAge: string;
  customManagers: {
    managerFilePatterns: string[];
    matchStrings: string[];
    datasourceTemplate: string;
    depNameTemplate?: string;
    packageNameTemplate?: string;
    versioningTemplate?: string;
  }[];
  packageRules: {
    matchDatasources?: string[];
    matchDepNames?: string[];
    groupName?: string;
    minimumReleaseAgeBehaviour?: string;
    separateMajorMinor?: boolean;
  }[];
};

interface Dependency {
  readonly file: string;
  readonly name: string;
  readonly version: string;
  readonly datasource: string;
  readonly versioning: string | undefined;
  /** What Renovate asks for, and where. */
  readonly source: string;
}

const FILES = ["environments", "constructs", "stacks", "tools"]
  .flatMap((folder) =>
    readdirSync(join(PROJECT, folder), { recursive: true, encoding: "utf8" }).map(
      (file) => `${folder}/${file}`,
    ),
  )
  .filter((file) => file.endsWith(".ts"))
  .concat("package.json", ".github/actions/prepare/action.yml");

/** What the custom managers find, as Renovate would. */
const found = customManagers.flatMap((manager) =>
  FILES.filter((file) =>
    manager.managerFilePatterns.some((pattern) => new RegExp(pattern.slice(1, -1)).test(file)),
  ).flatMap((file) =>
    manager.matchStrings.flatMap((pattern) =>
      [...readFileSync(join(PROJECT, file), "utf8").matchAll(new RegExp(pattern, "g"))].map(
        ({ groups = {} }): Dependency => ({
          file,
          name: groups["depName"] ?? manager.depNameTemplate ?? "",
          version: groups["currentValue"] ?? "",
          datasource: manager.datasourceTemplate,
          versioning: manager.versioningTemplate,
          source: (manager.packageNameTemplate ?? "{{{registryUrl}}} {{{depName}}}").replaceAll(
            /\{\{\{(\w+)\}\}\}/g,
            (_, key: string) => groups[key] ?? "",
          ),
        }),
      ),
    ),
  ),
);

it("finds every chart that is installed, once, and where its publisher has it", () => {
  const installed = [
    synth("prod"),
    // Staging has the room.
    synth("staging", { observability: { logs: { kind: "loki", retentionDays: 7 } } }),
  ].flatMap(({ infra }) =>
    infra.of("helm_release").map(({ body }) => ({
      name: String(body["chart"]),
      version: String(body["version"]),
      repository: String(body["repository"]),
    })),
  );
  const wanted = new Map(
    installed.map(({ name, version, repository }) => [
      name,
      repository.startsWith("oci://")
        ? [version, "docker", `${repository.slice("oci://".length)}/${name}`]
        : [version, "helm", `${repository} ${name}`],
    ]),
  );
  expect(wanted.size).toBeGreaterThanOrEqual(5);
  const charts = found.filter(({ file }) => file.startsWith("constructs/platform/"));
  expect(charts).toHaveLength(wanted.size);
  expect(
    Object.fromEntries(
      charts.map(({ name, version, datasource, source }) => [name, [version, datasource, source]]),
    ),
  ).toEqual(Object.fromEntries(wanted));
});

it("finds every image that is pinned, and no other minor version of an autoscaler", () => {
  const { app } = synth("dev", { redis: { kind: "in-cluster" } });
  const redis = app.one("kubernetes_stateful_set_v1").body["spec"].template.spec.container[0].image as string;
  const autoscalers = Object.values(KUBERNETES_VERSIONS).map(({ clusterAutoscaler }) => clusterAutoscaler);
  const name = "registry.k8s.io/autoscaling/cluster-autoscaler";
  const images = found.filter(
    ({ file, datasource }) => datasource === "docker" && !file.startsWith("constructs/platform/"),
  );
  expect(images.map((each) => `${each.name}:${each.version}`).toSorted()).toEqual(
    [redis, ...autoscalers.map((tag) => `${name}:${tag}`)].toSorted(),
  );
  for (const { version, versioning = "" } of images.filter((each) => each.name === name)) {
    const { compatibility, patch } =
      new RegExp(versioning.replace(/^regex:/, "")).exec(version)?.groups ?? {};
    expect(version).toBe(`v${compatibility}.${patch}`);
  }
});

it("runs the managers that it needs, and no others", () => {
  expect(enabledManagers).toEqual(["npm", "nvm", "github-actions", "pip-compile", "custom.regex"]);
});

// Renovate waits for a version's date for ever, and has the dates of Docker Hub's alone.
it("proposes charts in OCI registries, which state no dates", () => {
  expect(minimumReleaseAge).toBe("7 days");
  expect(found.filter(({ datasource }) => datasource === "docker").length).toBeGreaterThan(0);
  expect(
    packageRules.filter(({ minimumReleaseAgeBehaviour }) => minimumReleaseAgeBehaviour !== undefined),
  ).toEqual([
    expect.objectContaining({
      matchDatasources: ["docker"],
      minimumReleaseAgeBehaviour: "timestamp-optional",
    }),
  ]);
});

it("proposes Prometheus' operator and its CRDs together, in whichever part their versions change", () => {
  const names = [kubePrometheusStack, prometheusOperatorCrds].map(({ chart }) => chart.name);
  expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
  expect(packageRules).toContainEqual(
    expect.objectContaining({
      matchDepNames: names,
      groupName: "prometheus-operator",
      separateMajorMinor: false,
    }),
  );
});

it("finds the Terraform of jobs, which is one that the project accepts", () => {
  const terraform = found.filter(({ datasource }) => datasource === "github-releases");
  expect(terraform).toEqual([
    expect.objectContaining({
      file: ".github/actions/prepare/action.yml",
      name: "terraform",
      source: "hashicorp/terraform",
    }),
  ]);
  for (const { version } of terraform) expect(isOlder(version, TERRAFORM_VERSION)).toBe(false);
});

/** Options of `uv pip compile` that Renovate accepts; it refuses a lock with any other, and a value without "=". */
const FLAGS = ["--universal", "--generate-hashes", "--no-strip-extras", "--all-extras"];
const OPTIONS = ["--python-version", "--exclude-newer", "--output-file", "--constraints", "--overrides"];

it("can run the command of every Python lock again", () => {
  const folder = join(PROJECT, "locks", "python");
  const locks = readdirSync(folder).filter((file) => file.endsWith(".txt"));
  expect(locks.length).toBeGreaterThan(0);
  for (const file of locks) {
    const header = readFileSync(join(folder, file), "utf8").split("\n")[1] ?? "";
    const [, command = ""] = /^# {4}uv pip compile (.+)$/.exec(header) ?? [];
    const words = command.split(" ");
    const refused = words.filter((word) => {
      const [name = "", value] = word.split("=");
      return word.startsWith("-") && !(value === undefined ? FLAGS : OPTIONS).includes(name);
    });
    expect([file, refused]).toEqual([file, []]);
    expect(words.filter((word) => !word.startsWith("-"))).toEqual([file.replace(/txt$/, "in")]);
    expect(words).toContain(`--output-file=${file}`);
  }
});

it("finds the tool for the SBOM, which no lock file has", () => {
  expect(found.filter(({ datasource }) => datasource === "npm")).toEqual([
    expect.objectContaining({ file: "package.json", name: "@cyclonedx/cyclonedx-npm", version: "6.0.1" }),
  ]);
});

it("finds the programs in Go that tools run", () => {
  expect(
    found.filter(({ datasource }) => datasource === "go").map(({ file, name }) => `${file}: ${name}`),
  ).toEqual([
    "tools/leaks.ts: github.com/zricethezav/gitleaks/v8",
    "tools/pods.ts: github.com/zegl/kube-score",
    "tools/workflows.ts: github.com/rhysd/actionlint",
  ]);
});
