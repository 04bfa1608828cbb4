import {
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetHostedZoneCommand, ListResourceRecordSetsCommand, Route53Client } from "@aws-sdk/client-route-53";
import { mockClient } from "aws-sdk-client-mock";
import { outputFolder } from "../../../../environments";
import { sdkError } from "../../sdk-error";
import { dnsError, look } from "../look";

const elb = mockClient(ElasticLoadBalancingV2Client);
const route53 = mockClient(Route53Client);
beforeEach(() => {
  elb.reset();
  route53.reset();
  elb.on(DescribeLoadBalancersCommand).rejects(sdkError("LoadBalancerNotFoundException"));
  route53.on(ListResourceRecordSetsCommand).resolves({ ResourceRecordSets: [] });
});

describe("the domain", () => {
  const zone = { domain: { host: "chat.wbot.test", hostedZoneId: "Z0123456789ABC" } };
  const servers = { resolveNs: () => Promise.resolve(["ns-1.awsdns.test"]) };

  it.each([
    [
      { Name: "wbot.test." },
      ["ns-1.awsdns.test."],
      "pass",
      "chat.wbot.test is in the hosted zone wbot.test, which DNS delegates to",
    ],
    [
      { Name: "other.test." },
      [],
      "fail",
      "the hosted zone Z0123456789ABC is for other.test, which does not contain chat.wbot.test",
    ],
    [
      { Name: "bot.test." },
      [],
      "fail",
      "the hosted zone Z0123456789ABC is for bot.test, which does not contain chat.wbot.test",
    ],
    [
      { Name: "wbot.test.", Config: { PrivateZone: true } },
      [],
      "fail",
      "the hosted zone wbot.test is private: it does not resolve outside the VPC",
    ],
    [
      { Name: "wbot.test." },
      ["ns-2.awsdns.test"],
      "warn",
      "DNS does not delegate to the hosted zone wbot.test: its NS records name ns-1.awsdns.test",
    ],
  ])("is checked against the hosted zone %j", async (HostedZone, NameServers, status, why) => {
    route53.on(GetHostedZoneCommand).resolves({ HostedZone, DelegationSet: { NameServers } } as object);
    expect((await look("domain", zone, { outside: servers }))[0]?.slice(0, 2)).toEqual([status, why]);
  });

  const delegated = () =>
    route53.on(GetHostedZoneCommand).resolves({
      HostedZone: { Name: "wbot.test." },
      DelegationSet: { NameServers: ["ns-1.awsdns.test"] },
    } as object);
  const none = (code: string) => () => Promise.reject(dnsError(code));

  it("is not delegated where DNS says so", async () => {
    delegated();
    expect((await look("domain", zone, { outside: { resolveNs: none("ENOTFOUND") } }))[0]).toEqual([
      "warn",
      expect.stringMatching(/: it has no NS records$/),
      "At the domain's registrar, or in the parent zone, set these name servers: ns-1.awsdns.test",
    ]);
  });

  it("is left unchecked where DNS gives no answer, beside a host that can be checked", async () => {
    delegated();
    elb.on(DescribeLoadBalancersCommand).resolves({ LoadBalancers: [{ DNSName: "lb.test" }] });
    const others = [{ host: "chat.other.test" }];
    const outside = { resolveNs: none("ESERVFAIL"), resolve4: () => Promise.resolve(["1.2.3.4"]) };
    const found = await look("domain", { domain: { ...zone.domain, others } }, { outside }, "prod");
    expect(found.map(([status, why]) => [status, why])).toEqual([
      ["pass", "chat.other.test points at the load balancer"],
      ["warn", "could not check: DNS returns no answer for wbot.test (ESERVFAIL)"],
    ]);
    expect(await look("domain", {}, { outside: { resolve4: none("ETIMEOUT") } }, "prod")).toEqual([
      ["warn", expect.stringMatching(/^could not check: .* chat\.wbot\.test \(ETIMEOUT\)$/)],
    ]);
  });

  it("is left unchecked behind a proxy, where DNS may know only names within", async () => {
    delegated();
    jest.replaceProperty(process, "env", { ...process.env, HTTPS_PROXY: "http://proxy.test:3128" });
    expect(await look("domain", zone, { outside: { resolveNs: none("ENOTFOUND") } })).toEqual([
      ["warn", "could not check: DNS has no answer for wbot.test here, behind a proxy"],
    ]);
  });

  describe("with a record already", () => {
    const records = (...ResourceRecordSets: object[]) => {
      route53.on(GetHostedZoneCommand).resolves({
        HostedZone: { Name: "wbot.test." },
        DelegationSet: { NameServers: ["ns-1.awsdns.test"] },
      } as object);
      route53.on(ListResourceRecordSetsCommand).resolves({ ResourceRecordSets } as object);
    };
    const elsewhere = {
      Name: "chat.wbot.test.",
      Type: "CNAME",
      ResourceRecords: [{ Value: "old.example.com" }],
    };

    it("is refused before a first deploy, which must leave it alone: nothing can be imported yet", async () => {
      records(elsewhere);
      expect((await look("domain", zone, { outside: servers }))[0]).toEqual([
        "fail",
        "chat.wbot.test already has a record, CNAME old.example.com: Route 53 refuses a second one",
        "Leave it alone in a first deploy: domain: { records: false } in environments/dev.ts. How to move without downtime: docs/moving-here.md",
      ]);
    });

    it("passes if it is the load balancer's, if the settings leave it alone, or if it is another name's", async () => {
      elb.on(DescribeLoadBalancersCommand).resolves({ LoadBalancers: [{ DNSName: "Wbot-1.elb.test" }] });
      records({ ...elsewhere, Type: "A", ResourceRecords: [], AliasTarget: { DNSName: "wbot-1.elb.test." } });
      expect((await look("domain", zone, { outside: servers }))[0]?.[0]).toBe("pass");
      records({ ...elsewhere, Name: "mail.wbot.test." }, { ...elsewhere, Type: "TXT" });
      expect((await look("domain", zone, { outside: servers }))[0]?.[0]).toBe("pass");
      records(elsewhere);
      const alone = { domain: { ...zone.domain, records: false } };
      expect((await look("domain", alone, { outside: servers }))[0]?.[0]).toBe("pass");
    });

    it("is named where infra is there, whose state may have it, with the commands that import it", async () => {
      elb.on(DescribeLoadBalancersCommand).resolves({ LoadBalancers: [{ DNSName: "wbot-1.elb.test" }] });
      records({ ...elsewhere, Type: "A", ResourceRecords: [{ Value: "192.0.2.1" }] });
      const [[status, why, fix = ""] = []] = await look("domain", zone, { outside: servers });
      expect([status, why]).toEqual([
        "warn",
        "chat.wbot.test already has a record, A 192.0.2.1, not to this environment's load balancer: unless infra's state has it, Route 53 refuses a second one",
      ]);
      // In the folder that the diff prepares: preflight's own is gone by now.
      expect(fix.replace(outputFolder(), "cdktf.out")).toMatch(
        /^To move it here .*: npx wbot diff infra --env dev && terraform -chdir=cdktf\.out\/dev\/stacks\/infra import aws_route53_record\.dns-chat_wbot_test_alias_\w+ Z0123456789ABC_chat\.wbot\.test_A\. To leave it alone for now: domain: \{ records: false \} in environments\/dev\.ts/,
      );
    });

    it("that takes some clients elsewhere is named too, beside the one that is taken", async () => {
      const address = { ...elsewhere, Type: "AAAA", ResourceRecords: [{ Value: "2001:db8::1" }] };
      const service = { ...elsewhere, Type: "HTTPS", ResourceRecords: [{ Value: "1 old.example.com" }] };
      const stray = (record: string) => [
        "warn",
        `chat.wbot.test has an ${record}: clients that follow it would keep going there, since this project creates only an A record`,
      ];
      records(address, elsewhere, service);
      const found = await look("domain", zone, { outside: servers });
      expect(found.map((each) => each.slice(0, 2))).toEqual([
        stray("AAAA record, 2001:db8::1"),
        stray("HTTPS record, 1 old.example.com"),
        ["fail", expect.stringMatching(/ already has a record, CNAME old\.example\.com/)],
      ]);
    });
  });

  it("in a hosted zone that may not be read may be in another account's", async () => {
    route53.on(GetHostedZoneCommand).rejects(sdkError("AccessDenied", "you are not authorized"));
    expect(await look("domain", zone)).toEqual([
      [
        "warn",
        "could not check: you are not authorized",
        expect.stringMatching(/^Ask for that permission.* Or the hosted zone belongs to another account/),
      ],
    ]);
  });

  describe("whose CAA records", () => {
    const found = async (caa: Record<string, object[]>, issuer = "letsencrypt-staging") => {
      delegated();
      const resolveCaa = (name: string) =>
        caa[name] === undefined ? Promise.reject(dnsError("ENODATA")) : Promise.resolve(caa[name]);
      return look("domain", { ...zone, tls: { issuer } }, { outside: { ...servers, resolveCaa } });
    };
    const amazon = { critical: 0, issue: "amazon.com" };

    it("don't name Let's Encrypt gets a warning, by those of the first name that has any", async () => {
      const top = [{ critical: 0, issue: "letsencrypt.org" }];
      expect(await found({ "wbot.test": [amazon], test: top })).toContainEqual([
        "warn",
        "the CAA records of wbot.test (amazon.com) don't let Let's Encrypt sign a certificate for chat.wbot.test",
        'Add another: CAA 0 issue "letsencrypt.org". If wbot.test is a CNAME, only the owner of its target can, and it no longer matters once chat.wbot.test points here',
      ]);
      expect((await found({ "wbot.test": [amazon] }, "selfsigned")).map(([status]) => status)).toEqual([
        "pass",
      ]);
    });

    it.each([
      ["name it among others", [amazon, { critical: 0, issue: "letsencrypt.org; validationmethods=dns-01" }]],
      ["limit only wildcards", [{ critical: 0, issuewild: "amazon.com" }]],
    ])("%s passes", async (_, records) => {
      expect((await found({ "wbot.test": records })).map(([status]) => status)).toEqual(["pass"]);
      expect((await found({ "chat.wbot.test": records, "wbot.test": [amazon] }))[0]?.[0]).toBe("pass");
    });
  });

  it("need not point at the load balancer where proxies are in front", async () => {
    elb.on(DescribeLoadBalancersCommand).resolves({ LoadBalancers: [{ DNSName: "lb.test" }] });
    expect(await look("domain", { traffic: { trustedProxies: ["203.0.113.0/24"] } }, {}, "staging")).toEqual([
      ["skip", "chat.wbot.test must point at the proxies in traffic.trustedProxies; not checked"],
    ]);
  });

  it("must point at the load balancer for Let's Encrypt's HTTP-01 check", async () => {
    elb.on(DescribeLoadBalancersCommand).resolves({ LoadBalancers: [{ DNSName: "lb.test" }] });
    const outside = {
      resolve4: (host: string) => Promise.resolve([host === "lb.test" ? "1.2.3.4" : "5.6.7.8"]),
    };
    expect(await look("domain", {}, { outside }, "prod")).toEqual([
      [
        "warn",
        "chat.wbot.test does not point at the load balancer, so no certificate is issued over HTTP-01 unless whatever answers there forwards the challenge",
        "chat.wbot.test. CNAME lb.test. (this moves its users here; docs/moving-here.md says how to get a certificate first)",
      ],
    ]);
  });
});
