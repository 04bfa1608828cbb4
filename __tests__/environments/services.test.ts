import { callsOf, SERVICE_KEYS, SERVICES } from "../../environments/services";

describe.each(SERVICE_KEYS)("the row of %s", (key) => {
  const { name, variables = {} } = SERVICES[key];

  it("has a unique name that Kubernetes and ECR accept", () => {
    expect(name).toMatch(/^wbot-[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/);
    expect(SERVICE_KEYS.filter((each) => SERVICES[each].name === name)).toEqual([key]);
  });

  it("calls only HTTP services in rows above it", () => {
    for (const called of callsOf(key)) {
      expect(SERVICE_KEYS.indexOf(called)).toBeLessThan(SERVICE_KEYS.indexOf(key));
      expect(SERVICES[called].http).toBeDefined();
    }
  });

  it("sets no variable that every service gets, and no secret's", () => {
    for (const variable of Object.keys(variables)) {
      expect(["ENVIRONMENT", "HOME", "PORT", "PUBLIC_URL", "SUPABASE_URL"]).not.toContain(variable);
      expect(variable).not.toMatch(/KEY|PASSWORD|SECRET|TOKEN|_URL$/);
    }
  });
});
