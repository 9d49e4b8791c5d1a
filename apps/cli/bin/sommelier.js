#!/usr/bin/env node
// Exists before the build does, since npm links a command only to a file that is there when it installs.
import '../dist/main.js';
