import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NEW_CLUSTER_DAYS, WARN_DAYS } from "../../commands/preflight/checks/kubernetes";
import { loadEnvironment, type Overrides } from "../../environments";
import { HOURS_PER_MONTH, PRICED_REGION, pricesOf } from "../../environments/prices";
import { RUNBOOKS, type Runbook } from "../../environments/runbooks";
import { perService } from "../../environments/services";
import { nameIn, rolesOf } from "../../constructs/ci/ci-roles";
import { ciTargetOf } from "../../constructs/ci/policies/policy";
import { capacityOf } from "../../stacks/capacity";
import { CI } from "../constructs/ci/scope";
import { REMOTE, rulesOf } from "../constructs/workloads/monitoring/expressions";
import { synth } from "../synth";
import { commandsIn, mistake, statements } from "./command-lines";

const FOLDER = join(__dirname, "../../docs/runbooks");
const SECTIONS = ["Alert says", "Users see", "Check", "Fix", "If that fails", "Proved by"];
const textOf = (page: string) => readFileSync(join(FOLDER, `${page}.md`), "utf8");

/** Where alerts come from, and the pages that they name. */
const ALERTS: Readonly<Record<string, () => readonly string[]>> = {
  CloudWatch: () =>
    [synth("prod", { streaming: { checkPath: "/api/stream/check" } }), synth("staging"), synth("dev")]
      .flatMap(({ infra, app }) => [infra, app])
      .flatMap((stack) => stack.of("aws_cloudwatch_metric_alarm"))
      .map(({ body }) => / Runbook: .*?([\w-]+)\.md$/.exec(String(body["alarm_description"]))?.[1] ?? "none"),
  Prometheus: () =>
    [
      ...JSON.stringify(synth("prod", { observability: { metrics: { scrape: ["ai"] } } }).app.json).matchAll(
        /"runbook_url":"[^"]*?([\w-]+)\.md"/g,
      ),
    ].map(([, page = ""]) => page),
};

/** Pages that no alert names, and why. */
const WITHOUT_ALERT: Partial<Record<Runbook, string>> = {
  "state-locked": "the command that meets it says so",
  "destroy-stuck": "the command that meets it says so",
  "volumes-left": "the destroy that leaves them says so",
  "roll-back": "what other pages lead to",
  "rotate-everything": "people notice a leak",
  upgrade: "preflight gives notice 120 days ahead",
  "cost-jumped": "AWS's bill, until a budget watches it",
};

const alerted = new Set(Object.values(ALERTS).flatMap((pages) => pages()));

it("are the pages of the folder, and each is in the index", () => {
  const pages = readdirSync(FOLDER).map((file) => file.replace(/\.md$/, ""));
  expect(pages.sort()).toEqual([...RUNBOOKS, "README"].sort());
  for (const page of RUNBOOKS) expect(textOf("README")).toContain(`| [${page}](${page}.md) |`);
});

it("are there for every alert", () => {
  expect([...alerted].filter((page) => !(RUNBOOKS as readonly string[]).includes(page))).toEqual([]);
});

/** Prometheus's alerts that are mailed, and the page that each leads to. */
const leading = rulesOf(REMOTE)
  .filter(({ annotations }) => annotations.runbook_url !== undefined)
  .map(({ alert, annotations }) => {
    const [, page = "none"] = /([\w-]+)\.md$/.exec(annotations.runbook_url as string) ?? [];
    return [alert as string, page] as const;
  });

it("name on their page each of Prometheus's alerts that leads there", () => {
  expect(leading.length).toBeGreaterThan(15);
  expect(leading.filter(([alert, on]) => !textOf(on).includes(`\`${alert}\``))).toEqual([]);
});

const [fired = [], untried = []] = readFileSync(join(FOLDER, "../evidence.md"), "utf8")
  .split("Tested with promtool alone:")
  .map((text) => [...text.matchAll(/`(Wbot\w+)`/g)].map(([, alert = ""]) => alert));

