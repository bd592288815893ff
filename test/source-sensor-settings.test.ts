import { describe, expect, test } from 'vitest';
import { parseSensorSettings, sensorSettings } from '../dist/source/sensor-settings.js';

const text = (files: string, more = '') =>
  `version: 1\nunreported: {reads: [], writes: [], ports: []}\nsensitive: {files: ${files}, folders: [], suffixes: []}\n${more}`;

describe('settings of the sensor', () => {
  test('the shipped ones are valid and know the account files and keys', () => {
    const { files, folders, suffixes } = sensorSettings().sensitive;
    expect(files).toEqual(expect.arrayContaining(['shadow', 'sudoers', 'id_ed25519']));
    expect(folders).toContain('.ssh');
    expect(suffixes).toContain('.pem');
  });

  test.each([
    ['a path', text('[etc/shadow]'), /without a slash/],
    ['a long name', text(`[${'a'.repeat(31)}]`), /30 bytes/],
    ['a long name in bytes', text(`[${'é'.repeat(16)}]`), /30 bytes/],
    ['an empty name', text('[""]'), /1 to 30/],
    [
      'a suffix without a dot',
      'version: 1\nunreported: {reads: [], writes: [], ports: []}\nsensitive: {files: [], folders: [], suffixes: [key]}',
      /leading dot/,
    ],
    ['a key that nothing reads', text('[]', 'colour: red'), /colour/],
  ])('%s is refused by name', (_, yaml, message) => {
    expect(() => parseSensorSettings(yaml)).toThrow(message);
    expect(() => parseSensorSettings(yaml)).toThrow(expect.objectContaining({ code: 'BAD_MODEL' }));
  });
});
