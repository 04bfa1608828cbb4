import { standIn, type Answers, type StandIn } from "./terraform/stand-in";

/**
 * Runs commands in a test, without anything outside it: what they synthesize, Terraform, its local states and the terminal
 * are stand-ins. To be imported before the commands.
 */

jest.mock("../../stacks/synthesize", () => jest.requireActual("./terraform/stand-in"));
// Elsewhere than beside this project's own cdktf.json.
jest.mock("../../environments/local-state", () => ({
  ...jest.requireActual<object>("../../environments/local-state"),
  localState: (environment: string, stack: string) =>
    `${process.env["CDKTF_OUTDIR"] ?? ""}.${environment}.${stack}.tfstate`,
}));
jest.mock("../../commands/cli/terminal", () => {
  const answer = (question: string) => {
    mockPerson.asked.push(question);
    return Promise.resolve(mockPerson.answers?.shift() ?? false);
  };
  return {
    ...jest.requireActual("../../commands/cli/terminal"),
    interactive: () => mockPerson.answers !== undefined,
    confirm: answer,
    ask: answer,
  };
});
// Living lines would be written to the terminal of the tests.
jest.mock("../../commands/cli/progress", () => {
  const { progress, step } = jest.requireActual("../../commands/cli/progress");
  // Without the lines that a terminal would rewrite.
  const quiet = (options: object) =>
    mockPerson.answers === undefined ? options : { ...options, silent: true };
  return {
    progress: (steps: unknown, options: object = {}) => progress(steps, quiet(options)),
    step: (options: object, work: unknown) => step(quiet(options), work),
  };
});

/** Who is at the terminal. */
interface Person {
  /** To what will be asked, one after the other; undefined where nobody is there. */
  answers: (boolean | string)[] | undefined;
  readonly asked: string[];
}
const mockPerson: Person = { answers: undefined, asked: [] };

export interface Harness {
  readonly terraform: StandIn;
  readonly person: Person;
  /** What was printed. */
  readonly printed: string[];
  /** The same as one text, whatever time it took. */
  readonly text: () => string;
}

/** `answers`: Terraform's, before each test. */
export function harness(answers: Answers = {}): Harness {
  const terraform = {} as StandIn;
  const printed: string[] = [];
  beforeEach(() => {
    Object.assign(terraform, standIn());
    terraform.answer(answers);
    mockPerson.answers = undefined;
    mockPerson.asked.length = 0;
    printed.length = 0;
    jest.spyOn(console, "log").mockImplementation((line: string) => printed.push(line));
  });
  afterEach(() => {
    jest.restoreAllMocks();
    terraform.remove();
  });
  const text = () => printed.join("\n").replaceAll(/\d+\.\d s/g, "0.1 s");
  return { terraform, person: mockPerson, printed, text };
}
