import { Unchecked } from "./check";

/** What DNS answers where there is no such name, or nothing of a kind. Any other error is no answer. */
const NONE = ["ENOTFOUND", "ENODATA"];

/** The addresses or names that a lookup finds. `of` says whose they are. */
export async function answersOf(lookup: Promise<string[]>, of: string): Promise<string[]> {
  return lookup.catch((error: unknown) => {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (NONE.includes(code)) return [];
    throw new Unchecked(`DNS gives no answer about ${of} (${code})`);
  });
}
