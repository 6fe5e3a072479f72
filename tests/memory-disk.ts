/** A disk in memory, for the thousands of runs that try every fault: what `node:fs` does, as far as Operations goes. */
import { basename, dirname, join, resolve } from 'node:path';
import type { Entry, Operations } from '../src/files/operations.ts';

type Node =
  | { readonly kind: 'folder'; mode: number }
  | { readonly kind: 'file'; mode: number; bytes: Uint8Array }
  | { readonly kind: 'link'; mode: number; readonly to: string };

function fail(code: string, path: string): never {
  throw Object.assign(new Error(`${code}: ${path}`), { code, path });
}

export class MemoryDisk implements Operations {
  readonly nodes = new Map<string, Node>([['/', { kind: 'folder', mode: 0o755 }]]);

  /** The path with links in its folders followed, and in its last part too if `isFollowed`. */
  private find(path: string, isFollowed: boolean): string {
    if (path === '/') return path;
    const folder = this.find(dirname(path), true);
    if (!this.nodes.has(folder)) fail('ENOENT', path);
    if (this.nodes.get(folder)?.kind !== 'folder') fail('ENOTDIR', path);
    const real = join(folder, basename(path));
    const node = this.nodes.get(real);
    return isFollowed && node?.kind === 'link' ? this.find(resolve(folder, node.to), true) : real;
  }
  private get(path: string, isFollowed: boolean): Node {
    return this.nodes.get(this.find(path, isFollowed)) ?? fail('ENOENT', path);
  }

  look(path: string): Entry | null {
    try {
      const node = this.get(path, false);
      const size = node.kind === 'file' ? node.bytes.length : 0;
      return { kind: node.kind, mode: node.mode, user: 0, group: 0, size, identity: path };
    } catch {
      return null;
    }
  }
  list(path: string): string[] {
    const folder = this.find(path, true);
    if (this.get(path, true).kind !== 'folder') fail('ENOTDIR', path);
    return [...this.nodes.keys()]
      .filter((key) => key !== '/' && dirname(key) === folder)
      .map((key) => basename(key))
      .sort();
  }
  read(path: string): Uint8Array {
    const node = this.get(path, true);
    return node.kind === 'file' ? node.bytes : fail('EISDIR', path);
  }
  readLink(path: string): string {
    const node = this.get(path, false);
    return node.kind === 'link' ? node.to : fail('EINVAL', path);
  }
  realPath(path: string): string {
    this.get(path, true);
    return this.find(path, true);
  }
  isWritable(): boolean {
    return true;
  }
  private add(path: string, node: Node): void {
    const real = this.find(path, false);
    if (this.nodes.has(real)) fail('EEXIST', path);
    this.nodes.set(real, node);
  }
  create(path: string, bytes: Uint8Array, mode: number): void {
    this.add(path, { kind: 'file', mode: mode & ~0o022, bytes: Uint8Array.from(bytes) });
  }
  link(path: string, to: string): void {
    this.add(path, { kind: 'link', mode: 0o777, to });
  }
  setMode(path: string, mode: number): void {
    this.get(path, true).mode = mode;
  }
  setOwner(): void {}
  makeFolder(path: string): void {
    this.add(path, { kind: 'folder', mode: 0o755 });
  }
  rename(from: string, to: string): void {
    const [source, target] = [this.find(from, false), this.find(to, false)];
    const node = this.get(from, false);
    const there = this.nodes.get(target);
    if (there !== undefined && (there.kind === 'folder') !== (node.kind === 'folder')) fail('EISDIR', to);
    if (there?.kind === 'folder' && this.list(target).length > 0) fail('ENOTEMPTY', to);
    const moved = [...this.nodes].filter(([path]) => path === source || path.startsWith(`${source}/`));
    for (const [path] of moved) this.nodes.delete(path);
    for (const [path, each] of moved) this.nodes.set(target + path.slice(source.length), each);
  }
  remove(path: string): void {
    if (this.get(path, false).kind === 'folder') fail('EISDIR', path);
    this.nodes.delete(this.find(path, false));
  }
  removeFolder(path: string): void {
    if (this.list(path).length > 0) fail('ENOTEMPTY', path);
    this.nodes.delete(this.find(path, false));
  }
  syncFolder(path: string): void {
    this.list(path);
  }

  /** Everything below `folder` but `.nb2mod`, with its mode and content, sorted. */
  tree(folder: string): Record<string, string> {
    const shown = [...this.nodes].filter(
      ([path]) => path.startsWith(`${folder}/`) && !path.split('/').includes('.nb2mod'),
    );
    return Object.fromEntries(
      shown
        .map(([path, node]): [string, string] => {
          const content =
            node.kind === 'file' ? Buffer.from(node.bytes).toString() : node.kind === 'link' ? node.to : '';
          return [path.slice(folder.length + 1), `${node.kind} ${node.mode.toString(8)} ${content}`];
        })
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }
}
