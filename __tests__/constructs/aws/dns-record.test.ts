import { synth } from "../../synth";

it("points the host at the load balancer, by an alias that follows its health", () => {
  const { infra } = synth("prod", { domain: { hostedZoneId: "Z0000000000EXAMPLE" } });
  const nlb = infra.one("aws_lb").address;
  expect(infra.one("aws_route53_record").body).toMatchObject({
    zone_id: "Z0000000000EXAMPLE",
    name: "chat.example.com",
    type: "A",
    alias: {
      name: `\${${nlb}.dns_name}`,
      zone_id: `\${${nlb}.zone_id}`,
      evaluate_target_health: true,
    },
  });
});

it("creates a record for every host with a zone, also an apex", () => {
  const { infra } = synth("prod", {
    domain: {
      others: [
        { host: "example.org", hostedZoneId: "Z0000000000ANOTHER", serves: "product" },
        { host: "www.example.org", hostedZoneId: "Z0000000000ANOTHER" },
      ],
    },
  });
  expect(infra.of("aws_route53_record").map(({ body }) => [body["name"], body["zone_id"]])).toEqual([
    ["example.org", "Z0000000000ANOTHER"],
    ["www.example.org", "Z0000000000ANOTHER"],
  ]);
});

it("leaves its records where they are once they belong elsewhere: users are on them", () => {
  const domain = {
    host: "chat.example.org",
    hostedZoneId: "Z0000000000EXAMPLE",
    others: [{ host: "example.org", hostedZoneId: "Z0000000000EXAMPLE" }, { host: "example.net" }],
  };
  const before = synth("prod", { domain }).infra;
  const { infra } = synth("prod", { domain: { ...domain, records: false } });
  expect(infra.of("aws_route53_record")).toEqual([]);
  const forgotten = ({ json }: typeof infra) =>
    ((json["removed"] ?? []) as { from: string }[]).filter(({ from }) => from.startsWith("aws_route53_"));
  expect(forgotten(infra)).toEqual(
    ["dns-chat_example_org", "dns-example_org"].map((id) => ({
      from: before.one("aws_route53_record", `${id}/alias`).address,
      lifecycle: [{ destroy: false }],
    })),
  );
  expect(forgotten(before)).toEqual([]);
});

it.each(["dev", "staging", "prod"])(
  "creates no record without a zone, and outputs the target for %s",
  (name) => {
    const { infra } = synth(name);
    expect(infra.of("aws_route53_record")).toEqual([]);
    expect(infra.json["output"].load_balancer_host).toMatchObject({
      value: `\${${infra.one("aws_lb").address}.dns_name}`,
      description: expect.stringContaining("target for DNS records that this stack doesn't create"),
    });
  },
);
