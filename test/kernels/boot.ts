import { execFileSync, spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whether the processor's own virtualisation can be used; without it qemu emulates, ten times slower. */
function hasKvm(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Boots a kernel with an initramfs, waits until the guest ends, and unpacks the archive that it sent over its second serial
 * port. Returns what the guest said on its console.
 * @throws when the guest did not end in time or sent no whole archive; the message has the end of its console
 */
export async function boot(kernel: string, initrd: string, folder: string, seconds: number): Promise<string> {
  const consoleLog = join(folder, 'console.log');
  const archive = join(folder, 'out.tar.gz');
  const options = [
    ...['-accel', hasKvm() ? 'kvm' : 'tcg,thread=multi', '-cpu', 'max', '-m', '2048', '-smp', '2'],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-kernel', kernel, '-initrd', initrd, '-append', 'console=ttyS0 quiet panic=-1 mitigations=off'],
    ...['-serial', `file:${consoleLog}`, '-serial', `file:${archive}`],
  ];
  const qemu = spawn('qemu-system-x86_64', options, { stdio: ['ignore', 'ignore', 'inherit'] });
  const timer = setTimeout(() => qemu.kill('SIGKILL'), seconds * 1000);
  const ended = await new Promise<string>((resolve, reject) => {
    qemu.on('error', reject);
    qemu.on('close', (code, signal) => resolve(signal === null ? `status ${code}` : `${signal} after ${seconds} s`));
  });
  clearTimeout(timer);
  const said = readFileSync(consoleLog, 'utf8');
  try {
    execFileSync('tar', ['-xzf', archive, '-C', folder], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    throw new Error(`the guest requires an archive sent, got ${got}; qemu: ${ended}; console:\n${said.slice(-2000)}`);
  }
  return said;
}
