/** Arguments by which Node, started in the project's folder, runs its TypeScript. */
export const TYPESCRIPT = ["--require", "./bin/typescript.cjs"] as const;
