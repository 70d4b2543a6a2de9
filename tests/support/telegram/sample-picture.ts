/** A PNG of 8 by 4 pixels, small enough to read. */
export const samplePicture: Buffer = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAECAIAAAA8r+mnAAAARklEQVR42hXKMQHAIBAEQYoXgQTknBxEvAjkjBwkhGw7O0asSOw4IW7MGKOtlrbbadptsx+w/s/m+LtMD8oqKbucotwyywct2jPBGjY9XQAAAABJRU5ErkJggg==',
  'base64',
);
