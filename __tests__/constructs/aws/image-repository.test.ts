import { SERVICE_KEYS, SERVICES } from "../../../environments/services";
import { synth, target } from "../../synth";

const NAMES = SERVICE_KEYS.map((key) => SERVICES[key].name);

it.each([
  ["dev", "dev/"],
  ["staging", "staging/"],
  ["prod", ""],
])("puts the registry's namespace before the repositories' names: %s, %p", (name, namespace) => {
  const names = synth(name)
    .infra.of("aws_ecr_repository")
    .map(({ body }) => body["name"]);
  expect(names.sort()).toEqual(NAMES.map((service) => `${namespace}${service}`).sort());
});

it.each([
  ["dev", false],
  ["staging", false],
  ["prod", true],
])("deletes its images on destroy unless protected: %s, %p", (name, protection) => {
  for (const { body } of synth(name).infra.of("aws_ecr_repository")) {
    expect(body["force_delete"]).toBe(!protection);
    expect(body["lifecycle"].prevent_destroy).toBe(protection);
  }
});

describe.each(NAMES)("the repository of %s", (id) => {
  const { infra } = synth("prod");
  const repository = infra.one("aws_ecr_repository", id);

  it("has immutable tags, but for those that say what runs, scans each image, and encrypts them with AWS's own key", () => {
    expect(repository.body).toMatchObject({
      image_tag_mutability: "IMMUTABLE_WITH_EXCLUSION",
      image_tag_mutability_exclusion_filter: [
        { filter: "running-*", filter_type: "WILDCARD" },
        { filter: "previous-*", filter_type: "WILDCARD" },
      ],
      image_scanning_configuration: { scan_on_push: true },
      encryption_configuration: [{ encryption_type: "KMS" }],
    });
    expect(repository.body["encryption_configuration"][0]).not.toHaveProperty("kms_key");
  });

  it("never expires what an environment runs or ran before, drops untagged images after a week, and keeps the newest fifty", () => {
    const { body } = infra.one("aws_ecr_lifecycle_policy", id);
    expect(target(infra, body["repository"])).toBe(repository);
    const { rules } = JSON.parse(body["policy"]) as { rules: object[] };
    expect(rules).toMatchObject([
      // A rule's images are safe from those after it, and this one never has so many.
      ...["running-*", "previous-*"].map((pattern, index) => ({
        rulePriority: index + 1,
        selection: {
          tagStatus: "tagged",
          tagPatternList: [pattern],
          countType: "imageCountMoreThan",
          countNumber: 1000,
        },
      })),
      {
        rulePriority: 3,
        selection: {
          tagStatus: "untagged",
          countType: "sinceImagePushed",
          countUnit: "days",
          countNumber: 7,
        },
        action: { type: "expire" },
      },
      {
        rulePriority: 4,
        selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 50 },
        action: { type: "expire" },
      },
    ]);
  });

  it("is in the outputs, for whoever pushes", () => {
    expect(infra.json["output"][`${id.replace("-", "_")}_repository_url`].value).toBe(
      `\${${repository.address}.repository_url}`,
    );
  });
});

it("has the same repositories in each further region, for images that are pushed there as well", () => {
  const { infra } = synth("prod", { registry: { copies: ["us-west-2"] } });
  const all = infra.of("aws_ecr_repository").map(({ body }) => [body["region"] ?? "us-east-1", body["name"]]);
  expect(all.sort()).toEqual(
    ["us-east-1", "us-west-2"].flatMap((region) => NAMES.map((name) => [region, name])).sort(),
  );
  const regions = infra.of("aws_ecr_lifecycle_policy").map(({ body }) => body["region"] ?? "us-east-1");
  expect(regions.sort()).toEqual(all.map(([region]) => region));
});

it("lets every tag move in an emulator, which knows no exclusions", () => {
  for (const { body } of synth("rehearsal").infra.of("aws_ecr_repository")) {
    expect(body["image_tag_mutability"]).toBe("MUTABLE");
    expect(body).not.toHaveProperty("image_tag_mutability_exclusion_filter");
  }
});
