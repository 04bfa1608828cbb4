import { stackFolders } from "../../../commands/terraform/stack-folder";
import { loadEnvironment } from "../../../environments";
import { standIn, VPC, type StandIn } from "./stand-in";

jest.mock("../../../stacks/synthesize", () => jest.requireActual("../terraform/stand-in"));

let terraform: StandIn;
beforeEach(() => {
  terraform = standIn();
});
afterEach(() => {
  terraform.remove();
});

it.each([
  ["its construct", VPC, "network/vpc"],
  [
    "the construct that made it, where that is gone",
    "aws_nat_gateway.network_nat-a_D6562ADB",
    "network_nat-a",
  ],
  ["its address, if it has no construct", "aws_vpc.mine", "aws_vpc.mine"],
])("calls a resource by %s", (_, address, name) => {
  expect(stackFolders(loadEnvironment("dev")).infra.nameOf(address)).toBe(name);
});
