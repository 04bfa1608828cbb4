import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { planWithoutCluster } from "../../../commands/leftovers/lost-cluster";
import { pushUnwritten, refuseUnwritten } from "../../../commands/leftovers/unwritten-state";
import { applySaved, savePlan } from "../../../commands/terraform/saved-plan";
import { CommandError } from "../../../commands/cli/exit-codes";
import { Session } from "../../../commands/session/session";
import { init, terraformOutput } from "../../../commands/terraform/program";
import type { StackFolder } from "../../../commands/terraform/stack-folder";
import { loadEnvironment } from "../../../environments";
import { lockFile, parseLock } from "../../../stacks/lock";
import { describeWith, TERRAFORM, type Need } from "../../programs";
import { script, type Script } from "../terraform/script";
import { stackFolder } from "../../stack-folder";

// With Terraform itself, on one deployed folder.
describeWith([TERRAFORM], "a state", () => {
  const dev = new Session(loadEnvironment("dev"));
  let folder: StackFolder;
  let deployed: string;
  const state = () => join(folder.path, "terraform.tfstate");
  const unwritten = () => join(folder.path, "errored.tfstate");

  beforeAll(async () => {
    const path = mkdtempSync(join(tmpdir(), "wbot-states-"));
    const json = { resource: { terraform_data: { x: { input: "a" } } } };
    folder = stackFolder("infra", path, json);
    writeFileSync(join(path, "cdk.tf.json"), JSON.stringify(json));
    await init(folder);
    const planned = await savePlan(folder);
    await applySaved(planned, () => undefined);
    deployed = readFileSync(state(), "utf8");
  }, 60_000);
  afterAll(() => {
    rmSync(folder.path, { recursive: true });
  });
  beforeEach(() => {
    writeFileSync(state(), deployed);
    rmSync(unwritten(), { force: true });
    jest.spyOn(console, "log").mockReturnValue();
  });

  const written = (change: object) => JSON.stringify({ ...JSON.parse(deployed), ...change });

  it("that could not be written is pushed, and the file is deleted", async () => {
    writeFileSync(unwritten(), written({ serial: 100 }));
    expect(() => {
      refuseUnwritten(folder);
    }).toThrow(/now only in .*errored\.tfstate[^]*To write it: npx wbot state push --env dev$/);
    expect(await pushUnwritten(folder)).toBe(true);
    expect(JSON.parse(readFileSync(state(), "utf8"))).toMatchObject({ serial: 100 });
    expect(existsSync(unwritten())).toBe(false);
    expect(await pushUnwritten(folder)).toBe(false);
  }, 60_000);

  it("that can't be pushed either is kept, and nothing goes on", async () => {
    writeFileSync(unwritten(), written({ lineage: "0b6f6f0e-0000-0000-0000-000000000000", serial: 100 }));
    await expect(pushUnwritten(folder)).rejects.toThrow(
      /Keep this file\.[^]*lineage[^]*Once the state can be written, run the same command again$/,
    );
    expect(existsSync(unwritten())).toBe(true);
  }, 60_000);

  it.each([
    ["older", 49],
    ["as new", 50],
  ])(
    "%s than one that was deployed since is kept, and nothing goes on",
    async (_, serial) => {
      const now = written({ serial: 50, outputs: { x: { value: "1", type: "string" } } });
      writeFileSync(state(), now);
      writeFileSync(unwritten(), written({ serial }));
      await expect(pushUnwritten(folder)).rejects.toThrow(
        /somebody has deployed infra since, .* Keep .*errored\.tfstate, .*state-locked\.md, "If that fails"$/,
      );
      expect(existsSync(unwritten())).toBe(true);
      expect(readFileSync(state(), "utf8")).toBe(now);
    },
    60_000,
  );

  /** A namespace in the state, which no provider can refresh without its cluster. */
  function withNamespace(): void {
    const { resources } = JSON.parse(deployed) as { resources: readonly object[] };
    const namespace = {
      mode: "managed",
      type: "kubernetes_namespace_v1",
      name: "traefik",
      // Not its own, which init would have to install.
      provider: 'provider["terraform.io/builtin/terraform"]',
      instances: [{ schema_version: 0, attributes: { id: "traefik" }, sensitive_attributes: [] }],
    };
    writeFileSync(state(), written({ resources: [...resources, namespace] }));
  }
  const left = () =>
    (JSON.parse(readFileSync(state(), "utf8")) as { resources: readonly { type: string }[] }).resources.map(
      ({ type }) => type,
    );

  const refused = new CommandError(
    'Planning infra failed:\n\n  Get "http://localhost/api/v1/namespaces/traefik"',
  );
  const cluster = (found: object | undefined) =>
    jest.spyOn(Session.prototype, "kubernetes").mockResolvedValue(found as never);
  const again = () => jest.fn().mockRejectedValueOnce(refused).mockResolvedValueOnce("planned");

  it("loses what was in a cluster that is gone, after asking, and keeps the rest", async () => {
    withNamespace();
    cluster(undefined);
    const options = { yes: false };
    await expect(planWithoutCluster(dev, folder, options, again())).rejects.toThrow(
      /^The cluster wbot-dev no longer exists, and 1 objects in it are still in the state of infra; nothing was changed/,
    );
    expect(await planWithoutCluster(dev, folder, { ...options, yes: true }, again())).toBe("planned");
    expect(left()).toEqual(["terraform_data"]);
  }, 60_000);

  it("loses nothing where EKS can't be asked", async () => {
    withNamespace();
    jest.spyOn(Session.prototype, "kubernetes").mockRejectedValue(new Error("expired"));
    await expect(planWithoutCluster(dev, folder, { yes: true }, again())).rejects.toBe(refused);
    expect(left()).toHaveLength(2);
  });

  it("loses it where the cluster would be replaced, too, but not for another error", async () => {
    withNamespace();
    cluster({});
    const options = { yes: true };
    const other = new CommandError(
      "Planning infra failed:\n\n  reading EKS Cluster (wbot-dev): AccessDenied",
    );
    await expect(planWithoutCluster(dev, folder, options, () => Promise.reject(other))).rejects.toBe(other);
    // app doesn't replace it.
    const app = { ...folder, stack: "app" as const };
    await expect(planWithoutCluster(dev, app, options, again())).rejects.toBe(refused);
    expect(left()).toHaveLength(2);
    expect(await planWithoutCluster(dev, folder, options, again())).toBe("planned");
    expect(left()).toEqual(["terraform_data"]);
  }, 60_000);
});

