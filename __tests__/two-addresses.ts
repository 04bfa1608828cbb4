import dns from "node:dns";

/** Makes every name have two addresses of this machine, until mocks are restored. */
export function haveTwoAddresses(): void {
  const lookup = (_name: string, _options: object, done: (error: null, found: object[]) => void) => {
    done(
      null,
      ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 })),
    );
  };
  jest.spyOn(dns, "lookup").mockImplementation(lookup as never);
}
