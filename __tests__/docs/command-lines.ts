import type { Command } from "commander";
import { program } from "../../commands/wbot";
import { addMaintenance } from "../../tools/maintenance";

/** Command lines in documents, held against the command lines' own definitions. */

/**
 * Options of other programs' commands, as their references give them: "=" for one that takes a value, followed by the values
 * if there are only these, "!" for one that must be given, "*" after it for one that takes several words. A command that is
 * new in a document needs its line here.
 *
 * @see https://docs.aws.amazon.com/cli/latest/reference/
 * @see https://kubernetes.io/docs/reference/kubectl/generated/
 */
const ALSO = {
  aws: "--query= --output=json|text|table|yaml --region= --profile=",
  kubectl: "-n= --namespace= -A -l= -o=",
  terraform: "-chdir=",
  cmctl: "--namespace= -n=",
} as const;

const COMMANDS: Readonly<Record<string, string>> = {
  "aws account enable-region": "!--region-name=",
  "aws arc-zonal-shift cancel-zonal-shift": "!--zonal-shift-id=",
  "aws arc-zonal-shift list-zonal-shifts": "--status=ACTIVE|EXPIRED|CANCELED --resource-identifier=",
  "aws arc-zonal-shift start-zonal-shift": "!--resource-identifier= !--away-from= !--expires-in= !--comment=",
  "aws ce get-cost-and-usage":
    "!--time-period= !--granularity=DAILY|MONTHLY|HOURLY !--metrics=* --group-by=* --filter=",
  "aws ce start-cost-allocation-tag-backfill": "!--backfill-from=",
  "aws cloudtrail lookup-events": "--lookup-attributes=* --start-time= --end-time=",
  "aws cloudwatch describe-alarms":
    "--alarm-name-prefix= --alarm-names=* --state-value=OK|ALARM|INSUFFICIENT_DATA",
  "aws cloudwatch get-metric-statistics":
    "!--namespace= !--metric-name= --dimensions=* !--start-time= !--end-time= !--period= --statistics=*",
  "aws ec2 create-network-acl-entry":
    "!--network-acl-id= !--ingress !--rule-number= !--protocol=tcp|udp|icmp|all !--rule-action=allow|deny --cidr-block=",
  "aws ec2 create-snapshot": "!--volume-id= --description=",
  "aws ec2 delete-network-interface": "!--network-interface-id=",
  "aws ec2 delete-security-group": "!--group-id=",
  "aws ec2 delete-volume": "!--volume-id=",
  "aws ec2 delete-vpc-endpoints": "!--vpc-endpoint-ids=*",
  "aws ec2 describe-availability-zones": "--zone-names=*",
  "aws ec2 describe-nat-gateways": "--filter=* --nat-gateway-ids=*",
  "aws ec2 describe-network-acls": "--filters=*",
  "aws ec2 describe-network-interfaces": "--filters=*",
  "aws ec2 describe-security-groups": "--filters=*",
  "aws ec2 describe-tags": "--filters=*",
  "aws ec2 describe-volumes": "--filters=* --volume-ids=*",
  "aws ec2 describe-vpc-endpoint-services": "--service-names=* --filters=*",
  "aws ec2 describe-vpc-endpoints": "--filters=*",
  "aws ec2 describe-vpcs": "--filters=* --vpc-ids=*",
  "aws ec2 wait": "--snapshot-ids=*",
  "aws ecr batch-get-image": "!--repository-name= !--image-ids=*",
  "aws ecr describe-image-scan-findings": "!--repository-name= !--image-id=",
  "aws ecr describe-images": "!--repository-name= --image-ids=*",
  "aws eks associate-access-policy": "!--cluster-name= !--principal-arn= !--policy-arn= !--access-scope=",
  "aws eks create-access-entry": "!--cluster-name= !--principal-arn= --kubernetes-groups=*",
  "aws eks delete-access-entry": "!--cluster-name= !--principal-arn=",
  "aws eks describe-addon": "!--cluster-name= !--addon-name=",
  "aws eks describe-cluster": "!--name=",
  "aws eks describe-nodegroup": "!--cluster-name= !--nodegroup-name=",
  "aws eks list-access-entries": "!--cluster-name=",
  "aws eks list-insights": "!--cluster-name= --filter=",
  "aws eks list-nodegroups": "!--cluster-name=",
  "aws eks update-addon":
    "!--cluster-name= !--addon-name= --addon-version= --resolve-conflicts=OVERWRITE|NONE|PRESERVE --configuration-values=",
  "aws eks update-cluster-config": "!--name= --zonal-shift-config=",
  "aws eks update-cluster-version": "!--name= !--kubernetes-version=",
  "aws eks update-kubeconfig": "!--name=",
  "aws eks update-nodegroup-version":
    "!--cluster-name= !--nodegroup-name= --kubernetes-version= --release-version=",
  "aws eks wait cluster-active": "!--name=",
  "aws eks wait nodegroup-active": "!--cluster-name= !--nodegroup-name=",
  "aws elasticache copy-snapshot": "!--source-snapshot-name= !--target-snapshot-name=",
  // No --replication-group-id here, nor to describe them: without cluster mode, snapshots are a node's.
  "aws elasticache create-snapshot": "!--cache-cluster-id= !--snapshot-name=",
  "aws elasticache delete-snapshot": "!--snapshot-name=",
  "aws elasticache describe-events":
    "--source-type=replication-group|cache-cluster|user|user-group --source-identifier= --duration=",
  "aws elasticache describe-replication-groups": "--replication-group-id=",
  "aws elasticache describe-snapshots": "--cache-cluster-id= --snapshot-name= --snapshot-source=system|user",
  "aws elasticache modify-replication-group":
    "!--replication-group-id= --snapshotting-cluster-id= --snapshot-retention-limit= --snapshot-window= --apply-immediately",
  "aws elasticache test-failover": "!--replication-group-id= !--node-group-id=",
  "aws elbv2 describe-load-balancers": "--names=*",
  "aws elbv2 describe-target-groups": "--load-balancer-arn= --names=*",
  "aws elbv2 describe-target-health": "!--target-group-arn=",
  "aws elbv2 modify-load-balancer-attributes": "!--load-balancer-arn= !--attributes=*",
  "aws events describe-rule": "!--name=",
  "aws events enable-rule": "!--name=",
  "aws iam list-roles": "--path-prefix=",
  "aws iam put-role-policy": "!--role-name= !--policy-name= !--policy-document=",
  "aws iam update-access-key": "--user-name= !--access-key-id= !--status=Active|Inactive",
  "aws identitystore get-user-id": "!--identity-store-id= !--alternate-identifier=",
  "aws kms cancel-key-deletion": "!--key-id=",
  "aws kms enable-key": "!--key-id=",
  "aws lambda get-function": "!--function-name=",
  "aws lambda update-function-code": "!--function-name= !--zip-file=",
  "aws logs create-export-task": "--log-group-name= --from= --to= --destination= --destination-prefix=",
  "aws logs delete-log-group": "!--log-group-name=",
  "aws logs describe-log-groups": "--log-group-name-prefix=",
  "aws logs get-query-results": "!--query-id=",
  "aws logs start-query": "--log-group-name= !--start-time= !--end-time= !--query-string=",
  "aws logs tail": "--since= --follow --filter-pattern= --format=",
  "aws organizations attach-policy": "!--policy-id= !--target-id=",
  "aws organizations create-policy":
    "!--content= !--description= !--name= !--type=SERVICE_CONTROL_POLICY|RESOURCE_CONTROL_POLICY",
  "aws organizations enable-policy-type":
    "!--root-id= !--policy-type=SERVICE_CONTROL_POLICY|RESOURCE_CONTROL_POLICY",
  "aws organizations list-roots": "",
  "aws resourcegroupstaggingapi get-resources": "--tag-filters=* --resource-type-filters=*",
  "aws s3 cp": "--recursive",
  "aws s3 ls": "--recursive",
  "aws s3api copy-object": "!--bucket= !--key= !--copy-source=",
  "aws s3api delete-object": "!--bucket= !--key=",
  "aws s3api list-object-versions": "!--bucket= --prefix=",
  "aws secretsmanager delete-secret":
    "!--secret-id= --recovery-window-in-days= --force-delete-without-recovery",
  "aws secretsmanager list-secret-version-ids": "!--secret-id=",
  "aws secretsmanager restore-secret": "!--secret-id=",
  "aws secretsmanager update-secret-version-stage":
    "!--secret-id= !--version-stage= --move-to-version-id= --remove-from-version-id=",
  "aws sns subscribe": "!--topic-arn= !--protocol=email|email-json|sms|http|https --notification-endpoint=",
  "aws sso-admin list-instances": "",
  "aws sts get-caller-identity": "",
  "cmctl renew": "--all",
  "kubectl annotate": "--all --overwrite",
  "kubectl apply": "--server-side --force-conflicts -f=",
  "kubectl config current-context": "",
  "kubectl cordon": "",
  "kubectl create secret tls": "!--cert= !--key= --dry-run=client|server|none",
  "kubectl delete": "--all",
  "kubectl describe": "",
  "kubectl drain": "--ignore-daemonsets --delete-emptydir-data --timeout=",
  "kubectl exec": "",
  "kubectl get": "-L= --sort-by= --field-selector= -w",
  "kubectl label": "--overwrite",
  "kubectl logs": "-c= --since= --prefix --previous --ignore-errors -f --tail=",
  "kubectl patch": "--type=json|merge|strategic --patch= -p=",
  "kubectl port-forward": "",
  "kubectl rollout history": "--revision=",
  "kubectl rollout restart": "",
  "kubectl rollout status": "--timeout=",
  "kubectl rollout undo": "--to-revision=",
  "kubectl top": "",
  "kubectl uncordon": "",
  "terraform apply": "-refresh-only",
  "terraform force-unlock": "-force",
  "terraform import": "",
  "terraform state list": "",
  "terraform state pull": "",
  "terraform state rm": "",
  "terraform untaint": "",
};

