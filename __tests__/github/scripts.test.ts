import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { loadEnvironment } from "../../environments";
import { stackPath } from "../../stacks/stack-names";
import { CI } from "../constructs/ci/scope";
import { GITHUB, workflows } from "./workflow-files";

/** The workflows' scripts, with a `gh`, an `npm` and an `npx` in front that write down how they were called. */

let folder: string;

beforeAll(() => {
  for (const program of ["bash", "jq"])
    if (spawnSync(program, ["--version"]).status !== 0)
      throw new Error(
        `The workflows' scripts need ${program}, and so do these tests: it is not on the PATH.`,
      );
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wbot-scripts-"));
});

/** Programs that a script's `exec` starts, or whose environment a test looks at. */
const STARTED = ["node", "git"];

/**
 * A program that notes its arguments, one line a call, and then does what `script` says. Where a test can't tell the
 * difference it is a function of the script's bash, since a process of its own takes as long as the rest of the script.
 */
function standIn(name: string, script = "") {
  const text = `printf '%s' ${name} >>calls; printf ' %q' "$@" >>calls; echo >>calls\n${script}\n`;
  if (!STARTED.includes(name)) {
    appendFileSync(join(folder, "functions"), `${name}() (\nset +eu +o pipefail\n${text})\n`);
    return;
  }
  write(`bin/${name}`, `#!/usr/bin/env bash\n${text}`);
  chmodSync(join(folder, "bin", name), 0o755);
}

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly calls: readonly string[];
}

function bash(args: readonly string[], env: Readonly<Record<string, string>>): Ran {
  const { status, stdout, stderr } = spawnSync("bash", args, {
    cwd: folder,
    encoding: "utf8",
    // Jest's own timeout can't end it.
    timeout: 20_000,
    env: {
      PATH: [join(folder, "bin"), process.env["PATH"] ?? ""].join(delimiter),
      BASH_ENV: join(folder, "functions"),
      GITHUB_SERVER_URL: "https://github.test",
      GITHUB_REPOSITORY: "acme/wbot-on-aws",
      GITHUB_RUN_ID: "7",
      GITHUB_OUTPUT: join(folder, "output"),
      GITHUB_STEP_SUMMARY: join(folder, "summary"),
      ...env,
    },
  });
  return { status, stdout, stderr, calls: existsSync(join(folder, "calls")) ? lines("calls") : [] };
}

const run = (script: string, env: Readonly<Record<string, string>>) =>
  bash([join(GITHUB, "scripts", `${script}.sh`)], env);

