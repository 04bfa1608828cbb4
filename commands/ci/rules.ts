import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ciOf } from "../../environments/ci";
import { currentEnvironment, environments } from "../../environments";
import { CommandError, type ExitCode } from "../cli/exit-codes";
import { fail, pass, reported, warn, type Finding, type Found } from "../cli/finding";

/** GitHub Actions, as GitHub numbers its apps. */
const ACTIONS = 15368;

/** What docs/delivery.md sets on `main`: a body of GitHub's "Update branch protection". */
export const PROTECTION = {
  required_status_checks: {
    strict: true,
    // The jobs of ci.yml. From no other app, and not set by hand with a token.
    checks: ["verify", "node (20)", "node (22)", "node (26)", "successor"].map((context) => ({
      context,
      app_id: ACTIONS,
    })),
  },
  enforce_admins: true,
  required_pull_request_reviews: {
    required_approving_review_count: 1,
    // Without these three, what was pushed after an approval, or onto somebody else's change, gets in unseen.
    dismiss_stale_reviews: true,
    require_last_push_approval: true,
    require_code_owner_reviews: true,
    // Whoever is listed here needs no pull request.
    bypass_pull_request_allowances: { users: [], teams: [], apps: [] },
  },
  allow_force_pushes: false,
  allow_deletions: false,
  restrictions: null,
} as const;

/** GitHub's answer for a path below repos/<owner>/<name>; undefined where there is none. Throws a Refusal. */
type Ask = (path: string) => Promise<unknown>;

/** GitHub doesn't answer, and says why: the account's plan lacks the rule, or the caller is no administrator. */
export class Refusal extends Error {}

/** In the repository's settings. */
const ACTIONS_PAGE = "Settings, Actions, General";
const FIX = "Set it as docs/delivery.md describes";
const REFUSED =
  "If your GitHub plan lacks it, see docs/delivery.md. Otherwise this needs a repository administrator: gh auth status";

/** Compares what GitHub enforces with docs/delivery.md, for the environments that it delivers. */
export async function rules(ask: Ask, delivered: readonly string[]): Promise<Finding[]> {
  const like = async (wanted: object, path: string) => differences(wanted, await ask(path));
  const findings = await Promise.all([
    checked("branch", "main", like(PROTECTION, "branches/main/protection")),
    checked("owners", "CODEOWNERS", owners(ask)),
    checked(
      "tokens",
      ACTIONS_PAGE,
      like(
        { default_workflow_permissions: "read", can_approve_pull_request_reviews: false },
        "actions/permissions/workflow",
      ),
    ),
    checked("actions", ACTIONS_PAGE, like({ allowed_actions: "selected" }, "actions/permissions")),
    checked("forks", ACTIONS_PAGE, forks(ask)),
    ...delivered.map((name) => checked("environment", name, environment(name, ask))),
  ]);
  return findings.flat();
}

/**
 * A pull request's workflow may name the concurrency group of a deploy, and so end it or hold it up: GitHub keeps groups for a
 * whole repository. So a stranger's must wait for a maintainer. Who may write here can cancel any run anyway.
 */
async function forks(ask: Ask): Promise<string[]> {
  if (!(await isPrivate(ask)))
    return differences(
      { approval_policy: "all_external_contributors" },
      await ask("actions/permissions/fork-pr-contributor-approval"),
    );
  const none = { run_workflows_from_fork_pull_requests: false };
  return differences(none, (await ask("actions/permissions/fork-pr-workflows-private-repos")) ?? none);
}

async function isPrivate(ask: Ask): Promise<boolean> {
  const repository = (await ask("")) as { readonly private?: boolean } | undefined;
  return repository?.private === true;
}

/** What is wrong, if the fix is to set it as documented; otherwise the whole finding. */
type Problem = string | Found;

async function checked(
  check: string,
  what: string,
  compared: Promise<readonly Problem[]>,
): Promise<Finding[]> {
  let problems;
  try {
    problems = await compared;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [{ check, ...fail(`${what}: ${error.message}`, REFUSED) }];
  }
  if (problems.length === 0) return [{ check, ...pass(`${what} is as docs/delivery.md describes`) }];
  return problems
    .map((problem) => (typeof problem === "string" ? fail(problem, FIX) : problem))
    .map((found) => ({ check, ...found, why: `${what}: ${found.why}` }));
}

async function environment(name: string, ask: Ask): Promise<Problem[]> {
  const found = await ask(`environments/${name}`);
  const branches = (await ask(`environments/${name}/deployment-branch-policies`)) as
    { branch_policies?: { name: string }[] } | undefined;
  if (found === undefined) return ["it was never set up"];
  const names = branches?.branch_policies?.map((each) => each.name) ?? [];
  return [
    ...(names.join() === "main" ? [] : ["it deploys branches other than main"]),
    ...(name === "dev" ? [] : await approval(name, found, ask)),
  ];
}

/** Nobody deploys alone. */
const APPROVED = {
  can_admins_bypass: false,
  protection_rules: [{ type: "required_reviewers", prevent_self_review: true }],
};

