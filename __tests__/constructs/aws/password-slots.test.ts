import { passwordSlots } from "../../../constructs/aws/password-slots";

const STEPS = Array.from({ length: 40 }, (_, step) => step);

/** What a client is given: a slot and the generation of the password in it. */
const given = (step: number) => {
  const { generations, active } = passwordSlots(step);
  return { slot: active, generation: generations[active] };
};

it.each([
  [0, [0, 0], 0],
  [1, [0, 1], 0],
  [2, [0, 1], 1],
  [3, [1, 1], 1],
  [4, [1, 1], 0],
  [5, [1, 2], 0],
])("holds at step %i the generations %p, slot %i active", (step, generations, active) => {
  expect(passwordSlots(step)).toEqual({ generations, active });
});

it("keeps, at every step, the password that clients got in the previous one", () => {
  for (const step of STEPS) {
    const { slot, generation } = given(step);
    expect([step, passwordSlots(step + 1).generations[slot]]).toEqual([step, generation]);
  }
});

it("gives clients only a password that was already valid in the previous step", () => {
  for (const step of STEPS.slice(1)) {
    const { slot, generation } = given(step);
    expect([step, passwordSlots(step - 1).generations[slot]]).toEqual([step, generation]);
  }
});

it("changes the password with every second step, and never reuses an old one", () => {
  const passwords = STEPS.map((step) => JSON.stringify(given(step)));
  expect(new Set(passwords).size).toBe(STEPS.length / 2);
  for (const slot of [0, 1] as const) {
    const generations = STEPS.map((step) => passwordSlots(step).generations[slot]);
    expect(generations).toEqual(generations.toSorted((a, b) => a - b));
  }
});

it("removes a password two steps after clients stopped using it", () => {
  for (const step of STEPS.filter((each) => each % 2 === 0)) {
    const { slot, generation } = given(step);
    expect([step, passwordSlots(step + 3).generations[slot]]).toEqual([step, generation + 1]);
  }
});

it("accepts none of today's passwords after three steps from an even number, or four from an odd one, and no sooner", () => {
  for (const step of STEPS) {
    const today = passwordSlots(step).generations;
    const isAccepted = (later: number) =>
      passwordSlots(later).generations.some((generation, slot) => generation === today[slot]);
    const steps = step % 2 === 0 ? 3 : 4;
    expect([step, isAccepted(step + steps - 1), isAccepted(step + steps)]).toEqual([step, true, false]);
  }
});

it("changes only the slot that clients don't use from an odd number to the one before, and from an even one to the next", () => {
  for (const step of STEPS) {
    const [now, then] = [step, step % 2 === 0 ? step + 1 : step - 1].map(passwordSlots);
    const unused = now?.active === 0 ? 1 : 0;
    const changed = [0, 1].filter((slot) => now?.generations[slot] !== then?.generations[slot]);
    expect([step, then?.active, changed]).toEqual([step, now?.active, [unused]]);
  }
});
