import type { Writer, WriterSession } from '../ports/writer.ts';

/** The session is open for as long as the work takes. */
export async function withSession<T>(
  writer: Writer,
  work: (session: WriterSession) => Promise<T>,
): Promise<T> {
  const session = writer.open();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