it("can say of each alert, by docs/evidence.md, whether it fired on real nodes", () => {
  expect([...fired, ...untried].sort()).toEqual(leading.map(([alert]) => alert).sort());
  expect(untried).not.toEqual([]);
});

it("say of each alert that fired on real nodes where that is described", () => {
  const pages = leading.filter(([alert]) => fired.includes(alert)).map(([, page]) => page);
  expect(pages.filter((page) => !textOf(page).includes("](../evidence.md#metrics-and-alerts)"))).toEqual([]);
});

it("list every alarm in CloudWatch, by name and by what it costs", () => {
  const names = ["prod", "staging"].flatMap((environment) => {
    const { infra, app } = synth(environment, { streaming: { checkPath: "/api/stream/check" } });
    return [infra, app]
      .flatMap((stack) => stack.of("aws_cloudwatch_metric_alarm"))
      .map(({ body }) => String(body["alarm_name"]).replace(`wbot-${environment}-`, ""));
  });
  const listed = [...textOf("README").matchAll(/`([a-z-]+)`/g)].map(([, name = ""]) => name);
  expect(names.length).toBeGreaterThan(10);
  expect(
    names.filter((name) => !listed.some((each) => name === each || name.startsWith(`${each}-`))),
  ).toEqual([]);
});

describe("what the alarms cost", () => {
  // List prices without a row of their own in environments/prices.ts: Lambda's on arm64, and CloudWatch's of a call.
  const [SECOND, REQUEST, PUT] = [(0.0000133334 * 128) / 1024, 0.0000002, 0.00001];
  const usd = (item: string) => pricesOf(PRICED_REGION)?.[item]?.usd ?? NaN;
  const runsEvery = (minutes: number) => (HOURS_PER_MONTH * 60) / minutes;
  const running = (minutes: number, seconds: number) => runsEvery(minutes) * (seconds * SECOND + REQUEST);
  const writing = (minutes: number) => runsEvery(minutes) * PUT;
  const logs = 0.025 * usd("logs.in");
  const check = (minutes: number) => running(minutes, 0.6) + writing(minutes) + usd("metric") + usd("alarm");
  const text = textOf("README").replaceAll("\n", " ");
  const cents = (amount: number) => `$${amount.toFixed(2)}`;

  it("is of the functions as they are, and of the same prices as in the tables", () => {
    const { infra, app } = synth("prod");
    for (const stack of [infra, app])
      expect(stack.one("aws_lambda_function").body).toMatchObject({
        architectures: ["arm64"],
        memory_size: 128,
      });
    const rates = [infra, app].map(
      (stack) => stack.one("aws_cloudwatch_event_rule").body["schedule_expression"],
    );
    expect(rates).toEqual(["rate(10 minutes)", "rate(1 minute)"]);
    expect(running(1, 1) + writing(1)).toBeCloseTo(usd("check"), 2);
  });

  it("is added up for each row", () => {
    const minutely = check(1) + logs;
    const parts = [running(1, 0.6), writing(1), usd("metric"), usd("alarm"), logs].map(
      (part) => `(${cents(part)})`,
    );
    for (const part of parts) expect(text).toContain(part);
    expect(text).toContain(`| ${cents(minutely)}; ${cents(usd("metric") + usd("alarm"))} more with`);
    expect(text).toContain(
      `accounts for ${cents(minutely)}: ${runsEvery(1).toLocaleString("en")} runs of 0.6 s`,
    );
    expect(text).toContain(`also mails when the checks stop | ${cents(check(10))} |`);
  });

  it("is added up for all", () => {
    const { infra, app } = synth("prod");
    const alarms = [infra, app].flatMap((stack) => stack.of("aws_cloudwatch_metric_alarm"));
    const own = alarms.filter(({ body }) => String(body["namespace"]).startsWith("wbot/"));
    const runs = [1, 10].reduce((sum, minutes) => sum + running(minutes, 0.6) + writing(minutes), logs);
    const total = alarms.length * usd("alarm") + own.length * usd("metric") + runs;
    const others = alarms.filter(({ body }) =>
      /-(memory|cpu|credits|connections)-\d$/.test(String(body["alarm_name"])),
    );
    expect(others).toHaveLength(8);
    expect(text).toContain(`That is ${cents(total)} with`);
    expect(text).toContain(`the table's ${cents(total - (others.length + 1) * usd("alarm"))}, `);
  });
});

