import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { commandsIn } from "./command-lines";

const DOCS = join(__dirname, "../../docs");

/** What has no region, or finds it by a bucket's name. */
const GLOBAL = ["ce", "configure", "iam", "route53", "s3", "s3api", "sso", "sts"];

// Those of the runbooks share a first step, in their README.
it.each(readdirSync(DOCS).filter((file) => file.endsWith(".md")))(
  "%s says which region its commands are for, whatever the reader's profile names",
  (file) => {
    const commands = commandsIn(readFileSync(join(DOCS, file), "utf8"));
    const regional = commands
      .filter(([program, service = ""]) => program === "aws" && !GLOBAL.includes(service))
      .filter((command) => !command.includes("--region"));
    const chosen = commands.some(
      ([program, what]) => program === "export" && what === "AWS_REGION=us-east-1",
    );
    expect(chosen ? [] : regional).toEqual([]);
  },
);
