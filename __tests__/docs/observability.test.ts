import { readFileSync } from "node:fs";
import { join } from "node:path";
import { synth } from "../synth";

const page = readFileSync(join(__dirname, "../../docs/observability.md"), "utf8");

it("imports Loki's bucket again by its address", () => {
  const { infra } = synth("prod", { observability: { logs: { kind: "loki" } } });
  expect([...page.matchAll(/\baws_s3_bucket\.\S+/g)].map(([address]) => address)).toEqual([
    infra.one("aws_s3_bucket").address,
  ]);
});
