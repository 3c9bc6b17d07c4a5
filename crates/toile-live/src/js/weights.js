// The network's tensors, out of the base64 text that stands in the page.

function bytesOf(base64) {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

// IEEE 754 binary16: a sign, 5 bits of exponent, 10 of the fraction.
function ofHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

// One tensor, in PyTorch's layout: little-endian numbers of 32 or 16 bits.
function tensorOf(bytes, { at, len, half }) {
  if (!half) return new Float32Array(bytes.buffer.slice(at, at + 4 * len));
  return Float32Array.from(new Uint16Array(bytes.buffer.slice(at, at + 2 * len)), ofHalf);
}
