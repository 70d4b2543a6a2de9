import { randomUUID } from 'node:crypto';
import { badRequest } from '../api-error.ts';
import { readImage } from '../image.ts';
import type { Photo } from '../types.ts';
import type { Context } from './context.ts';

/** A photo by upload (a part of its own or attach://name) or by the file_id of an earlier one. */
export function readPhoto({ world, params }: Context, name: string, given = params.string(name)): Photo {
  const part = given.startsWith('attach://') ? given.slice('attach://'.length) : name;
  const file = params.files.get(part);
  if (!file) {
    const known = world.photos.get(given);
    if (known) return known;
    // Telegram would fetch an http address itself; nothing here leaves the machine.
    if (given === '') throw badRequest('there is no photo in the request');
    throw badRequest('wrong remote file identifier specified: Wrong string length');
  }
  if (file.bytes.byteLength > world.limits.photoBytes) throw badRequest('file is too big');
  const photo = { ...readImage(file.bytes), fileId: randomUUID() };
  world.photos.set(photo.fileId, photo);
  return photo;
}