/** Programs whose lines say nothing that a test could hold. */
const PLAIN = [
  "date",
  "cat",
  "ls",
  "export",
  "umask",
  "base64",
  "jq",
  "git",
  "gh",
  "npm",
  "certbot",
  "mv",
  "helm",
  "sha256sum",
  "curl",
];
const CHECKED = /`((?:npx wbot|aws|kubectl|terraform|cmctl) [^`]+)`/g;

/** Commands in a document's shell blocks, its recorded runs (`$ …`), and its text. */
export function commandsIn(markdown: string): string[][] {
  const blocks = [...markdown.matchAll(/^ *```sh\n([\s\S]*?)^ *```|^\$ (.+)$/gm)].map(
    ([, text = "", run = ""]) => text + run,
  );
  const text = markdown.replaceAll(/^ *```[\s\S]*?^ *```/gm, "");
  const spans = [...text.matchAll(CHECKED)].map(([, span = ""]) => span.replaceAll(/\s+/g, " "));
  return [...blocks, ...spans].flatMap(statements);
}

/** The commands of a shell script, as words without their quotes. */
export function statements(script: string): string[][] {
  const inner = [...script.matchAll(/\$\(([^)]*)\)/g)].flatMap(([, text = ""]) => statements(text));
  const words = script
    .replaceAll(/\$\([^)]*\)/g, "$it")
    .replaceAll(/\\\n/g, " ")
    .matchAll(/'([^']*)'|"([^"]*)"|(&&|\|\||[|;\n])|#.*|((?:[^\s'"|;&]|<[^>]*>)+)/g);
  const all: string[][] = [[]];
  for (const [, single, double, end, plain] of words) {
    if (end !== undefined) all.push([]);
    else if (single !== undefined || double !== undefined || plain !== undefined)
      all.at(-1)?.push(single ?? double ?? plain ?? "");
  }
  const own = all
    .map((each) => (each[0] === "do" ? each.slice(1) : each))
    .filter(([first]) => first !== undefined && !["for", "done"].includes(first));
  return [...inner, ...own];
}

/** What is wrong with a command; undefined if nothing is. */
export function mistake(command: readonly string[]): string | undefined {
  const [name = "", second] = command;
  if (name === "npx" && second === "wbot") return wbotMistake(command.slice(2));
  if (name in ALSO) return optionMistake(name as keyof typeof ALSO, command.slice(1));
  return PLAIN.includes(name) ? undefined : `${name} is not a program that documents may name`;
}

function wbotMistake(args: readonly string[]): string | undefined {
  const wbot = program([addMaintenance]);
  let said = "";
  const quieten = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: (text) => (said += text), writeOut: () => undefined });
    if (command.commands.length === 0) command.action(() => undefined);
    command.commands.forEach(quieten);
  };
  quieten(wbot);
  try {
    wbot.parse(args, { from: "user" });
    return undefined;
  } catch (error) {
    return args.includes("--help") ? undefined : said || String(error);
  }
}

function optionMistake(name: keyof typeof ALSO, args: readonly string[]): string | undefined {
  // terraform's -chdir comes before its command.
  const before = args.findIndex((each) => !each.startsWith("-"));
  const rest = args.slice(before);
  const words = [3, 2, 1].map((count) => [name, ...rest.slice(0, count)].join(" "));
  const known = words.find((each) => each in COMMANDS);
  if (known === undefined) return `"${words[1] ?? ""}" has no line in __tests__/docs/command-lines.ts`;
  const options = new Map(
    `${COMMANDS[known] ?? ""} ${ALSO[name]}`
      .split(" ")
      .filter((each) => each !== "")
      .map((each) => {
        const [, must, option = "", value, only = ""] = /^(!?)([^=*]+)(=?)(.*)$/.exec(each) ?? [];
        const values = ["", "*"].includes(only) ? undefined : only.split("|");
        return [option, { must: must === "!", value: value === "=", values }] as const;
      }),
  );
  const given = [...args.slice(0, before), ...rest.slice(known.split(" ").length - 1)];
  const seen = new Set<string>();
  for (let at = 0; at < given.length; at += 1) {
    const word = given[at] ?? "";
    // What follows is another program's.
    if (word === "--") break;
    if (!word.startsWith("-") || word === "-") continue;
    const [option = "", inline] = word.split(/=(.*)/s);
    const is = options.get(option);
    if (is === undefined) return `${known} has no option ${option}`;
    seen.add(option);
    if (!is.value) continue;
    if (inline === undefined) at += 1;
    const value = inline ?? given[at];
    if (value === undefined || value.startsWith("--")) return `${known} ${option} lacks its value`;
    if (is.values?.includes(value) === false)
      return `${known} ${option} takes ${is.values.join(" or ")}, not ${value}`;
  }
  const lacks = [...options].find(([option, { must }]) => must && !seen.has(option));
  if (lacks) return `${known} lacks ${lacks[0]}`;
  return known === "kubectl logs" && seen.has("-l") && !seen.has("--tail")
    ? `${known} -l shows ten lines of each pod without --tail`
    : undefined;
}
