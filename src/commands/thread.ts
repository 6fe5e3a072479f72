/** A thread of a crew: takes tasks, one after the other, and answers them. */
import { parentPort, workerData } from 'node:worker_threads';
import { leaveSettings, loadParser } from '../pipeline.ts';
import { openPacker } from './parcel.ts';
import { tasks } from './tasks.ts';
import type { Message, Order, Reply, Situation } from './threads.ts';

const { isGuest, begun } = workerData as Situation;
if (isGuest) leaveSettings();
await loadParser();
const pack = openPacker();

/** Milliseconds that a reply may wait for others to go with it. */
const patience = 4;

function reply({ name, ask }: Order): Reply {
  try {
    const answer = tasks[name](ask as never);
    // Bytes go as they are.
    return name === 'finish' ? { answer } : { parcel: pack(answer) };
  } catch (error) {
    return { error };
  }
}

parentPort!.postMessage('ready' satisfies Message);
parentPort!.on('message', (orders: readonly Order[]) => {
  let replies: Reply[] = [];
  let last = performance.now();
  const send = (): void => {
    parentPort!.postMessage(replies satisfies Message);
    replies = [];
    last = performance.now();
  };
  for (const order of orders) {
    Atomics.add(begun, 0, 1);
    replies.push(reply(order));
    if (performance.now() - last > patience) send();
  }
  if (replies.length > 0) send();
});
