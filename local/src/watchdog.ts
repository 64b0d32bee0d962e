/**
 * A small process that outlives the run that started it, by as long as it takes to end what that run has left behind. It holds one end of a pipe:
 * each line on it is the list of the run's processes; its end without a last empty list means that the run was killed.
 */
import { createInterface } from 'node:readline';
import { endProcesses, type SystemProcess } from './system-process.ts';

let processes: SystemProcess[] = [];
for await (const line of createInterface({ input: process.stdin })) processes = JSON.parse(line);
await endProcesses(processes);
