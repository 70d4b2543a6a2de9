import { badRequest } from './api-error.ts';
import type { Photo } from './types.ts';

const png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Kind and size of a picture, from its own bytes: a photo that is none is 400 IMAGE_PROCESS_FAILED, and one beyond
 * https://core.telegram.org/bots/api#sendphoto is 400 PHOTO_INVALID_DIMENSIONS.
 */
export function readImage(bytes: Uint8Array): Omit<Photo, 'fileId'> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = readPng(view) ?? readJpeg(view);
  if (!found) throw badRequest('IMAGE_PROCESS_FAILED');
  const { width, height } = found;
  const ratio = Math.max(width, height) / Math.max(1, Math.min(width, height));
  if (width + height > 10_000 || ratio > 20) throw badRequest('PHOTO_INVALID_DIMENSIONS');
  return { ...found, bytes };
}

interface Found {
  mime: string;
  width: number;
  height: number;
}

function readPng(view: DataView): Found | undefined {
  if (view.byteLength < 24 || png.some((byte, i) => view.getUint8(i) !== byte)) return undefined;
  return { mime: 'image/png', width: view.getUint32(16), height: view.getUint32(20) };
}

/** Walks the segments up to a start of frame, which holds the size. */
function readJpeg(view: DataView): Found | undefined {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return undefined;
  for (let at = 2; at + 9 < view.byteLength;) {
    const marker = view.getUint16(at);
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (isFrame) return { mime: 'image/jpeg', height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}
