import { failedOf, objectsOf, type Scored } from "../../tools/pods";
import { POD_SKIPS } from "../../tools/pod-skips";
import { synth } from "../synth";

it("looks at the objects of app as they are sent, with the names that references stand for", () => {
  const objects = objectsOf(synth("prod").app.json);
  expect(JSON.stringify(objects)).not.toContain("${");
  const [scaler] = objects.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
  expect(scaler).toMatchObject({ spec: { scaleTargetRef: { kind: "Deployment", name: "wbot-ai" } } });
  const kinds = objects.map(({ kind }) => kind);
  for (const kind of ["Deployment", "NetworkPolicy", "PodDisruptionBudget", "Ingress"])
    expect(kinds).toContain(kind);
});

it("takes a warning for a failure, and what kube-score itself skipped for nothing", () => {
  const check = (id: string, grade: number, skipped = false) => ({
    check: { id, name: `Check ${id}` },
    grade,
    skipped,
    comments: grade === 1 ? [{ summary: "It is open" }] : null,
  });
  const scored: Scored[] = [
    {
      object_meta: { name: "wbot-ai" },
      type_meta: { kind: "Deployment" },
      checks: [check("a", 10), check("b", 5), check("c", 1), check("d", 0, true)],
    },
  ];
  expect(failedOf(scored)).toEqual([
    { check: "b", name: "Check b", path: "Deployment/wbot-ai" },
    { check: "c", name: "It is open", path: "Deployment/wbot-ai" },
  ]);
});

it("has a reason and a last day for every skip", () => {
  for (const { reason, until } of POD_SKIPS) {
    expect(reason.length).toBeGreaterThan(40);
    expect(until).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  }
});