async function approval(name: string, found: unknown, ask: Ask): Promise<Problem[]> {
  const { protection_rules: rules = [] } = found as {
    protection_rules?: { readonly type: string; readonly reviewers?: readonly unknown[] }[];
  };
  const reviewed = rules.find(({ type }) => type === "required_reviewers");
  // Most plans offer no reviewers here. Even so, no merge deploys by itself: approval.sh refuses that.
  if (reviewed === undefined && (await isPrivate(ask)))
    return [
      warn(
        "it has no reviewers, so only deploys started by hand run, without a second person's approval",
        `In a private repository, reviewers need GitHub Enterprise. Without it, start deploys by hand, or leave ci out of ${name} (docs/delivery.md):\ngh workflow run deploy.yml -f environment=${name}`,
      ),
    ];
  return [
    ...differences(APPROVED, found),
    // GitHub silently leaves out a team without access.
    ...(reviewed?.reviewers?.length === 0
      ? ["it has no reviewers: a team needs write access to the repository before it is set"]
      : []),
  ];
}

/** GitHub reads the first of these that exists. */
const OWNERS = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/** The last pattern that fits a file decides, and one without owners needs no review. */
async function owners(ask: Ask): Promise<string[]> {
  const files = await Promise.all(OWNERS.map((path) => ask(`contents/${path}`)));
  const file = files.find((each) => each !== undefined) as { content: string } | undefined;
  if (file === undefined) return ["it doesn't exist, so no change needs an owner's review"];
  const { errors = [] } = ((await ask("codeowners/errors")) ?? {}) as { errors?: { message: string }[] };
  const text = Buffer.from(file.content, "base64").toString();
  const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim());
  const all = lines.findLastIndex((line) => /^(\*|\/?\*\*)\s+\S/.test(line));
  const below = new Map(
    lines.slice(all + 1).map((line) => /^((?:\\.|\S)*)(.*)$/.exec(line)?.slice(1) as [string, string]),
  );
  const unowned =
    all === -1 ? ["*"] : [...below.keys()].filter((each) => each !== "" && below.get(each) === "");
  return [
    ...errors.map(({ message }) => message.split("\n")[0] ?? message),
    ...unowned.map((pattern) => `${pattern} has no owner, so some changes need no owner's review`),
  ];
}

/** Where GitHub's answer differs from what is wanted; it wraps some flags as { enabled }. */
function differences(wanted: object, found: unknown, path = ""): string[] {
  if (typeof found !== "object" || found === null)
    return [path === "" ? "it is not set, or can't be read" : `${path} is not set`];
  return Object.entries(wanted).flatMap(([key, value]: [string, unknown]) => {
    const given = (found as Record<string, unknown>)[key];
    const place = path === "" ? key : `${path}.${key}`;
    if (value === null) return [];
    if (Array.isArray(value)) {
      const entries: unknown[] = Array.isArray(given) ? given : [];
      if (value.length === 0) return entries.map((each) => `${place} must be empty, but has ${nameOf(each)}`);
      const missing = value.filter((each: object) =>
        entries.every((other) => differences(each, other).length > 0),
      );
      return missing.map((each) => `${place} lacks ${JSON.stringify(each)}`);
    }
    // GitHub leaves this one out where it lists nobody.
    const unset = key === "bypass_pull_request_allowances" ? {} : undefined;
    if (typeof value === "object") return differences(value, given ?? unset, place);
    const plain = typeof given === "object" && given !== null && "enabled" in given ? given.enabled : given;
    const holds = key.endsWith("_count") ? Number(plain) >= Number(value) : plain === value;
    return holds
      ? []
      : [`${place} is ${JSON.stringify(plain ?? null)}, but must be ${JSON.stringify(value)}`];
  });
}

/** A user, team or app, as GitHub names it. */
function nameOf(each: unknown): string {
  const { login, slug } = each as { login?: string; slug?: string };
  return login ?? slug ?? JSON.stringify(each);
}

/** Reads the rules back with the GitHub CLI, as a repository's administrator. */
export async function checkRules(): Promise<ExitCode> {
  const delivered = Object.keys(environments).flatMap((name) => {
    const ci = ciOf(currentEnvironment({ WBOT_ENV: name }));
    return ci === undefined ? [] : [{ name, repository: ci.repository.replaceAll(/@\d+/g, "") }];
  });
  const [first] = delivered;
  if (first === undefined)
    throw new CommandError("No environment has the setting ci: GitHub deploys nothing.");
  const findings = await rules(
    (path) => asked(["repos", first.repository, path].filter((part) => part !== "").join("/")),
    delivered.map(({ name }) => name),
  );
  return reported(findings);
}

async function asked(path: string): Promise<unknown> {
  try {
    return JSON.parse((await promisify(execFile)("gh", ["api", path], { env: process.env })).stdout);
  } catch (error) {
    const { code, stderr = "" } = error as { code?: unknown; stderr?: string };
    if (code === "ENOENT")
      throw new CommandError(
        "gh, the GitHub CLI, is not on the PATH. Install it (https://cli.github.com), and sign in: gh auth login",
      );
    // What is not set is not found.
    if (stderr.includes("HTTP 404")) return undefined;
    const refusal = /^gh: (.*?)\.? \(HTTP 403\)/m.exec(stderr)?.[1];
    if (refusal !== undefined) throw new Refusal(refusal);
    throw new CommandError(
      `GitHub's ${path} can't be read: ${stderr.trim() || String(error)}\nThis needs a repository administrator: gh auth status`,
    );
  }
}