it("say how long things take as the stacks have it", () => {
  const { infra, app } = synth("prod");
  const limits = app
    .of("kubernetes_deployment_v1")
    .map(({ body }) => body["spec"].revision_history_limit as number);
  expect(new Set(limits)).toEqual(new Set([5]));
  expect(textOf("roll-back")).toContain("the last five ReplicaSets before the current one");
  const intervals = app
    .of("kubernetes_manifest")
    .map(({ body }) => body["manifest"].spec?.refreshInterval as string | undefined);
  expect(new Set(intervals)).toEqual(new Set([undefined, "10m"]));
  expect(textOf("secret")).toContain("Pods restart by themselves within 10 minutes");
  expect(JSON.stringify(infra.json)).toContain("dialTimeout=500ms");
  expect(textOf("zone-lost").replaceAll("\n", " ")).toContain("tries another pod after half a second");
});

it("import the product's namespace by its address", () => {
  const { address } = synth("dev").infra.one("kubernetes_namespace_v1", "product-namespace");
  expect(textOf("upgrade")).toContain(`terraform -chdir=cdktf.out/dev/stacks/infra import ${address} wbot\n`);
});

const WORKFLOWS = join(FOLDER, "../../.github/workflows");
const deploying = readdirSync(WORKFLOWS).filter((file) =>
  readFileSync(join(WORKFLOWS, file), "utf8").includes("uses: ./.github/workflows/environment.yml"),
);

it("stop every workflow that deploys, before the lock of a lost state is released", () => {
  const [, section = ""] = textOf("state-locked").split("### If the file is gone");
  expect(deploying.length).toBeGreaterThan(1);
  for (const file of deploying) expect(section).toContain(`gh workflow disable ${file}`);
});

it("keep every workflow that deploys from ending maintenance, wherever a page begins it", () => {
  const [, section = ""] = textOf("../traffic").split("\n## Maintenance\n");
  for (const file of deploying) expect(section).toContain(`gh workflow disable ${file}`);
  const beginning = RUNBOOKS.filter((page) =>
    textOf(page).includes("traffic.maintenance: { enabled: true }"),
  );
  expect(beginning).not.toEqual([]);
  for (const page of beginning)
    expect([page, textOf(page)]).toEqual([page, expect.stringContaining("](../traffic.md#maintenance)")]);
});

it.each(RUNBOOKS)("%s has an alert, or a reason to have none", (page) => {
  expect([page, alerted.has(page) !== page in WITHOUT_ALERT]).toEqual([page, true]);
});

