import { DescribeClusterCommand, DescribeNodegroupCommand, ListNodegroupsCommand } from "@aws-sdk/client-eks";
import { eks, look } from "../look";

const ENDED = "EKS's support for Kubernetes 1.36 ended on 2027-08-02: AWS upgrades the cluster itself";
it.each([
  ["2027-01-01", "pass", "EKS supports Kubernetes 1.36 until 2027-08-02, 213 days"],
  ["2027-05-01", "warn", expect.stringContaining("until 2027-08-02, 93 days")],
  ["2027-07-01", "fail", expect.stringContaining("until 2027-08-02, 32 days")],
  ["2027-09-01", "fail", ENDED],
])("reports on %s how long EKS supports the version of a new cluster", async (day, status, why) => {
  jest.spyOn(Date, "now").mockReturnValue(Date.parse(day));
  expect((await look("kubernetes"))[0]?.slice(0, 2)).toEqual([status, why]);
});

it("recovers an environment before the support has ended", async () => {
  jest.spyOn(Date, "now").mockReturnValue(Date.parse("2027-07-01"));
  expect((await look("kubernetes", {}, {}, "prod-west"))[0]?.[0]).toBe("warn");
});

it.each([
  ["2027-07-01", "1.36", "warn", expect.stringContaining("until 2027-08-02, 32 days")],
  ["2027-07-01", "1.35", "warn", expect.stringContaining("until 2027-08-02, 32 days")],
  ["2027-09-01", "1.36", "fail", ENDED],
])(
  "ends no deploy on %s, with a cluster of %s, before the support has ended",
  async (day, version, ...found) => {
    jest.spyOn(Date, "now").mockReturnValue(Date.parse(day));
    eks.on(DescribeClusterCommand).resolves({ cluster: { version, status: "ACTIVE" } });
    expect((await look("kubernetes"))[0]?.slice(0, 2)).toEqual(found);
  },
);

it("waits for the updates that an interrupted deploy has left to EKS", async () => {
  jest.spyOn(Date, "now").mockReturnValue(Date.parse("2027-01-01"));
  eks.on(DescribeClusterCommand).resolves({ cluster: { version: "1.35", status: "UPDATING" } });
  eks.on(ListNodegroupsCommand).resolves({ nodegroups: ["spot-1"] });
  eks.on(DescribeNodegroupCommand).resolves({ nodegroup: { status: "UPDATING" } });
  expect((await look("kubernetes")).at(-1)).toEqual([
    "fail",
    "EKS is still updating the cluster or its node groups, and accepts no other update until that is done",
    "aws eks wait cluster-active --name wbot-dev --region us-east-1\n" +
      "aws eks wait nodegroup-active --nodegroup-name spot-1 --cluster-name wbot-dev --region us-east-1",
  ]);
});