/** In the version that is locked; in a folder whose provider's address is known only after an apply. */
const KUBERNETES: Need & { readonly path: string } = {
  what: "Terraform's Kubernetes provider by TF_CLI_CONFIG_FILE or TF_PLUGIN_CACHE_DIR",
  path: mkdtempSync(join(tmpdir(), "wbot-provider-")),
  isThere() {
    const { TF_CLI_CONFIG_FILE: config, TF_PLUGIN_CACHE_DIR: cache } = process.env;
    // It would be downloaded for each run of the tests.
    if ((config ?? cache ?? "") === "") return false;
    const source = "registry.terraform.io/hashicorp/kubernetes";
    const version = parseLock(readFileSync(lockFile("infra"), "utf8")).get(source)?.version;
    const json = {
      terraform: { required_providers: { kubernetes: { source, version } } },
      provider: { kubernetes: { host: "${terraform_data.cluster.output}" } },
      resource: {
        terraform_data: { cluster: { input: "https://cluster.test" } },
        kubernetes_namespace_v1: { traefik: { metadata: { name: "traefik" } } },
      },
    };
    writeFileSync(join(this.path, "cdk.tf.json"), JSON.stringify(json));
    return spawnSync("terraform", ["init"], { cwd: this.path, timeout: 30_000 }).status === 0;
  },
};

// The words that the others type.
describeWith([TERRAFORM, KUBERNETES], "what the Kubernetes provider says without a cluster", () => {
  const { path } = KUBERNETES;
  const folder = stackFolder("infra", path);

  it.each([
    ["a deploy", false, ["kubernetes_namespace_v1", "terraform_data"]],
    ["a destroy", true, []],
  ])(
    "is taken for a cluster that is gone, by %s",
    async (_, destroy, planned) => {
      const instances = [{ schema_version: 0, attributes: { id: "traefik" } }];
      const provider = 'provider["registry.terraform.io/hashicorp/kubernetes"]';
      const namespace = { mode: "managed", type: "kubernetes_namespace_v1", name: "traefik" };
      const resources = [{ ...namespace, provider, instances }];
      const state = { version: 4, serial: 1, lineage: "one", resources };
      writeFileSync(join(path, "terraform.tfstate"), JSON.stringify(state));
      jest.spyOn(console, "log").mockReturnValue();
      jest.spyOn(Session.prototype, "kubernetes").mockResolvedValue(undefined);
      const plan = jest.fn(() => savePlan(folder, { destroy }));
      const dev = new Session(loadEnvironment("dev"));
      const { json } = await planWithoutCluster(dev, folder, { yes: true, destroy }, plan);
      expect(plan).toHaveBeenCalledTimes(2);
      expect(json.resource_changes?.map(({ type }) => type) ?? []).toEqual(planned);
    },
    60_000,
  );
});

