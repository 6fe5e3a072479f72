/** Turns a Chromium binary into pages that tests can drive, by its DevTools protocol over a pipe: no port, no library. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Chromium } from './chromium.ts';

type Parameters = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Parameters;
  readonly result?: Parameters;
  readonly error?: { readonly message: string };
  readonly sessionId?: string;
}

export interface Page {
  /** Sends a command of the protocol. */
  readonly send: (method: string, parameters?: Parameters) => Promise<Parameters>;
  /** The value of a JavaScript expression in the page; promises are awaited. */
  readonly evaluate: <Value = unknown>(expression: string) => Promise<Value>;
  readonly open: (address: string) => Promise<void>;
  /** Presses and releases a key, such as `Enter`, `Tab`, ` ` or `a`. */
  readonly press: (key: string) => Promise<void>;
  readonly close: () => Promise<void>;
  /** What the page wrote to the console, and errors that nobody caught. */
  readonly complaints: readonly string[];
  /** The addresses that it asked for. */
  readonly requests: readonly string[];
}

export interface Browser {
  readonly newPage: (options?: { width?: number; height?: number; dark?: boolean }) => Promise<Page>;
  readonly close: () => Promise<void>;
}

const keyCodes: Readonly<Record<string, number>> = { Enter: 13, Tab: 9, ' ': 32, ArrowDown: 40 };

export async function startBrowser({ command, environment }: Chromium): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'nb2mod-browser-'));
  const flags = [
    '--headless',
    '--no-sandbox',
    '--no-zygote',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--disable-extensions',
    '--disable-background-networking',
    '--disable-component-update',
    '--no-first-run',
    '--hide-scrollbars',
    '--remote-debugging-pipe',
    `--user-data-dir=${profile}`,
  ];
  const child = spawn(command, [...flags, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let said = '';
  child.stderr!.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-2000)));
  const pending = new Map<
    number,
    { resolve: (result: Parameters) => void; reject: (error: Error) => void }
  >();
  const listeners = new Map<string, (message: Message) => void>();
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      said += error.message;
      resolve();
    });
    child.once('exit', () => resolve());
  });
  void ended.then(() => {
    for (const { reject } of pending.values()) reject(new Error(`Chromium ended: ${said}`));
    pending.clear();
  });

  let rest = '';
  (child.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
    const messages = (rest + chunk).split('\0');
    rest = messages.pop()!;
    for (const text of messages) {
      const message = JSON.parse(text) as Message;
      if (message.id === undefined) {
        listeners.get(message.sessionId ?? '')?.(message);
        continue;
      }
      const waiting = pending.get(message.id);
      pending.delete(message.id);
      if (message.error === undefined) waiting?.resolve(message.result ?? {});
      else waiting?.reject(new Error(message.error.message));
    }
  });
  const input = child.stdio[3] as Writable;
  input.on('error', () => {});
  let last = 0;
  const send = (method: string, params: Parameters = {}, sessionId?: string): Promise<Parameters> =>
    new Promise((resolve, reject) => {
      const id = ++last;
      pending.set(id, { resolve, reject });
      if (child.exitCode !== null) reject(new Error(`Chromium ended: ${said}`));
      input.write(
        `${JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) })}\0`,
      );
    });

  async function newPage({ width = 1280, height = 900, dark = false } = {}): Promise<Page> {
    const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = (await send('Target.attachToTarget', { targetId, flatten: true })) as {
      sessionId: string;
    };
    const complaints: string[] = [];
    const requests: string[] = [];
    let loaded = (): void => {};
    listeners.set(sessionId, ({ method, params = {} }) => {
      if (method === 'Page.loadEventFired') loaded();
      if (method === 'Network.requestWillBeSent') {
        requests.push((params as { request: { url: string } }).request.url);
      }
      if (
        method === 'Runtime.consoleAPICalled' ||
        method === 'Runtime.exceptionThrown' ||
        method === 'Log.entryAdded'
      )
        complaints.push(JSON.stringify(params).slice(0, 1000));
    });
    const sendHere = (method: string, params?: Parameters): Promise<Parameters> =>
      send(method, params, sessionId);
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await sendHere(`${domain}.enable`);
    await sendHere('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    });
    await sendHere('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }],
    });
    return {
      complaints,
      requests,
      send: sendHere,
      async open(address) {
        const load = new Promise<void>((resolve) => (loaded = resolve));
        await sendHere('Page.navigate', { url: address });
        await load;
      },
      async evaluate<Value>(expression: string) {
        const { result, exceptionDetails } = (await sendHere('Runtime.evaluate', {
          expression,
          awaitPromise: true,
          returnByValue: true,
        })) as { result: { value: Value }; exceptionDetails?: { exception?: { description?: string } } };
        if (exceptionDetails !== undefined)
          throw new Error(exceptionDetails.exception?.description ?? 'an error in the page');
        return result.value;
      },
      async press(key) {
        const code = keyCodes[key] ?? key.toUpperCase().charCodeAt(0);
        const text = key === 'Enter' ? '\r' : key.length === 1 ? key : undefined;
        const event = { key, windowsVirtualKeyCode: code, ...(text !== undefined && { text }) };
        await sendHere('Input.dispatchKeyEvent', {
          type: text === undefined ? 'rawKeyDown' : 'keyDown',
          ...event,
        });
        await sendHere('Input.dispatchKeyEvent', { type: 'keyUp', key, windowsVirtualKeyCode: code });
      },
      async close() {
        await send('Target.closeTarget', { targetId });
        listeners.delete(sessionId);
      },
    };
  }

  return {
    newPage,
    async close() {
      await send('Browser.close').catch(() => {});
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
