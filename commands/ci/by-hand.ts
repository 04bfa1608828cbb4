import type { Environment } from "../../environments";
import type { Ci } from "../../environments/ci";
import { commandLine } from "../cli/options";
import { BRANCH } from "./policies/trust";

/** The environment that is deployed as soon as something is merged (.github/workflows/environment.yml). */
const UNASKED = "dev";

/** What AWS can't be told: the settings of the repository, the runner, and one deploy by an administrator. */
export function byHand(environment: Environment, ci: Ci): string {
  const { name } = environment;
  const repository = ci.repository.replaceAll(/@\d+/g, "");
  const api = `repos/${repository}/environments/${name}`;
  const asks = name !== UNASKED;
  const body = JSON.stringify({
    ...(asks ? { reviewers: [{ type: "Team", id: "<id>" }], prevent_self_review: true } : {}),
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  }).replace('"<id>"', "<id>");
  return [
    "Left to do by hand:",
    "",
    asks
      ? `1. Protect the GitHub environment ${name} now. Until it has reviewers, whoever starts a workflow of ${BRANCH} deploys unasked:`
      : `1. Let the GitHub environment ${name} be deployed from ${BRANCH} only; nobody is asked for it:`,
    "",
    ...(asks ? [`  gh api orgs/${repository.split("/")[0] ?? ""}/teams/<team> --jq .id`] : []),
    `  echo '${body}' | gh api --method PUT ${api} --input -`,
    `  gh api --method POST ${api}/deployment-branch-policies -f name=${BRANCH}`,
    "",
    "2. Name the repository as its tokens do. Those of repositories made or renamed since 15 July 2026 carry numbers, and",
    '   ci.repository must then be what this prints; otherwise AWS answers "Not authorized to perform',
    '   sts:AssumeRoleWithWebIdentity":',
    "",
    `  gh api repos/${repository} --jq '"\\(.owner.login)@\\(.owner.id)/\\(.name)@\\(.id)"'`,
    "",
    `3. Register a runner with the label ${ci.runner} that reaches the cluster's Kubernetes API; this lists the labels:`,
    "",
    `  gh api repos/${repository}/actions/runners --jq '.runners[].labels[].name'`,
    "",
    "4. Let both roles into the cluster, and bound the roles that are there, by one deploy as an administrator:",
    "",
    `  ${commandLine("deploy", environment, "infra")}`,
  ].join("\n");
}
