// Stands for zod in tests: see environment.js.
module.exports = Reflect.get(globalThis, "outsideZod");
