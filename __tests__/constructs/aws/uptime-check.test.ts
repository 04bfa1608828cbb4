import { synth } from "../../synth";

const alarm = (part: string, overrides = {}) =>
  synth("prod", overrides).app.one("aws_cloudwatch_metric_alarm", `uptime-alarm/${part}`).body;
const sent = (name: string, overrides = {}) =>
  String(synth(name, overrides).app.one("aws_cloudwatch_event_target", "uptime-alarm/").body["input"]);
const STREAM = { streaming: { checkPath: "/api/stream/check" } };

it("go off when 3 of the last 5 minutes fail, and notify when the check stops", () => {
  for (const body of [alarm("product", STREAM), alarm("streams", STREAM)])
    expect(body).toMatchObject({
      metric_name: "UptimeFailures",
      statistic: "Maximum",
      period: 60,
      evaluation_periods: 5,
      datapoints_to_alarm: 3,
      comparison_operator: "GreaterThanThreshold",
      threshold: 0,
      treat_missing_data: "missing",
      insufficient_data_actions: alarm("product", STREAM)["alarm_actions"],
    });
  expect(alarm("product")["dimensions"]).toEqual({ Part: "product" });
  expect(alarm("streams", STREAM)["dimensions"]).toEqual({ Part: "streams" });
});

it("of certificates stay as they are while a host doesn't answer, and the product's reports a check that stopped", () => {
  const certificate = alarm("certificate");
  expect(certificate).toMatchObject({ treat_missing_data: "ignore" });
  expect(certificate["insufficient_data_actions"]).toBeUndefined();
  expect(certificate["alarm_description"]).not.toContain("With no data");
  expect(alarm("product")["alarm_description"]).toContain("With no data, the check itself doesn't run.");
});

it("say what to run first", () => {
  const text = String(alarm("product")["alarm_description"]);
  expect(text).toContain("3 of the last 5 minutes");
  expect(text).toContain(
    "First run, for the reason: aws logs tail /aws/lambda/wbot-prod-uptime-check --region us-east-1 --since 15m",
  );
  expect(text).toMatch(/Runbook: docs\/runbooks\/product-down\.md$/);
  expect(String(alarm("streams", STREAM)["alarm_description"])).toMatch(/streams-cut\.md$/);
  const certificate = String(alarm("certificate")["alarm_description"]);
  expect(certificate).toContain(
    "Then: kubectl describe certificate,certificaterequest,order,challenge -n wbot.",
  );
  expect(certificate).toMatch(/Runbook: docs\/runbooks\/certificate\.md$/);
});

it("exist where somebody gets mail, and nowhere else", () => {
  const of = (name: string, overrides = {}) =>
    synth(name, overrides)
      .app.of("aws_cloudwatch_metric_alarm")
      .map(({ path }) => path)
      .sort();
  expect(of("dev")).toEqual([]);
  expect(of("dev", { alarms: { emails: ["a@example.com"] } })).toEqual([
    "load-balancer-alarm/no-target",
    "uptime-alarm/product",
  ]);
  expect(of("prod", STREAM)).toEqual([
    "load-balancer-alarm/no-target",
    "uptime-alarm/certificate",
    "uptime-alarm/product",
    "uptime-alarm/streams",
  ]);
});

it("leave an app without mail as it is: no resource and no read in AWS", () => {
  expect(synth("dev").app.all.filter(({ type }) => /^aws_|aws_lb|aws_kms/.test(type))).toEqual([]);
});

it("are asked after the routes, so that a first deploy sets nothing off", () => {
  const { app } = synth("prod");
  const schedule = app.one("aws_cloudwatch_event_rule", "uptime-alarm/");
  const balancer = app.one("aws_cloudwatch_metric_alarm", "load-balancer-alarm/");
  const routes = app.of("kubernetes_ingress_v1");
  expect(routes.map(({ path }) => path)).toContain("ingress/web-route");
  for (const route of routes)
    for (const later of [schedule, balancer]) expect(app.isAfter(later, route)).toBe(true);
});

