#!/usr/bin/env node
require("./loader");
require("../commands/wbot").start();
