import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { K3S } from "../../commands/rehearse/ministack";
import { kubePrometheusStack } from "../../constructs/platform/kube-prometheus-stack";
import { prometheusOperatorCrds } from "../../constructs/platform/prometheus-operator-crds";
import { isOlder } from "../../environments/add-ons";
import { KUBERNETES_VERSIONS } from "../../environments/kubernetes-versions";
import { TERRAFORM_VERSION } from "../../environments/terraform-version";
import { SUCCESSOR } from "../../tools/successor";
import { synth } from "../synth";
import { action } from "./workflow-files";

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

const SOURCES = ["environments", "constructs", "stacks", "commands", "tools"]
  .flatMap((folder) =>
    readdirSync(join(PROJECT, folder), { recursive: true, encoding: "utf8" }).map(
      (file) => `${folder}/${file}`,
    ),
  )
  .filter((file) => file.endsWith(".ts"));
const FILES = SOURCES.concat("package.json", "docs/decisions/leaving-cdktf.md");

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
    [redis, K3S, ...autoscalers.map((tag) => `${name}:${tag}`)].toSorted(),
  );
  for (const { version, versioning = "" } of images.filter((each) => !redis.startsWith(each.name))) {
    const { compatibility, patch, build } =
      new RegExp(versioning.replace(/^regex:/, "")).exec(version)?.groups ?? {};
    expect(version).toBe(`v${compatibility}.${patch}${build === undefined ? "" : `-k3s${build}`}`);
  }
});

/** Files whose versions nobody publishes a list of: EKS has the add-ons' and the nodes'. */
const UNLISTED = ["environments/add-ons.ts", "environments/schema-cluster.ts"];

it("finds every version in the code: what it would miss needs a manager in .github/renovate.json", () => {
  const missed = SOURCES.filter((file) => !UNLISTED.includes(file)).flatMap((file) => {
    const code = readFileSync(join(PROJECT, file), "utf8").replaceAll(/^\s*(\/?\*|\/\/).*$/gm, "");
    const versions = [...code.matchAll(/"(?:[^"\n]*[:@ ])?(v?\d+\.\d+\.\d+(?:-[\w.]+)?)"/g)].map(
      ([, version]) => version,
    );
    const known = found.filter((each) => each.file === file).map(({ version }) => version);
    return versions
      .filter((version = "") => !known.includes(version))
      .map((version) => `${file}: ${version}`);
  });
  expect(missed).toEqual([]);
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

it("has the README ask for the Terraform that environments/terraform-version.ts accepts", () => {
  const page = readFileSync(join(PROJECT, "README.md"), "utf8");
  const asked = [...page.matchAll(/terraform\/install\) ([\d.]+) or newer/g)].map(([, version]) => version);
  expect([asked.length > 0, [...new Set(asked)]]).toEqual([true, [TERRAFORM_VERSION]]);
});

// Renovate itself finds `terraform_version` of this action, and `go-version` of setup-go: another manager would double them.
it("has jobs run a Terraform that environments/terraform-version.ts accepts", () => {
  const setup = action.find(({ uses }) => uses?.startsWith("hashicorp/setup-terraform@"));
  const version = String(setup?.with?.["terraform_version"]);
  expect({ version, isOlder: isOlder(version, TERRAFORM_VERSION) }).toEqual({ version, isOlder: false });
  expect(customManagers.map(({ datasourceTemplate }) => datasourceTemplate)).not.toContain("github-releases");
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

it("finds the tool for the SBOM, which no lock file has, and cdktf's successor wherever it is named", () => {
  const npm = found.filter(({ datasource }) => datasource === "npm");
  expect(npm.map(({ file, name }) => `${file}: ${name}`)).toEqual([
    "package.json: @cyclonedx/cyclonedx-npm",
    "tools/successor.ts: cdktn",
    "docs/decisions/leaving-cdktf.md: cdktn",
    "docs/decisions/leaving-cdktf.md: cdktn",
  ]);
  const successors = npm.filter(({ name }) => name === "cdktn").map(({ version }) => `npm:cdktn@${version}`);
  expect(new Set(successors)).toEqual(new Set([SUCCESSOR]));
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
