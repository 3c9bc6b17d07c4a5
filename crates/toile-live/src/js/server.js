// A page that came from a server: what that says of pixel bytes.

function buildServer(path, [channels, rows, columns]) {
  // While an answer is under way only the newest picture waits: nobody wants to know about those in between.
  let next = null;
  let isAsking = false;

  const probabilitiesOf = async (pixels) => {
    const data = Array.from(pixels);
    const inputs = [{ name: "images", datatype: "UINT8", shape: [1, rows, columns, channels], data }];
    const body = JSON.stringify({ inputs, outputs: [{ name: "probabilities" }] });
    const response = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
    return answer.outputs[0].data;
  };

  // Calls `then` with the probabilities and how many milliseconds they took, or `failed` with the reason.
  return async (pixels, then, failed) => {
    next = { pixels, then, failed };
    if (isAsking) return;
    isAsking = true;
    while (next !== null) {
      const asked = next;
      next = null;
      const before = performance.now();
      try {
        const shares = await probabilitiesOf(asked.pixels);
        asked.then(shares, performance.now() - before);
      } catch (error) {
        asked.failed(error.message);
      }
    }
    isAsking = false;
  };
}
