import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { synth } from "../synth";
import { commandsIn, statements } from "./command-lines";

const DOCS = join(__dirname, "../../docs");

/** What has no region, or finds it by a bucket's name. */
const GLOBAL = ["ce", "configure", "iam", "route53", "s3", "s3api", "sso", "sts"];
const isRegional = ([program, service = ""]: readonly string[]) =>
  program === "aws" && !GLOBAL.includes(service);

// Those of the runbooks share a first step, in their README.
it.each(readdirSync(DOCS).filter((file) => file.endsWith(".md")))(
  "%s says which region its commands are for, whatever the reader's profile names",
  (file) => {
    const commands = commandsIn(readFileSync(join(DOCS, file), "utf8"));
    const regional = commands.filter(isRegional).filter((command) => !command.includes("--region"));
    const chosen = commands.some(
      ([program, what]) => program === "export" && what === "AWS_REGION=us-east-1",
    );
    expect(chosen ? [] : regional).toEqual([]);
  },
);

it.each([
  ["dev", "us-east-1"],
  ["staging", "us-east-1"],
  ["prod", "us-east-1"],
  ["prod-west", "us-west-2"],
])("each alarm of %s names its region, and its cluster where it names kubectl", (name, region) => {
  const { infra, app } = synth(name, { streaming: { checkPath: "/api/x" } });
  const texts = [infra, app]
    .flatMap((stack) => stack.of("aws_cloudwatch_metric_alarm"))
    .map(({ body }) => String(body["alarm_description"]));
  expect(texts).not.toEqual([]);
  for (const text of texts) {
    const commands = [...text.matchAll(/\baws .*?(?=\. [A-Z])/g)].flatMap(([command]) => statements(command));
    const regional = commands.filter(isRegional);
    expect(regional.map((command) => command[command.indexOf("--region") + 1])).toEqual(
      regional.map(() => region),
    );
    const cluster = `aws eks update-kubeconfig --name wbot-${name} --region ${region}. `;
    expect([text, text.split(cluster).length - 1]).toEqual([text, text.includes("kubectl") ? 1 : 0]);
  }
});