function write(path: string, text: string) {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const read = (path: string) => readFileSync(join(folder, path), "utf8");
const lines = (path: string) => read(path).trimEnd().split("\n");

describe("the comment on a pull request", () => {
  const env = { NUMBER: "12", COMMIT: "3f2c1e9", ENVIRONMENTS: '["dev"]' };
  const comments = "repos/acme/wbot-on-aws/issues/12/comments";

  /** What GitHub has, answered by jq as `gh --jq` would. */
  function github(...all: { id: number; body: string; user?: string }[]) {
    const answer = all.map(({ id, body, user = "github-actions[bot]" }) => ({
      id,
      body,
      user: { login: user },
    }));
    write("comments.json", JSON.stringify(answer));
    standIn("gh", 'if [[ $2 == --paginate ]]; then jq -r "$5" comments.json; fi');
  }

  it("is made where there is none of ours", () => {
    github(
      { id: 1, body: "<!-- wbot-diff:dev --> copied by somebody", user: "somebody" },
      { id: 2, body: "<!-- wbot-diff:staging -->\nof another environment" },
    );
    write("diffs/dev/changes", "true\n");
    write("diffs/dev/diff.md", "1 to create\n");
    expect(run("comment", env)).toMatchObject({
      status: 0,
      calls: [
        expect.stringContaining(`--paginate ${comments}`),
        `gh api --silent --method POST ${comments} --field body=@comment.md`,
      ],
    });
    expect(read("comment.md")).toBe(
      "<!-- wbot-diff:dev -->\n1 to create\n\n<sub>dev at 3f2c1e9, [run](https://github.test/acme/wbot-on-aws/actions/runs/7)</sub>\n",
    );
  });

  it("is edited where there is one, the first of them", () => {
    github(
      { id: 8, body: "<!-- wbot-diff:dev -->\nearlier" },
      { id: 9, body: "<!-- wbot-diff:dev -->\nby a race" },
    );
    write("diffs/dev/changes", "true\n");
    write("diffs/dev/diff.md", "1 to create\n");
    expect(run("comment", env).calls.at(-1)).toBe(
      "gh api --silent --method PATCH repos/acme/wbot-on-aws/issues/comments/8 --field body=@comment.md",
    );
  });

  it("says in one line that nothing changes any more", () => {
    github({ id: 8, body: "<!-- wbot-diff:dev -->\nearlier" });
    write("diffs/dev/changes", "false\n");
    write("diffs/dev/diff.md", "a heading and more\n");
    expect(run("comment", env).calls.at(-1)).toContain("--method PATCH");
    expect(lines("comment.md")[1]).toBe("No changes in **dev**.");
    expect(read("comment.md")).not.toContain("heading");
  });

  it("shows the report of a plan that failed", () => {
    github({ id: 8, body: "<!-- wbot-diff:dev -->\nearlier" });
    write("diffs/dev/changes", "unknown\n");
    write("diffs/dev/diff.md", "infra could not be planned\n");
    expect(run("comment", env).status).toBe(0);
    expect(lines("comment.md")[1]).toBe("infra could not be planned");
  });

  it("doesn't leave an earlier diff where there is none", () => {
    github({ id: 8, body: "<!-- wbot-diff:dev -->\nearlier" });
    expect(run("comment", env)).toMatchObject({ status: 0 });
    expect(lines("comment.md")[1]).toBe("The changes in **dev** could not be determined: see the run.");
  });

  it("is one for each environment", () => {
    github({ id: 8, body: "<!-- wbot-diff:prod -->\nearlier" });
    expect(run("comment", { ...env, ENVIRONMENTS: '["dev","prod"]' }).calls.slice(1)).toEqual([
      `gh api --silent --method POST ${comments} --field body=@comment.md`,
      "gh api --silent --method PATCH repos/acme/wbot-on-aws/issues/comments/8 --field body=@comment.md",
    ]);
  });

  it("shows no earlier diff of any environment where the settings can't be read", () => {
    github(
      { id: 8, body: "<!-- wbot-diff:dev -->\nearlier" },
      { id: 9, body: "<!-- wbot-diff:prod -->\nearlier" },
      { id: 10, body: "<!-- wbot-diff:staging --> copied by somebody", user: "somebody" },
    );
    const { status, calls } = run("comment", { ...env, ENVIRONMENTS: "" });
    expect(status).toBe(0);
    expect(calls.slice(1)).toEqual(
      [8, 9].map(
        (id) =>
          `gh api --silent --method PATCH repos/acme/wbot-on-aws/issues/comments/${id} --field body=@comment.md`,
      ),
    );
    expect(lines("comment.md")[1]).toBe("The changes in **prod** could not be determined: see the run.");
  });

  it("is not made where the settings can't be read and there is none", () => {
    github();
    expect(run("comment", { ...env, ENVIRONMENTS: "" })).toMatchObject({
      status: 0,
      calls: [expect.stringContaining("--paginate")],
    });
  });

  it("is not written twice because GitHub didn't answer", () => {
    standIn("gh", "exit 1");
    write("diffs/dev/changes", "false\n");
    const { status, calls } = run("comment", env);
    expect(status).toBe(1);
    expect(calls).toHaveLength(1);
  });
});

describe("the issue about drift", () => {
  const env = { ENVIRONMENTS: '["dev","prod"]' };
  /** What GitHub has with the label, answered by jq as `gh --jq` would. */
  const github = (...all: { number: number; user?: string; pull_request?: object }[]) => {
    const answer = all.map(({ user = "github-actions[bot]", ...issue }) => ({
      ...issue,
      user: { login: user },
    }));
    write("issues.json", JSON.stringify(answer));
    standIn("gh", 'if [[ $2 == --paginate ]]; then jq -r "$5" issues.json; fi');
  };
  /** Those of ours. */
  const open = (...numbers: number[]) => {
    standIn("gh", `if [[ $2 == --paginate ]]; then printf '%s\\n' ${numbers.join(" ")}; fi`);
  };
  const drifted = (name: string, text: string) => {
    write(`diffs/${name}/changes`, "true\n");
    write(`diffs/${name}/diff.txt`, text);
    write(`diffs/${name}/findings`, "");
  };
  const unchanged = (name: string) => {
    write(`diffs/${name}/changes`, "false\n");
    write(`diffs/${name}/findings`, "");
  };

  it("is opened where there is none, with the part of each environment that differs", () => {
    open();
    drifted("prod", "- a listener\n");
    unchanged("dev");
    const { status, calls } = run("drift", env);
    expect(status).toBe(0);
    expect(calls.slice(1)).toEqual([
      expect.stringMatching(/^gh label create drift .*--force$/),
      "gh issue create --title Drift --label drift --body-file issue.md",
    ]);
    expect(read("issue.md")).toContain("## prod\n\n~~~~\n- a listener\n~~~~\n");
    expect(read("issue.md")).not.toContain("## dev");
  });

  it("is brought up to date where there is one", () => {
    open(31, 12);
    drifted("dev", "~ a tag\n");
    drifted("prod", "- a listener\n");
    expect(run("drift", env).calls.slice(1)).toEqual(["gh issue edit 31 --body-file issue.md"]);
    expect(read("issue.md")).toMatch(/## dev\n[^]*~ a tag[^]*## prod\n[^]*- a listener/);
  });

  it("is closed when nothing differs any more", () => {
    open(31, 12);
    for (const name of ["dev", "prod"]) unchanged(name);
    expect(run("drift", env).calls.slice(1)).toEqual([
      expect.stringMatching(/^gh issue close 31 --comment /),
    ]);
  });

  it("is never somebody's own with the same label, nor a pull request", () => {
    github({ number: 30, user: "somebody" }, { number: 29, pull_request: {} });
    drifted("prod", "- a listener\n");
    unchanged("dev");
    expect(run("drift", env).calls.slice(1)).toEqual([
      expect.stringMatching(/^gh label create/),
      "gh issue create --title Drift --label drift --body-file issue.md",
    ]);
    github({ number: 30, user: "somebody" }, { number: 31 });
    expect(run("drift", env).calls.at(-1)).toBe("gh issue edit 31 --body-file issue.md");
  });

  it("is not opened twice because GitHub didn't answer", () => {
    standIn("gh", "exit 1");
    const { status, calls } = run("drift", env);
    expect(status).toBe(1);
    expect(calls).toHaveLength(1);
  });

  it("is left alone where there is none and nothing differs", () => {
    open();
    for (const name of ["dev", "prod"]) unchanged(name);
    const { status, calls } = run("drift", env);
    expect(status).toBe(0);
    expect(calls).toHaveLength(1);
  });

  it("stays open while an environment could not be checked", () => {
    open(31, 12);
    unchanged("dev");
    expect(run("drift", env).calls.slice(1)).toEqual(["gh issue edit 31 --body-file issue.md"]);
    expect(read("issue.md")).toContain("## prod\n\nIt could not be checked: see the run.");
  });

  it("stays open while a check of an environment failed, whose findings nobody knows", () => {
    open(31, 12);
    unchanged("dev");
    write("diffs/prod/changes", "false\n");
    expect(run("drift", env).calls.slice(1)).toEqual(["gh issue edit 31 --body-file issue.md"]);
    expect(read("issue.md")).toContain(
      "## prod\n\nIts images, nodes and versions could not be checked: see the run.\n",
    );
    expect(read("issue.md")).not.toContain("## dev");
  });

  it("says that the settings could not be read, rather than that nothing differs", () => {
    open(31);
    expect(run("drift", { ENVIRONMENTS: "" }).calls.slice(1)).toEqual([
      "gh issue edit 31 --body-file issue.md",
    ]);
    expect(read("issue.md")).toContain("## settings\n\nIt could not be checked: see the run.");
  });

  it("names what preflight found, whether or not anything differs", () => {
    open();
    unchanged("dev");
    write("diffs/dev/findings", "- images: wbot-ai runs an image that is gone\n");
    drifted("prod", "- a listener\n");
    write("diffs/prod/findings", "- nodes: an older Bottlerocket\n");
    expect(run("drift", env).calls.at(-1)).toBe(
      "gh issue create --title Drift --label drift --body-file issue.md",
    );
    expect(read("issue.md")).toContain("## dev\n\n- images: wbot-ai runs an image that is gone\n\n\n## prod");
    expect(read("issue.md")).toContain("- nodes: an older Bottlerocket\n\n~~~~\n- a listener\n~~~~\n");
  });

  it.each([1, 12])("fits into an issue however much differs in %d environments", (count) => {
    open();
    const names = Array.from({ length: count }, (_, index) => `environment-${index}`);
    for (const name of names) {
      drifted(name, "x".repeat(100_000));
      write(`diffs/${name}/findings`, "y".repeat(100_000));
    }
    expect(run("drift", { ENVIRONMENTS: JSON.stringify(names) }).status).toBe(0);
    expect(read("issue.md").length).toBeLessThan(65_536);
    for (const name of names)
      expect(read("issue.md")).toMatch(new RegExp(`## ${name}\n\ny+\n\n~~~~\nx+\n~~~~\n`));
  });
});

describe("the findings of a night", () => {
  const env = { ENVIRONMENT: "dev", CHECKS: "images nodes" };
  const finds = (code: number, ...findings: object[]) => {
    standIn("npx", `echo '${JSON.stringify({ findings })}'; exit ${String(code)}`);
  };

  it("are those that somebody must see to, and fail nothing", () => {
    finds(
      1,
      { check: "images", status: "fail", why: "wbot-ai runs what is gone", fix: "Push it again\nnow" },
      { check: "nodes", status: "warn", why: "older", fix: "" },
      { check: "nodes", status: "pass", why: "fine" },
      { check: "nodes", status: "skip", why: "none" },
    );
    const { status, calls } = run("findings", env);
    expect(status).toBe(0);
    expect(calls).toEqual(["npx wbot preflight --env dev --only images nodes --json"]);
    expect(read("diffs/dev/findings")).toBe(
      "- images: wbot-ai runs what is gone\n\n  Push it again\n  now\n- nodes: older\n",
    );
  });

  it("are none where all is well", () => {
    finds(0, { check: "nodes", status: "pass", why: "fine" });
    expect(run("findings", env).status).toBe(0);
    expect(read("diffs/dev/findings")).toBe("");
  });

  it("are not taken for none where the command was wrong", () => {
    finds(2);
    expect(run("findings", env).status).toBe(2);
  });

  it("are not taken for none where the command printed none", () => {
    standIn("npx", "echo 'an error' >&2; exit 1");
    expect(run("findings", env).status).toBe(1);
  });

  it("are not taken for none where they can't be read: there is no file then", () => {
    standIn("npx", "echo 'a line that is no JSON'");
    expect(run("findings", env).status).not.toBe(0);
    expect(existsSync(join(folder, "diffs/dev/findings"))).toBe(false);
  });
});

describe("the diff", () => {
  const saving = (code: number) => {
    standIn("npx", `mkdir -p diffs/dev && echo "a diff" >diffs/dev/diff.md; exit ${String(code)}`);
  };

  it.each([
    [0, "false"],
    [4, "true"],
  ])("that ends with %d says that changes are %s", (code, changes) => {
    saving(code);
    expect(run("diff", { ENVIRONMENT: "dev", WBOT_IMAGE_TAG: "" })).toMatchObject({
      status: 0,
      calls: ["npx wbot diff --env dev --format text --save diffs/dev --exit-code"],
    });
    expect(read("output")).toBe(`changes=${changes}\n`);
    expect(read("diffs/dev/changes")).toBe(`${changes}\n`);
    expect(read("summary")).toBe("a diff\n");
  });

  it("that could not plan a stack fails, with its report in the summary", () => {
    saving(1);
    expect(run("diff", { ENVIRONMENT: "dev", WBOT_IMAGE_TAG: "" }).status).toBe(1);
    expect(read("diffs/dev/changes")).toBe("unknown\n");
    expect(read("summary")).toBe("a diff\n");
  });

  it("that could not even begin fails, and says that nothing is known", () => {
    standIn("npx", "exit 2");
    expect(run("diff", { ENVIRONMENT: "dev", WBOT_IMAGE_TAG: "" }).status).toBe(2);
    expect(read("output")).toBe("changes=unknown\n");
  });

  it("of an image looks at app only", () => {
    saving(4);
    expect(run("diff", { ENVIRONMENT: "dev", WBOT_IMAGE_TAG: "ai=3f2c1e9" }).calls[0]).toContain(
      "diff app --env dev",
    );
  });
});

describe("the approval", () => {
  const env = { ENVIRONMENT: "prod", BY_HAND: "false", IMAGE: "" };
  const REVIEWED = {
    type: "required_reviewers",
    prevent_self_review: true,
    reviewers: [{ type: "Team", reviewer: { slug: "platform" } }],
  };
  const SET_UP = { can_admins_bypass: false, protection_rules: [{ type: "branch_policy" }, REVIEWED] };
  const answers = (found: object, branches: readonly string[] = ["main"]) => {
    const policies = { branch_policies: branches.map((name) => ({ name })) };
    standIn(
      "gh",
      `if [[ $2 == *policies ]]; then echo '${JSON.stringify(policies)}'; else echo '${JSON.stringify(found)}'; fi`,
    );
  };

  it("is there where the environment has reviewers", () => {
    answers(SET_UP);
    expect(run("approval", env)).toMatchObject({
      status: 0,
      calls: [
        "gh api repos/acme/wbot-on-aws/environments/prod",
        "gh api repos/acme/wbot-on-aws/environments/prod/deployment-branch-policies",
      ],
    });
  });

  it.each<[string, object, string[]]>([
    [
      "lets whoever started a deploy approve it",
      { ...SET_UP, protection_rules: [{ ...REVIEWED, prevent_self_review: false }] },
      ["main"],
    ],
    [
      "has no reviewers (a team needs write access to the repository)",
      { ...SET_UP, protection_rules: [{ ...REVIEWED, reviewers: [] }] },
      ["main"],
    ],
    ["lets administrators bypass its rules", { ...SET_UP, can_admins_bypass: true }, ["main"]],
    ["accepts branches other than main", SET_UP, ["main", "release/*"]],
    ["accepts branches other than main", SET_UP, []],
  ])("is worth nothing where the environment %s", (why, found, branches) => {
    answers(found, branches);
    expect(run("approval", env)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`The GitHub environment prod ${why}, so nothing is deployed to it`),
    });
  });

  it("is missed where GitHub would ask nobody", () => {
    answers({ ...SET_UP, protection_rules: [{ type: "branch_policy" }] });
    expect(run("approval", env)).toMatchObject({
      status: 1,
      stderr: [
        "The GitHub environment prod requires no approval, so nothing is deployed to it automatically.",
        "Set it up as described in docs/delivery.md, or deploy by hand: gh workflow run deploy.yml -f environment=prod\n",
      ].join("\n"),
    });
  });

  it("of an image has another way out, since deploy.yml rolls out none", () => {
    answers({ ...SET_UP, protection_rules: [] });
    expect(run("approval", { ...env, IMAGE: "ai=3f2c1e9" }).stderr).toContain(
      "Set it up as described in docs/delivery.md, or deploy from your machine: npx wbot deploy --env prod app --image-tag ai=3f2c1e9\n",
    );
  });

  it("is missed where the environment was never set up", () => {
    standIn("gh", "exit 1");
    expect(run("approval", env)).toMatchObject({
      status: 1,
      stderr:
        "The GitHub environment prod can't be read. Set it up as described in docs/delivery.md, or deploy by hand: gh workflow run deploy.yml -f environment=prod\n",
    });
    expect(run("approval", { ...env, IMAGE: "ai=3f2c1e9" }).stderr).toContain(
      "can't be read. Set it up as described in docs/delivery.md, or deploy from your machine: npx wbot deploy --env prod app --image-tag ai=3f2c1e9\n",
    );
  });

  it("is not asked for where a person started the deploy", () => {
    standIn("gh", "exit 1");
    expect(run("approval", { ...env, BY_HAND: "true" })).toMatchObject({ status: 0, calls: [] });
  });
});

