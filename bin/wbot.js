#!/usr/bin/env node
require("./typescript.cjs");
require("../tools/wbot");
