/** One helper thread: a worker of Node or of a browser. */

/** What the owner of a thread wants to hear. */
export interface Listeners {
  readonly message: (text: string) => void;
  /** The thread has ended, or cannot start. */
  readonly ended: (reason: string) => void;
}

export interface Thread {
  send(message: unknown): void;
  /** Lets the process end while the thread lives. */
  release(): void;
  stop(): void;
}

/** What is used of a worker of Node's. */
interface NodeWorker {
  on(event: string, listener: (value: unknown) => void): void;
  postMessage(message: unknown): void;
  unref(): void;
  terminate(): unknown;
}

interface NodeGlobals {
  readonly process?: {
    getBuiltinModule?(
      name: string,
    ): { Worker: new (source: string, options: { eval: boolean }) => NodeWorker } | undefined;
  };
}

/** Starts a thread that runs a program given as text, or says why it cannot. */
export function startThread(source: string, { message, ended }: Listeners): Thread {
  const node = (globalThis as NodeGlobals).process?.getBuiltinModule?.('node:worker_threads');
  if (node) {
    const worker = new node.Worker(source, { eval: true });
    worker.on('message', (text) => message(String(text)));
    worker.on('error', (error) => ended(String(error)));
    worker.on('exit', (status) => ended(`it ended with status ${status}`));
    return {
      send: (value) => worker.postMessage(value),
      release: () => worker.unref(),
      stop: () => worker.terminate(),
    };
  }
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.onmessage = ({ data }) => message(String(data));
  worker.onerror = (event) => ended(event.message || 'a worker from a blob: URL is refused');
  return {
    send: (value) => worker.postMessage(value),
    release: () => URL.revokeObjectURL(url),
    stop: () => worker.terminate(),
  };
}