it.each(RUNBOOKS)(
  "%s has the same sections as all, each with something in it, and commands to check first",
  (page) => {
    const parts = textOf(page).split(/^## /m).slice(1);
    expect(parts.map((part) => part.split("\n")[0])).toEqual(SECTIONS);
    for (const part of parts) expect(part.split("\n").slice(1).join("").trim().length).toBeGreaterThan(5);
    expect(parts[SECTIONS.indexOf("Check")]).toMatch(/^ *```sh$/m);
  },
);

it.each([...RUNBOOKS, "README"])("%s links to pages that exist", (page) => {
  for (const [, link = ""] of textOf(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
    expect([link, existsSync(join(FOLDER, link))]).toEqual([link, true]);
});

it.each([...RUNBOOKS, "README"])("%s has commands that their programs take", (page) => {
  const commands = commandsIn(textOf(page));
  expect(commands).not.toHaveLength(0);
  const mistakes = commands.flatMap((command) => {
    const found = mistake(command);
    return found === undefined ? [] : [`${command.join(" ")}: ${found}`];
  });
  expect(mistakes).toEqual([]);
});

it("choose the region before any other command, since none of them names one", () => {
  expect(commandsIn(textOf("README"))[0]).toEqual(["export", "AWS_REGION=us-east-1"]);
});

/** Commands of `aws` that AWS's policy ReadOnlyAccess allows. */
const READS =
  /^aws (sts get-caller-identity|eks update-kubeconfig|logs (tail|start-query|get-query-results)|s3 cp s3:\S+ -|[\w-]+ (describe|list|lookup)-[\w-]+|(ce|cloudwatch) get-[\w-]+)( |$)/;

it("say what a role needs to look, which is to read: no page changes anything in AWS under Check", () => {
  const [, first = ""] = textOf("README").split(/^# /m);
  const checks = RUNBOOKS.map((page) => textOf(page).split(/^## /m)[1 + SECTIONS.indexOf("Check")] ?? "");
  const lines = [first.split("| Page |")[0] ?? "", ...checks]
    .flatMap(commandsIn)
    .map((words) => words.join(" "))
    .filter((line) => line.startsWith("aws "));
  expect(lines.length).toBeGreaterThan(20);
  expect(lines.filter((line) => !READS.test(line))).toEqual([]);
  expect(first).toContain("`ReadOnlyAccess`");
  expect(readFileSync(join(FOLDER, "../security.md"), "utf8")).toContain("(runbooks/README.md)");
});

it("look for an earlier image where each environment has it", () => {
  const text = textOf("roll-back");
  const repositoryOf = (environment: string) =>
    synth(environment)
      .infra.of("aws_ecr_repository")
      .map(({ body }) => String(body["name"]))
      .find((name) => name.endsWith("wbot-ai"));
  expect(text).toContain(`--repository-name ${repositoryOf("prod")} --image-ids imageTag=previous-prod `);
  for (const environment of ["dev", "staging"])
    expect(text).toContain(`\`${repositoryOf(environment)}\` (\`previous-${environment}\`)`);
});

it("install an earlier commit's packages before they deploy it", () => {
  const commands = commandsIn(textOf("roll-back"));
  const earlier = commands.findIndex(([program, command]) => program === "git" && command === "switch");
  expect(commands[earlier + 1]).toEqual(["npm", "ci"]);
});

it("name the ACME account's key where cert-manager has it", () => {
  const { infra, app } = synth("prod");
  const namespace = infra.one("kubernetes_namespace_v1", "acme-account").body["metadata"].name as string;
  const { manifest } = app.one("kubernetes_manifest", "issuer/cluster-issuer").body as {
    manifest: { metadata: { name: string }; spec: { acme: { privateKeySecretRef: { name: string } } } };
  };
  expect(textOf("rotate-everything")).toContain(
    `kubectl delete secret -n ${namespace} ${manifest.spec.acme.privateKeySecretRef.name}\n`,
  );
  expect(textOf("rotate-everything")).toContain(
    `kubectl describe clusterissuers ${manifest.metadata.name}\n`,
  );
});

it("name network interfaces by their VPC: a load balancer's and the VPC CNI's have none of our tags", () => {
  const [, filter] = /describe-network-interfaces --filters (\S+)/.exec(textOf("destroy-stuck")) ?? [];
  expect(filter).toBe("Name=vpc-id,Values=<vpc>");
});

it("block an address in the network ACL that no stack owns, of the VPC by its name", () => {
  const { infra, app } = synth("prod");
  expect([...infra.all, ...app.all].filter(({ type }) => type.includes("network_acl"))).toEqual([]);
  const { Name } = infra.one("aws_vpc").body["tags"] as { Name: string };
  expect(textOf("product-down")).toContain(`Name=tag:Name,Values=${Name} `);
});

it("never hide a log's lines, on any page", () => {
  const root = join(FOLDER, "../..");
  const pages = ["README.md", ...readdirSync(join(root, "docs")).map((file) => `docs/${file}`)];
  const logs = pages
    .filter((file) => file.endsWith(".md"))
    .flatMap((file) => commandsIn(readFileSync(join(root, file), "utf8")))
    .filter(([program, command]) => program === "kubectl" && command === "logs");
  expect(logs).not.toHaveLength(0);
  expect(logs.map(mistake).filter((found) => found !== undefined)).toEqual([]);
});

it("are what the alarms' own commands are held to as well", () => {
  const texts = [synth("prod", { streaming: { checkPath: "/api/x" } })]
    .flatMap(({ infra, app }) => [infra, app])
    .flatMap((stack) => stack.of("aws_cloudwatch_metric_alarm"))
    .map(({ body }) => String(body["alarm_description"]));
  for (const text of texts) {
    const found = [...text.matchAll(/: ((?:npx wbot|kubectl|aws) .*?)(?=\. [A-Z]|\.$|, or,| Runbook:)/g)];
    expect(found.map(([, command = ""]) => mistake(statements(command)[0] ?? []))).toEqual(
      found.map(() => undefined),
    );
    expect([text, found.length > 0]).toEqual([text, true]);
  }
});

describe("a mistake is noticed", () => {
  it.each([
    ["npx wbot deploy --env prod --image-tags ai=a", "unknown option '--image-tags'"],
    ["npx wbot deploy --env production", "is invalid"],
    ["npx wbot secrets rotate", "unknown command 'rotate'"],
    ["npx wbot verfy", "unknown command 'verfy'"],
    ["kubectl get pods --namespaces wbot", "kubectl get has no option --namespaces"],
    ["kubectl logs -n wbot --since", "kubectl logs --since lacks its value"],
    ["kubectl logs -n wbot -l a=b --since 1h", "kubectl logs -l shows ten lines of each pod without --tail"],
    ["kubectl gte pods", '"kubectl gte pods" has no line'],
    ["aws eks describe-nodegroup --cluster wbot-prod", "has no option --cluster"],
    ["aws eks describe-nodegroup --cluster-name wbot-prod", "lacks --nodegroup-name"],
    ["aws eks describe-nodegroups --cluster-name a", "has no line"],
    ["aws elasticache describe-snapshots --snapshot-source manual", "takes system or user, not manual"],
    ["aws elasticache describe-snapshots --snapshot-source=manual", "takes system or user, not manual"],
    ["aws elasticache create-snapshot --replication-group-id a", "has no option --replication-group-id"],
    ["terraform -chdir=a force-unlok 1", "has no line"],
    ["rm -rf /", "rm is not a program"],
  ])("%s", (line, message) => {
    expect(mistake(statements(line)[0] ?? [])).toContain(message);
  });

  it("in a loop, a pipe, a continued line and a quoted word", () => {
    const script = `for group in $(aws eks list-nodegroups --cluster-name a); do
  aws eks update-nodegroup-version --cluster-name a \\
    --nodegroup-name "$group" | cat  # all of them
done`;
    expect(statements(script)).toEqual([
      ["aws", "eks", "list-nodegroups", "--cluster-name", "a"],
      ["aws", "eks", "update-nodegroup-version", "--cluster-name", "a", "--nodegroup-name", "$group"],
      ["cat"],
    ]);
  });
});

it("return to a revision by its number: each restart makes one, also of the bad image", () => {
  const lines = RUNBOOKS.flatMap((page) => commandsIn(textOf(page))).map((words) => words.join(" "));
  const undo = lines.filter((line) => line.includes("rollout undo"));
  expect(undo).not.toHaveLength(0);
  for (const line of undo) expect(line).toContain("--to-revision=");
});

it("restart pods in a block of its own: whoever pastes the commands that look restarts nothing", () => {
  const blocks = RUNBOOKS.flatMap((page) => [...textOf(page).matchAll(/^ *```sh\n([^]*?)^ *```/gm)])
    .map(([, block = ""]) => statements(block).map((words) => words.join(" ")))
    .filter((lines) => lines.some((line) => line.startsWith("kubectl rollout restart")));
  expect(blocks.length).toBeGreaterThan(5);
  expect(blocks.filter((lines) => /^kubectl (get|describe|logs|top) /m.test(lines.join("\n")))).toEqual([]);
});

it("wait for wbot-ai's rollout after what restarts wbot-ai, and not after wbot-web's restart", () => {
  expect(textOf("pods-not-ready")).toMatch(
    /kubectl rollout status -n wbot deployment\/wbot-ai.*kubectl rollout restart -n wbot deployment\/wbot-web/s,
  );
});

describe("whoever is cut off after a leak, before new values are written", () => {
  const [, first = ""] = /^### Cut off access\n(.*?)^### /ms.exec(textOf("rotate-everything")) ?? [];

  it("loses the cluster, which no deny in IAM takes", () => {
    expect(first).toContain("aws eks delete-access-entry --cluster-name wbot-prod ");
    expect(first).toContain("`access.admins`");
  });

  it("may be CI, whose sessions a deploy of infra would let in again for as long as they last", () => {
    const roles = rolesOf(ciTargetOf(loadEnvironment("prod", { overrides: CI })));
    for (const { arn } of roles) expect(first).toContain(`\`${nameIn(arn)}\``);
    expect(Math.max(...roles.map(({ hours }) => hours))).toBe(3);
    expect(first.replaceAll(/\s+/g, " ")).toContain("Make sure nobody deploys `infra` for three hours");
    for (const file of deploying) expect(first).toContain(`gh workflow disable ${file}`);
    expect(first).toContain("`WBOT_DELIVERY_TOKEN`");
    expect(first).toContain("](state-locked.md#fix)");
  });

  it("may be a node or a controller, whose new pods get a session that isn't denied", () => {
    const names = synth("prod")
      .infra.of("aws_iam_role")
      .map(({ body }) => String(body["name"]));
    const named = [...first.matchAll(/`(wbot-prod-(?:node|[\w-]+-role))`/g)].map(([, name]) => name);
    expect(named).toEqual(["wbot-prod-node", "wbot-prod-external-secrets-role", "wbot-prod-vpc-cni-role"]);
    expect(named.filter((name) => !names.includes(name ?? ""))).toEqual([]);
    // Nodes of the newest release are replaced by nothing but another setting.
    expect(first).toContain("`nodes.*.diskGiB`");
    const restarts = commandsIn(first).filter(([, command]) => command === "rollout");
    expect(restarts.map((words) => words.at(-1))).toEqual([
      "deployment,statefulset,daemonset",
      "daemonset/aws-node",
    ]);
  });

  it("keeps nothing that it made for itself", () => {
    expect(first).toContain("aws eks list-access-entries --cluster-name wbot-prod\n");
    expect(first).toContain("`serviceaccounts/token`");
  });

  it("is denied where the organization never had SCPs, too", () => {
    expect(first).toMatch(/PolicyTypeNotEnabledException.*aws organizations enable-policy-type/s);
  });
});

it("find out who read the cluster's Secrets in a log that every environment keeps", () => {
  for (const environment of ["dev", "staging", "prod"])
    expect(synth(environment).infra.one("aws_eks_cluster").body["enabled_cluster_log_types"]).toContain(
      "audit",
    );
  const { infra } = synth("prod");
  expect(textOf("rotate-everything")).toContain(
    `--log-group-name ${infra.one("aws_cloudwatch_log_group", "cluster/logs").body["name"]} `,
  );
  const [, query = "", after = ""] =
    /--query-string '([^']*)'([^#]*)/.exec(textOf("rotate-everything")) ?? [];
  // A shell in a pod reads its Secrets as variables, and what changes objects may be a patch.
  expect(query).toMatch(/ or objectRef\.subresource in \["exec", .*by .* objectRef\.subresource/s);
  expect(after).toContain('`verb in ["create", "update", "patch"]`');
});

