#!/usr/bin/env node
import { Command } from 'commander';
import { demoCommand } from './demo/demo-command.ts';
import { doctorCommand } from './doctor/command.ts';
import { exportCommand } from './export/command.ts';
import { generateCommand } from './generate/command.ts';
import { importCommand } from './import/command.ts';
import { keysCommand } from './keys/command.ts';
import { migrateCommand } from './migrate.ts';
import { modelsCommand } from './models-command.ts';
import { runsCommand } from './runs-command.ts';
import { runProgram } from './terminal/run-program.ts';
import { usersCommand } from './users-command.ts';
import { verifyCommand } from './verify-command.ts';

const program = new Command('sommelier')
  .description('Self-hosted recommender: the command line')
  .version('0.1.0')
  .addCommand(demoCommand())
  .addCommand(migrateCommand())
  .addCommand(keysCommand())
  .addCommand(importCommand())
  .addCommand(doctorCommand())
  .addCommand(generateCommand())
  .addCommand(exportCommand())
  .addCommand(runsCommand())
  .addCommand(modelsCommand())
  .addCommand(usersCommand())
  .addCommand(verifyCommand());

process.exitCode = await runProgram(program, process.argv);
