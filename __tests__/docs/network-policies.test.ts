import { readFileSync } from "node:fs";
import { join } from "node:path";
import { synth } from "../synth";
import { commandsIn, mistake } from "./command-lines";

const commands = commandsIn(readFileSync(join(__dirname, "../../docs/network-policies.md"), "utf8"));
const lines = commands.map((command) => command.join(" "));
const updates = commands.filter((command) => command.includes("update-addon"));

it("has commands that their programs take", () => {
  expect(commands.map(mistake).filter((found) => found !== undefined)).toEqual([]);
});

it("deletes the policies before it switches enforcement off, which would leave them in force", () => {
  const first = (text: string) => lines.findIndex((line) => line.includes(text));
  expect(lines[0]).toBe("kubectl delete networkpolicies -n wbot --all");
  expect(first("delete networkpolicies --all -A")).toBeGreaterThan(0);
  expect(first("get policyendpoints -A")).toBeGreaterThan(first("delete networkpolicies --all -A"));
  expect(first("update-addon")).toBeGreaterThan(first("get policyendpoints -A"));
});

it("changes nothing else of the add-on", () => {
  const addOn = synth("prod").infra.one("aws_eks_addon", "vpc-cni").body["configuration_values"] as string;
  const values = updates.map((command) => command[command.indexOf("--configuration-values") + 1] ?? "");
  expect(values.map((each) => JSON.parse(each) as unknown)).toEqual([
    { ...(JSON.parse(addOn) as object), enableNetworkPolicy: "false" },
  ]);
});
