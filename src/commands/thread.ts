/** A thread of a crew: takes tasks, one after the other, and answers them. */
import { parentPort, workerData } from 'node:worker_threads';
import { leaveSettings, loadParser } from '../pipeline.ts';
import { openPacker } from './parcel.ts';
import { perform, type TaskName } from './tasks.ts';
import type { Message, Situation } from './threads.ts';

if ((workerData as Situation).isGuest) leaveSettings();
await loadParser();
const pack = openPacker();
parentPort!.postMessage('ready' satisfies Message);
parentPort!.on('message', ({ name, ask }: { readonly name: TaskName; readonly ask: unknown }) => {
  let reply: Message;
  try {
    reply = { parcel: pack(perform(name, ask as never)) };
  } catch (error) {
    reply = { error };
  }
  parentPort!.postMessage(reply);
});
