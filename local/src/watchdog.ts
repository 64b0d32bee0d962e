/**
 * A small process that ends the processes of a run that was killed. It reads a pipe from the run: each line is the list of the run's processes.
 * A run that ends in order writes an empty list last.
 */
import { createInterface } from 'node:readline';
import { endProcesses, type SystemProcess } from './system-process.ts';

let processes: SystemProcess[] = [];
for await (const line of createInterface({ input: process.stdin })) processes = JSON.parse(line);
await endProcesses(processes);