describe("the newest commit", () => {
  const COMMIT = "1".repeat(40);
  const env = { COMMIT, ENVIRONMENT: "prod", IMAGE: "", GH_TOKEN: "a token", GITHUB_RUN_ATTEMPT: "1" };
  const mainAt = (commit: string) => {
    standIn(
      "git",
      `printf '%s' "$GIT_CONFIG_KEY_0: $GIT_CONFIG_VALUE_0" >config; ${commit && `printf '%s\\trefs/heads/main\\n' ${commit}`}`,
    );
  };

  it("is gone on with, looked up with the job's token", () => {
    mainAt(COMMIT);
    expect(run("newest", env)).toMatchObject({
      status: 0,
      stderr: "",
      calls: ["git ls-remote origin refs/heads/main"],
    });
    const basic = Buffer.from("x-access-token:a token").toString("base64");
    expect(read("config")).toBe(`http.extraheader: AUTHORIZATION: basic ${basic}`);
  });

  it("is not an older one, and what main holds has a run of its own", () => {
    mainAt("2".repeat(40));
    expect(run("newest", env)).toMatchObject({
      status: 1,
      stderr: [
        "This run is for 1111111, but main is now at 2222222: continuing would deploy older code, so it stops here.",
        "The new head of main has its own run. To start one: gh workflow run deploy.yml -f environment=prod\n",
      ].join("\n"),
    });
  });

  it("is wanted by an image, too, which is started again then", () => {
    mainAt("2".repeat(40));
    const { status, stderr } = run("newest", { ...env, IMAGE: "ai=3f2c1e9" });
    expect(status).toBe(1);
    expect(stderr).toContain(
      "To roll out the image from main: gh workflow run image.yml -f service=ai -f commit=3f2c1e9\n",
    );
  });

  it("is not enough for a re-run of an image, which a newer one may have followed", () => {
    mainAt(COMMIT);
    expect(run("newest", { ...env, GITHUB_RUN_ATTEMPT: "2" }).status).toBe(0);
    expect(run("newest", { ...env, IMAGE: "ai=3f2c1e9" }).status).toBe(0);
    expect(run("newest", { ...env, IMAGE: "ai=3f2c1e9", GITHUB_RUN_ATTEMPT: "2" })).toMatchObject({
      status: 1,
      stderr: [
        "A newer image may have been rolled out since this run first started, so a re-run stops here.",
        "To roll out 3f2c1e9 all the same: gh workflow run image.yml -f service=ai -f commit=3f2c1e9\n",
      ].join("\n"),
    });
  });

  it.each(["exit 128", ""])("is not taken for granted where git says nothing (%j)", (script) => {
    standIn("git", script);
    expect(run("newest", env)).toMatchObject({
      status: 1,
      stderr:
        "The head of main could not be read, so this commit may be older than what is deployed. Start it again.\n",
    });
  });
});

