import prettier from "eslint-config-prettier";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["cdktf.out/", "coverage/", ".venv/", "node_modules/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, prettier],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      // Constructs register themselves in their scope, so CDKTF code calls `new` for its side effect.
      "no-new": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "no-restricted-imports": [
        "error",
        {
          paths: ["aws", "kubernetes", "helm", "random"].map((name) => ({
            name: `@cdktf/provider-${name}`,
            message: `Import from @cdktf/provider-${name}/lib/<resource>: the root loads every resource (4 s, 900 MB).`,
          })),
          patterns: [
            {
              regex: "^(@kubernetes-models|kubernetes-models)/",
              allowTypeImports: true,
              message:
                "These packages are ES modules: use `import type`, or load their schemas as commands/rehearse/paper/schemas.ts does.",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["{environments,constructs,stacks,commands,tools}/**/*.ts"],
    rules: {
      "no-restricted-globals": [
        "error",
        ...["__dirname", "__filename"].map((name) => ({
          name,
          message: "All sources run as one file: start from PROJECT of project.ts.",
        })),
      ],
    },
  },
  {
    // Tests read Terraform's JSON, which has no types.
    files: ["__tests__/**/*.ts"],
    rules: {
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/no-require-imports": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    // Synthesized output depends only on the environment's settings: see docs/decisions/README.md.
    files: ["constructs/**/*.ts", "stacks/app.ts", "stacks/bootstrap.ts", "stacks/infra.ts"],
    rules: {
      "no-restricted-properties": [
        "error",
        {
          object: "process",
          property: "env",
          message: "Read the process environment in environments/, or in the program that synthesizes.",
        },
      ],
    },
  },
);
