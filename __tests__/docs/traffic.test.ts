import { readFileSync } from "node:fs";
import { join } from "node:path";
import { traffic } from "../../environments/schema-traffic";

const read = (name: string) => readFileSync(join(__dirname, `../../docs/${name}.md`), "utf8");
const page = read("traffic");
/** The numbers in what an expression's groups find. */
const numbers = (text: string, expression: RegExp) =>
  (expression.exec(text) ?? []).slice(1).map((each) => Number(each.replace(",", "")));

it("gives the default limits, and what they let through on average", () => {
  const { api, pages, files } = traffic.parse({});
  const [, table = ""] = /\n\| Limit +\| Default .*\n.*\n((?:\|.+\n)+)/.exec(page) ?? [];
  const documented = [...table.matchAll(/^\| .+? \| ([\d,]+(?: and [\d,]+)?) /gm)].map(([, cell]) => cell);
  expect(documented.flatMap((cell) => cell?.replaceAll(",", "").split(" and ").map(Number))).toEqual([
    ...[files.burst, files.inFlight, pages.burst, pages.inFlight],
    ...[api.requestsPerSecond, api.burst, api.inFlight, api.sessionInFlight],
  ]);
  const rates =
    /most\s+(\S+) pages, (\S+) API requests or (\S+) files a second instead of (\d+), (\d+) and (\d+) /;
  const all = [pages, api, files];
  const most = all.map(({ requestsPerSecond, burst }) => requestsPerSecond + burst / 2);
  expect(numbers(page, rates)).toEqual([...most, ...all.map(({ requestsPerSecond }) => requestsPerSecond)]);
});

it("says how much a Traefik pod holds by what was measured", () => {
  const measured = / (\d+) MB at rest; .* (\d+) MB with 4,000; (\d+) MB with 4,000 idle/;
  const [rest = 0, streams = 0, idle = 0] = numbers(read("evidence"), measured);
  const holds =
    /`512Mi` holds about (\S+) streams or (\S+) idle connections; `256Mi`.* about (\S+)\s+or (\S+),/;
  const fits = (mebibytes: number, used: number) => ((mebibytes * 1.048576 - rest) * 4000) / (used - rest);
  const most = [fits(512, streams), fits(512, idle), fits(256, streams), fits(256, idle)];
  const shares = numbers(page, holds).map((claimed, at) => claimed / (most[at] ?? 0));
  expect(shares).toHaveLength(4);
  for (const share of shares) expect([share, share > 0.85 && share <= 1]).toEqual([share, true]);
});
