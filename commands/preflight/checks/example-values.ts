import { resolved } from "../../../environments/origins";
import { fail, pass, warn } from "../../cli/finding";
import type { Check } from "../check";

/** A string with AWS's example account, a range or domain reserved for documentation (RFC 5737, RFC 2606), or this project's Supabase. */
const EXAMPLE =
  /[^"]*(:111122223333:|(?<![\w.])(192\.0\.2|198\.51\.100|203\.0\.113)\.\d|(?<![\w-])example\.(com|net|org|supabase\.co)(?!\.?[\w-]))[^"]*/g;

/** Whether any example value that this project ships with is left. */
export const exampleValues: Check = ({ session: { environment } }) => {
  const found = resolved(environment, []).flatMap(({ path, value = "" }) => {
    const examples = JSON.stringify(value).match(EXAMPLE) ?? [];
    if (examples.length === 0) return [];
    // Let's Encrypt refuses these names, and refusals count against its rate limits.
    const isTolerated = /^domain\./.test(path) && environment.tls.issuer === "selfsigned";
    const severity = isTolerated ? warn : fail;
    return severity(
      `${path} still has the example ${examples.join(", ")}`,
      `set it in environments/${environment.name}.local.json`,
    );
  });
  return Promise.resolve(found.length === 0 ? pass("no example values are left") : found);
};
