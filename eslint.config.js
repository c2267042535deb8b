"use strict";
const pulumi = require("@pulumi/eslint-plugin");
const tseslint = require("typescript-eslint");

// Warnings do not exist here: what is worth saying is an error, what is not is off.
module.exports = tseslint.config(
  {
    ignores: ["**/node_modules/", "dist/", "runs/", ".buswide/", "images/", "**/.venv/"],
  },
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
  },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { "@pulumi": pulumi },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: __dirname } },
    rules: {
      // An output is no string yet: a template that holds one holds the text of an error instead.
      "@pulumi/no-output-in-template-literal": "error",
      "@pulumi/no-output-instance-in-template-literal": "error",
      // Types are checked where they are made, so that a type import never keeps a module loaded.
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Numbers print as one expects; objects and `undefined` do not, and stay refused.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `() => done()` says no more than it means.
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // A constant condition is a loop that something inside ends.
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: "only-allowed-literals" },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      eqeqeq: "error",
      "no-console": "error",
      "no-empty": ["error", { allowEmptyCatch: false }],
      "no-implicit-coercion": "error",
      "object-shorthand": "error",
      "prefer-template": "error",
    },
  },
  {
    // What a person reads on a terminal is printed by the command and the benchmarks, and by nothing else.
    files: ["bin/**", "benchmarks/**", "toolchain/**", "workloads/runner/**", "test/gate.ts"],
    rules: { "no-console": "off" },
  },
  {
    // What runs before ts-node is there, and the settings of tools: plain CommonJS, without types.
    files: ["**/*.js"],
    extends: [tseslint.configs.strict],
    languageOptions: { sourceType: "commonjs" },
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
);
