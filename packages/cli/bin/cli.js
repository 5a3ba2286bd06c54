#!/usr/bin/env node
require("../dist/bundle/bin.cjs");
