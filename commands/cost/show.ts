import type { Environment } from "../../environments";
import { SCALES } from "../../environments/prices";
import { EXIT, type ExitCode } from "../cli/exit-codes";
import { columns } from "../cli/terminal";
import { savings } from "./choices";
import { costOfEnvironment, dollars, type Amounts, type Line } from "./cost";

/** Prints what an environment costs a month, and what would be cheaper. */
export function show(environment: Environment): ExitCode {
  const { name, region } = environment;
  const cost = costOfEnvironment(environment);
  const cheaper = savings(environment, cost);
  const gb = (item: string) => number(cost.lines.find((line) => line.item === item)?.amount.expected ?? 0);
  const dates = cost.lines.map(({ price }) => price.date).sort();
  const lines = [
    `${name}, USD per month at list prices of ${region} (read between ${dates.at(0) ?? ""} and ${dates.at(-1) ?? ""}; environments/prices.ts says where)`,
    "",
    ...columns([
      ["Item", "number", "price", ...Object.keys(SCALES)],
      ...cost.lines.map((line) => [
        line.price.name,
        amountText(line),
        `$${number(line.price.usd)}/${line.price.unit}`,
        ...amounts(line.usd),
      ]),
      ["all", "", "", ...amounts(cost.total)],
    ]),
    ...(cost.unpriced.length === 0
      ? []
      : ["", "Missing from these figures:", ...cost.unpriced.map(({ text: missing }) => `  ${missing}`)]),
    "",
    `low: the fewest nodes, a quarter of the traffic. expected: the fewest nodes, ${gb("data.out")} GB to browsers, ${gb("nat.data")} GB through NAT, ${gb("logs.in")} GB of logs. full: the most nodes, ten times the traffic.`,
    "Excludes taxes, free tiers, support, CPU credits, KMS and Secrets Manager requests, the state bucket, what pods send to the internet, Supabase and the model providers; docs/cost.md says what else.",
    ...(cheaper.length === 0
      ? []
      : [
          "",
          ...columns([
            ["Cheaper", "saves", "and means"],
            ...cheaper.map(({ setting, usd, means }) => [setting, dollars(usd), means]),
          ]),
        ]),
  ];
  console.log(lines.join("\n"));
  return EXIT.done;
}

function amounts(usd: Amounts): string[] {
  return [usd.low, usd.expected, usd.full].map((each) => dollars(each));
}

function amountText({ amount, price }: Line): string {
  const unit = price.unit === "hour" || price.unit === "month" ? "" : ` ${price.unit}`;
  const [least, most] = [number(amount.low), number(amount.full)];
  return `${least === most ? least : `${least}–${most}`}${unit}`;
}

function number(amount: number): string {
  return String(Number(amount.toPrecision(3)));
}