describe("the check", () => {
  it("goes by a host's own name where its record is this project's, else by the load balancer", () => {
    const overrides = {
      domain: {
        host: "chat.example.com",
        hostedZoneId: "Z0000000000EXAMPLE",
        others: [{ host: "www.example.com" }, { host: "eu.example.com", serves: "product" }],
      },
    };
    const text = sent("prod", overrides);
    expect(text).toContain(
      `"loadBalancerHost" = ${synth("prod", overrides).app.one("data.aws_lb").address}.dns_name`,
    );
    expect(text).toContain('"redirectsTo" = "chat.example.com"');
    expect(text).toContain('{"host" = "chat.example.com", "byName" = true}');
    expect(text).toContain('{"host" = "www.example.com", "redirects" = true}');
    expect(text).toContain('{"host" = "eu.example.com"}');
  });

  it("asks this environment, not what its name points at, while the record is somebody else's", () => {
    const overrides = {
      domain: { host: "chat.example.com", hostedZoneId: "Z0000000000EXAMPLE", records: false },
    };
    expect(sent("prod", overrides)).toContain('{"host" = "chat.example.com"}');
  });

  it.each([
    ["letsencrypt", "prod", true],
    ["letsencrypt-staging", "staging", false],
  ])("asks for a certificate that browsers accept only with %s", (_, name, trusted) => {
    expect(sent(name)).toContain(`"trusted" = ${trusted}`);
    expect(sent(name).includes('"certificates" = true')).toBe(trusted);
  });

  it("watches no renewal behind a proxy, which has its own certificate", () => {
    const traffic = { trustedProxies: ["cloudflare"] };
    expect(sent("prod", { traffic })).not.toContain("certificates");
    const { app } = synth("prod", { traffic });
    const alarms = app.of("aws_cloudwatch_metric_alarm").map(({ path }) => path);
    expect(alarms).not.toContain("uptime-alarm/certificate");
  });

  it("asks behind a self-signed certificate, without a public name", () => {
    const overrides = { alarms: { emails: ["a@example.com"] } };
    const text = sent("dev", overrides);
    expect(text).toContain('"trusted" = false');
    expect(text).toContain('{"host" = "dev.chat.example.com"}');
  });

  it("is scheduled with an input that EventBridge takes, whatever the settings are", () => {
    const long = (name: string) => `${name}.`.padEnd(64, "x") + ".".padEnd(64, "x").repeat(2) + ".example";
    const others = Array.from({ length: 20 }, (_, at) => ({
      host: long(`h${String(at).padStart(2, "0")}`),
      hostedZoneId: "Z0123456789ABCDEFGHIJ",
    }));
    const overrides = {
      domain: { host: long("chat"), hostedZoneId: "Z0123456789ABCDEFGHIJ", others },
      streaming: { checkPath: `/api/${"&".repeat(195)}` },
    };
    const balancer = `${"x".repeat(32)}-0123456789abcdef.elb.ap-southeast-1.amazonaws.com`;
    const [, written = ""] = /^\$\{jsonencode\((.*)\)\}$/.exec(sent("prod", overrides)) ?? [];
    const input = JSON.parse(
      written.replaceAll('" = ', '":').replace(/data\.aws_lb\.[\w.-]+/, JSON.stringify(balancer)),
    ) as { targets: { host: string }[] };
    expect(input.targets.map(({ host }) => host.length)).toEqual(Array(21).fill(200));
    // As Terraform writes an ampersand.
    expect(JSON.stringify(input).replaceAll("&", "\\u0026").length).toBeLessThanOrEqual(8192);
  });

  it("tries a stream where one is set, and knows what maintenance looks like", () => {
    expect(sent("prod")).not.toContain("streamPath");
    expect(sent("prod", STREAM)).toContain('"streamPath" = "/api/stream/check"');
    expect(sent("prod")).toContain('"maintenanceHeader" = "X-Wbot-Maintenance"');
  });
});

it("ask through the proxies that are in front, and not at all where nothing answers the internet", () => {
  const alarms = { emails: ["ops@example.com"] };
  const closed = { allowedCidrs: ["cloudflare"] };
  const traffic = { trustedProxies: ["cloudflare"] };
  expect(sent("dev", { alarms, loadBalancer: closed, traffic })).toContain(
    '{"host" = "dev.chat.example.com", "byName" = true}',
  );
  const zone = { hostedZoneId: "Z0123456789ABCDEFGHIJ" };
  // The record of the last leads past the proxy, to a load balancer that admits a company's range only.
  for (const overrides of [
    { loadBalancer: { internal: true } },
    { loadBalancer: { allowedCidrs: ["10.8.0.0/16"] } },
    {
      loadBalancer: { allowedCidrs: ["203.0.113.0/24"] },
      traffic: { trustedProxies: ["203.0.113.8/32"] },
    },
  ]) {
    const { app } = synth("dev", { alarms, ...overrides, domain: zone });
    expect(app.of("aws_cloudwatch_event_target")).toEqual([]);
    // What the load balancer itself measures is still watched.
    expect(app.of("aws_cloudwatch_metric_alarm").map(({ path }) => path)).toEqual([
      expect.stringMatching(/^load-balancer-alarm\//),
    ]);
  }
});

describe("of a twin behind proxies, which lead to the environment that it can replace, until it is protected", () => {
  const traffic = { trustedProxies: ["cloudflare"] };
  const closed = { loadBalancer: { allowedCidrs: ["cloudflare"] }, traffic };
  const byName = '{"host" = "chat.example.com", "byName" = true}';

  it("ask at its open load balancer", () => {
    expect(sent("prod-west", { traffic })).toContain('{"host" = "chat.example.com"}');
    expect(sent("prod-west", { traffic, protection: true })).toContain(byName);
    expect(sent("prod", { traffic, protection: false })).toContain(byName);
  });

  it("ask by a name whose record is its own", () => {
    const domain = { records: true, hostedZoneId: "Z0000000000EXAMPLE" };
    expect(sent("prod-west", { traffic, domain })).toContain(byName);
  });

  it("don't ask where only the proxies get through", () => {
    const { app } = synth("prod-west", closed);
    expect(app.of("aws_cloudwatch_event_target")).toEqual([]);
    expect(sent("prod-west", { ...closed, protection: true })).toContain(byName);
  });
});
