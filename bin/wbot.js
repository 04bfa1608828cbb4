#!/usr/bin/env node
require("./typescript.cjs");
require("../commands/wbot").start();
