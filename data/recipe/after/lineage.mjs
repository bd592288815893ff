// Who descends from whom in a capture. Fed with events in order; `proc` and `parent_proc` name process instances.

export class Lineage {
  /** proc → {parent, pid, ppid, exe, born: its fork was seen, at: boot ns of the first row, texts: command lines}. */
  processes = new Map();

  add(event) {
    if (event.proc === undefined) return;
    let known = this.processes.get(event.proc);
    if (!known) {
      known = {
        parent: event.parent_proc,
        pid: event.pid,
        ppid: event.ppid,
        exe: event.exe,
        born: false,
        at: event.boot_ns,
        texts: new Set(),
      };
      this.processes.set(event.proc, known);
    }
    if (event.syscall === 'fork') known.born = true;
    if (event.args !== undefined && event.syscall === 'exec') known.texts.add(event.args);
    known.exe ??= event.exe;
  }

  /** The process and its ancestors, nearest first, as far as the capture shows them. */
  *chain(proc) {
    for (let at = proc, steps = 0; at !== undefined && steps < 1000; at = this.processes.get(at)?.parent, steps++)
      yield at;
  }

  /** Its topmost ancestor (or itself) that was born while recording: what a service or process 1 started. */
  root(proc) {
    let top = proc;
    for (const ancestor of this.chain(proc)) {
      if (!this.processes.get(ancestor)?.born) break;
      top = ancestor;
    }
    return top;
  }
}
