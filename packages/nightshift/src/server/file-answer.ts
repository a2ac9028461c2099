import type { FastifyReply } from 'fastify';
import type { FileAnswer } from '../contract/route.ts';

/** Only ever to be kept, not to be shown here: it may be a page of whoever wrote the report. */
export function sentAsFile({ fileName, contentType, content }: FileAnswer, reply: FastifyReply): Buffer {
  const plain = fileName.replace(/[^ -~]|["\\]/g, '_');
  const name = `filename="${plain}"; filename*=UTF-8''${encodeURIComponent(fileName).replaceAll("'", '%27')}`;
  reply.header('content-disposition', `attachment; ${name}`).type(contentType);
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
}
