import { look } from "../look";

describe("credentials", () => {
  it("of another account fail", async () => {
    const overrides = { account: "111122223333", access: { admins: ["arn:aws:iam::111122223333:role/a"] } };
    expect(await look("credentials", overrides)).toEqual([
      [
        "fail",
        "arn:aws:iam::222233334444:user/me belongs to account 222233334444, but dev to account 111122223333 (setting account)",
        "Use a profile of that account: export AWS_PROFILE=<profile>",
      ],
    ]);
  });
});
