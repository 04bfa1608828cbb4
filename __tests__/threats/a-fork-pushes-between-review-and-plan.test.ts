import { workflows } from "../github/workflow-files";

/**
 * A fork's change gets its plan once a maintainer has read it and pushed it here. By the pull request's number, that would
 * be whatever the fork has pushed meanwhile.
 */
it("the recipe names the commit that was read", () => {
  const [step] = workflows["diff.yml"]?.jobs["left-out"]?.steps ?? [];
  expect(step?.env).toMatchObject({ COMMIT: "${{ github.event.pull_request.head.sha }}" });
  expect(step?.run).toContain("git push origin $COMMIT:refs/heads/reviewed-$NUMBER");
  expect(step?.run).not.toMatch(/gh pr checkout|HEAD:refs/);
});
