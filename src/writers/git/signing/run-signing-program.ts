import { LynceusError } from '../../../errors.ts';
import { runProgram, type ProgramExit, type ProgramOptions } from '../../../processes/run-program.ts';

const LONGEST_OUTPUT = 256 * 1024;

/**
 * Runs a program that makes signatures. An exit code that is not 0 is a result. Throws `aborted`, and `signing-failed`
 * when it cannot be started, takes too long or prints too much.
 */
export async function runSigningProgram(
  program: string,
  options: Omit<ProgramOptions, 'longestOutput'>,
): Promise<ProgramExit> {
  const ending = await runProgram(program, { ...options, longestOutput: LONGEST_OUTPUT });
  switch (ending.kind) {
    case 'exited':
      return ending;
    case 'aborted':
      throw new LynceusError('aborted', `${program} was stopped`);
    case 'not-found':
      throw new LynceusError('signing-failed', `${program} is not installed`, {
        hint: `install ${program}, or go without signatures`,
      });
    case 'not-started':
      throw new LynceusError('signing-failed', `${program} cannot be started (${ending.code})`);
    case 'timeout':
      throw new LynceusError('signing-failed', `${program} did not end within ${options.timeout / 1000} s`);
    case 'too-much':
      throw new LynceusError('signing-failed', `${program} printed more than ${LONGEST_OUTPUT} bytes`);
  }
}