describe("the deploy", () => {
  it("is of what was reviewed", () => {
    standIn("node");
    expect(run("deploy", { ENVIRONMENT: "prod", IMAGE: "" }).calls).toEqual([
      "node bin/wbot.js deploy --env prod --yes --reviewed diffs/prod/diff.json",
    ]);
  });

  it("of an image is of app only, and goes back where the image doesn't run", () => {
    standIn("node");
    expect(run("deploy", { ENVIRONMENT: "prod", IMAGE: "ai=3f2c1e9" }).calls).toEqual([
      "node bin/wbot.js deploy app --image-tag ai=3f2c1e9 --roll-back --env prod --yes --reviewed diffs/prod/diff.json",
    ]);
  });

  it("hears of a cancelled job itself, which signals only the step's first process", async () => {
    standIn("node", "trap 'echo SIGINT >>signals; exit 130' INT; touch ready; while :; do sleep 0.02; done");
    const step = workflows["environment.yml"]?.jobs["deploy"]?.steps?.find(({ run: script }) =>
      script?.includes("deploy.sh"),
    );
    mkdirSync(join(folder, ".github"));
    symlinkSync(join(GITHUB, "scripts"), join(folder, ".github", "scripts"));
    const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step?.run ?? ""], {
      cwd: folder,
      env: { PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`, ENVIRONMENT: "prod", IMAGE: "" },
    });
    while (!existsSync(join(folder, "ready"))) await sleep(10);
    child.kill("SIGINT");
    expect(await once(child, "close")).toEqual([130, null]);
    expect(read("signals")).toBe("SIGINT\n");
  });

  it("fails as the command does", () => {
    standIn("node", "exit 3");
    expect(run("deploy", { ENVIRONMENT: "prod", IMAGE: "" }).status).toBe(3);
  });
});

describe("an image", () => {
  it.each([
    ["ai", "3f2c1e9"],
    ["web", "0123456789abcdef0123456789abcdef01234567"],
  ])("of %s at %s is named", (SERVICE, COMMIT) => {
    expect(run("image", { SERVICE, COMMIT })).toMatchObject({
      status: 0,
      stdout: `image=${SERVICE}=${COMMIT}\n`,
    });
  });

  it.each([
    ["ai,web", "3f2c1e9", "The service is ai\\,web: it must be a service's key, such as ai.\n"],
    ["", "3f2c1e9", "The service is '': it must be a service's key, such as ai.\n"],
    ["ai", "3f2c1e", "The commit is 3f2c1e: it must be 7 to 40 digits of a commit's hash.\n"],
    ["ai", "latest", "The commit is latest: it must be 7 to 40 digits of a commit's hash.\n"],
    // Neither a second output nor a command to the runner may come of a line's end.
    [
      "ai",
      "3f2c1e9\n::add-path::/tmp",
      "The commit is $'3f2c1e9\\n::add-path::/tmp': it must be 7 to 40 digits of a commit's hash.\n",
    ],
    [
      "ai\nimage=web",
      "3f2c1e9",
      "The service is $'ai\\nimage=web': it must be a service's key, such as ai.\n",
    ],
  ])("of %j at %j is refused", (SERVICE, COMMIT, stderr) => {
    expect(run("image", { SERVICE, COMMIT })).toMatchObject({ status: 1, stdout: "", stderr });
  });
});

describe("handing an image over", () => {
  const [step] = workflows["send-image.yml"]?.jobs["send"]?.steps ?? [];
  const NEWEST = "1234567".padEnd(40, "0");
  const env = {
    REPOSITORY: "acme/wbot-on-aws",
    SERVICE: "web",
    COMMIT: NEWEST,
    GITHUB_REPOSITORY: "acme/product",
    CALLER_TOKEN: "caller's",
    GH_TOKEN: "ours",
  };
  const send = (given: object = {}) =>
    bash(["--noprofile", "--norc", "-eo", "pipefail", "-c", step?.run ?? ""], { ...env, ...given });
  const asked = "gh api repos/acme/product/commits\\?per_page=1 --jq .\\[0\\].sha";

  beforeEach(() => {
    standIn(
      "gh",
      `echo "$GH_TOKEN" >>tokens; if [[ $3 == --jq ]]; then jq -r "$4" <<<'[{"sha":"${NEWEST}"}]'; fi`,
    );
  });

  it("starts this repository's workflow, with values that stay text", () => {
    expect(send()).toMatchObject({
      status: 0,
      calls: [
        asked,
        `gh api --method POST repos/acme/wbot-on-aws/actions/workflows/image.yml/dispatches --raw-field ref=main --raw-field inputs\\[service\\]=web --raw-field inputs\\[commit\\]=${NEWEST}`,
      ],
    });
    expect(lines("tokens")).toEqual(["caller's", "ours"]);
    expect(send({ COMMIT: "1234567" }).status).toBe(0);
  });

  it("may read the caller's commits with the caller's token", () => {
    expect(step?.env?.["CALLER_TOKEN"]).toBe("${{ github.token }}");
    expect(workflows["send-image.yml"]?.jobs["send"]?.permissions).toEqual({ contents: "read" });
  });

  it("sends no image of an older commit, which a newer one's may have preceded", () => {
    const COMMIT = "7654321".padEnd(40, "0");
    expect(send({ COMMIT })).toMatchObject({
      status: 1,
      stderr: [
        "The image is of 7654321, but the default branch is now at 1234567: it might replace a newer image, so it isn't sent.",
        `To roll it out all the same: gh workflow run image.yml --repo acme/wbot-on-aws -f service=web -f commit=${COMMIT}\n`,
      ].join("\n"),
      calls: [asked],
    });
  });

  it("sends none where GitHub doesn't say which commit is the newest", () => {
    standIn("gh", "exit 1");
    expect(send()).toMatchObject({ status: 1, calls: [asked] });
  });

  it("says what is wrong with an image's name, and starts nothing", () => {
    expect(send({ COMMIT: "main" })).toMatchObject({
      status: 1,
      stderr:
        "service is web and commit main: they must be a service's key, such as ai, and 7 to 40 digits of a commit's hash.\n",
      calls: [],
    });
  });
});

describe("a state that a deploy could not write", () => {
  const FILE = join(stackPath(loadEnvironment("prod"), "infra", "cdktf.out"), "errored.tfstate");
  const push = "npx wbot state push --env prod";
  /** Bash counts on from SECONDS. */
  const pushed = (SECONDS = "0") => run("push-state", { ENVIRONMENT: "prod", SECONDS });
  beforeEach(() => {
    standIn("sleep");
  });

  it("is pushed until that succeeds", () => {
    write(FILE, "{}");
    standIn("npx", `(($(grep -c npx calls) > 2)) && rm ${FILE}`);
    expect(pushed()).toMatchObject({ status: 0, calls: [push, "sleep 60", push, "sleep 60", push] });
  });

  it("goes with the runner after 20 minutes and no further wait, which names the section that says what to do", () => {
    write(FILE, "{}");
    standIn("npx", "exit 1");
    const { status, stderr, calls } = pushed("1200");
    expect({ status, calls }).toEqual({ status: 1, calls: [push] });
    expect(stderr).not.toContain("tries again");
    const [, page = "", section = ""] = /: (docs\/\S+\.md), "(.*)"\n$/.exec(stderr) ?? [];
    expect(readFileSync(join(GITHUB, "..", page), "utf8")).toContain(`\n### ${section}\n`);
  });

  it("is not pushed again once somebody has deployed since, which the command says", () => {
    const source = readFileSync(join(GITHUB, "..", "commands", "leftovers", "unwritten-state.ts"), "utf8");
    const [said = ""] = /somebody has deployed.+can't be written any more/.exec(source) ?? [];
    write("said", said.replace(/\$\{[\w.]+\}/, "infra"));
    write(FILE, "{}");
    standIn("npx", "cat said >&2; exit 1");
    const { status, stderr, calls } = pushed();
    expect({ status, calls }).toEqual({ status: 1, calls: [push] });
    expect(stderr).toMatch(/^somebody has deployed infra since, .+\nThe state can't be written any more, /);
    expect(stderr).toMatch(/"If the file is gone"\n$/);
  });

  it("is not looked for in vain: most failed deploys have written theirs", () => {
    standIn("npx", "exit 1");
    write(FILE.replace("prod", "dev"), "{}");
    expect(pushed()).toMatchObject({ status: 0, calls: [] });
  });
});

describe("local settings", () => {
  it("are written from the repository's variables, and only those that are there", () => {
    mkdirSync(join(folder, "environments"));
    const VARIABLES = JSON.stringify({ PROD_LOCAL_JSON: '{ "domain": { "host": "a.test" } }', OTHER: "x" });
    expect(run("local-settings", { VARIABLES })).toMatchObject({ status: 0 });
    expect(JSON.parse(read("environments/prod.local.json"))).toEqual({ domain: { host: "a.test" } });
    expect(existsSync(join(folder, "environments/dev.local.json"))).toBe(false);
  });

  it("of a twin that is delivered are in a variable that GitHub can store, without a hyphen", () => {
    const script = readFileSync(join(GITHUB, "scripts", "local-settings.sh"), "utf8");
    write("local-settings.sh", script.replace(/^for name in .*; do$/m, "for name in prod-west; do"));
    mkdirSync(join(folder, "environments"));
    const VARIABLES = JSON.stringify({ PROD_WEST_LOCAL_JSON: '{ "domain": { "host": "a.test" } }' });
    expect(bash(["local-settings.sh"], { VARIABLES })).toMatchObject({ status: 0 });
    expect(JSON.parse(read("environments/prod-west.local.json"))).toEqual({ domain: { host: "a.test" } });
  });

  it("never name the account, whose roles the jobs assume", () => {
    const VARIABLES = JSON.stringify({ PROD_LOCAL_JSON: '{ "account": "111122223333" }' });
    expect(run("local-settings", { VARIABLES })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(
        "PROD_LOCAL_JSON may not set account, since nobody reviews a variable.",
      ),
    });
  });

  it.each(["dev", "staging", "prod"])(
    "are not needed by %s as shipped, with ci: ci.yml checks it without any variable",
    (name) => {
      const script = readFileSync(join(GITHUB, "scripts", "local-settings.sh"), "utf8");
      const [, json = ""] = /^allowed='(.*?)'$/ms.exec(script) ?? [];
      const inVariable = JSON.parse(json) as string[];
      expect(inVariable).toContain("domain.host");
      const overrides = Object.fromEntries(Object.entries(CI).filter(([key]) => !inVariable.includes(key)));
      expect(loadEnvironment(name, { overrides }).ci).toBeDefined();
    },
  );

  it("are a JSON object, or the job fails", () => {
    expect(run("local-settings", { VARIABLES: JSON.stringify({ DEV_LOCAL_JSON: "host: a" }) })).toMatchObject(
      {
        status: 1,
        stderr:
          "The variable DEV_LOCAL_JSON must be a JSON object with the content of environments/dev.local.json.\n",
      },
    );
  });
});

describe("preparing a job", () => {
  it("installs what package-lock.json names", () => {
    standIn("npm");
    expect(run("packages", {}).calls).toEqual(["npm ci --ignore-scripts --no-audit --no-fund"]);
  });

  it("makes the folder that Terraform keeps providers in, for the steps that follow", () => {
    const env = { RUNNER_TEMP: folder, GITHUB_ENV: join(folder, "env") };
    expect(run("plugin-cache", env)).toMatchObject({ status: 0 });
    expect(read("env")).toBe(`TF_PLUGIN_CACHE_DIR=${join(folder, "terraform-plugins")}\n`);
    expect(existsSync(join(folder, "terraform-plugins"))).toBe(true);
  });
});