describe("a lock on a state that could not be written", () => {
  const LOCKED = Date.parse("2026-01-01T10:00:00Z");
  let terraform: Script;
  let folder: StackFolder;
  const file = () => join(folder.path, "errored.tfstate");
  beforeEach(() => {
    terraform = script();
    folder = stackFolder("infra", terraform.folder);
    writeFileSync(file(), "{}");
  });
  afterEach(() => {
    terraform.remove();
  });

  /** A push fails until the lock is released, with what Terraform prints beside its frame; the file is of minutes later. */
  function lockedBy(who: string, operation: string, minutes: number): void {
    const error = [
      "╷",
      "│ Error: Error acquiring the state lock",
      "│ ",
      "│ Error message: PreconditionFailed",
      "│ Lock Info:",
      "│   ID:        6a1b-22",
      `│   Operation: OperationType${operation}`,
      `│   Who:       ${who}`,
      "│   Created:   2026-01-01 10:00:00.123456789 +0000 UTC",
      "│ ",
      '│ For most commands, you can disable locking with the "-lock=false"',
      "│ flag, but this is not recommended.",
      "╵",
    ];
    terraform.answer({
      state: `[ -e "$here/released" ] && exit 0\ncat >&2 <<'END'\n${error.join("\n")}\nEND\nexit 1`,
      "force-unlock": '[ "$*" = "force-unlock -force 6a1b-22" ] && touch "$here/released"',
    });
    const written = new Date(LOCKED + minutes * 60_000);
    utimesSync(file(), written, written);
  }

  it("is released if the apply that left the file holds it: its credentials had expired", async () => {
    lockedBy(`ann@${hostname()}`, "Apply", 20);
    expect(await pushUnwritten(folder)).toBe(true);
    expect(terraform.calls().map((call) => call.split(" ")[1])).toEqual(["state", "force-unlock", "state"]);
    expect(existsSync(file())).toBe(false);
  });

  it("isn't what a newer state is, which OpenTofu says in a frame", async () => {
    const frame =
      "╷\n│ Error: Failed to write the imported state\n│ \n│ cannot overwrite existing state with serial 7 with a different state that\n│ has the same serial\n╵";
    terraform.answer({ state: `cat >&2 <<'END'\n${frame}\nEND\nexit 1` });
    await expect(pushUnwritten(folder)).rejects.toThrow(/somebody has deployed infra since/);
  });

  it.each<[string, string, string, number]>([
    ["another machine's", "ann@elsewhere", "Apply", 20],
    ["not an apply's", `ann@${hostname()}`, "Plan", 20],
    ["of a later apply", `ann@${hostname()}`, "Apply", -1],
  ])("is named, with the command that releases it, if it is %s", async (_, who, operation, minutes) => {
    lockedBy(who, operation, minutes);
    const held = ` ${who} .* \\(${operation.toLowerCase()}\\)\\.\n.*`;
    await expect(pushUnwritten(folder)).rejects.toThrow(
      new RegExp(`${held}: npx wbot state unlock infra 6a1b-22 --env dev\n\nOnce .* again$`),
    );
    expect(terraform.calls()).toHaveLength(1);
    expect(existsSync(file())).toBe(true);
  });

  it("is named where objects of a lost cluster can't be removed from the state", async () => {
    lockedBy("ann@elsewhere", "Apply", 20);
    await expect(terraformOutput(folder, ["state", "rm", "a.b"], "Not removed")).rejects.toThrow(
      /^Not removed:\n\n.* ann@elsewhere .*\n.*: npx wbot state unlock infra 6a1b-22 --env dev$/,
    );
  });
});