it("save the certificate's key before the renewal that overwrites it", () => {
  expect(textOf("rotate-everything")).toMatch(/> old\.key\n.*cmctl renew .*certbot revoke /s);
});

it("give notice of the end of EKS's support when preflight does", () => {
  expect(textOf("upgrade").split("\n## Users see\n")[0]?.replaceAll("\n", " ")).toContain(
    `warns ${WARN_DAYS} days before EKS's standard support for the version ends, and if it ends within ${NEW_CLUSTER_DAYS}, refuses to create a cluster (but a twin's)`,
  );
});

/** The commands of a section, by its heading. */
function commandsUnder(page: string, heading: string): string[] {
  const text = textOf(page);
  const from = text.indexOf(`### ${heading}\n`);
  expect([heading, from > 0]).toEqual([heading, true]);
  return commandsIn(text.slice(from + 4).split(/^##/m)[0] ?? "").map((words) => words.join(" "));
}

it("take Kubernetes back in EKS's order: nodes, add-ons, control plane, and then the settings", () => {
  expect(commandsUnder("upgrade", "Back, within seven days")).toEqual([
    "aws eks list-insights --cluster-name wbot-dev --filter categories=ROLLBACK_READINESS",
    "aws eks list-nodegroups --cluster-name wbot-dev --query nodegroups[] --output text",
    "aws eks update-nodegroup-version --cluster-name wbot-dev --nodegroup-name $group --kubernetes-version 1.35",
    "aws eks wait nodegroup-active --cluster-name wbot-dev --nodegroup-name $group",
    "aws eks update-addon --cluster-name wbot-dev --addon-name kube-proxy --addon-version <version>",
    "aws eks update-cluster-version --name wbot-dev --kubernetes-version 1.35",
    "aws eks wait cluster-active --name wbot-dev",
    "npx wbot deploy infra",
  ]);
  expect(textOf("roll-back")).toContain("(upgrade.md#back-within-seven-days)");
});

it("update this project on a branch: merging it deploys dev, for which CI's roles may lack rights", () => {
  expect(commandsUnder("upgrade", "This project")).toEqual([
    "git fetch project",
    `git log --oneline --reverse -G Moved\\(|moveFrom|\\.forget|"(re)?moved" HEAD..project/main -- constructs stacks`,
    "git switch -c update",
    "git merge <commit>",
    "npm ci",
    ...["dev", "staging", "prod"].map((name) => `npx wbot diff --env ${name}`),
    "npx wbot bootstrap --env dev",
  ]);
  expect(readFileSync(join(FOLDER, "../ci-roles.md"), "utf8")).toContain(
    "(runbooks/upgrade.md#this-project)",
  );
});

it("restore a check's code from the archive that a diff writes", () => {
  const { path, body } = synth("prod").app.one("aws_lambda_function");
  const [, archives = "", check] =
    /ls -t cdktf\.out\/prod\/stacks\/app\/(\S+)\*\.zip\n.*--function-name (\S+) --zip-file fileb:/.exec(
      textOf("metrics-missing"),
    ) ?? [];
  expect(check).toBe(body["function_name"]);
  expect(path).toBe(`${archives}/function`);
  expect(body["filename"]).toMatch(new RegExp(`^${archives}.*\\.zip$`));
});

it("cap the cost with settings that prod takes, and not with fewer nodes", () => {
  const [, json = ""] = /```json\n(.*?)```/s.exec(textOf("cost-jumped")) ?? [];
  const shown = JSON.parse(json) as { readonly nodes: { readonly onDemand: { readonly max: number } } };
  const overrides = { ...perService(() => ({ replicas: { max: 2 } })), ...shown };
  const shortfalls = (others: Overrides) =>
    capacityOf(loadEnvironment("prod", { overrides: others })).shortfalls;
  expect(shortfalls(overrides)).toEqual([]);
  const { onDemand, ...nodes } = overrides.nodes;
  const fewer = { ...overrides, nodes: { ...nodes, onDemand: { max: onDemand.max - 1 } } };
  expect(shortfalls(fewer)).toMatchObject([{ path: "nodes.onDemand.max" }]);
});
