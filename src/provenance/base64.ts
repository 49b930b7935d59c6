/** Standard base64 with padding, one text for one value; undefined for anything else. */
export function exactBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}
