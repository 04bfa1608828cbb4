/**
 * Stands for environments/services.ts in tests whose figures and images are those of two services, so that a third doesn't
 * change them.
 */
const actual = jest.requireActual<object>("../environments/services");

export = { ...actual, SERVICE_KEYS: ["ai", "web"], EVERY_TAG: "ai=<tag>,web=<tag>" };
