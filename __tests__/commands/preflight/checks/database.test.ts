import { DescribeClusterCommand } from "@aws-sdk/client-eks";
import { GOOD } from "../../secrets/good";
import { dnsError, eks, look } from "../look";
import { holds } from "./app-secret";

describe("the app secret", () => {
  it.each([
    [["192.0.2.1"], [], "pass", "the host of DATABASE_URL has an IPv4 address"],
    [[], ["::1"], "fail", "the host of DATABASE_URL has only IPv6 addresses, and the VPC is IPv4 only"],
    [[], [], "fail", "the host of DATABASE_URL has no address"],
  ])("names a database that pods can find: %j %j", async (four, six, status, why) => {
    holds(GOOD);
    const outside = {
      resolve4: () => (four.length > 0 ? Promise.resolve(four) : Promise.reject(dnsError("ENODATA"))),
      resolve6: () => (six.length > 0 ? Promise.resolve(six) : Promise.reject(dnsError("ENODATA"))),
    };
    const [found] = await look("database", {}, { outside });
    expect(found?.slice(0, 2)).toEqual([status, why]);
    expect(found?.join(" ")).not.toContain("db.test");
  });

  it("names a database that pods may connect to: private networks are closed, and the own VPC whatever the settings", async () => {
    const found = async (address: string, privateEgress = false) => {
      const outside = { resolve4: () => Promise.resolve(["192.0.2.1", address]) };
      holds({ ...GOOD, DATABASE_URL: "postgresql://u:p@db.test/x" });
      const named = await look("database", { network: { privateEgress } }, { outside });
      holds({ ...GOOD, DATABASE_URL: `postgresql://u:p@${address}/x` });
      expect((await look("database", { network: { privateEgress } }))[0]?.[0]).toBe(named[0]?.[0]);
      expect(named[0]?.join(" ")).not.toContain(address);
      return named[0];
    };
    expect(await found("10.20.5.9")).toEqual([
      "fail",
      "the host of DATABASE_URL resolves here to an address in 10.0.0.0/8, which the network policy closes to pods",
      "Use a database with a public address; or, for one outside the environment's own VPC, which no setting opens, network: { privateEgress: true } in environments/dev.ts, with routes to its network and back",
    ]);
    expect((await found("10.20.5.9", true))?.[0]).toBe("pass");
    expect((await found("10.0.5.9", true))?.slice(0, 2)).toEqual([
      "fail",
      "the host of DATABASE_URL resolves here to an address in 10.0.0.0/16, which the network policy closes to pods",
    ]);
  });

  it("may name one that resolves to another address in a running environment's VPC", async () => {
    eks.on(DescribeClusterCommand).resolves({ cluster: { name: "wbot-dev" } });
    const outside = { resolve4: () => Promise.resolve(["10.20.5.9"]) };
    holds({ ...GOOD, DATABASE_URL: "postgresql://u:p@db.test/x" });
    expect((await look("database", {}, { outside }))[0]?.slice(0, 2)).toEqual([
      "warn",
      "the host of DATABASE_URL resolves here to an address in 10.0.0.0/8, which the network policy closes to pods",
    ]);
    holds({ ...GOOD, DATABASE_URL: "postgresql://u:p@10.20.5.9/x" });
    expect((await look("database"))[0]?.slice(0, 2)).toEqual([
      "fail",
      "the host of DATABASE_URL is an address in 10.0.0.0/8, which the network policy closes to pods",
    ]);
  });

  it("is no reason to refuse where DNS gives no answer", async () => {
    holds(GOOD);
    const outside = { resolve4: () => Promise.reject(dnsError("ESERVFAIL")) };
    expect(await look("database", {}, { outside })).toEqual([
      ["warn", expect.stringMatching(/^could not check: .* the host of DATABASE_URL \(ESERVFAIL\)$/)],
    ]);
  });

  it("is no reason to refuse behind a proxy, where DNS may know only names within", async () => {
    holds(GOOD);
    jest.replaceProperty(process, "env", { ...process.env, HTTPS_PROXY: "http://proxy.test:3128" });
    const none = () => Promise.reject(dnsError("ENOTFOUND"));
    const status = async (resolve6: () => Promise<string[]>) =>
      (await look("database", {}, { outside: { resolve4: none, resolve6 } }))[0]?.[0];
    expect(await status(none)).toBe("warn");
    expect(await status(() => Promise.resolve(["::1"]))).toBe("fail");
  });

  it("says that prepared statements fail at the pooler's port of transactions", async () => {
    holds({ ...GOOD, DATABASE_URL: "postgresql://u:p@192.0.2.3:6543/x" });
    const [found, warning] = await look("database");
    expect(found).toEqual(["pass", "the host of DATABASE_URL is an IPv4 address"]);
    expect(warning?.slice(0, 2)).toEqual([
      "warn",
      "the port of DATABASE_URL is 6543, the pooler's transaction mode, in which prepared statements fail",
    ]);
    expect(warning?.[2]).toContain("prepare_threshold=None");
    holds({ ...GOOD, DATABASE_URL: "postgresql://u:p@10.20.5.9:6543/x" });
    // Also where another address is needed: both can be fixed at once.
    expect((await look("database")).map(([status]) => status)).toEqual(["warn", "fail"]);
    holds({ ...GOOD, DATABASE_URL: "postgresql://u:p@192.0.2.3:5432/x" });
    expect(await look("database")).toHaveLength(1);
  });

  it("says that the pooler in session mode takes fewer clients than the pods may open", async () => {
    const outside = { resolve4: () => Promise.resolve(["192.0.2.1"]) };
    const warned = async (host: string, connections: number) => {
      holds({ ...GOOD, DATABASE_URL: `postgresql://u:p@${host}/x` });
      return (await look("database", { database: { connections, poolSize: 1 } }, { outside })).slice(1);
    };
    const pooler = "eu-1.pooler.supabase.com";
    expect(await warned(`${pooler}:5432`, 200)).toEqual([
      [
        "warn",
        "DATABASE_URL is Supabase's pooler in session mode, which takes 15 clients for a small project, but database.connections is 200",
        "Use port 6543, or set database: { connections: 15 } in environments/dev.ts, which then says how large database.poolSize may be. Ignore this if the project's own pool size is at least 200.",
      ],
    ]);
    expect(await warned(pooler, 16)).toHaveLength(1);
    expect(await warned(pooler, 15)).toEqual([]);
    expect(await warned("db.test", 200)).toEqual([]);
  });

  it("names a database at a port that the network policy allows", async () => {
    holds({ ...GOOD, DATABASE_URL: "postgresql://u:p@db.test:5433/x" });
    expect((await look("database"))[0]?.[1]).toBe(
      "the port of DATABASE_URL is 5433, which the network policy blocks (database.ports: 5432, 6543)",
    );
  });
});
