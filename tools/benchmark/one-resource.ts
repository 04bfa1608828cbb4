import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { Vpc } from "@cdktf/provider-aws/lib/vpc";
import { App, TerraformStack } from "cdktf";

/** What prod's synth is measured against by benchmark.ts: a program of one resource. */
const app = new App();
const stack = new TerraformStack(app, "one");
new AwsProvider(stack, "aws", { region: "us-east-1" });
new Vpc(stack, "vpc", { cidrBlock: "10.0.0.0/16" });
app.synth();
