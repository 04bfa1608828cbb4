#!/usr/bin/env node
require("./typescript.cjs");
const { addMaintenance } = require("../tools/maintenance");
require("../commands/wbot").start([addMaintenance]);
