import { alloyText, Reference } from "../../../constructs/platform/alloy-syntax";

describe("Alloy's text", () => {
  it("has components with their labels, attributes, and blocks within them", () => {
    expect(
      alloyText([
        { name: "discovery.kubernetes", label: "pods", attributes: { role: "pod" } },
        {
          name: "loki.process",
          label: "pods",
          attributes: { forward_to: [new Reference("loki.write.all.receiver")] },
          blocks: [{ name: "stage.labels", attributes: { values: { level: "" } } }, { name: "stage.cri" }],
        },
      ]),
    ).toBe(`discovery.kubernetes "pods" {
  role = "pod"
}

loki.process "pods" {
  forward_to = [loki.write.all.receiver]
  stage.labels {
    values = { "level" = "" }
  }
  stage.cri {}
}
`);
  });

  it("escapes strings as Go does", () => {
    const text = alloyText([{ name: "a", attributes: { text: 'one "two"\n\\d', on: true, number: 3 } }]);
    expect(text).toContain('  text = "one \\"two\\"\\n\\\\d"\n  on = true\n  number = 3\n');
  });

  it("puts the items of a long list on lines of their own, so that a diff shows which one changed", () => {
    const items = ["x".repeat(60), "y".repeat(60)];
    expect(alloyText([{ name: "a", attributes: { items } }])).toBe(
      `a {\n  items = [\n    "${items[0]}",\n    "${items[1]}",\n  ]\n}\n`,
    );
  });
});
